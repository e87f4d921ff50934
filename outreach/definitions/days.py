"""Days in rules: ``2026-09-01``, ``today``, ``today - 60 days``; and lengths of time: ``30 days``."""

from __future__ import annotations

import re
from datetime import date, timedelta

from outreach.core.i18n import _

_RELATIVE = re.compile(r"today(?:\s*([+-])\s*(\d{1,5})\s*days?)?")
_LENGTH = re.compile(r"(\d{1,5})\s*days?")


def as_written(value: object) -> str:
    """A day of a rule in its one form. Raises ``ValueError`` with the mend."""
    if isinstance(value, date):
        return value.isoformat()[:10]
    text = str(value).strip()
    if match := _RELATIVE.fullmatch(text):
        return f"today {match[1]} {int(match[2])} days" if match[1] and int(match[2]) else "today"
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError(_("date attendue, écrite 2026-10-05 ou today - 60 days")) from None


def length_as_written(value: object) -> str:
    """A length of time in its one form, ``30 days``. Raises ``ValueError`` with the mend."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return f"{value} days"
    match = _LENGTH.fullmatch(str(value).strip())
    if match is None:
        raise ValueError(_("durée attendue, écrite 30 days"))
    return f"{int(match[1])} days"


def day_of(written: str, today: date) -> date:
    """The day that a rule means on ``today``."""
    match = _RELATIVE.fullmatch(written)
    if match is None:
        return date.fromisoformat(written)
    return today + timedelta(days=int(f"{match[1]}{match[2]}") if match[1] else 0)


def days_in(written: str) -> int:
    """``30 days`` as 30."""
    return int(written.split(maxsplit=1)[0])


def is_relative(written: str) -> bool:
    """Whether the day moves with today."""
    return written.startswith("today")
