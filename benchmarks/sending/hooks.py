"""Callbacks at a steady rate on the real web server, while what they say is read from the same database.

    python benchmarks/sending/hooks.py [--quick]

Three statuses for each message of a crowd, signed, at 600 a second on 32 connections. A request's time counts from when it
was due, not from when a busy client got round to it. Beside them, on the same two cores: the reader, every second, and two
claims of a hundred contacts a second, as sending does that gives rise to so many callbacks.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parents[1]))

from sending.stage import DAY, MOMENT, staged

RATE, CONNECTIONS = 600, 32
PUBLIC, TOKEN = "https://mediation.example.org", "bench"
TARGET_MS = 50
STATUSES = ("queued", "sent", "delivered")
SERVER = """
import json, sys, threading, time
import uvicorn
from outreach.core.database import Database
from outreach.core.settings import Settings
from outreach.web.app import create_app
app = create_app(Database(sys.argv[1], sys.argv[1]), Settings(public_url=sys.argv[2], twilio_auth_token=sys.argv[3]))
server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", access_log=False))
def tell():
    while not server.started:
        time.sleep(0.01)
    print(json.dumps(server.servers[0].sockets[0].getsockname()[1]), flush=True)
threading.Thread(target=tell, daemon=True).start()
server.run()
"""
SENT = """
INSERT INTO attempt (contact_id, number, provider, sender, address, address_mark, body_hash, segments, started_at, provider_ref, result, finished_at)
SELECT k.id, 1, 'twilio', '+33937000001', p.mobile, p.mobile_mark, 'bench', 1, k.due_at, 'SM' || lpad(to_hex(k.id), 32, '0'), 'sent', k.due_at
FROM contact k JOIN person p ON p.id = k.person_id ORDER BY k.id LIMIT :count
RETURNING id, provider_ref
"""
DONE = "UPDATE contact SET state = 'sent', done_at = due_at WHERE id IN (SELECT contact_id FROM attempt)"


def figures(*, quick: bool = False) -> dict[str, dict[str, Any]]:
    """Times of answers at the 50th, 95th and 99th percentile, and the processor time of a callback."""
    from sqlalchemy import text

    from outreach.core import clock

    count = 600 if quick else 4_000
    with tempfile.TemporaryDirectory(prefix="hooks-bench-") as folder, clock.travel(clock.at(DAY, MOMENT)):
        Path(folder).chmod(0o711)
        with staged(Path(folder), "hooks", count * 2) as (database, loaded):
            with database.session() as session:
                attempts = session.execute(text(SENT), {"count": count}).all()
                session.execute(text(DONE))
            database.dispose()
            requests = [_request(attempt, status) for status in STATUSES for attempt in attempts]
            over = multiprocessing.get_context("fork").Event()
            beside = [
                multiprocessing.get_context("fork").Process(target=work, args=(database.url, loaded, over))
                for work in (_read, _claim)
            ]
            for process in beside:
                process.start()
            command = [sys.executable, "-c", SERVER, database.url, PUBLIC, TOKEN]
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
                port = json.loads(server.stdout.readline() if server.stdout else "")
                before = _processor(server.pid)
                times, answers = asyncio.run(_tell(port, requests))
                spent = _processor(server.pid) - before
                server.terminate()
            over.set()
            for process in beside:
                process.join()
            with database.session() as session:
                kept = session.execute(text("SELECT count(*) FROM provider_notice")).scalar_one()
                together = session.execute(text("SELECT count(DISTINCT xmin::text) FROM provider_notice")).scalar_one()
    if answers != {204: len(requests)} or kept != len(requests):
        raise AssertionError(f"{answers}, {kept} kept of {len(requests)}")
    cuts = statistics.quantiles(times, n=100)
    found = {f"p{share} of an answer": {"value": round(cuts[share - 1] * 1000, 1), "unit": "ms"} for share in (50, 95, 99)}
    found["p95 of an answer"] |= {"target": TARGET_MS, "ok": cuts[94] * 1000 < TARGET_MS}
    found["callbacks a second"] = {"value": RATE, "unit": "/s"}
    found["processor time of the server, a callback"] = {"value": round(spent / len(requests) * 1e6), "unit": "us"}
    found["callbacks written or read together"] = {"value": round(len(requests) / together, 1), "unit": ""}
    return found


def _request(attempt: Any, status: str) -> bytes:
    from twilio.request_validator import RequestValidator

    form = {"MessageSid": attempt.provider_ref, "SmsSid": attempt.provider_ref, "MessageStatus": status, "SmsStatus": status,
            "To": "+33639980001", "From": "+33937000001", "AccountSid": "AC" + "0" * 32, "ApiVersion": "2010-04-01"}  # fmt: skip
    path = f"/hooks/twilio/status?attempt={attempt.id}"
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC + path, form)
    body = urlencode(form)
    return (
        f"POST {path} HTTP/1.1\r\nHost: mediation.example.org\r\nX-Twilio-Signature: {signature}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


async def _tell(port: int, requests: list[bytes]) -> tuple[list[float], dict[int, int]]:
    """Each request at its time, on the connection that is free first."""
    times: list[float] = []
    answers: dict[int, int] = {}
    queue: asyncio.Queue[tuple[float, bytes] | None] = asyncio.Queue()

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (item := await queue.get()) is not None:
            due, data = item
            writer.write(data)
            head = await reader.readuntil(b"\r\n\r\n")
            times.append(time.monotonic() - due)
            status = int(head.split(b" ", 2)[1])
            answers[status] = answers.get(status, 0) + 1
        writer.close()
        await writer.wait_closed()

    lines = [asyncio.create_task(connection()) for _number in range(CONNECTIONS)]
    begin = time.monotonic() + 0.2
    for number, data in enumerate(requests):
        due = begin + number / RATE
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        queue.put_nowait((due, data))
    for _line in lines:
        queue.put_nowait(None)
    await asyncio.gather(*lines)
    return times, answers


def _read(url: str, _loaded: Any, over: Any) -> None:
    from outreach.core.database import Database
    from outreach.tracking import read_notices

    database = Database(url, url)
    while not over.wait(1.0):
        read_notices(database)


def _claim(url: str, loaded: Any, over: Any) -> None:
    from outreach.channels import outbox
    from outreach.core.database import Database
    from outreach.core.words import Channel

    database = Database(url, url)
    while not over.wait(0.5):
        with database.session() as session:
            found = outbox.claim(session, loaded, Channel.SMS, size=100, worker="bench")
        with database.session() as session:
            outbox.release(session, [due.id for due in found])


def _processor(process: int) -> float:
    """Seconds of processor time that a process took so far."""
    import os

    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    for label, figure in figures(quick="--quick" in sys.argv).items():
        verdict = {None: "", True: "ok", False: "MISSED"}[figure.get("ok")]
        print(f"{label:<44}{figure['value']:>10,} {figure['unit']:<4}{verdict}")
