"""The nightly plan: every open case gets its next contact, or a dated reason to wait. Planned work is left alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from outreach.core import audit, clock, progress
from outreach.core.errors import PolicyError
from outreach.core.i18n import N_, _
from outreach.core.words import Channel, ShiftKind
from outreach.definitions.registry import terms_of
from outreach.definitions.sealing import sealed
from outreach.planning import writing
from outreach.planning.absences import give_way, take_back_calls, what_became
from outreach.planning.agenda import Agenda, agenda_of
from outreach.planning.allocate import Allocation, Means, allocate, kept_by_nobody
from outreach.planning.answered import answer_rates
from outreach.planning.call_slots import diaries
from outreach.planning.hours import HOURS, follow_hours, opened_at
from outreach.planning.news import is_news
from outreach.planning.outdated import take_back_moved, take_back_unspoken
from outreach.planning.pasts import pasts_of
from outreach.planning.promises import open_promises
from outreach.planning.reasons import HOURS_CHANGED, MOVED_HOME, OTHER_LANGUAGE
from outreach.planning.recheck import take_back_closed, take_back_forbidden
from outreach.planning.remake import Remade, Remaking, remake_rounds
from outreach.planning.room import room_for
from outreach.planning.rounds import Reason
from outreach.planning.shifts import Roster, free_rounds, open_shifts, roster, sites_of
from outreach.planning.travel import travel_times
from outreach.planning.turns import wait_at_sites, wait_to_write
from outreach.planning.wishes import Waiting
from outreach.planning.worklist import needy_cases
from outreach.planning.writing import Changed

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.campaign import Campaign as CampaignDefinition
    from outreach.definitions.registry import Loaded
    from outreach.policy.ruling import Terms

HORIZON_DAYS = 7
"""Contacts are planned this many days ahead; what lies beyond keeps a date to wait for."""
VISIT_DAYS_AHEAD = 3
"""Rounds are made this many days ahead (on Friday, those of Monday): later ones would be remade anyway."""
CHOICE = 3
"""Calls offered for each place, so that the plan can choose; visits have their own cut."""


@dataclass(frozen=True)
class PlanResult:
    """Contacts planned by channel, cases that wait by reason, rounds made, what changed, cities whose plan was refused."""

    planned: dict[str, int]
    waiting: dict[str, int]
    rounds: int
    changes: list[Changed] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def plan_campaign(session: Session, loaded: Loaded, *, actor: str, cause: str = "nightly") -> PlanResult:
    """Plan the next days of a campaign. Running it again on the same day plans nothing twice, nor does another planner beside it.

    ``cause``: why it runs, for the record. Raises ``PolicyError`` for a campaign
    whose order of contact is not sealed.
    """
    if sealed(session, loaded.campaign.id) is None:
        message, mend = _("l'ordre des contacts n'est pas scellé"), _("Lancez la campagne : « outreach campaign launch ».")
        raise PolicyError(message, place=loaded.campaign.code, mend=mend)
    campaign, today = loaded.folder.campaign, clock.today()
    last = _last_day(campaign, today)
    if last < today:
        return PlanResult({}, {}, 0)
    partner, terms = terms_of(session, loaded.campaign)
    wait_at_sites(session, {site.code for site in campaign.sites} | opened_at(session, loaded.campaign.id))
    with progress.step(N_("Moyens")):
        beyond = _worked_until(campaign, today)
        news = is_news(session, loaded.campaign.id)
        again = {
            HOURS_CHANGED: _open_hours(session, loaded, today),
            str(Reason.MEDIATOR_ABSENT): take_back_calls(session, loaded.campaign.id),
            OTHER_LANGUAGE: take_back_unspoken(session, loaded.campaign.id),
            MOVED_HOME: take_back_moved(session, loaded.campaign.id) if news else [],
        }
        people = roster(session, campaign, today, beyond)
        remaking = _remaking(session, loaded, terms, people, last)
        remade = remake_rounds(session, loaded.campaign.id, remaking)
        promises = {promise.case_id: promise for promise in open_promises(session, loaded.campaign.id)}
        means = _means(session, loaded, terms, people, (today, last), {promise.day for promise in promises.values()})
    horizon = clock.at(last, "23:59")
    with progress.step(N_("Suites à donner")):
        moved = take_back_closed(session, loaded.campaign.id, terms) if news else []
        cases = needy_cases(session, loaded.campaign.id, horizon, news=news, **_spoken(loaded))
        pasts = pasts_of(session, partner, terms, cases)
        agenda = agenda_of(cases, campaign, terms, pasts, promises, (today, last), _most(means))
    put_in = _put_in_promised_visits(session, loaded, agenda, remaking)
    remade_shifts = {walked.shift_id for _plan, walked in put_in.plans}
    means.rounds = [shift for shift in means.rounds if shift.id not in remade_shifts]
    allocation = allocate(agenda, means, terms)
    allocation.placed += put_in.placed
    allocation.missing += [*remade.not_kept, *put_in.not_kept]
    allocation.rounds.plans += [*remade.plans, *put_in.plans]
    allocation.rounds.refused += [*remade.refused, *put_in.refused]
    allocation.missing += kept_by_nobody(agenda, means, allocation)
    with progress.step(N_("Écriture du plan"), len(cases)):
        moved_on = give_way(session, allocation.gave_way)
        # Nobody sees them before the plan is whole: they go in while another is still being written down.
        writing.put_in(session, loaded.campaign.id, allocation.placed)
        wait_to_write(session)
        writing.show_placed(session, allocation.placed)
        everybody = news or remade.changes or put_in.changes
        mediators = {shift.id: shift.mediator for shift in people.worked}
        changes = [
            *moved, *(change for why, rows in again.items() for change in what_became(rows, allocation.placed, mediators, why)),
            *moved_on, *remade.changes, *put_in.changes, *allocation.not_kept(),
            *take_back_forbidden(session, loaded.campaign.id, None if everybody else {item.wish.person_id for item in allocation.placed}),
        ]  # fmt: skip
        return _write(session, loaded, agenda, allocation, changes, (actor, cause))


def _last_day(campaign: CampaignDefinition, today: date) -> date:
    """The last day for which contacts are planned on a day."""
    return min(today + timedelta(days=HORIZON_DAYS), campaign.ends_on)


def _worked_until(campaign: CampaignDefinition, today: date) -> date:
    """The last day of which shifts are open then: letters of the last day are answered for some days after it."""
    return _last_day(campaign, today) + timedelta(days=campaign.capacity.answer_days + 1)


def _open_hours(session: Session, loaded: Loaded, today: date) -> list[Any]:
    """Open the shifts of the days to come, once those that are open follow the campaign's hours; returns as ``follow_hours``.

    Where no running campaign has other hours than at the last look, there is nothing to follow: the days since are opened alone.
    """
    campaign, number = loaded.folder.campaign, loaded.campaign.id
    looked, moved = HOURS.since(session, number), HOURS.moved(session, [number])
    if looked is not None and not moved:
        opened = _worked_until(campaign, looked.astimezone(clock.PARIS).date())
        open_shifts(session, campaign, opened + timedelta(days=1), _worked_until(campaign, today), number=number)
        return []
    back = follow_hours(session, loaded)
    open_shifts(session, campaign, today, _worked_until(campaign, today), number=number)
    HOURS.note(session, [number])
    return back


def _remaking(session: Session, loaded: Loaded, terms: Terms, people: Roster, last: date) -> Remaking:
    """What rounds are made anew with: the shifts as if nobody were absent, and who is."""
    campaign = loaded.folder.campaign
    visits = [shift for shift in people.whole if shift.kind is ShiftKind.VISIT and shift.day <= last]
    return Remaking(visits, people.absent, sites_of(session, campaign), campaign.capacity, terms, travel_times())


def _put_in_promised_visits(session: Session, loaded: Loaded, agenda: Agenda, remaking: Remaking) -> Remade:
    """Visits promised for a day whose rounds are made already are put into them; the agenda forgets those."""
    visits = [(promise, wish) for promise, wish in agenda.promised if promise.channel is Channel.VISIT]
    if not visits:
        return Remade()
    put_in = remake_rounds(session, loaded.campaign.id, remaking, visits)
    done = {item.wish.case_id for item in put_in.placed}
    agenda.promised = [(promise, wish) for promise, wish in agenda.promised if promise.case_id not in done]
    return put_in


def _means(
    session: Session, loaded: Loaded, terms: Terms, people: Roster, days: tuple[date, date], promised: Collection[date]
) -> Means:
    """What there is to work with in the ``days``. ``promised``: the days for which somebody was promised a call or a visit."""
    campaign, (today, last) = loaded.folder.campaign, days
    near = [shift for shift in people.worked if shift.day <= last]
    capacity = campaign.capacity
    return Means(
        days=(today, last),
        rounds_until=min(last, today + timedelta(days=VISIT_DAYS_AHEAD)),
        capacity=capacity,
        room=cache(partial(room_for, session, loaded.campaign.id, capacity, people.worked)),
        diaries=diaries(session, near, terms, minutes=capacity.minutes_per_call, lunch=capacity.lunch, promised=promised),
        rounds=free_rounds(session, near),
        rates=answer_rates(session),
        sites=sites_of(session, campaign),
        languages=_written(loaded),
        recorded=frozenset(step.code for step in campaign.cadence if step.recorded),
        travel=travel_times(),
    )


def _most(means: Means) -> dict[Channel, int]:
    """How many wishes of each channel are worth offering, of those that the days to come might hold."""
    days = (means.days[1] - means.days[0]).days + 1
    places = sum(len(free) for diary in means.diaries for free in diary.free.values())
    doors = sum(shift.minutes for shift in means.rounds) // means.capacity.minutes_per_door
    return {
        Channel.LETTER: CHOICE * days * means.capacity.letters_per_day,
        Channel.SMS: CHOICE * days * means.capacity.sms_per_day,
        Channel.CALL: CHOICE * (places + days * means.capacity.recorded_per_day),
        Channel.VISIT: 4 * CHOICE * doors,
    }


def _written(loaded: Loaded) -> Mapping[Channel, frozenset[str]]:
    """The languages of the texts of each channel; of calls, those of the recorded message."""
    messages = loaded.folder.messages
    return {
        Channel.LETTER: frozenset(messages.letters),
        Channel.SMS: frozenset(messages.sms),
        Channel.CALL: frozenset(messages.voice),
    }


def _spoken(loaded: Loaded) -> Mapping[str, frozenset[str]]:
    """The languages of those who call, and of those who go from door to door."""
    people = [person for site in loaded.folder.campaign.sites for person in site.mediators]
    return {
        "callers": frozenset(code for person in people if person.calls for code in person.languages),
        "visitors": frozenset(code for person in people if person.visits for code in person.languages),
    }


def _write(
    session: Session, loaded: Loaded, agenda: Agenda, allocation: Allocation, changes: list[Changed], record_as: tuple[str, str]
) -> PlanResult:
    campaign, (actor, cause) = loaded.campaign, record_as
    waiting = Waiting.joined([agenda.waiting, Waiting.of(allocation.waits)])
    writing.write_rounds(session, campaign.id, allocation.rounds.plans)
    writing.write_waits(session, waiting)
    counts = dict(Counter(item.wish.channel.value for item in allocation.placed))
    reasons = dict(Counter(waiting.reason.tolist()).most_common())
    record = {
        "planned": counts, "waiting": reasons, "rounds": len(allocation.rounds.plans), "refused": allocation.rounds.refused,
        "answers": allocation.rates.printed(),
    }  # fmt: skip
    writing.write_run(session, campaign.id, actor=actor, cause=cause, counts=record, changes=changes)
    audit.record(session, actor, "campaign.plan", campaign.code, {"planned": counts, "waiting": reasons})
    return PlanResult(counts, reasons, len(allocation.rounds.plans), changes, allocation.rounds.refused)
