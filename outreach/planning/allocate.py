"""Gives every wish its day, hour and mediator within the means of the days to come; promises come first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from outreach.core import progress
from outreach.core.i18n import N_
from outreach.core.words import ChangeKind, Channel
from outreach.planning.call_lists import place_calls
from outreach.planning.mailings import place_mailings
from outreach.planning.promises import place_promised_calls
from outreach.planning.rounds import Reason
from outreach.planning.settle import still_allowed
from outreach.planning.visit_rounds import Rounds, city_of, place_visits
from outreach.planning.wishes import Placed, Waits
from outreach.planning.writing import Changed

if TYPE_CHECKING:
    from outreach.definitions.campaign import Capacity
    from outreach.planning.agenda import Agenda
    from outreach.planning.answered import Rates
    from outreach.planning.call_slots import Booked, Diary
    from outreach.planning.promises import Promise
    from outreach.planning.room import Room
    from outreach.planning.rounds import TravelTimes
    from outreach.planning.shifts import Place, Worked
    from outreach.policy.ruling import Terms

PROCESSES = 2
"""Cities that are planned side by side."""
WAITS_FOR_PROMISE = "appointment"
"""Why a case waits whose promise has no place yet."""


@dataclass
class Means:
    """What there is to work with: the ``days`` (first, last), and the last day of rounds.

    ``room``: worked out for whoever has something to send. ``rounds``: visit shifts without a round. ``languages``: of the texts
    of each channel. ``recorded``: the steps at which a message is played, which take nobody's time.
    """

    days: tuple[date, date]
    rounds_until: date
    capacity: Capacity
    room: Callable[[], Room]
    diaries: Sequence[Diary]
    rounds: Sequence[Worked]
    rates: Rates
    sites: Mapping[int, Place]
    languages: Mapping[Channel, frozenset[str]]
    recorded: frozenset[str]
    travel: TravelTimes


@dataclass
class Allocation:
    """Contacts with their place, cases that wait, rounds, promises that nobody can keep so far."""

    rates: Rates
    placed: list[Placed] = field(default_factory=list)
    waits: list[Waits] = field(default_factory=list)
    rounds: Rounds = field(default_factory=Rounds)
    missing: list[tuple[Promise, Reason]] = field(default_factory=list)
    gave_way: list[Booked] = field(default_factory=list)
    """Planned calls whose place a promised one has taken."""

    def not_kept(self) -> list[Changed]:
        """The promises that nobody can keep, each with the first reason found."""
        return [
            Changed(promise.case_id, None, ChangeKind.NOT_KEPT, str(reason), promise.starts_at, None, promise.mediator)
            for promise, reason in dict(reversed(self.missing)).items()
        ]


def allocate(agenda: Agenda, means: Means, terms: Terms) -> Allocation:
    """Place what can be placed. Promised calls and visits first, then the rest by channel; who finds no place waits."""
    today, last = means.days
    done = Allocation(means.rates)
    with progress.step(N_("Courriers et SMS")):
        played = [wish for wish in agenda.wishes[Channel.CALL] if wish.step in means.recorded]
        mailed = {channel: agenda.wishes[channel] for channel in (Channel.LETTER, Channel.SMS)} | {Channel.CALL: played}
        for channel, wishes in mailed.items():
            if wishes:
                _add(done, place_mailings(channel, wishes, means.room(), terms, last, means.languages[channel]))
    promised = [(promise, wish) for promise, wish in agenda.promised if promise.channel is Channel.CALL and promise.day <= last]
    with progress.step(N_("Appels"), len(agenda.wishes[Channel.CALL])):
        kept = place_promised_calls(promised, means.diaries)
        done.placed += kept.placed
        done.gave_way, done.missing = kept.gave_way, kept.missing
        live = [wish for wish in agenda.wishes[Channel.CALL] if wish.step not in means.recorded]
        _add(done, place_calls(live, means.diaries, terms, means.rates, today, last))
    with progress.step(N_("Tournées"), len(agenda.wishes[Channel.VISIT])):
        _place_visits(agenda, means, terms, done)
    done.placed, refused = still_allowed(done.placed, terms)
    done.waits += [Waits(item.wish.case_id, item.wish.step, last + timedelta(days=1), str(rule)) for item, rule in refused]
    _keep_promises_waiting(agenda, done, last)
    return done


def _add(done: Allocation, found: tuple[list[Placed], list[Waits]]) -> None:
    placed, waits = found
    done.placed += placed
    done.waits += waits


def _place_visits(agenda: Agenda, means: Means, terms: Terms, done: Allocation) -> None:
    """The rounds of the next days, for shifts that have none yet."""
    until = means.rounds_until
    promised = {
        promise.case_id: promise for promise, _ in agenda.promised if promise.channel is Channel.VISIT and promise.day <= until
    }
    asked = [wish for promise, wish in agenda.promised if promise.case_id in promised]
    wishes = [*asked, *(wish for wish in agenda.wishes[Channel.VISIT] if wish.earliest <= until)]
    free = [shift for shift in means.rounds if shift.day <= until]
    done.rounds = place_visits(
        wishes, promised, free, terms, service=means.capacity.minutes_per_door * 60, lunch=means.capacity.lunch, sites=means.sites,
        travel=means.travel, processes=PROCESSES,
    )  # fmt: skip
    done.placed += done.rounds.placed
    done.missing += done.rounds.not_kept
    visited = {item.wish.case_id for item in done.rounds.placed}
    # Looked at every night: a round is good when there are many doors to choose from.
    done.waits += [
        Waits(wish.case_id, wish.step, max(wish.earliest, means.days[1]), "capacity")
        for wish in agenda.wishes[Channel.VISIT]
        if wish.case_id not in visited
    ]


def _keep_promises_waiting(agenda: Agenda, done: Allocation, last: date) -> None:
    """A promise that is not placed yet keeps its case: until its day comes near, or until tomorrow if nobody can keep it."""
    placed = {item.wish.case_id for item in done.placed} | {wait.case_id for wait in done.waits}
    done.waits += [
        Waits(wish.case_id, wish.step, max(promise.day, last), WAITS_FOR_PROMISE)
        for promise, wish in agenda.promised
        if wish.case_id not in placed
    ]


def kept_by_nobody(agenda: Agenda, means: Means, done: Allocation) -> list[tuple[Promise, Reason]]:
    """Promised visits of the next days for which no round was looked for: nobody is free to go out, or nobody knows where to."""
    told = {promise.case_id for promise, _reason in done.missing}
    waiting = {wait.case_id for wait in done.waits if wait.reason == WAITS_FOR_PROMISE} - told
    cities = city_of(means.sites)
    return [
        (promise, Reason.NO_SHIFT if wish.building_id is not None and wish.lon is not None else Reason.NO_DOOR)
        for promise, wish in agenda.promised
        if promise.channel is Channel.VISIT and promise.day <= means.rounds_until and wish.case_id in waiting
        and means.sites[cities[wish.site_id]].name not in done.rounds.refused
    ]  # fmt: skip
