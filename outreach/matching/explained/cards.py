"""A row as lines of words, for whoever has to compare two of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outreach.core.i18n import _
from outreach.core.phones import grouped_phone

if TYPE_CHECKING:
    from outreach.matching.register.pairs import Card


def lines_of(card: Card) -> list[tuple[str, str]]:
    """(What it is, what the row says) in the order in which people compare; the same lines for every row, empty ones too."""
    return [
        (_("nom"), card.family_name or ""),
        (_("prénom"), card.given_name or ""),
        (_("date de naissance"), f"{card.birth_date:%d/%m/%Y}" if card.birth_date else ""),
        (_("téléphone mobile"), grouped_phone(card.mobile or "")),
        (_("téléphone fixe"), grouped_phone(card.fixed or "")),
        (_("courriel"), card.email or ""),
        (_("adresse"), card.street),
        (_("complément d'adresse"), _dwelling(card)),
        (_("commune"), card.town),
        (_("référence"), card.reference or ""),
        (_("partenaire"), card.partner),
        (_("importée le"), f"{card.imported_at:%d/%m/%Y}"),
    ]


def _dwelling(card: Card) -> str:
    named = ((_("bâtiment"), card.building), (_("escalier"), card.staircase), (_("étage"), card.floor), (_("porte"), card.door))
    parts = [card.residence or "", *(f"{words} {value}" for words, value in named if value)]
    return ", ".join(part for part in parts if part)
