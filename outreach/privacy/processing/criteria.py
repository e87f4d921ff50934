"""The nine criteria that call for an impact assessment (G29, WP 248 rev. 01; two of them are enough), as facts tell them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from outreach.core.i18n import _
from outreach.definitions.fields import ListField

if TYPE_CHECKING:
    from outreach.definitions.agreement import Agreement

LARGE_SCALE = 5_000
"""People from which on a processing of a network of this size counts as large; the law gives no number."""


@dataclass(frozen=True)
class Volume:
    """How many people an agreement is about, and how many partners' lists are brought together."""

    people: int
    partners: int


@dataclass(frozen=True)
class Criterion:
    """One criterion: whether it is met, and by what."""

    name: str
    met: bool
    because: str


def criteria(agreement: Agreement, volume: Volume) -> list[Criterion]:
    """All nine, in the order of the guidelines."""
    money = {ListField.AMOUNT_DUE, ListField.DEBT_SINCE, ListField.STAGE, ListField.ENERGY_VOUCHER} & set(
        agreement.allowed_fields
    )
    return [
        Criterion(_("évaluation ou notation"), bool(money), _("un ordre de priorité est calculé à partir de la dette") if money else _("aucune note n'est calculée")),
        Criterion(_("décision automatique à effet juridique"), met=False, because=_("le moteur propose un contact, une personne agit")),
        Criterion(_("surveillance systématique"), met=False, because=_("personne n'est suivi dans ses lieux ou ses usages")),
        Criterion(
            _("données sensibles ou très personnelles"), bool(money),
            _("des difficultés de paiement sont connues") if money else _("ni santé, ni origine, ni opinions, ni dettes"),
        ),
        Criterion(
            _("grande échelle"), volume.people >= LARGE_SCALE, _("{people} personnes connues aujourd'hui").format(people=volume.people)
        ),
        Criterion(
            _("croisement de données"), volume.partners > 1,
            _(
                "les listes de {partners} partenaires sont rapprochées, pour ne contacter chacun qu'une fois ; les coordonnées que donne l'un servent aux actions de tous"
            ).format(partners=volume.partners)
            if volume.partners > 1
            else _("les listes d'un seul partenaire"),
        ),
        Criterion(_("personnes vulnérables"), met=True, because=_("des foyers en difficulté, dont certains lisent mal le français")),
        Criterion(_("usage innovant"), met=False, because=_("statistique et recherche opérationnelle connues, expliquées cas par cas")),
        Criterion(
            _("exclusion d'un droit ou d'un contrat"), met=False, because=_("un refus n'a aucune conséquence auprès du partenaire"),
        ),
    ]  # fmt: skip
