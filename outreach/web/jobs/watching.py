"""Tells open pages how far jobs are: one reader for all streams of this process, so that no stream holds a connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import text
from starlette.concurrency import run_in_threadpool

if TYPE_CHECKING:
    from outreach.core.database import Database

EVERY = 0.7
"""Seconds between two looks."""
ALIVE = 15.0
"""Seconds after which a silent stream says that it is still there."""
STATES = "SELECT id, state, step, done, total FROM web_job WHERE id = ANY(CAST(:ids AS uuid[]))"


@dataclass(frozen=True)
class Progress:
    """How far a job is."""

    state: str
    step: str
    done: int
    total: int | None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.state in {"done", "failed"}


class Watcher:
    """Reads the jobs that pages watch, all at once, as long as there are any."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._watched: dict[UUID, int] = {}
        self._known: dict[UUID, Progress] = {}
        self._changed = asyncio.Condition()
        self._reader: asyncio.Task[None] | None = None

    async def follow(self, job: UUID) -> AsyncIterator[Progress | None]:
        """Each change of a job until it is over; ``None`` now and then: nothing changed, the stream is alive."""
        self._watched[job] = self._watched.get(job, 0) + 1
        if self._reader is None or self._reader.done():
            self._reader = asyncio.create_task(self._read())
        told: Progress | None = None
        try:
            while told is None or not told.is_over:
                now = await self._next(job, told)
                if now is not None:
                    told = now
                yield now
        finally:
            self._watched[job] -= 1
            if not self._watched[job]:
                del self._watched[job]
                self._known.pop(job, None)

    async def _next(self, job: UUID, told: Progress | None) -> Progress | None:
        async with self._changed:
            try:
                await asyncio.wait_for(self._changed.wait_for(lambda: self._known.get(job) not in (None, told)), ALIVE)
            except TimeoutError:
                return None
            return self._known[job]

    async def _read(self) -> None:
        while self._watched:
            rows = await run_in_threadpool(self._states, [str(job) for job in self._watched])
            async with self._changed:
                self._known |= {row.id: Progress(row.state, row.step, row.done, row.total) for row in rows}
                self._changed.notify_all()
            await asyncio.sleep(EVERY)

    def _states(self, ids: list[str]) -> list[Any]:
        with self._database.session() as session:
            return list(session.execute(text(STATES), {"ids": ids}))


def as_event(progress: Progress | None, html: str) -> str:
    """One event of a stream (HTML living standard, server-sent events); nothing new: a comment."""
    if progress is None:
        return ": alive\n\n"
    data = "\n".join(f"data: {line}" for line in html.splitlines() if line.strip())
    return f"event: {'over' if progress.is_over else 'message'}\n{data}\n\n"
