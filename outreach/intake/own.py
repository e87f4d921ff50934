"""The partner's own fields: what the agreement declares beyond ours, cleaned by type and kept together as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from outreach.core.i18n import N_
from outreach.definitions.agreement import PartnerField
from outreach.definitions.campaign import ListDefinition
from outreach.definitions.facts import FactType
from outreach.intake import values
from outreach.intake.text import fold, squeeze

LONGEST = 100
"""Characters of a word that no vocabulary bounds: it is a category, not a note about somebody."""


def headers(lists: Iterable[ListDefinition], declared: Iterable[PartnerField]) -> dict[str, str]:
    """The code of each header under which a declared field may stand; nothing undeclared is ever stored."""
    allowed = {part.code for part in declared}
    return {word: code for part in lists for code, words in part.extra_columns.items() if code in allowed for word in words}


def cleaner_of(field: PartnerField) -> Callable[[str], str | None]:
    """What makes a cell of this field a member of a JSON object, « "tariff": "tempo" ».

    It returns ``None`` for an empty cell, and raises ``ValueError`` with the reason for one that has no such value.
    """
    clean = _by_type(field)
    name = json.dumps(field.code)

    def member(text: str) -> str | None:
        return f"{name}: {clean(text)}" if text.strip() else None

    return member


def together(members: Sequence[pa.Array]) -> pa.Array:
    """One JSON object a row of the members that are there; null where none is."""
    joined = pc.fill_null(members[0], "")
    for member in members[1:]:
        # One after the other: joined at once with nulls skipped, Arrow loses the rows that have none.
        longer = pc.if_else(pc.equal(joined, ""), member, pc.binary_join_element_wise(joined, member, ", "))
        joined = pc.coalesce(longer, joined)
    return pc.if_else(pc.equal(joined, ""), None, pc.binary_join_element_wise("{", joined, "}", ""))


def _by_type(field: PartnerField) -> Callable[[str], Any]:
    if field.type is FactType.NUMBER:
        return lambda text: str(values.clean_amount(text))
    if field.type is FactType.FLAG:
        return lambda text: json.dumps(values.clean_flag(text))
    if field.type is FactType.DATE:
        return lambda text: f'"{values.clean_date(text).isoformat()}"'
    known = {fold(word): code for code, words in field.words.items() for word in (code, *words)}
    if not known:
        return _free_word

    def word(text: str) -> str:
        code = known.get(fold(text))
        if code is None:
            raise ValueError(N_("valeur inconnue ; ajoutez ce mot à « extra_fields » de la convention"))
        return json.dumps(code)

    return word


def _free_word(text: str) -> str:
    kept = squeeze(text)
    if len(kept) > LONGEST:
        raise ValueError(N_("texte trop long ; cent caractères au plus"))
    return json.dumps(kept, ensure_ascii=False)
