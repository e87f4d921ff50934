"""The server as a service manager runs it: it answers on loopback, and ends without leaving anything behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from outreach.cli.serve import the_day_after
from outreach.core import clock
from outreach.core.embedded import EmbeddedCluster
from tests.played import END

SECONDS = 60


def test_sigterm_ends_the_server_and_its_postgresql():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="serve-") as home:
        Path(home).chmod(0o711)
        command = [sys.executable, "-m", "outreach.cli", "serve", "--port", str(port)]
        process = subprocess.Popen(
            command, env={**os.environ, "OUTREACH_HOME": home}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            assert answer_of(port, process) == 401
        finally:
            process.send_signal(signal.SIGTERM)
            code = process.wait(SECONDS)
        assert code == 0
        assert not EmbeddedCluster(Path(home) / "postgres").is_running()


def test_a_demonstration_is_shown_on_the_day_after_the_last_one_played(played):
    with the_day_after(played.database):
        shown = clock.now()
    assert 0 < (shown.date() - END).days <= 3, "a weekend at most lies between"
    assert shown.hour == 10


def answer_of(port, process):
    """The status of the first answer."""
    for _ in range(SECONDS * 10):
        try:
            return httpx.get(f"http://127.0.0.1:{port}/api/lists").status_code
        except httpx.TransportError:
            assert process.poll() is None
            time.sleep(0.1)
    return None
