"""Does the work that pages start: claimed under a lease, so that what a stopped server left is done by the next one."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from threading import Event, Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from outreach.core import clock
from outreach.core.errors import OutreachError
from outreach.core.i18n import N_, Language, _, speaking
from outreach.core.progress import listening

if TYPE_CHECKING:
    from collections.abc import Iterator

    from outreach.core.database import Database

LEASE = timedelta(minutes=2)
"""How long a server may be silent before another process does its job again."""
BEATS = 4
"""How often in that time it says that it is still there, however long a step takes that tells nothing."""
MOST_TRIES = 3
KEPT = timedelta(days=7)
"""How long it is known what came of a job: its words name files and people."""
HALF_A_SECOND = 0.5
log = logging.getLogger(__name__)
CLAIM = """
UPDATE web_job SET state = 'running', lease_until = :lease, changed_at = :now, tries = tries + 1
WHERE id = (SELECT id FROM web_job
            WHERE state IN ('waiting', 'running') AND (state = 'waiting' OR lease_until < :now) AND tries < :most
            ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, kind, arguments, language, (SELECT code FROM account a WHERE a.id = web_job.account_id) AS actor
"""
# Begun as often as may be, and silent: whatever ends its server would end the next one too.
LOST = """
SELECT id, language, arguments
FROM web_job
WHERE state = 'running' AND lease_until < :now AND tries >= :most FOR UPDATE SKIP LOCKED
"""
STEP = "UPDATE web_job SET step = :step, done = :done, total = :total, changed_at = :now WHERE id = :id AND state = 'running'"
BEAT = "UPDATE web_job SET lease_until = :lease WHERE id = :id AND state = 'running'"
DONE = "UPDATE web_job SET state = 'done', next_path = :path, changed_at = :now, lease_until = NULL WHERE id = :id"
FAILED = """
UPDATE web_job
SET state = 'failed', problem = CAST(:problem AS jsonb), next_path = :path, changed_at = :now, lease_until = NULL
WHERE id = :id
"""
START = """
INSERT INTO web_job (id, kind, account_id, language, arguments, state, step, done, next_path, created_at, changed_at, tries)
VALUES (:id, :kind, :account, :language, CAST(:arguments AS jsonb), 'waiting', '', 0, :path, :now, :now, 0)
"""

FORGET = """
DELETE FROM web_job WHERE changed_at < :before AND state IN ('done', 'failed')
"""


@dataclass(frozen=True)
class Outcome:
    """Where the result of a job is seen; with a ``problem``, what went wrong (message, place, mend)."""

    next_path: str
    problem: dict[str, Any] | None = None


Work = Callable[["Database", dict[str, Any], str], Outcome]
KINDS: dict[str, Work] = {}
"""What each kind of job does, given its arguments and who started it."""


def job_kind(name: str) -> Callable[[Work], Work]:
    """Register what a kind of job does. It may be done twice, when a server stops in the middle."""

    def register(work: Work) -> Work:
        KINDS[name] = work
        return work

    return register


def start(database: Database, kind: str, account: int, language: Language, next_path: str, **arguments: Any) -> UUID:
    """Put a job in line; ``next_path``: where to go if it fails."""
    if kind not in KINDS:
        message = f"no such kind of job: {kind}"
        raise ValueError(message)
    number = uuid4()
    values = {
        "id": number, "kind": kind, "account": account, "language": language, "arguments": json.dumps(arguments),
        "path": next_path, "now": clock.now(),
    }  # fmt: skip
    with database.session() as session:
        session.execute(text(START), values)
    return number


def forget(database: Database) -> int:
    """Drop the jobs that are over for a week; returns how many."""
    with database.session() as session:
        done = session.execute(text(FORGET), {"before": clock.now() - KEPT})
        return int(done.rowcount)  # type: ignore[attr-defined]


def give_up(database: Database) -> int:
    """Tell whoever waits for a job that was begun too often that it will not be done; returns how many."""
    now = clock.now()
    with database.session() as session:
        lost = session.execute(text(LOST), {"now": now, "most": MOST_TRIES}).all()
        for job in lost:
            with speaking("en" if job.language == "en" else "fr"):
                problem = {"message": _(GIVEN_UP), "place": None, "mend": _(TRY_AGAIN)}
            values = {"id": job.id, "path": job.arguments.get("back", "/"), "now": now, "problem": json.dumps(problem)}
            session.execute(text(FAILED), values)
    return len(lost)


class Runner:
    """Does jobs in threads of its own, one after another in each; ``wake`` looks for work."""

    def __init__(self, database: Database, threads: int = 2) -> None:
        self.database = database
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="job")

    def wake(self) -> Future[int]:
        """Do what waits, soon."""
        return self._threads.submit(self.run_waiting)

    def run_waiting(self) -> int:
        """Do what waits, now; returns how many jobs were done."""
        count = 0
        while self._one():
            count += 1
        return count

    def close(self) -> None:
        """End after the jobs under way."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _one(self) -> bool:
        now = clock.now()
        with self.database.session() as session:
            job = session.execute(text(CLAIM), {"now": now, "lease": now + LEASE, "most": MOST_TRIES}).first()
        if job is None:
            return False
        with (
            speaking("en" if job.language == "en" else "fr"),
            listening(_Teller(self.database, job.id)),
            _held(self.database, job.id),
        ):
            outcome = _outcome(self.database, job)
        values = {"id": job.id, "path": outcome.next_path, "now": clock.now(), "problem": json.dumps(outcome.problem)}
        with self.database.session() as session:
            session.execute(text(FAILED if outcome.problem else DONE), values)
        return True


def _outcome(database: Database, job: Any) -> Outcome:
    try:
        return KINDS[job.kind](database, job.arguments, job.actor)
    except OutreachError as error:
        return Outcome(job.arguments.get("back", "/"), {"message": error.message, "place": error.place, "mend": error.mend})
    except Exception as error:  # noqa: BLE001 - whatever it is, who waits is told
        # Its words may hold what a row holds: its kind is enough to look for it.
        log.error("job %s of kind %s failed: %s", job.id, job.kind, type(error).__name__)  # noqa: TRY400
        return Outcome(job.arguments.get("back", "/"), {"message": _(UNEXPECTED), "place": None, "mend": _(TRY_AGAIN)})


UNEXPECTED = N_("quelque chose d'imprévu est arrivé, rien n'a été changé")
GIVEN_UP = N_("ce travail s'est arrêté trois fois avant sa fin ; il n'est plus repris")
TRY_AGAIN = N_("Essayez encore une fois ; si cela revient, dites-nous l'heure.")


@contextmanager
def _held(database: Database, job: UUID) -> Iterator[None]:
    """Keep the lease of a job while it is done: only with its process does it run out."""
    over = Event()

    def beat() -> None:
        while not over.wait(LEASE.total_seconds() / BEATS):
            try:
                with database.session() as session:
                    session.execute(text(BEAT), {"id": job, "lease": clock.now() + LEASE})
            except SQLAlchemyError:
                log.warning("the lease of job %s could not be renewed", job)

    beating = Thread(target=beat, name=f"lease of {job}", daemon=True)
    beating.start()
    try:
        yield
    finally:
        over.set()
        beating.join()


class _Teller:
    """Writes how far a job is, at most twice a second."""

    def __init__(self, database: Database, job: UUID) -> None:
        self._database, self._job = database, job
        self._done: dict[str, int] = {}
        self._totals: dict[str, int | None] = {}
        self._last, self._lock = 0.0, Lock()

    def begin(self, step: str, total: int | None) -> None:
        """A step begins."""
        self._done[step], self._totals[step] = 0, total
        self._write(step, at_once=True)

    def advance(self, step: str, rows: int) -> None:
        """Some more rows are done."""
        self._done[step] = self._done.get(step, 0) + rows
        self._write(step)

    def end(self, step: str) -> None:
        """A step is over."""

    def _write(self, step: str, *, at_once: bool = False) -> None:
        with self._lock:
            if not at_once and monotonic() - self._last < HALF_A_SECOND:
                return
            self._last = monotonic()
        values = {
            "id": self._job, "step": step, "done": self._done[step], "total": self._totals.get(step), "now": clock.now(),
        }  # fmt: skip
        with self._database.session() as session:
            session.execute(text(STEP), values)
