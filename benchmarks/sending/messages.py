"""SMS through Twilio's own SDK to the peer, receipts coming back to the real web server and read, all on one machine.

    python benchmarks/sending/messages.py [--quick]

Four processes share the two cores with PostgreSQL: the sender, the peer (which calls back three times for each message),
the web server with its hooks, and the reader. Public anchor: 40,000 SMS in ten minutes, 67 a second (the nightly load test
of Canada's Notify). Printed too: processor time of each, so that it shows what the peer costs, which in life is Twilio's.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from sending.hooks import SERVER
from sending.stage import DAY, MOMENT, staged

COUNT, QUICK = 40_000, 2_000
TARGET, ANCHOR = 200, 67
SECONDS = 120
STALLED = 60
"""Seconds without a receipt after which none is to be expected."""
SENDERS = 1


def figures(*, quick: bool = False) -> dict[str, dict[str, Any]]:
    """Messages a second with their receipts, and the processor time of a message by process."""
    from outreach.core import clock

    count = QUICK if quick else COUNT
    with tempfile.TemporaryDirectory(prefix="sms-bench-") as folder, clock.travel(clock.at(DAY, MOMENT)):
        Path(folder).chmod(0o711)
        with staged(Path(folder), "messages", count) as (database, loaded):
            database.dispose()
            return _run(database, loaded, count)


def _run(database: Any, loaded: Any, count: int) -> dict[str, dict[str, Any]]:
    from outreach.simulation.twilio import TOKEN

    context = multiprocessing.get_context("fork")
    port = _free_port()
    public = f"http://127.0.0.1:{port}"
    server_code = SERVER.replace("port=0", f"port={port}")
    peer_command = [sys.executable, "-m", "outreach.simulation.twilio"]
    results: Any = context.Queue()
    over = context.Event()
    with (
        subprocess.Popen(
            [sys.executable, "-c", server_code, database.url, public, TOKEN], stdout=subprocess.PIPE, text=True
        ) as web,
        subprocess.Popen(peer_command, stdout=subprocess.PIPE, text=True) as peer,
        _ended(web, peer),
    ):
        web.stdout.readline()
        url = json.loads(peer.stdout.readline())["url"]
        asked = (database.url, loaded, url, public, results)
        senders = [context.Process(target=_send, args=asked, daemon=True) for _ in range(SENDERS)]
        reader = context.Process(target=_read, args=(database.url, over, results), daemon=True)
        begin = time.monotonic()
        for process in (*senders, reader):
            process.start()
        told = [results.get() for _ in senders]
        sent_in = time.monotonic() - begin
        _wait_for_receipts(database, count)
        all_in = time.monotonic() - begin
        over.set()
        read = results.get()
        for process in (*senders, reader):
            process.join()
        spent = {"sender": sum(cpu for _kind, cpu, _n in told), "reader": read[1]}
        for name, process in (("peer", peer), ("web", web)):
            spent[name] = _cpu_of(process.pid)
    sent = sum(n for _kind, _cpu, n in told)
    database.dispose()
    delivered = _delivered(database)
    if (sent, delivered) != (count, count):
        raise AssertionError(f"{sent} sent and {delivered} delivered of {count}")
    rate = count / all_in
    found = {
        "SMS a second, receipts back and read": {"value": round(rate), "unit": "/s", "target": TARGET, "ok": rate >= TARGET, "peer": f"{ANCHOR}/s published"},
        "SMS a second, handed over": {"value": round(count / sent_in), "unit": "/s", "target": None, "ok": None, "peer": None},
        "seconds sustained": {"value": round(all_in), "unit": "s", "target": SECONDS, "ok": None, "peer": None},
    }  # fmt: skip
    for name, seconds in spent.items():
        found[f"processor time of a message, {name}"] = {
            "value": round(seconds / count * 1000, 2), "unit": "ms", "target": None, "ok": None, "peer": None,
        }  # fmt: skip
    return found


@contextmanager
def _ended(*processes: subprocess.Popen[str]) -> Iterator[None]:
    """End the processes with the block, however that ends."""
    try:
        yield
    finally:
        for process in processes:
            process.terminate()


def _send(url: str, loaded: Any, peer: str, public: str, results: Any) -> None:
    from outreach.channels.sms.dispatch import dispatch_sms
    from outreach.channels.twilio.client import Account
    from outreach.channels.twilio.sms import TwilioSms
    from outreach.core.database import Database
    from outreach.simulation.twilio import ACCOUNT, TOKEN

    states = dispatch_sms(
        Database(url, url), loaded, TwilioSms(Account(ACCOUNT, TOKEN, peer, public)), worker=str(os.getpid())
    ).states
    _leave(results, ("sender", states["sent"]))


def _read(url: str, over: Any, results: Any) -> None:
    from outreach.core.database import Database
    from outreach.tracking import read_notices

    database = Database(url, url)
    while not over.wait(1.0):
        read_notices(database)
    _leave(results, ("reader", 0))


def _leave(results: Any, told: tuple[str, int]) -> None:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    results.put((told[0], usage.ru_utime + usage.ru_stime, told[1]))
    results.close()
    results.join_thread()
    os._exit(0)  # what the parent opened is the parent's to close


def _delivered(database: Any) -> int:
    from sqlalchemy import text

    with database.session() as session:
        return int(session.execute(text("SELECT count(*) FROM attempt WHERE delivery = 'delivered'")).scalar_one())


def _wait_for_receipts(database: Any, count: int) -> None:
    before, since = -1, time.monotonic()
    while (delivered := _delivered(database)) < count:
        if delivered > before:
            before, since = delivered, time.monotonic()
        elif time.monotonic() - since > STALLED:
            raise SystemExit(f"{delivered} of {count} receipts came back, and none for {STALLED} seconds")
        time.sleep(0.5)


def _cpu_of(number: int) -> float:
    """Seconds of processor time of a running process."""
    parts = Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


if __name__ == "__main__":
    for label, figure in figures(quick="--quick" in sys.argv).items():
        print(
            f"{label:<44}{figure['value']:>10,} {figure['unit']:<4}{'' if figure['ok'] is None else 'ok' if figure['ok'] else 'MISSED'}"
        )
