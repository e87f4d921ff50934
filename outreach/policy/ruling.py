"""May this contact be made at this moment? One pure function; ``outreach.policy.ruling_sql`` is its set-based form.

The rules are asked in order, and the first that forbids is the answer: objection, agreement, silence after a refusal,
refusal posted on the door, calls of the partner, budget of the household, hours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from outreach.core.i18n import N_
from outreach.core.words import Channel
from outreach.policy.pressure import Limits, earliest_after_refusals, earliest_within_cap, has_room
from outreach.policy.territories import territory_of, zone_of
from outreach.policy.windows import NETWORK, Hours, is_open, next_open_day


class Forbidden(StrEnum):
    """Why a contact may not be made."""

    OBJECTED = "objected"
    AGREEMENT = "agreement"
    SILENCE = "silence"
    STICKER = "sticker"
    CALLS = "calls"
    BUDGET = "budget"
    CLOSED = "closed"


WORDS: dict[Forbidden, str] = {
    Forbidden.OBJECTED: N_("la personne a demandé à ne plus être contactée"),
    Forbidden.AGREEMENT: N_("la convention n'est pas en vigueur ce jour-là"),
    Forbidden.SILENCE: N_("la personne a refusé il y a peu : on la laisse en paix"),
    Forbidden.STICKER: N_("un refus est affiché sur la porte, ou une visite y fut interrompue par un danger"),
    Forbidden.CALLS: N_("assez d'appels de ce partenaire en trente jours"),
    Forbidden.BUDGET: N_("ce foyer a été assez sollicité en trente jours"),
    Forbidden.CLOSED: N_("hors des heures permises là où vit la personne"),
}
"""The sentence of each rule, to be passed through ``_`` where it is shown."""


@dataclass(frozen=True)
class Terms:
    """What an agreement says about contacts: its dates, limits and hours."""

    valid_from: date
    valid_to: date
    limits: Limits = field(default_factory=Limits)
    hours: Hours = NETWORK


@dataclass(frozen=True)
class History:
    """What was done with a person and household, as days of their own territory.

    ``calls``: of this partner to this person; ``contacts``: of anybody with the household, this one's person included;
    ``refusals``: said by the person, or by the household where it was addressed as one. Planned ones may be among them.
    """

    objected: bool = False
    refusals: Sequence[date] = ()
    calls: Sequence[date] = ()
    contacts: Sequence[date] = ()
    sticker: bool = False


NO_PAST = History()
"""Of whom nobody has contacted yet."""


@dataclass(frozen=True)
class Ask:
    """One contact that somebody would like to make."""

    channel: Channel
    at: datetime
    terms: Terms
    insee: str = ""
    history: History = NO_PAST
    promised: bool = False
    """The person asked for it: it is no solicitation, and no cap forbids it. Hours and objections still count."""

    @property
    def day(self) -> date:
        """The day of the contact where the person lives."""
        return self.at.astimezone(zone_of(territory_of(self.insee))).date()


RULES: tuple[tuple[Forbidden, Callable[[Ask, date, Limits], bool]], ...] = (
    (Forbidden.OBJECTED, lambda ask, _day, _limits: ask.history.objected),
    (Forbidden.AGREEMENT, lambda ask, day, _limits: not ask.terms.valid_from <= day <= ask.terms.valid_to),
    (
        Forbidden.SILENCE,
        lambda ask, day, limits: earliest_after_refusals(ask.history.refusals, limits.silence_days, day) > day,
    ),
    (Forbidden.STICKER, lambda ask, _day, _limits: ask.channel is Channel.VISIT and ask.history.sticker),
    (
        Forbidden.CALLS,
        lambda ask, day, limits: (
            ask.channel is Channel.CALL and not ask.promised and not has_room(ask.history.calls, limits.calls, day)
        ),
    ),
    (
        Forbidden.BUDGET,
        lambda ask, day, limits: not ask.promised and not has_room(ask.history.contacts, limits.contacts, day),
    ),
    (Forbidden.CLOSED, lambda ask, _day, _limits: not is_open(ask.channel, ask.at, ask.insee, ask.terms.hours)),
)
"""The rules in the order in which they are asked: each says whether it forbids."""


def ruling(ask: Ask) -> Forbidden | None:
    """The first rule that forbids the contact; ``None`` when it may be made."""
    day = ask.day
    limits = ask.terms.limits.on(day)
    return next((code for code, forbids in RULES if forbids(ask, day, limits)), None)


def first_day(
    channel: Channel, day: date, terms: Terms, history: History, insee: str = ""
) -> tuple[date | None, Forbidden | None]:
    """The first day from ``day`` on which the contact may be made, and the rule that put it off last.

    The day is ``None`` when there is none before the agreement ends: the rule then says why.
    """
    reason: Forbidden | None = None
    if history.objected:
        return None, Forbidden.OBJECTED
    if channel is Channel.VISIT and history.sticker:
        return None, Forbidden.STICKER
    day = max(day, terms.valid_from)
    while day <= terms.valid_to:
        limits = terms.limits.on(day)
        allowed: date | None = earliest_after_refusals(history.refusals, limits.silence_days, day)
        if allowed != day:
            reason = Forbidden.SILENCE
        if channel is Channel.CALL and allowed is not None:
            before, allowed = allowed, earliest_within_cap(history.calls, limits.calls, allowed)
            reason = Forbidden.CALLS if allowed != before else reason
        if allowed is not None:
            before, allowed = allowed, earliest_within_cap(history.contacts, limits.contacts, allowed)
            reason = Forbidden.BUDGET if allowed != before else reason
        if allowed is None:
            return None, reason
        found = next_open_day(channel, allowed, insee, terms.hours)
        if found == day:
            return day, reason
        day = found
    return None, reason or Forbidden.AGREEMENT
