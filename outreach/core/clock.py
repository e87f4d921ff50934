"""The only source of time: the wall clock, or a simulated one for demos, tests and benchmarks."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path
from time import monotonic
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")

# One clock for the whole process, its threads included: a season has one present. Each is a moment, and when it began to go on
# from there (``None``: it is held).
_travelled: list[tuple[datetime, float | None]] = []


def now() -> datetime:
    """The present, aware, as clocks show it in Paris, with the offset of this very moment.

    Python adds to a moment of a zone by what its clocks show: in the night when the hour comes twice, a quarter of an hour later
    would be three quarters earlier, and a lease over before it began. With a fixed offset, later is later.
    """
    if not _travelled:
        return _fixed(datetime.now(UTC))  # noqa: TID251  (the one place)
    moment, began = _travelled[-1]
    return moment if began is None else _fixed(moment.astimezone(UTC) + timedelta(seconds=monotonic() - began))


def age_of(path: Path) -> float:
    """Seconds since a file was last written, by the machine's own clock: files know no simulated one."""
    return datetime.now(UTC).timestamp() - path.stat().st_mtime  # noqa: TID251  (the one place)


def today() -> date:
    """The present day in Paris."""
    return now().date()


def at(day: date, moment: time | str) -> datetime:
    """The aware Paris instant of a wall time on a day; ``moment`` may be written ``"14:30"``."""
    if isinstance(moment, str):
        moment = time.fromisoformat(moment)
    return datetime.combine(day, moment, PARIS)


@contextmanager
def travel(moment: datetime, *, running: bool = False) -> Iterator[None]:
    """Set the clock to ``moment`` (aware) within the block, held there or ``running`` on from it; nested blocks are allowed."""
    if moment.tzinfo is None:
        message = "the simulated clock needs an aware datetime"
        raise ValueError(message)
    _travelled.append((_fixed(moment), monotonic() if running else None))
    try:
        yield
    finally:
        _travelled.pop()


def days(start: date, end: date) -> Iterator[date]:
    """Every day from ``start`` to ``end``, both included."""
    for offset in range((end - start).days + 1):
        yield start + timedelta(days=offset)


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month (règlement 1182/71, article 3)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def next_month(day: date) -> date:
    """The first day of the month after that of ``day``."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def months(first: date, last: date) -> list[date]:
    """The first days of all months from that of ``first`` to that of ``last``."""
    found = [first.replace(day=1)]
    while next_month(found[-1]) <= last:
        found.append(next_month(found[-1]))
    return found


def _fixed(moment: datetime) -> datetime:
    """The same moment, with the offset that Paris has at it."""
    shown = moment.astimezone(PARIS)
    offset = shown.utcoffset()
    return shown.astimezone(timezone(offset)) if offset is not None else shown
