"""Every invariant of the engine.

Those of what happened; that the order of contact is the one that was sealed, and that people are found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from outreach.core.i18n import N_
from outreach.privacy.marked import unmarked
from outreach.segments import faults
from outreach.tracking.invariants import Finding, check_invariants

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

SEALED = N_("L'ordre des contacts est celui qui fut scellé, et chaque cas a sa décision")

MARKED = N_("Chaque téléphone et chaque courriel scellé se retrouve par sa marque")


def all_invariants(session: Session, *, own: bool = True) -> list[Finding]:
    """Every invariant, in order; but for marks of a database that is not this installation's ``own``: it has not their secret."""
    marks = [Finding("marks", MARKED, *unmarked(session))] if own else []
    return [*check_invariants(session), Finding("sealed", SEALED, *faults(session)), *marks]
