"""Texts with places that are filled for each person: which places there are, and the words that nothing of ours may hold."""

from __future__ import annotations

from string import Formatter
from typing import Annotated

from pydantic import AfterValidator

from outreach.core.i18n import _

PLACEHOLDERS = frozenset(
    {"salutation", "name", "partner", "association", "site", "site_address", "site_phone", "letter_code", "mediator"}
)
FORBIDDEN_WORDS = ("recouvrement de créances", "mise en demeure", "huissier", "convocation", "dernier avis")
"""Words of debt collection, which the public takes us for (Mazet, Odenore, étude 34)."""


def salutation(title: str | None, family_name: str | None) -> str:
    """``Madame Diallo``, or ``Madame, Monsieur`` when nobody said which."""
    polite = {"M.": "Monsieur", "Mme": "Madame"}.get(title or "")
    return f"{polite} {family_name}" if polite and family_name else "Madame, Monsieur"


def _known_placeholders(text: str) -> str:
    try:
        places = [part for part in Formatter().parse(text) if part[1] is not None]
    except ValueError as error:
        raise ValueError(_("accolade mal fermée ({reason})").format(reason=error)) from error
    formed = next((name for _before, name, form, turned in places if name in PLACEHOLDERS and (form or turned)), None)
    if formed:
        raise ValueError(_("champ {field} : écrivez-le seul entre ses accolades").format(field=f"{{{formed}}}"))
    unknown = {str(place[1]) for place in places} - PLACEHOLDERS
    if unknown:
        possible = ", ".join(sorted(PLACEHOLDERS))
        raise ValueError(
            _("champ inconnu {field} ; possibles : {possible}").format(field=f"{{{unknown.pop()}}}", possible=possible)
        )
    return text


def _no_debt_collection(text: str) -> str:
    for word in FORBIDDEN_WORDS:
        if word in text.lower():
            message = _("« {word} » fait penser à une société de recouvrement ; dites-le autrement")
            raise ValueError(message.format(word=word))
    return text


Filled = Annotated[str, AfterValidator(_known_placeholders)]
"""A text with places."""
Text = Annotated[Filled, AfterValidator(_no_debt_collection)]
"""A text with places that must not sound like debt collection."""
