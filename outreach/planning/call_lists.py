"""Calls get their shift, mediator and moment: promised ones first, then the plan of the highest expected value."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np

from outreach.core.words import Channel
from outreach.planning.call_slots import PARTS, Diary, part_of
from outreach.planning.calling import Contacts, Dealt, Pools, Shift, deal, learned_chances, plan_calls
from outreach.planning.rounds import prize
from outreach.planning.wishes import Placed, Waits, Wish, end_of_day, looked_at_again
from outreach.policy.language import FRENCH
from outreach.policy.windows import is_open

if TYPE_CHECKING:
    from outreach.planning.answered import Rates
    from outreach.policy.ruling import Terms


LEAST_CHANCE = 0.01
"""Nobody is left uncalled because others did not answer at that hour."""


def place_calls(
    wishes: Sequence[Wish], diaries: Sequence[Diary], terms: Terms, rates: Rates, today: date, last: date
) -> tuple[list[Placed], list[Waits]]:
    """The calls of the days up to ``last``: in a language that the mediator speaks, when the person is likely to answer.

    A mediator of the case's own site calls, unless nobody there speaks with the person and somebody elsewhere does.
    """
    if not wishes or not diaries:
        return [], [_waits(wish, last, number, 0) for number, wish in enumerate(wishes)]
    pool_keys = sorted({(diary.shift.site_id, tuple(sorted(diary.shift.languages))) for diary in diaries})
    pools = {key: number for number, key in enumerate(pool_keys)}
    shifts = [
        Shift(
            diary.shift.id, diary.shift.mediator_id, pools[diary.shift.site_id, tuple(sorted(diary.shift.languages))],
            (diary.shift.day - today).days, part, int(places[0].timestamp()), len(places),
        )
        for diary in diaries
        for part, places in sorted(diary.free.items())
        if places
    ]  # fmt: skip
    capacity = np.zeros((len(pools), (last - today).days + 1, len(PARTS)), dtype=np.int64)
    for shift in shifts:
        capacity[shift.pool, shift.day, shift.window] += shift.capacity
    contacts = _contacts(wishes, pool_keys, terms, rates, today, last)
    columns = Pools(np.array([site for site, _ in pool_keys]), [frozenset(spoken) for _, spoken in pool_keys], capacity)
    plan = plan_calls(contacts, columns)
    dealt = deal(plan, contacts.value, shifts)
    return _timed(wishes, diaries, dealt, plan.window, terms, last)


def _contacts(
    wishes: Sequence[Wish], pools: Sequence[tuple[int, tuple[str, ...]]], terms: Terms, rates: Rates, today: date, last: date
) -> Contacts:
    tongues = sorted({wish.speaks for wish in wishes}, key=sorted)
    places = {tongue: number for number, tongue in enumerate(tongues)}
    kinds = np.array([int(wish.has_mobile) for wish in wishes])
    silences = np.zeros((len(wishes), len(PARTS)), dtype=np.int64)
    for row, wish in enumerate(wishes):
        for hour in wish.call_hours:
            silences[row, part_of(time(hour))] += 1
    speaking = cache(partial(_speaking_sites, pools=pools))
    earliest = np.array([max((wish.earliest - today).days, 0) for wish in wishes])
    deadline = np.full(len(wishes), (min(last, terms.valid_to) - today).days)
    return Contacts(
        site=np.array([_calling_site(wish, speaking(wish.speaks)) for wish in wishes]),
        speaks=np.array([places[wish.speaks] for wish in wishes]),
        tongues=tongues,
        value=np.array([prize(wish.priority) / 1000 for wish in wishes]),
        chance=np.maximum(learned_chances(rates.answers, kinds, silences), LEAST_CHANCE),
        allowed=np.ones(silences.shape, dtype=bool),
        earliest=earliest,
        deadline=deadline,
    )


def _speaking_sites(speaks: frozenset[str], pools: Sequence[tuple[int, tuple[str, ...]]]) -> list[int]:
    """The sites that have somebody who speaks one of those languages."""
    return [site for site, spoken in pools if speaks & set(spoken)]


def _calling_site(wish: Wish, speaking: Sequence[int]) -> int:
    """The own site where somebody speaks with the person, else the first that has somebody who does."""
    return wish.site_id if wish.site_id in speaking or not speaking else speaking[0]


def _timed(
    wishes: Sequence[Wish], diaries: Sequence[Diary], dealt: Sequence[Dealt], windows: np.ndarray, terms: Terms, last: date
) -> tuple[list[Placed], list[Waits]]:
    """Every call its moment; one that would fall on a holiday of the person's own territory waits."""
    by_shift = {diary.shift.id: diary for diary in diaries}
    placed: list[Placed] = []
    for item in dealt:
        wish, diary = wishes[item.contact], by_shift[item.shift_id]
        moment = diary.free[int(windows[item.contact])].pop(0)
        if is_open(Channel.CALL, moment, wish.insee, terms.hours):
            placed.append(called_at(wish, diary, moment))
    done = {item.wish.case_id for item in placed}
    left = [wish for wish in wishes if wish.case_id not in done]
    days = {diary.shift.day for diary in diaries}
    return placed, [_waits(wish, last, number, len(placed) // len(days)) for number, wish in enumerate(left)]


def called_at(wish: Wish, diary: Diary, moment: datetime, appointment: int | None = None) -> Placed:
    """A call of ``diary`` that begins at ``moment``, in the person's own language where the mediator speaks it."""
    language = wish.language if wish.language is not None and wish.language in diary.shift.languages else FRENCH
    return Placed(wish, language, moment, end_of_day(moment, wish.insee), diary.shift.id, diary.position(moment), appointment)


def _waits(wish: Wish, last: date, ahead: int, per_day: int) -> Waits:
    return Waits(wish.case_id, wish.step, looked_at_again(last, ahead, per_day), "capacity")
