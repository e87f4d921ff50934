"""What the planner has to place: wishes by channel, promises to keep, and the cases that wait, with the reason.

Worked out in columns; only the wishes that the days to come may hold become objects.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from outreach.core.words import Channel
from outreach.planning.cadence import NO_SPEAKER, tried_of
from outreach.planning.situations import next_steps
from outreach.planning.wishes import LONGEST_WAIT, Waiting, Wish
from outreach.planning.wishing import wishes_at, words_at
from outreach.policy.ruling import NO_PAST, Forbidden, History, Terms, first_day
from outreach.policy.territories import territory_of

if TYPE_CHECKING:
    from outreach.definitions.campaign import Campaign
    from outreach.planning.promises import Promise
    from outreach.planning.situations import Steps

REASONS = {Forbidden.SILENCE: "silence", Forbidden.CALLS: "cap", Forbidden.BUDGET: "cap", Forbidden.CLOSED: "later"}
"""What a case waits for, by the rule that put it off."""
ASK_AGAIN = 7
"""Days after which somebody who speaks a language nobody speaks is looked for again."""


@dataclass
class Agenda:
    """What is offered by channel, most urgent first; the promises with what keeps them; who waits."""

    wishes: dict[Channel, list[Wish]] = field(default_factory=lambda: {channel: [] for channel in Channel})
    promised: list[tuple[Promise, Wish]] = field(default_factory=list)
    waiting: Waiting = field(default_factory=lambda: Waiting.of([]))


def agenda_of(
    cases: pd.DataFrame, campaign: Campaign, terms: Terms, pasts: Mapping[int, History], promises: Mapping[int, Promise],
    days: tuple[date, date], most: Mapping[Channel, int],
) -> Agenda:  # fmt: skip
    """Sort a worklist into what can be placed between two ``days`` (both included) and what waits.

    ``most``: how many wishes of a channel are worth offering; the others wait for room.
    """
    today, last = days
    stickers = {living for living, past in pasts.items() if past.sticker}
    if stickers:
        cases = cases.assign(is_located=cases["is_located"].where(~cases["living"].isin(stickers), 0))
    steps, ids = next_steps(cases, campaign), cases["id"].to_numpy()
    has_promise = np.isin(ids, np.fromiter(promises, dtype=np.int64)) if promises else np.zeros(len(cases), dtype=bool)
    agenda = Agenda(promised=_promised(cases, np.flatnonzero(has_promise), steps, campaign, (promises, pasts)))
    is_given_up = pd.notna(steps.exhausted)
    open_ = ~has_promise & ~is_given_up
    day, reason = _days(cases, steps, np.flatnonzero(open_), terms, pasts, (campaign, today))
    is_late = day > np.datetime64(last, "D")
    late = np.flatnonzero(open_ & is_late)
    waiting = [
        _exhausted(ids, steps, np.flatnonzero(~has_promise & is_given_up), campaign, today),
        Waiting(ids[late], steps.step[late], day[late], reason[late]),
    ]
    for channel in Channel:
        mine = np.flatnonzero(open_ & ~is_late & (steps.channel == channel.value))
        agenda.wishes[channel] = wishes_at(cases, mine[: most[channel]], channel, steps, day, pasts)
        waiting.append(_no_room(ids, steps, mine[most[channel] :], last, most[channel]))
    agenda.waiting = Waiting.joined(waiting)
    return agenda


def _days(
    cases: pd.DataFrame, steps: Steps, open_: np.ndarray, terms: Terms, pasts: Mapping[int, History], when: tuple[Campaign, date]
) -> tuple[np.ndarray, np.ndarray]:
    """The first day that the cadence, a rest, a snooze and the rules allow to those ``open_``, and what put each off."""
    campaign, today = when
    own = np.maximum(steps.earliest, np.datetime64(today, "D"))
    rest = cases["heard"].to_numpy("datetime64[D]") + np.timedelta64(campaign.pause_after_conversation, "D")
    snoozed = cases["snoozed"].to_numpy("datetime64[D]")
    day = np.fmax(np.fmax(own, rest), snoozed)
    reason = np.where(day == own, "later", np.where(day == snoozed, "snoozed", "rest")).astype(object)
    living = cases["living"].to_numpy()
    has_past = np.isin(living[open_], np.fromiter(pasts, dtype=np.int64)) if pasts else np.zeros(len(open_), dtype=bool)
    _without_past(cases, steps.channel, day, open_[~has_past], terms, campaign.ends_on)
    mine = open_[has_past]
    columns = day[mine].tolist(), steps.channel[mine].tolist(), living[mine].tolist(), words_at(cases, mine, "insee")
    for row, start, channel, person, insee in zip(mine.tolist(), *columns, strict=True):
        allowed, rule = first_day(Channel(channel), start, terms, pasts[person], insee)
        day[row] = allowed or campaign.ends_on
        if rule is not None:
            reason[row] = REASONS.get(rule, "cap")
    return day, reason


def _without_past(cases: pd.DataFrame, channels: np.ndarray, day: np.ndarray, rows: np.ndarray, terms: Terms, end: date) -> None:
    """Moves the ``day`` of those ``rows`` to the first one allowed, once for all of one channel, day and territory."""
    insee = cases["insee"].array
    number, territories = pd.factorize(np.array([territory_of(code) for code in insee.categories], dtype=object))
    kind, kinds = pd.factorize(channels[rows])
    since, starts = pd.factorize(day[rows])
    keys, group = np.unique((kind * len(starts) + since) * len(territories) + number[insee.codes[rows]], return_inverse=True)
    found = []
    for key in keys.tolist():
        rest, territory = divmod(key, len(territories))
        allowed, _rule = first_day(
            Channel(kinds[rest // len(starts)]), starts[rest % len(starts)].astype("datetime64[D]").item(), terms, NO_PAST,
            territories[territory],
        )  # fmt: skip
        found.append(allowed or end)
    day[rows] = np.array(found, dtype="datetime64[D]")[group]


def _exhausted(ids: np.ndarray, steps: Steps, rows: np.ndarray, campaign: Campaign, today: date) -> Waiting:
    """Cases with nothing left to try close on their day; who nobody speaks with is not given up before the end."""
    why = steps.exhausted[rows]
    is_mute = (why == NO_SPEAKER) & (today < campaign.ends_on)
    again = np.datetime64(min(today + timedelta(days=ASK_AGAIN), campaign.ends_on), "D")
    reason = np.where(is_mute, NO_SPEAKER, "exhausted:" + why)
    return Waiting(ids[rows], np.full(len(rows), None), np.where(is_mute, again, steps.earliest[rows]), reason)


def _no_room(ids: np.ndarray, steps: Steps, rows: np.ndarray, last: date, ahead: int) -> Waiting:
    """Cases too far back in the queue to be offered: looked at again after about half the time that this takes."""
    places = (np.arange(len(rows)) + ahead) * (LONGEST_WAIT // 2) // max(ahead, 1)
    day = np.datetime64(last + timedelta(days=1), "D") + np.minimum(places, LONGEST_WAIT).astype("timedelta64[D]")
    return Waiting(ids[rows], steps.step[rows], day, np.full(len(rows), "capacity", dtype=object))


def _promised(
    cases: pd.DataFrame, rows: np.ndarray, steps: Steps, campaign: Campaign,
    known: tuple[Mapping[int, Promise], Mapping[int, History]],
) -> list[tuple[Promise, Wish]]:  # fmt: skip
    """Promises with the contacts that keep them: one more attempt of the cadence's step on that channel."""
    promises, pasts = known
    # Channel, step, attempt and day are those of the promise, whatever would have come next.
    wishes = wishes_at(cases, rows, Channel.CALL, steps, steps.earliest, pasts)
    kept = []
    for wish, history in zip(wishes, words_at(cases, rows, "history"), strict=True):
        promise = promises[wish.case_id]
        step = next(
            (step.code for step in campaign.cadence if step.channel is promise.channel and not step.recorded),
            f"promised-{promise.channel}",
        )
        made = [contact.attempt for contact in tried_of(history) if contact.step == step]
        attempt = 1 + max(made, default=0)
        kept.append((promise, wish._replace(channel=promise.channel, step=step, attempt=attempt, earliest=promise.day)))
    return kept
