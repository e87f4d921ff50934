"""The web server is killed while callbacks pour in: what it answered is kept, what it did not is told again, and counts once."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from urllib.parse import urlencode

import httpx
import pytest
from twilio.request_validator import RequestValidator

from outreach.simulation.twilio import ACCOUNT, SENDER, TOKEN
from tests.faults.crowds import crowd

pytestmark = [pytest.mark.faults]
PUBLIC = "https://mediation.example.org"
PATH = "/hooks/twilio/message"
CALLBACKS, KILLS, THREADS = 1_000, 2, 4
SERVE = """
import sys, uvicorn
from outreach.core.database import Database
from outreach.core.settings import Settings
from outreach.web.app import create_app
app = create_app(Database(sys.argv[1], sys.argv[1]), Settings(public_url=sys.argv[3], twilio_auth_token=sys.argv[4]))
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), access_log=False, log_level="error")
"""


def serve(url, port):
    """A web server as a process of its own, once it answers."""
    process = subprocess.Popen([sys.executable, "-c", SERVE, url, str(port), PUBLIC, TOKEN], stderr=subprocess.DEVNULL)
    while process.poll() is None:
        try:
            httpx.get(f"http://127.0.0.1:{port}/login", timeout=5)
        except httpx.HTTPError:
            time.sleep(0.05)
        else:
            return process
    raise AssertionError("the web server did not start")


def test_callbacks_that_were_answered_are_kept_and_the_others_come_again(tmp_path):
    draw = random.Random(2)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    waiting = list(range(CALLBACKS))
    answered, lock, over = [], threading.Lock(), threading.Event()

    def post():
        """As a provider: again and again until it is answered."""
        with httpx.Client(timeout=5) as client:
            while not over.is_set():
                with lock:
                    if not waiting:
                        return
                    number = waiting.pop()
                form = {
                    "MessageSid": f"SM{number:032x}",
                    "From": "+33639980001",
                    "To": SENDER,
                    "Body": "?",
                    "NumMedia": "0",
                    "AccountSid": ACCOUNT,
                }
                signed = RequestValidator(TOKEN).compute_signature(PUBLIC + PATH, form)
                try:
                    answer = client.post(
                        f"http://127.0.0.1:{port}{PATH}", content=urlencode(form),
                        headers={"X-Twilio-Signature": signed, "content-type": "application/x-www-form-urlencoded"},
                    )  # fmt: skip
                    taken = answer.status_code == 200
                except httpx.HTTPError:
                    taken = False
                    time.sleep(0.02)
                with lock:
                    answered.append(number) if taken else waiting.append(number)

    with crowd(tmp_path, 10) as crowd_:
        server = serve(crowd_.database.url, port)
        threads = [threading.Thread(target=post) for _thread in range(THREADS)]
        for thread in threads:
            thread.start()
        for _kill in range(KILLS):
            time.sleep(draw.uniform(0.1, 0.6))
            os.kill(server.pid, signal.SIGKILL)
            server.wait()
            known = crowd_.count("SELECT count(DISTINCT provider_ref) FROM provider_notice")
            with lock:
                assert known >= len(answered), "what was answered was written before"
            server = serve(crowd_.database.url, port)
        for thread in threads:
            thread.join()
        over.set()
        server.kill()
        server.wait()
        assert sorted(answered) == list(range(CALLBACKS))
        assert crowd_.count("SELECT count(DISTINCT provider_ref) FROM provider_notice") == CALLBACKS
