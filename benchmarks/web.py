"""The screens at the network's size: a phone's day, the next call, a campaign's board and a search, with fifty people at once.

    python benchmarks/web.py [--quick] [--json FILE]

704,000 cases of a year are written straight into the tables; 66 mediators have calls and a round today. Two server processes share one
PostgreSQL, as two cores allow; the clients and all of it run on the same machine. Each person reads for about a second between two
requests; the last table has no pause at all: how much comes through. Peer, in the same run: an empty page of the same framework behind
the same servers, for what the framework itself costs. Machines are noisy: read the ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from figures.year import fill
from homes import own_home
from pages.clients import Asked, ask, request
from pages.day import DAY, MOMENT, accounts, give_work

FULL, QUICK = 704_000, 4_000
CLIENTS, STREAMS = 50, 100
TARGET_MS = 100.0
SERVERS = 2
SERVER = """
import json, sys, threading, time
import uvicorn
from datetime import date
from fastapi import FastAPI
from outreach.core import clock
from outreach.core.database import Database
from outreach.web.app import create_app
app = create_app(Database(sys.argv[1], sys.argv[1]))
outer = FastAPI()
@outer.get("/empty")
def empty():
    return {}
outer.mount("/", app)
server = uvicorn.Server(uvicorn.Config(outer, host="127.0.0.1", port=0, log_level="error", access_log=False))
def tell():
    while not server.started:
        time.sleep(0.01)
    print(json.dumps(server.servers[0].sockets[0].getsockname()[1]), flush=True)
threading.Thread(target=tell, daemon=True).start()
with clock.travel(clock.at(date.fromisoformat(sys.argv[2]), sys.argv[3]), running=True):
    server.run()
"""


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small network, to see that it runs")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    os.environ["OUTREACH_OBJECTION_PEPPER"] = "of the benchmark"
    with own_home():
        found = measure(QUICK if chosen.quick else FULL, 4.0 if chosen.quick else 25.0)
    for name, row in found.items():
        mark = "" if row.get("ok") is None else "met" if row["ok"] else "MISSED"
        print(f"{name:58} {row['value']:>12,.2f} {row['unit']:14} {mark}")
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=2), encoding="utf-8")


def measure(units: int, seconds: float) -> dict[str, dict[str, Any]]:
    """Write the year, serve it, ask."""
    from outreach.core import clock
    from outreach.core.database import open_database
    from outreach.reporting import rebuild_figures
    from outreach.reporting.board import keep_boards

    database = open_database("bench")
    started = time.perf_counter()
    fill(database, units)
    with clock.travel(clock.at(DAY, MOMENT)):
        rebuild_figures(database)
        give_work(database)
        keep_boards(database)
        cookies, manager = accounts(database)
        job = _job(database)
    print(f"{units:,} cases written in {time.perf_counter() - started:.0f} s", file=sys.stderr)
    shifts = _shifts(database)
    servers = [_server(database) for _ in range(SERVERS)]
    ports = [port for _process, port in servers]
    try:
        found = _paced(cookies, manager, shifts, ports, seconds)
        found |= _unpaced(cookies, manager, shifts, ports, seconds / 2)
        found |= asyncio.run(_streams(database, manager, job, ports))
    finally:
        for process, _port in servers:
            process.terminate()
            process.wait()
        database.dispose()
        if database.cluster is not None:
            database.cluster.close()
    return found


def _kinds(cookies: list[str], manager: str, shifts: list[int]) -> list[Asked]:
    def search(chance: random.Random) -> bytes:
        # Somebody who exists, and some twenty others of that name (figures/year.py).
        who = chance.randrange(4_000)
        asked = f"asked=p{who % 900}+n{who}".encode()
        return request("POST", "/search", manager, asked, "application/x-www-form-urlencoded")

    def next_call(chance: random.Random) -> bytes:
        at = chance.randrange(len(cookies))
        return request("POST", "/phone/next", cookies[at], json.dumps({"shift": shifts[at]}).encode())

    return [
        Asked("phone's day", lambda chance: request("GET", "/phone/day", chance.choice(cookies))),
        Asked("next call", next_call),
        Asked("campaign's board", lambda _chance: request("GET", "/campaigns/energy-arrears", manager)),
        Asked("search by name", search),
    ]


def _paced(cookies: list[str], manager: str, shifts: list[int], ports: list[int], seconds: float) -> dict[str, dict[str, Any]]:
    kinds = _kinds(cookies, manager, shifts)
    empty = Asked("an empty page of the framework (peer)", lambda _chance: request("GET", "/empty", manager))
    asyncio.run(ask(_kinds(cookies, manager, shifts), ports, CLIENTS, 3.0, (0.5, 1.5)))
    asyncio.run(ask([*kinds, empty], ports, CLIENTS, seconds, (0.5, 1.5)))
    base = _at(empty.times, 50)
    found: dict[str, dict[str, Any]] = {}
    for kind in [*kinds, empty]:
        found[f"{kind.name}: p50 at {CLIENTS} people"] = {"value": _at(kind.times, 50), "unit": "ms"}
        goal = None if kind is empty else TARGET_MS
        p95 = _at(kind.times, 95)
        found[f"{kind.name}: p95 at {CLIENTS} people"] = {
            "value": p95, "unit": "ms", "target": goal, "ok": None if goal is None else p95 <= goal and not kind.bad,
        }  # fmt: skip
        if kind is not empty:
            found[f"{kind.name}: against the empty page"] = {"value": _at(kind.times, 50) / base, "unit": "times (p50)"}
        if kind.bad:
            found[f"{kind.name}: refused"] = {"value": float(kind.bad), "unit": "answers", "ok": False}
    return found


def _unpaced(cookies: list[str], manager: str, shifts: list[int], ports: list[int], seconds: float) -> dict[str, dict[str, Any]]:
    kinds = _kinds(cookies, manager, shifts)
    asyncio.run(ask(kinds, ports, CLIENTS, seconds, (0.0, 0.0)))
    times = [taken for kind in kinds for taken in kind.times]
    return {
        "without a pause: requests a second": {"value": len(times) / seconds, "unit": "a second"},
        "without a pause: p95 of all": {"value": _at(times, 95), "unit": "ms"},
    }


async def _streams(database: Any, manager: str, job: str, ports: list[int]) -> dict[str, dict[str, Any]]:
    """A hundred pages that watch a job: how many connections of the database are at work meanwhile."""
    open_ones = []
    for at in range(STREAMS):
        reader, writer = await asyncio.open_connection("127.0.0.1", ports[at % len(ports)])
        writer.write(request("GET", f"/jobs/{job}/stream", manager))
        await reader.readuntil(b"\r\n\r\n")
        open_ones.append(writer)
    await asyncio.sleep(3.0)
    held = [await asyncio.to_thread(_busy, database) for _ in range(20) if await asyncio.sleep(0.1) is None]
    for writer in open_ones:
        writer.close()
    most = float(statistics.median(held))
    return {
        f"{STREAMS} open streams: connections in a transaction": {
            "value": most,
            "unit": "median of 20",
            "target": 0.0,
            "ok": most == 0.0,
        }
    }


def _busy(database: Any) -> int:
    from sqlalchemy import text

    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL AND backend_type = 'client backend'"
    with database.session() as session:
        return int(session.execute(text(query)).scalar_one())


def _job(database: Any) -> str:
    """A job that goes on as long as the benchmark."""
    from sqlalchemy import text

    from outreach.core import clock

    number = uuid4()
    with database.session() as session:
        session.execute(
            text("INSERT INTO web_job (id, kind, account_id, language, arguments, state, step, done, next_path, created_at, changed_at, tries, lease_until)"
                 " SELECT :id, 'bench', id, 'fr', CAST('{}' AS jsonb), 'running', 'x', 1, '/', :now, :now, 1, :lease FROM account WHERE code = 'manager'"),
            {"id": number, "now": clock.now(), "lease": clock.now() + timedelta(days=1)},
        )  # fmt: skip
    return str(number)


def _shifts(database: Any) -> list[int]:
    from sqlalchemy import text

    query = "SELECT s.id FROM mediator m JOIN shift s ON s.mediator_id = m.id AND s.kind = 'call' AND s.day = :day ORDER BY m.id"
    with database.session() as session:
        return list(session.execute(text(query), {"day": DAY}).scalars())


def _server(database: Any) -> tuple[subprocess.Popen[str], int]:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, database.url, DAY.isoformat(), MOMENT], stdout=subprocess.PIPE, text=True, env=os.environ
    )
    return process, int(json.loads(process.stdout.readline()))  # type: ignore[union-attr]


def _at(times: list[float], percent: int) -> float:
    return statistics.quantiles(times, n=100)[percent - 1] if len(times) > 1 else float("nan")


if __name__ == "__main__":
    main()
