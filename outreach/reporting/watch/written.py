"""Ages in a word: « 45 min », « 3 h », « 2 j »."""

from __future__ import annotations

from outreach.core.i18n import _

MINUTE, HOUR, DAY = 60, 3600, 86400
IN_MINUTES, IN_HOURS = 90 * MINUTE, 48 * HOUR


def age(seconds: float) -> str:
    """How long ago."""
    if seconds < IN_MINUTES:
        return _("{minutes} min").format(minutes=round(seconds / MINUTE))
    if seconds < IN_HOURS:
        return _("{hours} h").format(hours=round(seconds / HOUR))
    return _("{days} j").format(days=round(seconds / DAY))
