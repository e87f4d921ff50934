"""A small server on loopback that speaks Twilio's Messages API, so that the real SDK can be used without Twilio.

Stateful: every message has its own SID, can be read back and listed, and its status moves on. What the person does
with it is decided by ``on_message``, which may answer with a text of its own.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

ACCOUNT = "AC" + "0" * 32
TOKEN = "simulated"  # noqa: S105  (the peer's, known to everybody)
SENDER = "+33937000001"
"""A number of the range for platforms (ARCEP, 09 37)."""
CREATED, BAD_REQUEST, NOT_FOUND = 201, 400, 404


@dataclass(frozen=True)
class Answer:
    """What becomes of a message: its final status, Twilio's error code, and the person's reply."""

    status: str = "delivered"
    error: int | None = None
    reply: str | None = None


@dataclass
class LoopbackProvider:
    """The peer. Use as a context manager; ``url`` is its address while it runs.

    ``now`` is the clock it stamps messages with: simulated people live on simulated days.
    """

    on_message: Callable[[str, str], Answer]
    now: Callable[[], datetime]
    messages: list[dict[str, Any]] = field(default_factory=list)

    def __enter__(self) -> Self:
        """Start to listen on a free loopback port."""
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """The address to give to the SDK."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def accept(self, form: dict[str, str]) -> dict[str, Any]:
        """Take one message to a person, and note at once what becomes of it."""
        with self._lock:
            answer = self.on_message(form["To"], form["Body"])
            message = self._store(form["From"], form["To"], form["Body"], "outbound-api", answer.status, answer.error)
            if answer.reply is not None:
                self._store(form["To"], form["From"], answer.reply, "inbound", "received", None)
        return message | {"status": "queued", "error_code": None}

    def listed(self, after: str | None) -> list[dict[str, Any]]:
        """Messages sent on or after a day (``YYYY-MM-DD…``), newest first, as Twilio lists them."""
        with self._lock:
            known = list(reversed(self.messages))
        return [message for message in known if after is None or message["_day"] >= after[:10]]

    def _store(self, sender: str, to: str, body: str, direction: str, status: str, error: int | None) -> dict[str, Any]:
        sid = "SM" + uuid.uuid5(uuid.NAMESPACE_OID, f"{len(self.messages)}:{sender}:{to}").hex
        moment = self.now().astimezone(UTC)
        stamp = format_datetime(moment)
        message: dict[str, Any] = {
            "sid": sid, "account_sid": ACCOUNT, "api_version": "2010-04-01", "from": sender, "to": to, "body": body,
            "direction": direction, "status": status, "error_code": error, "error_message": None, "num_segments": "1",
            "num_media": "0", "price": None, "price_unit": "EUR", "messaging_service_sid": None, "date_created": stamp,
            "date_sent": stamp, "date_updated": stamp, "uri": f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}.json",
            "subresource_uris": {}, "_day": moment.date().isoformat(),
        }  # fmt: skip
        self.messages.append(message)
        return message


def _handler(provider: LoopbackProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        """Head and body leave in one packet: in two, each answer waits 40 ms for the client's delayed acknowledgement."""

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            if not {"To", "From", "Body"} <= form.keys():
                self._answer(BAD_REQUEST, {"code": 21604, "message": "A 'To' phone number is required.", "status": BAD_REQUEST})
            else:
                self._answer(CREATED, provider.accept(form))

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            query = parse_qs(url.query)
            if not url.path.endswith("/Messages.json"):
                self._answer(NOT_FOUND, {"code": 20404, "message": "not found", "status": NOT_FOUND})
                return
            size, page = int(query.get("PageSize", ["50"])[0]), int(query.get("Page", ["0"])[0])
            found = provider.listed(query.get("DateSent>", query.get("DateSentAfter", [None]))[0])
            part = found[page * size : (page + 1) * size]
            more = len(found) > (page + 1) * size
            rest = "&".join(f"{name}={values[0]}" for name, values in query.items() if name not in {"Page", "PageToken"})
            following = f"{url.path}?{rest}&Page={page + 1}" if more else None
            self._answer(200, {"messages": part, "page": page, "page_size": size, "next_page_uri": following, "uri": self.path})

        def _answer(self, status: int, content: dict[str, Any]) -> None:
            data = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing: requests carry people's numbers."""

    return Handler
