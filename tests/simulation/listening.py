"""A small server that keeps every form posted to it, with the address and signature it came with."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl


@dataclass
class Heard:
    """What arrived: (path, form, signature); ``status`` is what it answers, ``body`` with which words."""

    url: str
    posts: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    status: int = 204
    body: bytes = b""

    def forms(self, path="/"):
        return [form for at, form, _signature in self.posts if at.startswith(path)]


@contextmanager
def listening():
    """A ``Heard`` while it listens on a free port of loopback."""
    heard = Heard("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            heard.posts.append((self.path, dict(parse_qsl(body, keep_blank_values=True)), self.headers["X-Twilio-Signature"]))
            self.send_response(heard.status)
            self.send_header("Content-Length", str(len(heard.body)))
            self.end_headers()
            self.wfile.write(heard.body)

        def log_message(self, *_arguments):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        heard.url = f"http://127.0.0.1:{server.server_address[1]}"
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield heard
        server.shutdown()
        thread.join()
