"""A row as lines of words, for whoever has to compare two of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outreach.core.i18n import _

if TYPE_CHECKING:
    from outreach.matching.register.pairs import Card


def lines_of(card: Card) -> list[tuple[str, str]]:
    """(What it is, what the row says) in the order in which people compare; the same lines for every row, empty ones too."""
    return [
        (_("nom"), card.family_name or ""),
        (_("prénom"), card.given_name or ""),
        (_("date de naissance"), f"{card.birth_date:%d/%m/%Y}" if card.birth_date else ""),
        (_("téléphone mobile"), _spaced(card.mobile)),
        (_("téléphone fixe"), _spaced(card.fixed)),
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


def _spaced(phone: str | None) -> str:
    """A French number in pairs of digits; any other as it is stored."""
    if phone is None or not phone.startswith("+33") or len(phone) != 12:  # noqa: PLR2004 - +33 and nine digits
        return phone or ""
    national = "0" + phone[3:]
    return " ".join(national[at : at + 2] for at in range(0, 10, 2))
