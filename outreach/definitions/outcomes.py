"""The part of campaign.yaml about what comes of contacts: own results, who is credited, what the partner reports back, costs."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from outreach.core.i18n import _
from outreach.core.words import Channel, OutcomeKind
from outreach.definitions.agreement import Slug
from outreach.definitions.base import Definition
from outreach.policy.dispositions import DISPOSITIONS

Days = Annotated[int, Field(ge=1, le=180)]


class OwnResult(Definition):
    """A result of this campaign alone. It means what a result of the common table means, ``same_as``, under a finer name."""

    code: Slug
    label: str = Field(min_length=3)
    english: str | None = None
    same_as: str
    channels: list[Channel] = Field(default_factory=list)
    """Where it is offered; wherever ``same_as`` is, by default."""

    @model_validator(mode="after")
    def _within_the_table(self) -> Self:
        row = DISPOSITIONS.get(self.same_as)
        if row is None or self.same_as == "mediated" or not row.channels & {Channel.CALL, Channel.VISIT}:
            known = ", ".join(code for code, row in DISPOSITIONS.items() if row.channels & {Channel.CALL, Channel.VISIT})
            message = _("« same_as » nomme un résultat d'appel ou de visite : {known}")
            raise ValueError(message.format(known=known))
        if self.code in DISPOSITIONS:
            raise ValueError(_("ce code est déjà un résultat commun : {code}").format(code=self.code))
        beyond = set(self.channels) - row.channels
        if beyond:
            message = _("« {same} » n'est pas un résultat de ce canal : {channels}")
            raise ValueError(message.format(same=self.same_as, channels=", ".join(sorted(beyond))))
        return self


class Attribution(Definition):
    """Within how many days a contact is credited with a mediation that came after it, channel by channel."""

    letter: Days = 30
    sms: Days = 14
    call: Days = 14
    visit: Days = 30

    def days(self, channel: Channel) -> int:
        """The window of a channel."""
        return int(getattr(self, channel.value))


class ReturnColumn(Definition):
    """One thing that a return file says, in one of its columns."""

    headers: list[str] = Field(min_length=1)
    yes: list[str] = Field(default_factory=list)
    """The partner's words that say that it is so; the usual ones for yes and no where neither list is given."""
    no: list[str] = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _as_yaml_reads_it(cls, data: Any) -> Any:
        """YAML 1.1 reads the keys ``yes`` and ``no`` as true and false."""
        names = {True: "yes", False: "no"}
        return (
            {names.get(key, key) if isinstance(key, bool) else key: value for key, value in data.items()}
            if isinstance(data, dict)
            else data
        )

    @model_validator(mode="after")
    def _no_word_says_both(self) -> Self:
        both = {word.casefold() for word in self.yes} & {word.casefold() for word in self.no}
        if both:
            raise ValueError(_("ce mot dit oui et non : {words}").format(words=", ".join(sorted(both))))
        return self


class Returns(Definition):
    """The file in which the partner says what became of its customers: matched by reference, nobody else is read."""

    code: Slug
    reference: list[str] = Field(min_length=1)
    """The headers of the reference that the target lists gave."""
    observed_on: list[str] = Field(default_factory=list)
    """The headers of the day it was seen; the day of the file's arrival without it."""
    amount: list[str] = Field(default_factory=list)
    """The headers of the amount paid, in euros."""
    outcomes: dict[OutcomeKind, ReturnColumn] = Field(min_length=1)


class Costs(Definition):
    """What contacts cost, in euros; an SMS at the price that the provider says, or at this one."""

    letter: Decimal = Field(default=Decimal("1.20"), ge=0)
    sms: Decimal = Field(default=Decimal("0.07"), ge=0)
    call: Decimal = Field(default=Decimal("0.05"), ge=0)
    visit: Decimal = Field(default=Decimal(0), ge=0)
    mediator_hour: Decimal = Field(default=Decimal(32), ge=0)


class Measure(Definition):
    """When figures are ripe, and what the comparison of the waves is about."""

    mature_after_days: int = Field(default=60, ge=7, le=365)
    """Cases first contacted longer ago than this are mature: what became of them will change little."""
    outcome: OutcomeKind | None = None
    """The outcome compared between waves: one that the partner reports; a mediation, or none needed any more, without it."""
    compare_after: int | None = Field(default=None, ge=1)
    """After which wave those contacted are compared with those not yet: the last but one, by default."""
