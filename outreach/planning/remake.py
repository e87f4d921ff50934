"""Rounds made anew: a mediator falls ill, or a visit is promised for a day that is already planned. The others hardly notice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import clock
from outreach.core.words import ChangeKind, Channel
from outreach.planning.promises import Promise
from outreach.planning.rounds import Door, InfeasiblePlanError, Plan, Reason, Replanned, Round, Stop, TravelTimes, replan
from outreach.planning.shifts import Place, Worked
from outreach.planning.visit_rounds import SEED, city_of, door_of, visited_at, walker_of
from outreach.planning.wishes import Placed, Wish
from outreach.planning.worklist import speaks_of
from outreach.planning.writing import Changed, show_next, take_back

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.campaign import Capacity
    from outreach.policy.ruling import Terms

# The visits of some rounds, made or still to be made, in the order of each round.
VISITS = """
SELECT k.id, k.case_id, k.person_id, k.step, k.attempt, k.state, k.due_at, k.done_at, k.shift_id, c.priority, c.household_id,
       c.site_id, p.language, p.reads_french, b.id AS building_id, b.lon, b.lat, coalesce(b.insee, o.insee) AS insee, h.floor,
       k.appointment_id, a.channel, a.starts_at, a.ends_at, a.mediator_id, m.code AS mediator, r.plan, r.travel_seconds
FROM contact k JOIN shift s ON s.id = k.shift_id JOIN "case" c ON c.id = k.case_id JOIN site o ON o.id = c.site_id
     JOIN person n ON n.id = c.person_id
     JOIN person p ON p.id = coalesce(n.merged_into, n.id)
     LEFT JOIN household h ON h.id = p.household_id LEFT JOIN building b ON b.id = h.building_id
     LEFT JOIN appointment a ON a.id = k.appointment_id LEFT JOIN mediator m ON m.id = a.mediator_id
     JOIN round r ON r.shift_id = k.shift_id
WHERE {which} AND k.channel = 'visit' AND k.state IN ('planned', 'done') ORDER BY k.shift_id, k.position
"""
IN_FORCE = VISITS.format(which="k.campaign_id = :campaign AND s.day >= :today")
MOVE = """
UPDATE contact SET shift_id = :shift, position = :position, due_at = :due, useful_until = :until, language = :language
WHERE id = :id AND state = 'planned'
"""


@dataclass
class Remade:
    """What was done: promised visits put in, changes of what was planned, promises that nobody can keep, rounds as they are now.

    ``refused``: cities whose new plan breaks a rule; theirs stays as it was.
    """

    placed: list[Placed] = field(default_factory=list)
    changes: list[Changed] = field(default_factory=list)
    not_kept: list[tuple[Promise, Reason]] = field(default_factory=list)
    plans: list[tuple[Plan, Round]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Remaking:
    """What rounds are made with."""

    shifts: Sequence[Worked]
    """The visit shifts of the days, absences not taken off."""
    absent: frozenset[int]
    """Those in which the mediator is absent, wholly or in part."""
    sites: Mapping[int, Place]
    capacity: Capacity
    terms: Terms
    travel: TravelTimes


def remake_rounds(session: Session, campaign_id: int, means: Remaking, promised: Sequence[tuple[Promise, Wish]] = ()) -> Remade:
    """Make the rounds anew of the cities and days where somebody is absent, or a visit was promised after they were planned."""
    if not promised and not means.absent:
        return Remade()
    cities = city_of(means.sites)
    rows: dict[tuple[int, date], list[Any]] = defaultdict(list)
    by_shift = {shift.id: shift for shift in means.shifts}
    for row in session.execute(text(IN_FORCE), {"campaign": campaign_id, "today": clock.today()}):
        shift = by_shift.get(row.shift_id)
        if shift is not None:
            rows[cities[shift.site_id], shift.day].append(row)
    done = Remade()
    for (city, day), planned in sorted(rows.items(), key=lambda item: item[0]):
        fresh = [(promise, wish) for promise, wish in promised if promise.day == day and cities[wish.site_id] == city]
        if fresh or any(row.shift_id in means.absent and row.state == "planned" for row in planned):
            shifts = [shift for shift in means.shifts if shift.day == day and cities[shift.site_id] == city]
            try:
                _remake(session, planned, fresh, shifts, means, done)
            except InfeasiblePlanError:
                done.refused.append(means.sites[city].name)
    return done


def _remake(
    session: Session, planned: list[Any], fresh: list[tuple[Promise, Wish]], shifts: list[Worked], means: Remaking, done: Remade
) -> None:
    wishes = {row.case_id: wish_of(row) for row in planned} | {wish.case_id: wish for _, wish in fresh}
    promises = {row.case_id: promise_of(row) for row in planned if row.appointment_id is not None}
    promises |= {promise.case_id: promise for promise, _ in fresh}
    lunch, service = means.capacity.lunch, means.capacity.minutes_per_door * 60
    walkers = [walker for shift in shifts for walker in walker_of(shift, means.terms, lunch, started=True)]
    able = [walker for walker in walkers if walker.shift_id not in means.absent]
    doors: list[Door] = [
        door
        for wish in wishes.values()
        for door in door_of(wish, promises.get(wish.case_id), able, [shifts[0].day], means.terms, service)
    ]
    made = {row.case_id for row in planned if row.state == "done"}
    day = shifts[0].day
    found = replan(
        plan_in_force(planned, shifts, service), doors, walkers, now=int(clock.now().timestamp()), seed=SEED + day.toordinal(),
        done=made, absent=means.absent & {shift.id for shift in shifts}, travel=means.travel,
    )  # fmt: skip
    _apply(session, found, {row.case_id: row for row in planned}, wishes, promises, {shift.id: shift for shift in shifts}, done)


def plan_in_force(planned: Iterable[Any], shifts: Sequence[Worked], service: int) -> Plan:
    """The rounds as they are stored: what was done at the times at which it was, the rest at the times foreseen."""
    mediators = {shift.id: shift.mediator_id for shift in shifts}
    rounds: dict[int, list[Stop]] = defaultdict(list)
    stored: dict[int, Any] = {}
    for row in planned:
        begins = int((row.done_at if row.state == "done" and row.done_at else row.due_at).timestamp())
        rounds[row.shift_id].append(Stop(row.case_id, begins, begins, begins + service, row.building_id))
        stored[row.shift_id] = row
    return Plan(
        tuple(
            Round(
                shift, mediators[shift], stored[shift].plan.get("leaves", stops[0].begins),
                stored[shift].plan.get("back", stops[-1].ends), stored[shift].travel_seconds, tuple(stops),
                tuple(stored[shift].plan["lunch"]) if stored[shift].plan.get("lunch") else None,
            )
            for shift, stops in rounds.items()
        ),
        (), (), 0, 0, SEED, 0,
    )  # fmt: skip


def _apply(
    session: Session, found: Replanned, rows: Mapping[int, Any], wishes: Mapping[int, Wish], promises: Mapping[int, Promise],
    shifts: Mapping[int, Worked], done: Remade,
) -> None:  # fmt: skip
    """Write the new places of what was planned, and say what changed."""
    shown: list[int] = []
    for walked in found.plan.rounds:
        done.plans.append((found.plan, walked))
        for position, stop in enumerate(walked.stops):
            placed = visited_at(wishes[stop.case_id], promises.get(stop.case_id), shifts[walked.shift_id], stop, position)
            row = rows.get(stop.case_id)
            if row is None:
                done.placed.append(placed)
            elif row.state == "planned":
                shown.append(row.case_id)
                session.execute(
                    text(MOVE),
                    {"id": row.id, "shift": placed.shift_id, "position": position, "due": placed.due_at, "until": placed.useful_until,
                     "language": placed.language},
                )  # fmt: skip
    show_next(session, shown)
    names = {shift.id: shift.mediator for shift in shifts.values()}
    after = {item.case_id: (walked.shift_id, item.begins) for walked in found.plan.rounds for item in walked.stops}
    for moved in found.change.moved:
        row, (shift, begins) = rows[moved.case_id], after[moved.case_id]
        at = datetime.fromtimestamp(begins, clock.PARIS)
        done.changes.append(
            Changed(
                moved.case_id, row.id, ChangeKind.MOVED, str(moved.reason), row.due_at, at, names[moved.from_shift], names[shift]
            )
        )
    dropped = {rows[item.case_id].id: item for item in found.change.dropped}
    for row in take_back(session, {contact: str(item.reason) for contact, item in dropped.items()}):
        before = names[dropped[row.id].shift_id]
        done.changes.append(Changed(row.case_id, row.id, ChangeKind.DROPPED, row.reason, row.due_at, None, before))
    done.not_kept += [(promises[aside.case_id], aside.reason) for aside in found.plan.set_aside]


def wish_of(row: Any) -> Wish:
    """The wish that a planned visit (a row of ``VISITS``) came from."""
    tongue = (row.language or "") + ("!" if row.reads_french is False else "")
    return Wish(
        case_id=row.case_id, person_id=row.person_id, household_id=row.household_id, site_id=row.site_id, priority=row.priority,
        channel=Channel.VISIT, step=row.step, attempt=row.attempt, earliest=row.due_at.date() - timedelta(days=1),
        insee=row.insee,
        language=row.language, reads_french=row.reads_french, speaks=speaks_of(tongue), building_id=row.building_id, lon=row.lon,
        lat=row.lat, floor=row.floor,
    )  # fmt: skip


def promise_of(row: Any) -> Promise:
    """The promise that a visit (a row of ``VISITS``) is to keep."""
    return Promise(
        row.appointment_id, row.case_id, Channel.VISIT, row.starts_at, row.ends_at, row.mediator_id, row.mediator, row.insee
    )
