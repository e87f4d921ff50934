"""What the rules of a campaign may ask about a household or person: each fact with its type, its values and its name.

``outreach.segments.facts`` computes them. A fact that nobody knows satisfies no condition but ``known: false``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from outreach.core.i18n import N_
from outreach.policy.dispositions import TABLE
from outreach.policy.energy_debt import DEBT_STAGES

if TYPE_CHECKING:
    from outreach.definitions.agreement import Agreement
    from outreach.definitions.campaign import Campaign

PARTNER = "partner."
"""What the names of a partner's own fields begin with."""


class FactType(StrEnum):
    """The type of a fact, which decides the conditions it allows."""

    NUMBER = "number"
    WORD = "word"
    FLAG = "flag"
    DATE = "date"


TYPES = {
    FactType.NUMBER: N_("nombre"), FactType.WORD: N_("mot"), FactType.FLAG: N_("oui ou non"), FactType.DATE: N_("date"),
}  # fmt: skip


@dataclass(frozen=True)
class Fact:
    """One thing that rules may ask about.

    ``words``: the values of a closed vocabulary with what they are called. ``whole``: a number without decimals; others have
    two. ``least`` and ``most`` bound it. ``sure``: never unknown. ``pattern``: how an open word is written.
    """

    type: FactType
    label: str
    unit: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    whole: bool = True
    least: int | None = None
    most: int | None = None
    sure: bool = False
    pattern: str = ""


def _flag(label: str, *, sure: bool = True) -> Fact:
    return Fact(FactType.FLAG, label, sure=sure)


def _days(label: str, least: int | None = 0) -> Fact:
    return Fact(FactType.NUMBER, label, N_("jours"), least=least)


STAGES = {
    "reminder_1": N_("première relance"), "reminder_2": N_("deuxième relance"), "notice": N_("réduction ou coupure annoncée"),
    "limited": N_("puissance déjà réduite"),
}  # fmt: skip
"""What the stages that campaigns use most are called; a campaign may have others."""
FACTS: dict[str, Fact] = {
    "amount_due": Fact(FactType.NUMBER, N_("montant dû"), "€", whole=False),
    "debt_since": Fact(FactType.DATE, N_("impayé depuis")),
    "debt_age_days": _days(N_("âge de la dette"), None),
    "stage": Fact(FactType.WORD, N_("stade selon le partenaire")),
    "debt_stage": Fact(FactType.WORD, N_("stade selon la loi"), words=DEBT_STAGES),
    "days_to_cut": _days(N_("jours avant la première coupure permise")),
    "energy_voucher": _flag(N_("chèque énergie"), sure=False),
    "insee": Fact(FactType.WORD, N_("commune (code INSEE)"), pattern=r"(\d{2}|2[AB])\d{3}"),
    "department": Fact(FactType.WORD, N_("département"), pattern=r"\d{2}|2[AB]|97\d|98\d"),
    "priority_area": _flag(N_("quartier prioritaire")),
    "has_address": _flag(N_("a une adresse")),
    "located": _flag(N_("adresse trouvée sur la carte")),
    "language": Fact(FactType.WORD, N_("langue"), pattern=r"[a-z]{2,3}"),
    "reads_french": _flag(N_("lit le français"), sure=False),
    "household_size": Fact(FactType.NUMBER, N_("personnes connues du foyer"), least=1),
    "age": Fact(FactType.NUMBER, N_("âge de la personne contactée"), N_("ans"), least=0),
    "name_known": _flag(N_("nom connu")),
    "has_mobile": _flag(N_("a un mobile")),
    "has_phone": _flag(N_("a un téléphone")),
    "on_list": Fact(FactType.FLAG, N_("sur la liste"), words={"true": ""}, sure=True),
    "objected": _flag(N_("a demandé à ne plus être contacté")),
    "last_contact_on": Fact(FactType.DATE, N_("dernier contact, toutes campagnes")),
    "days_since_contact": _days(N_("jours depuis le dernier contact")),
    "contacts_in_30_days": Fact(FactType.NUMBER, N_("contacts en 30 jours, toutes campagnes"), least=0, sure=True),
    "last_outcome": Fact(
        FactType.WORD, N_("résultat du dernier contact"), words={row.code: row.french for row in TABLE}
    ),
    "mediated_before": _flag(N_("a déjà eu une médiation")),
    "refused_before": _flag(N_("a déjà refusé")),
    "in_open_campaign": _flag(N_("suivi dans une autre campagne")),
}  # fmt: skip
"""Every fact of the house, by the name that rules use."""
SAME_AS: dict[str, str] = {"debt_age_days": "debt_since", "days_since_contact": "last_contact_on"}
"""Facts that say the same in days: so many days ago is that date."""
IMPLIES: tuple[tuple[str, str], ...] = (("has_mobile", "has_phone"), ("located", "has_address"))
"""Flags that cannot be true without another."""


def vocabulary(campaign: Campaign, agreement: Agreement) -> dict[str, Fact]:
    """The facts that this campaign's rules may ask about: ours, the stages its lists know, and its partner's own fields."""
    stages = {code: STAGES.get(code, code) for part in campaign.lists for code in part.stages}
    found = FACTS | {"stage": Fact(FactType.WORD, FACTS["stage"].label, words=stages)}
    for own in agreement.extra_fields:
        words = {code: said[0] if said else code for code, said in own.words.items()}
        found[PARTNER + own.code] = Fact(own.type, own.label, words=words, whole=False)
    return found
