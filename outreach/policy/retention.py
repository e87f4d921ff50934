"""Retention: how long the agreement lets us know who somebody is, and from when on that is counted.

CNIL, délibération 2023-095: two years after the last contact at the most in the active base; an agreement may say less.
"""

from __future__ import annotations

from datetime import date

from outreach.core import clock
from outreach.core.words import EventKind

CONTACTS = (EventKind.SENT, EventKind.ATTEMPTED, EventKind.REPLIED, EventKind.MEDIATED, EventKind.APPOINTED)
"""What counts as a contact with somebody: ours with them, or theirs with us. That a list no longer names them is none."""
NOTICE_MONTHS = 1
"""How long what is due is announced before a run takes it away by itself."""
READS_MONTHS = 12
"""How long it is kept who read whose data (CNIL, délibération 2021-122: six months to a year)."""
NOTICES_MONTHS = 6
"""How long what providers told is kept once it was read, and messages of phones that nobody has: disputes over bills are over."""
SQL_ENDS = "(CAST(({last}) AT TIME ZONE 'Europe/Paris' AS date) + make_interval(months => {months}))"
"""The first day without the data, in SQL; ``{last}``: the instant of the last contact."""


def ends_on(last: date, months: int) -> date:
    """The first day without the data of somebody last contacted on ``last``: that day of the month, or the month's last."""
    return clock.months_after(last, months)
