"""Every invariant of the engine: those of what happened, and that the order of contact is the one that was sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outreach.core.i18n import N_
from outreach.segments import faults
from outreach.tracking.invariants import Finding, check_invariants

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

SEALED = N_("L'ordre des contacts est celui qui fut scellé, et chaque cas a sa décision")


def all_invariants(session: Session) -> list[Finding]:
    """Every invariant, in order."""
    return [*check_invariants(session), Finding("sealed", SEALED, *faults(session))]
