"""The nightly plan: every open case gets its next contact, or a dated reason to wait. Planned work is left alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import audit, clock, progress
from outreach.core.i18n import N_
from outreach.core.words import Channel
from outreach.planning import allocate, writing
from outreach.planning.cadence import Exhausted, Next, next_contact
from outreach.planning.shifts import open_shifts
from outreach.planning.worklist import Needy, Pressure, needy_cases, recent_pressure
from outreach.policy.pressure import earliest_after_refusals, earliest_within_cap
from outreach.policy.windows import next_open_day

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.agreement import Caps
    from outreach.definitions.registry import Loaded
    from outreach.planning.writing import Planned

HORIZON_DAYS = 7
"""Contacts are planned this many days ahead; what lies beyond keeps a date to wait for."""


@dataclass(frozen=True)
class PlanResult:
    """Contacts planned by channel, cases that wait by reason, rounds made."""

    planned: dict[str, int]
    waiting: dict[str, int]
    rounds: int


@dataclass
class Agenda:
    """What the planner decides while it goes through the cases."""

    wishes: dict[Channel, list[tuple[Needy, Next]]] = field(default_factory=lambda: {channel: [] for channel in Channel})
    waits: list[tuple[int, str | None, date, str]] = field(default_factory=list)
    """(case, next step, day, reason)."""


def plan_campaign(session: Session, loaded: Loaded, *, actor: str) -> PlanResult:
    """Plan the next days of a campaign. Running it again on the same day plans nothing twice."""
    campaign = loaded.folder.campaign
    today = clock.today()
    last = min(today + timedelta(days=HORIZON_DAYS), campaign.ends_on)
    if last < today:
        return PlanResult({}, {}, 0)
    open_shifts(session, campaign, today, last)
    spoken = frozenset(code for site in campaign.sites for person in site.mediators for code in person.languages)
    needy = needy_cases(session, loaded.campaign.id, clock.at(last, "23:59"), spoken)
    silence = loaded.folder.agreement.caps.silence_days_after_refusal
    agenda = _agenda(needy, loaded, recent_pressure(session, loaded.campaign.id, silence_days=silence), today, last)
    with progress.step(N_("Calendrier et tournées"), len(needy)):
        planned, rounds = _allocate(session, loaded, agenda, today, last)
    with progress.step(N_("Écriture du plan"), len(needy)):
        writing.write_contacts(session, loaded.campaign.id, planned)
        writing.write_rounds(session, loaded.campaign.id, rounds)
        writing.write_waits(session, agenda.waits)
    counts = Counter(str(item.channel) for item in planned)
    reasons = Counter(reason for _, _, _, reason in agenda.waits)
    audit.record(session, actor, "campaign.plan", campaign.code, {"planned": dict(counts), "waiting": dict(reasons)})
    return PlanResult(dict(counts), dict(reasons), len(rounds))


def _agenda(needy: list[Needy], loaded: Loaded, pressure: Pressure, today: date, last: date) -> Agenda:
    agenda = Agenda()
    campaign, caps = loaded.folder.campaign, loaded.folder.agreement.caps
    for case in needy:
        start = max(case.opened, campaign.starts_on) + timedelta(days=(case.wave - 1) * campaign.waves.days_apart)
        step = next_contact(campaign.cadence, case.means, case.tried, start)
        if isinstance(step, Exhausted):
            agenda.waits.append((case.id, None, step.on, f"exhausted:{step.reason}"))
            continue
        day = _within_caps(case, step, pressure, caps, max(step.earliest, today))
        if day is None:
            agenda.waits.append((case.id, step.step.code, campaign.ends_on, "cap"))
            continue
        day = next_open_day(step.step.channel, day, case.insee)
        if day > last:
            agenda.waits.append((case.id, step.step.code, day, "later"))
        else:
            agenda.wishes[step.step.channel].append((case, Next(step.step, step.attempt, day)))
    return agenda


def _within_caps(case: Needy, step: Next, pressure: Pressure, caps: Caps, day: date) -> date | None:
    """The first day from ``day`` that keeps the silence after a refusal and both caps; ``None``: there is none."""
    refusals = [*pressure.refused_persons.get(case.person_id, []), *pressure.refused_households.get(case.household_id or 0, [])]
    day = earliest_after_refusals(refusals, caps.silence_days_after_refusal, day)
    allowed: date | None = day
    if step.step.channel is Channel.CALL:
        allowed = earliest_within_cap(pressure.calls.get(case.person_id, []), caps.calls_in_30_days, day)
    if allowed is not None and case.household_id is not None:
        allowed = earliest_within_cap(pressure.contacts.get(case.household_id, []), caps.contacts_in_30_days, allowed)
    return allowed


def _allocate(
    session: Session, loaded: Loaded, agenda: Agenda, today: date, last: date
) -> tuple[list[Planned], list[allocate.Walked]]:
    """Give wishes their place within capacity; those without one wait for capacity until tomorrow."""
    planned: list[Planned] = []
    for channel in (Channel.LETTER, Channel.SMS):
        planned += allocate.place_writing(session, loaded, channel, agenda.wishes[channel], last)
    planned += allocate.place_calls(session, loaded, agenda.wishes[Channel.CALL], today, last)
    visits, rounds = allocate.place_visits(session, loaded, agenda.wishes[Channel.VISIT], today, last)
    planned += visits
    placed = {item.case_id for item in planned}
    tomorrow = today + timedelta(days=1)
    for wishes in agenda.wishes.values():
        for case, step in wishes:
            if case.id not in placed:
                agenda.waits.append((case.id, step.step.code, max(step.earliest, tomorrow), "capacity"))
    return planned, rounds


def due_contacts(session: Session, campaign_id: int, until: datetime) -> int:
    """How many planned contacts are due by ``until``."""
    query = text("SELECT count(*) FROM contact WHERE campaign_id = :campaign AND state = 'planned' AND due_at <= :until")
    return int(session.execute(query, {"campaign": campaign_id, "until": until}).scalar_one())
