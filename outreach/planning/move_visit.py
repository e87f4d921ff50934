"""A door that goes from one round to another: both are walked anew, each by its own mediator, and nobody else's door is lost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import clock
from outreach.core.errors import PolicyError
from outreach.core.i18n import _
from outreach.planning.remake import MOVE, VISITS, plan_in_force, promise_of, wish_of
from outreach.planning.rounds import WORDS, Appointment, Door, InfeasiblePlanError, Plan, Replanned, TravelTimes, Walker, replan
from outreach.planning.visit_rounds import SEED, door_of, visited_at, walker_of
from outreach.planning.writing import write_rounds
from outreach.policy.ruling import WORDS as RULES
from outreach.policy.ruling import Forbidden

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from outreach.definitions.campaign import Capacity
    from outreach.planning.promises import Promise
    from outreach.planning.shifts import Worked
    from outreach.planning.wishes import Placed, Wish
    from outreach.policy.ruling import Terms

OF_SHIFTS = VISITS.format(which="k.shift_id = ANY(:shifts)")
OTHERS = "SELECT EXISTS (SELECT FROM contact WHERE shift_id = :shift AND state <> 'cancelled' AND campaign_id <> :campaign)"
EMPTY = "DELETE FROM round WHERE shift_id = :shift"


@dataclass(frozen=True)
class Walked:
    """A visit and where it goes: from the round of one shift (``None`` once the campaign has it no more) to that of another."""

    contact_id: int
    wish: Wish
    promise: Promise | None
    source: Worked | None
    target: Worked
    campaign_id: int


def move_visit(
    session: Session, visit: Walked, capacity: Capacity, terms: Terms, travel: TravelTimes
) -> tuple[Placed, list[int]]:
    """Put the door into the target's round and take it out of its own.

    Returns its new place, and every case whose time may have changed. Raises ``PolicyError`` where it does not fit, or another
    door would have to give way.
    """
    if session.execute(text(OTHERS), {"shift": visit.target.id, "campaign": visit.campaign_id}).scalar():
        raise PolicyError(_("cette tournée est celle d'une autre campagne"))
    shifts = [visit.target.id, *([visit.source.id] if visit.source else [])]
    rows = list(session.execute(text(OF_SHIFTS), {"shifts": shifts}))
    there = [row for row in rows if row.shift_id == visit.target.id]
    walkers = walker_of(visit.target, terms, capacity.lunch, started=True)
    if not walkers:
        raise PolicyError(_(RULES[Forbidden.CLOSED]))
    door = _door(visit, walkers[0], terms, capacity)
    found = _walk(there, [door], visit.target, walkers, (capacity, terms, travel))
    if any(aside.case_id == door.case_id for aside in found.plan.set_aside):
        reason = next(aside.reason for aside in found.plan.set_aside if aside.case_id == door.case_id)
        raise PolicyError(_no_room() if visit.promise is None else _(WORDS[reason]))
    if found.change.dropped or found.plan.set_aside or not found.plan.rounds:
        raise PolicyError(_no_room(), mend=_("Retirez d'abord une autre porte de cette tournée."))
    placed = _write(session, found, there, visit)
    if placed is None:
        raise PolicyError(_no_room())
    cases = [row.case_id for row in rows]
    if visit.source is not None:
        _leave(
            session,
            [row for row in rows if row.shift_id == visit.source.id and row.id != visit.contact_id],
            visit,
            capacity,
            terms,
            travel,
        )
    return placed, [*cases, visit.wish.case_id]


def _door(visit: Walked, walker: Walker, terms: Terms, capacity: Capacity) -> Door:
    """The door, required of this walker: within the promised time, else at any time of the shift that is left."""
    found = door_of(visit.wish, None, [walker], [visit.target.day], terms, capacity.minutes_per_door * 60)
    if not found:
        raise PolicyError(_("on ne sait pas où est cette porte, ou elle ne se visite pas ce jour-là"))
    begins, ends = max(walker.starts, int(clock.now().timestamp())), walker.ends
    if visit.promise is not None:
        begins, ends = max(begins, int(visit.promise.starts_at.timestamp())), min(ends, int(visit.promise.ends_at.timestamp()))
        if begins >= ends:
            raise PolicyError(_("le rendez-vous promis tombe en dehors de ce poste"))
    return replace(found[0], windows=(), appointment=Appointment(begins, ends, shift_id=walker.shift_id))


def _walk(
    rows: Sequence[Any],
    more: Sequence[Door],
    shift: Worked,
    walkers: Sequence[Walker],
    means: tuple[Capacity, Terms, TravelTimes],
) -> Replanned:
    """One round walked anew by its own mediator: what was done stays, the rest is in the best order."""
    capacity, terms, travel = means
    service = capacity.minutes_per_door * 60
    promises = {row.case_id: promise_of(row) for row in rows if row.appointment_id is not None}
    doors = [
        door for row in rows for door in door_of(wish_of(row), promises.get(row.case_id), walkers, [shift.day], terms, service)
    ]
    made = {row.case_id for row in rows if row.state == "done"}
    force = plan_in_force(rows, [shift], service) if rows else Plan((), (), (), 0, 0, SEED, 0)
    try:
        return replan(
            force, [*doors, *more], walkers, now=int(clock.now().timestamp()), seed=SEED + shift.day.toordinal(), done=made,
            travel=travel,
        )  # fmt: skip
    except InfeasiblePlanError as error:
        raise PolicyError(_no_room()) from error


def _leave(session: Session, left: list[Any], visit: Walked, capacity: Capacity, terms: Terms, travel: TravelTimes) -> None:
    """The round that the door has left, without it; an empty one is none."""
    source = visit.source
    if source is None:
        return
    if not left:
        session.execute(text(EMPTY), {"shift": source.id})
        return
    walkers = walker_of(source, terms, capacity.lunch, started=True)
    found = _walk(left, [], source, walkers, (capacity, terms, travel)) if walkers else None
    # Where walking it anew would lose a door, the others keep the times that they have.
    if found is not None and not found.change.dropped and not found.plan.set_aside:
        _write(session, found, left, visit, source)


def _write(session: Session, found: Replanned, rows: Sequence[Any], visit: Walked, shift: Worked | None = None) -> Placed | None:
    """Write a round as it is walked now; returns the place of the moved door when it is in it."""
    known = {row.case_id: row for row in rows}
    shift, own = shift or visit.target, None
    write_rounds(session, visit.campaign_id, [(found.plan, walked) for walked in found.plan.rounds])
    for walked in found.plan.rounds:
        for position, stop in enumerate(walked.stops):
            row = known.get(stop.case_id)
            wish, promise = (
                (visit.wish, visit.promise) if row is None else (wish_of(row), promise_of(row) if row.appointment_id else None)
            )
            placed = visited_at(wish, promise, shift, stop, position)
            own = placed if row is None else own
            values = {
                "id": visit.contact_id if row is None else row.id, "shift": shift.id, "position": position, "due": placed.due_at,
                "until": placed.useful_until, "language": placed.language,
            }  # fmt: skip
            session.execute(text(MOVE), values)
    return own


def _no_room() -> str:
    return _("la tournée est pleine : cette porte n'y tient pas avec les autres")
