"""Prism between the SDK and the peer, with Twilio's own OpenAPI file: it refuses what either of them says wrongly.

``make test-contract`` puts both into ``.contract/``: Prism, and the file out of an npm package of Twilio's.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

FOLDER = Path(__file__).parents[3] / ".contract"
PRISM = FOLDER / "node_modules" / ".bin" / "prism"
SPEC = FOLDER / "package" / "src" / "services" / "twilio-api" / "twilio_api_v2010.json"
ACCOUNT_PATH = "/2010-04-01/Accounts/{AccountSid}"
USED = ("/Messages.json", "/Messages/{Sid}.json", "/Calls.json", "/Calls/{Sid}.json")
FORM = "application/x-www-form-urlencoded"
PATIENCE = 60

is_ready = PRISM.exists() and SPEC.exists() and shutil.which("node") is not None
needs_twilio_file = pytest.mark.skipif(not is_ready, reason="not prepared: make test-contract")


def spec():
    """Twilio's file, as published."""
    return json.loads(SPEC.read_text())


def enum(name):
    """The values that Twilio's file knows for one of its enumerations."""
    return set(spec()["components"]["schemas"][name]["enum"])


def amended():
    """Twilio's file, for the resources that the engine uses, with two things put right.

    It calls the addresses of a list's pages absolute (``uri``), and shows relative ones in its own examples, which are what
    the service gives and the SDK expects. And that a field of a form may be repeated, which is OpenAPI's default, has to be
    spelled out for Prism.
    """
    known = spec()
    known["paths"] = {ACCOUNT_PATH + path: known["paths"][ACCOUNT_PATH + path] for path in USED}
    for path in known["paths"].values():
        for operation in (path[method] for method in ("get", "post", "delete") if method in path):
            for answer in operation["responses"].values():
                for name, found in _schema(answer, "application/json").get("properties", {}).items():
                    if name == "uri" or name.endswith("_page_uri"):
                        found["format"] = "uri-reference"
            asked = operation.get("requestBody", {})
            fields = _schema(asked, FORM).get("properties", {})
            if fields:
                repeated = {
                    name: {"style": "form", "explode": True} for name, found in fields.items() if found.get("type") == "array"
                }
                asked["content"][FORM]["encoding"] = repeated
    return known


def _schema(described, kind):
    return described.get("content", {}).get(kind, {}).get("schema", {})


@contextmanager
def proxied(upstream, folder):
    """The address of a proxy before ``upstream`` that refuses wrong requests (422) and wrong answers (500)."""
    written = folder / "twilio.json"
    written.write_text(json.dumps(amended()))
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = trial.getsockname()[1]
    command = [str(PRISM), "proxy", "--errors", "--host", "127.0.0.1", "--port", str(port), str(written), upstream]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(url, process)
            yield url
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _wait_for(url, process):
    for _try in range(PATIENCE * 20):
        assert process.poll() is None, "Prism ended"
        try:
            httpx.get(url)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("Prism did not start")
