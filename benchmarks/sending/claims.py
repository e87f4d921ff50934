"""Sixteen workers claim twenty thousand due contacts, rules of the public included, beside the bare SQL that others use.

    python benchmarks/sending/claims.py [--quick]

The peers claim alone and ask nothing: one statement with the rows to lock in a sub-select, as most outboxes have it, and
one that marks a row at a time.
"""

from __future__ import annotations

import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from sending.stage import DAY, MOMENT, staged

WORKERS = 16
BATCH = 200
"""As ``outreach.channels.sms.dispatch`` claims them."""
SUBSELECT = """
UPDATE contact SET state = 'claimed', claimed_by = :worker, lease_until = :lease WHERE id IN (
  SELECT id FROM contact WHERE state = 'planned' AND channel = 'sms' AND due_at <= :now AND campaign_id = :campaign
  ORDER BY due_at LIMIT :size FOR UPDATE SKIP LOCKED) RETURNING id
"""
ONE_ROW = """
UPDATE contact SET state = 'claimed', claimed_by = :worker, lease_until = :lease WHERE id = (
  SELECT id FROM contact WHERE state = 'planned' AND channel = 'sms' AND due_at <= :now AND campaign_id = :campaign
  ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id
"""


def figures(*, quick: bool = False) -> dict[str, dict[str, Any]]:
    """Claims a second, and the 95th percentile of a claim's time: at full speed, and at five thousand a second."""
    count = 2_000 if quick else 20_000
    found: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(prefix="claims-bench-") as folder:
        Path(folder).chmod(0o711)
        for name, pace in (("ours", 0.0), ("ours at 5,000/s", 5_000.0), ("sub-select", 0.0), ("row by row", 0.0)):
            kind = name.split(" at ")[0]
            found |= _measured(Path(folder), name, kind, count if kind != "row by row" else count // 10, pace)
    return found


def _measured(home: Path, name: str, kind: str, count: int, pace: float) -> dict[str, dict[str, Any]]:
    from outreach.core import clock

    context = multiprocessing.get_context("fork")
    with clock.travel(clock.at(DAY, MOMENT)), staged(home, f"claims_{abs(hash(name)) % 10**6}", count) as (database, loaded):
        database.dispose()
        results: Any = context.Queue()
        start = context.Event()
        workers = [
            context.Process(target=_work, args=(database.url, loaded, kind, number, pace, start, results))
            for number in range(WORKERS)
        ]
        for worker in workers:
            worker.start()
        for _worker in workers:
            results.get()
        start.set()
        told = [results.get() for _worker in workers]
        for worker in workers:
            worker.join()
        begins, ends = min(begin for begin, *_ in told), max(end for _begin, end, *_ in told)
        ids = [id_ for *_rest, claimed, _times in told for id_ in claimed]
        times = sorted(moment for *_rest, moments in told for moment in moments)
    if len(ids) != len(set(ids)) or len(ids) != count:
        raise AssertionError(f"{name}: {len(ids)} claims of {len(set(ids))} contacts, {count} were due")
    rate = count / (ends - begins)
    p95 = statistics.quantiles(times, n=20)[-1] * 1000
    ours = kind == "ours"
    return {
        f"claims a second, {name}": {"value": round(rate), "unit": "/s", "target": 5_000 if name == "ours" else None,
                                     "ok": rate >= 5_000 if name == "ours" else None, "peer": None if ours else name},
        f"p95 of a claim, {name}": {"value": round(p95, 1), "unit": "ms", "target": 30 if pace else None,
                                    "ok": p95 < 30 if pace else None, "peer": None if ours else name},
    }  # fmt: skip


def _work(url: str, loaded: Any, kind: str, number: int, pace: float, start: Any, results: Any) -> None:
    """One worker in a process of its own: claims until nothing is left; with a pace, its share of so many a second."""
    from outreach.core.database import Database

    database = Database(url, url)
    claim = _claimer(kind, loaded, f"w{number}")
    _warm(database, claim)
    results.put(number)
    start.wait()
    begin = time.monotonic()
    ids: list[int] = []
    times = []
    turn = begin + number * BATCH / pace if pace else begin
    while True:
        if pace:
            time.sleep(max(0.0, turn - time.monotonic()))
            turn += WORKERS * BATCH / pace
        moment = time.monotonic()
        with database.session() as session:
            found = claim(session)
        if not found:
            break
        times.append(time.monotonic() - moment)
        ids += found
    results.put((begin, time.monotonic(), ids, times))
    database.dispose()
    results.close()
    results.join_thread()
    os._exit(0)  # what the parent opened is the parent's to close


def _warm(database: Any, claim: Callable[[Any], list[int]]) -> None:
    """A claim that is undone: what a process loads once is not what is measured."""
    with database.engine.connect() as connection:
        from sqlalchemy.orm import Session

        with Session(connection) as session:
            claim(session)
        connection.rollback()


def _claimer(kind: str, loaded: Any, worker: str) -> Callable[[Any], list[int]]:
    from sqlalchemy import text

    from outreach.channels import outbox
    from outreach.core import clock
    from outreach.core.words import Channel

    def ours(session: Any) -> list[int]:
        return [due.id for due in outbox.claim(session, loaded, Channel.SMS, size=BATCH, worker=worker)]

    def bare(session: Any, statement: str) -> list[int]:
        values = {
            "worker": worker,
            "lease": clock.now() + outbox.LEASE,
            "now": clock.now(),
            "campaign": loaded.campaign.id,
            "size": BATCH,
        }
        return list(session.execute(text(statement), values).scalars())

    return {
        "ours": ours, "sub-select": lambda session: bare(session, SUBSELECT), "row by row": lambda session: bare(session, ONE_ROW),
    }[kind]  # fmt: skip


if __name__ == "__main__":
    for label, figure in figures(quick="--quick" in sys.argv).items():
        print(
            f"{label:<40}{figure['value']:>12,} {figure['unit']:<6}{'' if figure['ok'] is None else 'ok' if figure['ok'] else 'MISSED'}"
        )
