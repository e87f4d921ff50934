"""The summary as a printed document: two A4 pages, from the stored content alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from babel.dates import format_date

from outreach.core.i18n import french_day
from outreach.core.typesetting import compile_pdf, printable

TEMPLATE = Path(__file__).with_name("summary.typ")


def write_document(content: dict[str, Any], path: Path, *, version: int) -> Path:
    """Write the document of a stored content; the same content gives the same bytes."""
    start, end = date.fromisoformat(content["start"]), date.fromisoformat(content["end"])
    period = f"Du {french_day(start)} au {french_day(end)}"
    before = [
        part | {"until": format_date(date.fromisoformat(part["end"]), "d MMM y", locale="fr")} for part in content["comparison"]
    ]
    told = {name: part for name, part in content.items() if name != "figures"}
    data = printable(told | {"comparison": before}) | {"period": period, "version": version}
    return compile_pdf(TEMPLATE, data, path, day=end).path
