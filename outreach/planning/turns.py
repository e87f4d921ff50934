"""Planners take turns: who shares mediators plans one after the other, and plans are written down one at a time.

Campaigns that share no site are planned side by side. What they plan for one household meets when it is written down: the
later one sees what the earlier has planned, and takes back what is too much (``recheck``).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# In the order of their numbers, so that two who share several sites never wait for each other.
AT_SITES = """
SELECT pg_advisory_xact_lock(hashtext('plan at a site'), CAST(id AS int))
  FROM (SELECT id FROM site WHERE {which} ORDER BY id OFFSET 0) s
"""
OF_CODES = AT_SITES.format(which="code = ANY(:codes)")
OF_SHIFTS = AT_SITES.format(which="id IN (SELECT site_id FROM shift WHERE id = ANY(:shifts))")
WRITING = "SELECT pg_advisory_xact_lock(hashtext('plan written down'))"


def wait_at_sites(session: Session, codes: Iterable[str]) -> None:
    """Wait until nobody else plans for the mediators of these sites, and keep the turn until the transaction ends."""
    session.execute(text(OF_CODES), {"codes": list(codes)})


def wait_at_shifts(session: Session, shifts: Iterable[int]) -> None:
    """The same at the sites of some shifts."""
    session.execute(text(OF_SHIFTS), {"shifts": list(shifts)})


def wait_to_write(session: Session) -> None:
    """Wait until no other plan is being written down, and keep the turn until the transaction ends."""
    session.execute(text(WRITING))
