"""Gives contacts their day, hour and mediator within the capacity that is left."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, text

from outreach.core import clock
from outreach.core.words import Channel, ShiftKind
from outreach.models import Mediator, Shift, Site
from outreach.planning.calls import CallShift, CallWish, plan_calls, starting_time
from outreach.planning.visits import ITERATIONS, Door, PlannedRound, Walker, plan_rounds
from outreach.planning.writing import Planned
from outreach.policy.language import FRENCH, written_language
from outreach.policy.windows import closing, next_open_day, opening

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded
    from outreach.planning.cadence import Next
    from outreach.planning.worklist import Needy

Wishes = list[tuple["Needy", "Next"]]
SEED = 2026
VISIT_DAYS_AHEAD = 3
"""Rounds are made this many days ahead (on Friday, those of Monday): later ones would be remade anyway."""


@dataclass(frozen=True)
class Walked:
    """A round with the solver's seed and iterations, for the record."""

    plan: PlannedRound
    seed: int
    iterations: int


def place_writing(session: Session, loaded: Loaded, channel: Channel, wishes: Wishes, last: date) -> list[Planned]:
    """Letters and SMS: the first day with room; SMS are spread over the hours of their window."""
    capacity = loaded.folder.campaign.capacity
    limit = capacity.letters_per_day if channel is Channel.LETTER else capacity.sms_per_day
    taken = Counter(_planned_by_day(session, loaded.campaign.id, channel))
    available = frozenset(loaded.folder.messages.sms)
    planned = []
    for case, step in wishes:
        day = step.earliest
        while day <= last and (taken[day] >= limit or closing(channel, day, case.insee) <= clock.now()):
            day = next_open_day(channel, day + timedelta(days=1), case.insee)
        if day > last:
            continue
        begins, ends = opening(channel, day, case.insee), closing(channel, day, case.insee)
        due = begins if channel is Channel.LETTER else begins + (ends - begins) * (taken[day] / max(limit, 1)) * 0.9
        language = FRENCH
        if channel is Channel.SMS:
            language = written_language(case.language, case.means.reads_french, available)
        taken[day] += 1
        useful = closing(channel, day, case.insee)
        planned.append(Planned(case.id, case.person_id, step.step.code, step.attempt, channel, language, due, useful))
    return planned


def place_calls(session: Session, loaded: Loaded, wishes: Wishes, today: date, last: date) -> list[Planned]:
    """Calls: the lists of the shifts to come, in a language that the mediator speaks."""
    minutes = loaded.folder.campaign.capacity.minutes_per_call
    shifts = _call_shifts(session, loaded, today, last, minutes)
    asked = [CallWish(case.id, case.site_id, step.earliest, case.speaks, _last_half(case)) for case, step in wishes]
    by_case = {case.id: (case, step) for case, step in wishes}
    planned = []
    for case_id, shift, position in plan_calls(asked, shifts).placed:
        case, step = by_case[case_id]
        due = starting_time(shift, position, minutes)
        language = _common_language(case, shift.languages)
        useful = closing(Channel.CALL, shift.day, case.insee)
        planned.append(
            Planned(
                case_id, case.person_id, step.step.code, step.attempt, Channel.CALL, language, due, useful, shift.id, position
            )
        )
    return planned


def place_visits(session: Session, loaded: Loaded, wishes: Wishes, today: date, last: date) -> tuple[list[Planned], list[Walked]]:
    """Visits: rounds of the next days, one problem a day over all sites."""
    service = loaded.folder.campaign.capacity.minutes_per_door * 60
    planned: list[Planned] = []
    rounds: list[Walked] = []
    waiting = dict((case.id, (case, step)) for case, step in wishes)  # noqa: C402  (keeps the order of urgency)
    for day in clock.days(today, min(last, today + timedelta(days=VISIT_DAYS_AHEAD))):
        shifts = _visit_shifts(session, loaded, day)
        # Shifts that the most urgent doors left empty are offered the next ones, until a plan fills none.
        while plans := _rounds_of(day, shifts, waiting, service):
            for plan in plans:
                planned += _visits(plan, *shifts.pop(plan.shift_id), waiting)
                rounds.append(Walked(plan, SEED + day.toordinal(), ITERATIONS))
    return planned, rounds


def _rounds_of(
    day: date, shifts: dict[int, tuple[Walker, Shift]], waiting: dict[int, tuple[Needy, Next]], service: int
) -> list[PlannedRound]:
    doors = [_door(case) for case, step in waiting.values() if step.earliest <= day]
    return plan_rounds(doors, [walker for walker, _ in shifts.values()], service=service, seed=SEED + day.toordinal())


def _visits(plan: PlannedRound, walker: Walker, shift: Shift, waiting: dict[int, tuple[Needy, Next]]) -> list[Planned]:
    """The visits of a round; their cases wait no more."""
    planned = []
    for position, (case_id, seconds) in enumerate(plan.stops):
        case, step = waiting.pop(case_id)
        due = shift.starts_at.astimezone(clock.PARIS) + timedelta(seconds=seconds)
        language, useful = _common_language(case, walker.languages), closing(Channel.VISIT, shift.day, case.insee)
        planned.append(
            Planned(
                case_id, case.person_id, step.step.code, step.attempt, Channel.VISIT, language, due, useful, shift.id, position
            )
        )
    return planned


def _door(case: Needy) -> Door:
    if case.lon is None or case.lat is None or case.building_id is None:
        message = "a visit was wished for a place that nobody knows"
        raise ValueError(message)
    return Door(case.id, case.building_id, case.lon, case.lat, case.means.priority, case.speaks)


def _common_language(case: Needy, languages: frozenset[str]) -> str:
    """The person's own language when the mediator speaks it, else French."""
    return case.language if case.language in languages else FRENCH


def _last_half(case: Needy) -> bool | None:
    """Whether the last call was in the afternoon: attempts of one step alternate, beginning in the morning."""
    calls = sum(contact.channel == Channel.CALL for contact in case.tried)
    return None if calls == 0 else calls % 2 == 0


def _planned_by_day(session: Session, campaign_id: int, channel: Channel) -> dict[date, int]:
    query = text(
        "SELECT CAST(due_at AT TIME ZONE 'Europe/Paris' AS date) AS day, count(*) FROM contact"
        " WHERE campaign_id = :campaign AND channel = :channel AND state <> 'cancelled' GROUP BY 1"
    )
    return dict(session.execute(query, {"campaign": campaign_id, "channel": channel.value}).all())


def _call_shifts(session: Session, loaded: Loaded, today: date, last: date, minutes: int) -> list[CallShift]:
    taken = _taken(session, today)
    return [
        CallShift(
            shift.id, shift.site_id, shift.starts_at.astimezone(clock.PARIS), frozenset(person.languages),
            int((shift.ends_at - shift.starts_at).total_seconds() // 60 // minutes), taken.get(shift.id, 0),
        )
        for shift, person in _shifts(session, loaded, ShiftKind.CALL, today, last)
        if shift.starts_at >= clock.now()
    ]  # fmt: skip


def _visit_shifts(session: Session, loaded: Loaded, day: date) -> dict[int, tuple[Walker, Shift]]:
    """Visit shifts of a day that are still to come and have no round yet."""
    sites = {site.id: site for site in session.scalars(select(Site))}
    taken = _taken(session, day)
    found = {}
    for shift, person in _shifts(session, loaded, ShiftKind.VISIT, day, day):
        if shift.id in taken or shift.starts_at < clock.now():
            continue
        site = sites[shift.site_id]
        seconds = int((shift.ends_at - shift.starts_at).total_seconds())
        found[shift.id] = (Walker(shift.id, site.lon, site.lat, seconds, frozenset(person.languages)), shift)
    return found


def _shifts(session: Session, loaded: Loaded, kind: ShiftKind, start: date, end: date) -> list[tuple[Shift, Mediator]]:
    codes = [person.code for site in loaded.folder.campaign.sites for person in site.mediators]
    query = (
        select(Shift, Mediator)
        .join(Mediator, Mediator.id == Shift.mediator_id)
        .where(Shift.kind == kind.value, Shift.day.between(start, end), Mediator.code.in_(codes))
        .order_by(Shift.starts_at, Shift.id)
    )
    return [(shift, person) for shift, person in session.execute(query)]


def _taken(session: Session, since: date) -> dict[int, int]:
    query = text(
        "SELECT k.shift_id, max(k.position) + 1 FROM contact k JOIN shift s ON s.id = k.shift_id WHERE s.day >= :since GROUP BY 1"
    )
    found: dict[int, int] = defaultdict(int)
    found.update(session.execute(query, {"since": since}).all())
    return dict(found)
