"""A last look at a plan: people who share a household, or whom others contact too, are counted together once more."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from outreach.core.words import Channel
from outreach.planning.wishes import Placed
from outreach.policy.ruling import NO_PAST, Ask, Forbidden, History, ruling
from outreach.policy.territories import territory_of, zone_of

if TYPE_CHECKING:
    from outreach.policy.ruling import Terms


def still_allowed(placed: Sequence[Placed], terms: Terms) -> tuple[list[Placed], list[tuple[Placed, Forbidden]]]:
    """The contacts that the rules allow at the moment they were given, and the others with the rule.

    Somebody may have got a later day than the first allowed, and two people of one household may have been planned at
    once: each is asked about again, in order of urgency, with what was accepted before.
    """
    households = Counter(item.wish.household_id for item in placed)
    accepted: dict[int, list[tuple[date, int, bool]]] = defaultdict(list)
    kept, refused = [], []
    for item in placed:
        wish = item.wish
        shared = wish.household_id is not None and households[wish.household_id] > 1
        if wish.past is NO_PAST and not shared:
            kept.append(item)
            continue
        day = item.due_at.astimezone(zone_of(territory_of(wish.insee))).date()
        past = _with(wish.past, accepted[wish.household_id] if shared and wish.household_id is not None else [], wish.person_id)
        asked = Ask(wish.channel, item.due_at, terms, wish.insee, past, promised=item.appointment_id is not None)
        rule = ruling(asked)
        if rule is None:
            kept.append(item)
            if shared and wish.household_id is not None:
                accepted[wish.household_id].append((day, wish.person_id, wish.channel is Channel.CALL))
        else:
            refused.append((item, rule))
    return kept, refused


def _with(past: History, others: Sequence[tuple[date, int, bool]], person: int) -> History:
    """The past with what this plan already gives the household."""
    if not others:
        return past
    calls = [day for day, who, is_call in others if is_call and who == person]
    return replace(past, contacts=[*past.contacts, *(day for day, _, _ in others)], calls=[*past.calls, *calls])
