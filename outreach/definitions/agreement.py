"""agreement.yaml: the convention with a partner, as a contract that the engine keeps."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from outreach.core.i18n import _
from outreach.core.words import Channel, OutcomeKind
from outreach.definitions.base import Definition
from outreach.definitions.facts import FactType
from outreach.definitions.fields import ListField
from outreach.definitions.hours import ChannelHours
from outreach.definitions.texts import Filled
from outreach.policy.pressure import Limits
from outreach.policy.ruling import Terms
from outreach.policy.windows import NETWORK, Hours

Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]


DAILY_QUOTA = 20_000
"""What an agreement that says nothing may send in a day on a channel: a mistake stays small, and nothing is endless."""


class LegalBasis(StrEnum):
    """The bases of RGPD article 6 that a campaign of mediation can rest on."""

    LEGITIMATE_INTEREST = "legitimate_interest"
    PUBLIC_INTEREST = "public_interest"
    CONSENT = "consent"


class PartnerDefinition(Definition):
    """Who hands over the lists."""

    code: Slug
    name: str
    kind: str
    """Energy, water, post, transport, telecom, housing, city, state …"""


class AssociationDefinition(Definition):
    """Who signs for the network."""

    code: Slug
    name: str
    address: str
    contact_for_rights: str
    """Where a person turns to object or to see their data (RGPD art. 14)."""


class Caps(Definition):
    """How often a person may be solicited under this agreement; never looser than the network's own limits."""

    calls_in_30_days: int = Field(default=4, ge=0, le=4)
    """Call attempts per person and partner in 30 days (Code de la consommation, D. 223-9)."""
    silence_days_after_refusal: int = Field(default=60, ge=60)
    """Days without contact after a refusal (same article)."""
    contacts_in_30_days: int = Field(default=8, ge=1, le=12)
    """All channels together, per household, over all partners."""


class PartnerField(Definition):
    """A datum of this partner alone, which the agreement allows: rules ask about it as ``partner.<code>``."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    type: FactType
    label: str = Field(min_length=2)
    words: dict[str, list[str]] = Field(default_factory=dict)
    """For a word: our codes, each with the partner's ways of writing it. Without them any word is kept as it is."""

    @model_validator(mode="after")
    def _words_are_of_words(self) -> Self:
        if self.words and self.type is not FactType.WORD:
            raise ValueError(_("« words » ne va qu'avec le type word"))
        return self


class ResearchDimension(StrEnum):
    """What an extract for research may say of people, in bands at the most."""

    AGE = "age"
    SIZE = "size"
    LANGUAGE = "language"
    READING = "reading"
    AREA = "area"


class Research(Definition):
    """The clause without which nothing is given to researchers: to whom, what for, until when, and what it may tell of people."""

    organisation: str = Field(min_length=3)
    purpose: str = Field(min_length=20)
    until: date
    """The last day on which an extract may be made."""
    dimensions: list[ResearchDimension] = Field(default_factory=list)
    """What it may say of people beside months, outcome, actions and causes; nothing, by default."""


class Agreement(Definition):
    """The whole of agreement.yaml."""

    code: Slug
    partner: PartnerDefinition
    association: AssociationDefinition
    purpose: str = Field(min_length=20)
    legal_basis: LegalBasis
    valid_from: date
    valid_to: date
    allowed_fields: list[ListField] = Field(min_length=1)
    extra_fields: list[PartnerField] = Field(default_factory=list)
    """Data of this partner alone that may be stored too."""
    allowed_channels: list[Channel] = Field(min_length=1)
    allowed_outcomes: list[OutcomeKind] = Field(default_factory=list)
    """What the partner may tell of its customers afterwards; nothing, by default."""
    caps: Caps = Caps()
    hours: dict[Channel, ChannelHours] = Field(default_factory=dict)
    """Narrower hours than the network's, channel by channel."""
    retention_months: int = Field(ge=1, le=24)
    """Months after the last contact (CNIL, délibération 2023-095: two years in the active base)."""
    smallest_cell: int = Field(default=5, ge=5)
    """A count below this is not shown to the partner."""
    opening_words: Filled = Field(min_length=40)
    """Said first in every call and visit: who we are, that it is free, that it is not debt collection."""
    commercial_content: bool = False
    quotas: dict[Channel, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    """The most that may leave in a day under this agreement, all campaigns together, channel by channel."""
    automated_calls: bool = False
    """Whether a recorded message may be played to people who do not read."""
    research: Research | None = None
    """An extract for research, pseudonymous and coarse (docs/exports.md); none, by default."""

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if self.valid_to <= self.valid_from:
            raise ValueError(_("valid_to doit être après valid_from"))
        codes = [part.code for part in self.extra_fields]
        twice = {code for code in codes if codes.count(code) > 1}
        if twice:
            raise ValueError(
                _("{what} : code employé deux fois : {codes}").format(what="extra_fields", codes=", ".join(sorted(twice)))
            )
        if self.commercial_content:
            raise ValueError(_("une médiation ne vend rien : commercial_content doit rester false (loi 2025-594, art. 13)"))
        for channel, written in self.hours.items():
            if written.exceeds(channel, self.valid_from):
                message = _("les heures de « {channel} » dépassent celles du réseau ; une convention ne peut que les réduire")
                raise ValueError(message.format(channel=channel))
        return self

    def quota(self, channel: Channel) -> int:
        """The most that may leave in a day on a channel."""
        return self.quotas.get(channel, DAILY_QUOTA)

    @property
    def terms(self) -> Terms:
        """What the rules of contact need to know of it."""
        limits = Limits(self.caps.calls_in_30_days, self.caps.silence_days_after_refusal, self.caps.contacts_in_30_days)
        narrower = {channel: written.window for channel, written in self.hours.items()}
        return Terms(self.valid_from, self.valid_to, limits, Hours(narrower) if narrower else NETWORK)
