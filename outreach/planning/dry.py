"""The load of a campaign before it is planned: what each day would ask if nobody answered, beside what the day can hold.

A dry calculation from counts alone, no person is looked at. Work that a day cannot hold waits for the next open day, and what
follows it waits with it. Steps that stand in for another are left out: who gets one does not get the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from outreach.core import clock
from outreach.core.words import Channel
from outreach.definitions.hours import WEEKDAYS
from outreach.policy.windows import is_open_day

if TYPE_CHECKING:
    from outreach.definitions.campaign import Campaign, Step
    from outreach.definitions.hours import WorkingTime


@dataclass(frozen=True)
class DayLoad:
    """What a day would ask of a channel, work that waited since days before included; and what it can hold."""

    day: date
    channel: Channel
    asked: float
    room: int


Cohort = tuple[int, int, int]
"""People who are alike: their priority, the step that is due, the attempt."""
Cases = defaultdict[Cohort, float]


def dry_load(
    campaign: Campaign, waves: Mapping[int, Mapping[int, float]], *, mobile_share: float, first: date
) -> tuple[list[DayLoad], float]:
    """Day by day until the campaign's end; ``waves``: for each wave its cases by priority.

    Returns the loads and how many contacts would find no day at all.
    """
    steps = [step for step in campaign.cadence if step.instead_of is None and not step.recorded]
    due: dict[date, Cases] = defaultdict(lambda: defaultdict(float))
    for wave, priorities in waves.items():
        for priority, cases in priorities.items():
            _hand_on(steps, due, first + timedelta(days=wave * campaign.waves.days_apart), (priority, -1, 1), cases)
    loads: list[DayLoad] = []
    waiting: Cases = defaultdict(float)
    for day in clock.days(first, campaign.ends_on):
        for cohort, cases in due.pop(day, Cases(float)).items():
            waiting[cohort] += cases
        loads += _one_day(campaign, steps, day, waiting, due, mobile_share)
    return loads, sum(waiting.values()) + sum(sum(late.values()) for late in due.values())


def _one_day(
    campaign: Campaign,
    steps: list[Step],
    day: date,
    waiting: Cases,
    due: dict[date, Cases],
    mobile_share: float,
) -> list[DayLoad]:
    found = []
    for channel in sorted({step.channel for step in steps}):
        share = mobile_share if channel is Channel.SMS else 1.0
        mine = sorted(
            (cohort for cohort in waiting if steps[cohort[1]].channel is channel), key=lambda one: (one[0], one[1], one[2])
        )
        asked = share * sum(waiting[cohort] for cohort in mine)
        room = room_of(campaign, channel, day)
        left = room / share if share else float("inf")
        for cohort in mine:
            done = min(waiting[cohort], left)
            if is_open_day(channel, day) and done > 0:
                left -= done
                waiting[cohort] -= done
                _hand_on(steps, due, day, cohort, done)
        for cohort in [cohort for cohort in mine if waiting[cohort] <= 0]:
            del waiting[cohort]
        # On a closed day it only waits.
        found.append(DayLoad(day, channel, asked if is_open_day(channel, day) else 0.0, room))
    return found


def _hand_on(steps: list[Step], due: dict[date, Cases], day: date, cohort: Cohort, cases: float) -> None:
    """The next attempt of a cohort, or the next step that is for it; nothing after the last."""
    priority, at, attempt = cohort
    if at >= 0 and attempt < steps[at].attempts:
        due[day + timedelta(days=steps[at].days_between_attempts)][priority, at, attempt + 1] += cases
        return
    for following in range(at + 1, len(steps)):
        if priority <= steps[following].priorities_up_to:
            after = steps[following].days_after_previous
            # What is due on the day itself would come too late for it: a plan gives it the next.
            due[day + timedelta(days=after if at < 0 else max(after, 1))][priority, following, 1] += cases
            return


def room_of(campaign: Campaign, channel: Channel, day: date) -> int:
    """How many contacts of a channel a day can hold, by the definition: what is printed and sent, and the hours of mediators."""
    if not is_open_day(channel, day):
        return 0
    capacity = campaign.capacity
    if channel is Channel.LETTER:
        return capacity.letters_per_day
    if channel is Channel.SMS:
        return capacity.sms_per_day
    each = capacity.minutes_per_call if channel is Channel.CALL else capacity.minutes_per_door
    people = [person for site in campaign.sites for person in site.mediators]
    return sum(_minutes(person.calls if channel is Channel.CALL else person.visits, day) // each for person in people)


def _minutes(pattern: WorkingTime | None, day: date) -> int:
    if pattern is None or day.weekday() >= len(WEEKDAYS) or WEEKDAYS[day.weekday()] not in pattern.days:
        return 0
    begins, ends = (datetime.combine(day, moment) for moment in pattern.hours)
    return int((ends - begins).total_seconds() // 60)
