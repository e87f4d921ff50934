"""Which column means what: the campaign's header words against the file's headers."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from outreach.core.errors import ListRefusedError
from outreach.core.i18n import _
from outreach.definitions.campaign import ListDefinition
from outreach.definitions.fields import ListField
from outreach.intake.readers import Table
from outreach.intake.text import fold


@dataclass(frozen=True)
class Mapped:
    """The mapped part of a table: one column per known field. ``left_out``: headers not stored at all."""

    frame: pd.DataFrame
    headers: dict[ListField, str]
    left_out: list[str]


def known_headers(lists: list[ListDefinition]) -> frozenset[str]:
    """Every header that a campaign's lists may show, folded."""
    return frozenset(fold(word) for part in lists for words in part.columns.values() for word in words)


def choose_list(lists: list[ListDefinition], headers: list[str]) -> ListDefinition:
    """The list definition that explains most headers of a file; a movement column marks a delta."""
    folded = {fold(header) for header in headers}

    def explained(part: ListDefinition) -> int:
        return sum(any(fold(word) in folded for word in words) for words in part.columns.values())

    return max(lists, key=explained)


def map_columns(table: Table, definition: ListDefinition, place: str) -> Mapped:
    """Keep the columns that mean something; raises ``ListRefusedError`` when a required one is missing.

    Columns that nothing explains are not stored (data minimisation) and named in ``left_out``.
    """
    by_header = {fold(word): field for field, words in definition.columns.items() for word in words}
    headers: dict[ListField, str] = {}
    positions: dict[ListField, int] = {}
    left_out = []
    for position, header in enumerate(table.frame.columns):
        field = by_header.get(fold(header))
        if field is None or field in positions:
            left_out.extend([header] if header else [])
            continue
        headers[field], positions[field] = header, position
    missing = [field for field in definition.required if field not in headers]
    if missing:
        expected = _(" ou ").join(definition.columns.get(missing[0], [str(missing[0])]))
        message = _("la colonne « {column} » manque").format(column=expected)
        raise ListRefusedError(message, place=place, mend=_("Ajoutez-la, ou complétez « columns »."))
    frame = pd.DataFrame({str(field): table.frame.iloc[:, position] for field, position in positions.items()}, dtype="str")
    return Mapped(frame, headers, left_out)
