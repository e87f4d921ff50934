"""The only source of time: the wall clock, or a simulated one for demos, tests and benchmarks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")

_travelled: ContextVar[datetime | None] = ContextVar("travelled", default=None)


def now() -> datetime:
    """The present, aware, in the time of Paris."""
    travelled = _travelled.get()
    return travelled if travelled is not None else datetime.now(UTC).astimezone(PARIS)  # noqa: TID251  (the one place)


def today() -> date:
    """The present day in Paris."""
    return now().date()


def at(day: date, moment: time | str) -> datetime:
    """The aware Paris instant of a wall time on a day; ``moment`` may be written ``"14:30"``."""
    if isinstance(moment, str):
        moment = time.fromisoformat(moment)
    return datetime.combine(day, moment, PARIS)


@contextmanager
def travel(moment: datetime) -> Iterator[None]:
    """Hold the clock at ``moment`` (aware) within the block; nested blocks are allowed."""
    if moment.tzinfo is None:
        message = "the simulated clock needs an aware datetime"
        raise ValueError(message)
    token = _travelled.set(moment.astimezone(PARIS))
    try:
        yield
    finally:
        _travelled.reset(token)


def is_travelling() -> bool:
    """Whether the simulated clock is in force."""
    return _travelled.get() is not None


def days(start: date, end: date) -> Iterator[date]:
    """Every day from ``start`` to ``end``, both included."""
    for offset in range((end - start).days + 1):
        yield start + timedelta(days=offset)
