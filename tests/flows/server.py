"""A real Prefect server on loopback, in a process and a folder of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

START_UP = 120
SHUT_DOWN = 20


def server_environment(home: Path) -> dict[str, str]:
    """The variables of a Prefect that keeps to itself: its own folder and database, nothing reported to anybody."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return kept | {
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }


def free_port() -> int:
    """A port of this machine that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def running_server(home: Path, port: int | None = None) -> Iterator[str]:
    """The address of the API of a server that runs within the block, on ``port`` if it was there before."""
    port = port or free_port()
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    home.mkdir(parents=True, exist_ok=True)
    with (home / "server.log").open("wb") as log:
        process = subprocess.Popen(command, env=server_environment(home), stdout=log, stderr=log)
    try:
        _await_health(f"http://127.0.0.1:{port}/api/health", process, home)
        yield f"http://127.0.0.1:{port}/api"
    finally:
        process.terminate()
        try:
            process.wait(SHUT_DOWN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_health(url: str, process: subprocess.Popen[bytes], home: Path) -> None:
    deadline = time.monotonic() + START_UP
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(url, timeout=2) as answer:  # noqa: S310  (our own loopback address)
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"the Prefect server did not start:\n{(home / 'server.log').read_text()[-2000:]}")
