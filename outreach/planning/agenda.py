"""What the planner has to place: wishes by channel, promises to keep, and the cases that wait, with the reason.

Worked out in columns; only the wishes that the days to come may hold become objects.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from outreach.core.words import Channel
from outreach.planning.cadence import NO_SPEAKER
from outreach.planning.situations import UNKNOWN, next_steps
from outreach.planning.wishes import LONGEST_WAIT, Wish
from outreach.planning.worklist import speaks_of
from outreach.policy.ruling import NO_PAST, Forbidden, History, Terms, first_day
from outreach.policy.territories import territory_of, zone_of

if TYPE_CHECKING:
    from outreach.definitions.campaign import Campaign
    from outreach.planning.promises import Promise

REASONS = {Forbidden.SILENCE: "silence", Forbidden.CALLS: "cap", Forbidden.BUDGET: "cap", Forbidden.CLOSED: "later"}
"""What a case waits for, by the rule that put it off."""
ASK_AGAIN = 7
"""Days after which somebody who speaks a language nobody speaks is looked for again."""


@dataclass
class Agenda:
    """``waiting``: a frame of ``id``, ``step``, ``day``, ``reason``."""

    wishes: dict[Channel, list[Wish]] = field(default_factory=lambda: {channel: [] for channel in Channel})
    promised: list[tuple[Promise, Wish]] = field(default_factory=list)
    waiting: pd.DataFrame = field(default_factory=pd.DataFrame)


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
    steps = next_steps(cases, campaign)
    agenda = Agenda()
    has_promise = cases["id"].isin(promises)
    for row in cast("Any", cases[has_promise].join(steps).itertuples()):
        promise = promises[int(row.id)]
        agenda.promised.append((promise, _promised_wish(row, promise, campaign, pasts)))
    ready = _with_days(cases[~has_promise], steps[~has_promise], campaign, terms, pasts, today)
    waiting = [_exhausted(ready[ready["exhausted"].notna()], campaign, today)]
    ready = ready[ready["exhausted"].isna()]
    late = ready["day"].to_numpy("datetime64[D]") > np.datetime64(last, "D")
    waiting.append(ready.loc[late, ["id", "step", "day", "reason"]])
    for channel in Channel:
        mine = ready[~late & (ready["channel"] == channel.value).to_numpy()]
        agenda.wishes[channel] = [_wish(row, channel, pasts) for row in mine.iloc[: most[channel]].itertuples()]
        waiting.append(_no_room(mine.iloc[most[channel] :], last, most[channel]))
    agenda.waiting = pd.concat([part for part in waiting if len(part)] or waiting[:1], ignore_index=True)
    return agenda


def _with_days(
    cases: pd.DataFrame, steps: pd.DataFrame, campaign: Campaign, terms: Terms, pasts: Mapping[int, History], today: date
) -> pd.DataFrame:
    """Adds the first ``day`` that the cadence, a rest, a snooze and the rules allow, and the ``reason`` of what put it off."""
    ready = cases.join(steps)
    own = np.maximum(ready["earliest"].to_numpy("datetime64[D]"), np.datetime64(today, "D"))
    rest = ready["heard"].to_numpy("datetime64[D]") + np.timedelta64(campaign.pause_after_conversation, "D")
    snoozed = ready["snoozed"].to_numpy("datetime64[D]")
    day = np.fmax(np.fmax(own, rest), snoozed)
    reason = np.where(day == own, "later", np.where(day == snoozed, "snoozed", "rest")).astype(object)
    allowed, put_off = _allowed_days(ready, day, terms, pasts, campaign.ends_on)
    ready["day"] = allowed
    ready["reason"] = np.where(put_off != "", put_off, reason)
    return ready


def _allowed_days(
    ready: pd.DataFrame, day: np.ndarray, terms: Terms, pasts: Mapping[int, History], end: date
) -> tuple[np.ndarray, np.ndarray]:
    """The first day allowed, once for all who have no past and live in one territory, else one by one."""
    found: np.ndarray = day.copy()
    reasons = np.full(len(ready), "", dtype=object)
    open_ = ready["step"].notna().to_numpy()
    known = ready["living"].isin(pasts).to_numpy()
    territory = ready["insee"].astype(object).map(territory_of)
    groups = pd.DataFrame({"channel": ready["channel"].to_numpy(), "day": day, "territory": territory.to_numpy()})
    for key, rows in groups[open_ & ~known].groupby(["channel", "day", "territory"]).indices.items():
        channel, start, place = cast("tuple[str, pd.Timestamp, str]", key)
        allowed, _rule = first_day(Channel(channel), start.date(), terms, NO_PAST, place)
        found[np.flatnonzero(open_ & ~known)[rows]] = np.datetime64(allowed or end, "D")
    one_by_one = np.flatnonzero(open_ & known)
    columns = (ready[name].iloc[one_by_one].tolist() for name in ("channel", "living", "insee"))
    starts = day[one_by_one].astype("datetime64[D]").tolist()
    for row, start, channel, living, insee in zip(one_by_one, starts, *columns, strict=True):
        allowed, rule = first_day(Channel(channel), start, terms, pasts[living], insee)
        found[row] = np.datetime64(allowed or end, "D")
        reasons[row] = REASONS.get(rule, "cap") if rule is not None else ""
    return found, reasons


def _exhausted(cases: pd.DataFrame, campaign: Campaign, today: date) -> pd.DataFrame:
    """Cases with nothing left to try close on their day; who nobody speaks with is not given up before the end."""
    mute = (cases["exhausted"] == NO_SPEAKER).to_numpy() & (today < campaign.ends_on)
    again = np.datetime64(min(today + timedelta(days=ASK_AGAIN), campaign.ends_on), "D")
    day = np.where(mute, again, cases["earliest"].to_numpy("datetime64[D]"))
    reason = np.where(mute, NO_SPEAKER, "exhausted:" + cases["exhausted"].astype(str))
    return pd.DataFrame({"id": cases["id"].to_numpy(), "step": None, "day": day, "reason": reason})


def _no_room(cases: pd.DataFrame, last: date, ahead: int) -> pd.DataFrame:
    """Cases too far back in the queue to be offered: looked at again after about half the time that this takes."""
    places = (np.arange(len(cases)) + ahead) * (LONGEST_WAIT // 2) // max(ahead, 1)
    day = np.datetime64(last + timedelta(days=1), "D") + np.minimum(places, LONGEST_WAIT).astype("timedelta64[D]")
    return pd.DataFrame({"id": cases["id"].to_numpy(), "step": cases["step"].to_numpy(), "day": day, "reason": "capacity"})


def _wish(row: Any, channel: Channel, pasts: Mapping[int, History], **changes: Any) -> Wish:
    return Wish(
        case_id=int(row.id), person_id=int(row.person_id), household_id=_whole(row.household_id), site_id=int(row.site_id),
        priority=int(row.priority), channel=channel, step=changes.get("step", row.step), attempt=int(changes.get("attempt", row.attempt)),
        earliest=changes["earliest"] if "earliest" in changes else pd.Timestamp(row.day).date(), insee=row.insee,
        language=row.language if isinstance(row.language, str) else None,
        reads_french=None if row.reads_french == UNKNOWN else bool(row.reads_french), speaks=speaks_of(row.tongue),
        past=pasts.get(int(row.living), NO_PAST), building_id=_whole(row.building_id), lon=_number(row.lon), lat=_number(row.lat),
        floor=row.floor if isinstance(row.floor, str) else None, has_mobile=bool(row.has_mobile),
        call_hours=_hours(row.in_vain, row.insee) if isinstance(row.in_vain, str) else (),
    )  # fmt: skip


def _promised_wish(row: Any, promise: Promise, campaign: Campaign, pasts: Mapping[int, History]) -> Wish:
    """The contact that keeps a promise counts as one more attempt of the cadence's step on that channel."""
    step = next(
        (step.code for step in campaign.cadence if step.channel is promise.channel and not step.recorded),
        f"promised-{promise.channel}",
    )
    history = row.history if isinstance(row.history, str) else ""
    made = [int(part.split("|")[1]) for part in history.split(";") if part.split("|")[0] == step]
    return _wish(row, promise.channel, pasts, step=step, attempt=1 + max(made, default=0), earliest=promise.day)


def _hours(moments: str, insee: str) -> tuple[int, ...]:
    """The hours of the day, where the person lives, of moments written as Unix seconds."""
    zone = zone_of(territory_of(insee))
    return tuple(datetime.fromtimestamp(int(moment), zone).hour for moment in moments.split())


def _whole(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)
