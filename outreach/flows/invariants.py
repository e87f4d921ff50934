"""Every invariant of the engine.

Those of what happened; that the order of contact is the one that was sealed, and that people are found.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from outreach.core.abreast import abreast
from outreach.core.i18n import N_
from outreach.privacy.marked import unmarked
from outreach.segments import faults
from outreach.tracking.invariants import INVARIANTS, Finding, Invariant, looked_at

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.core.database import Database

SEALED = N_("L'ordre des contacts est celui qui fut scellé, et chaque cas a sa décision")

MARKED = N_("Chaque téléphone et chaque courriel scellé se retrouve par sa marque")
EVERY: tuple[Invariant, ...] = (*INVARIANTS, ("sealed", SEALED, faults), ("marks", MARKED, unmarked))
"""In the order in which they are told."""
LONGEST = ("marks", "status", "policy", "sealed")
"""Begun first, where some are looked at side by side: else the last would be waited for."""


def all_invariants(session: Session, *, own: bool = True) -> list[Finding]:
    """Every invariant, in order; but for marks of a database that is not this installation's ``own``: it has not their secret."""
    return [looked_at(one, session) for one in _asked(own=own)]


def all_invariants_of(database: Database, *, own: bool = True) -> list[Finding]:
    """The same of what is committed, some side by side: half of them are the database's work, and half ours."""
    asked = {one[0]: one for one in _asked(own=own)}
    first = [code for code in LONGEST if code in asked]
    found = abreast(
        partial(_committed, database), [asked[code] for code in [*first, *(code for code in asked if code not in first)]]
    )
    known = {finding.code: finding for finding in found}
    return [known[code] for code in asked]


def _asked(*, own: bool) -> list[Invariant]:
    return [one for one in EVERY if own or one[0] != "marks"]


def _committed(database: Database, invariant: Invariant) -> Finding:
    with database.session() as session:
        return looked_at(invariant, session)
