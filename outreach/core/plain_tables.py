"""Small tables in whole files, whatever they were saved as: sheets of a workbook, or a text with separators. Cells are texts.

Partners' lists are read by ``outreach.intake.files``, which streams, asks and remembers; this is for what is small and known.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from outreach.core.errors import OutreachError
from outreach.core.i18n import _

WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xls", ".ods"})
SEPARATORS = ("\t", ";", ",")


def sheets(path: Path) -> Iterator[list[list[str]]]:
    """Every sheet of a workbook as lines of cells; a text is one sheet. Raises ``OutreachError`` when it cannot be read."""
    if path.suffix.lower() not in WORKBOOKS:
        yield _text(path)
        return
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_path(path)
        for name in workbook.sheet_names:
            yield [[_cell(cell) for cell in line] for line in workbook.get_sheet_by_name(name).to_python()]
    except CalamineError as error:
        mend = _("Enregistrez-le en CSV.")
        raise OutreachError(_("ce classeur ne se lit pas"), place=path.name, mend=mend) from error


def records(path: Path) -> list[dict[str, str]]:
    """The lines of the first sheet by the headers of its first one; lines with nothing in them are left out."""
    heads, *lines = next(sheets(path), []) or [[]]
    names = [head.strip() for head in heads]
    return [dict(zip(names, [*line, *[""] * len(names)], strict=False)) for line in lines if any(cell.strip() for cell in line)]


def _text(path: Path) -> list[list[str]]:
    content = path.read_bytes()
    try:
        written = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        written = content.decode("cp1252", errors="replace")
    separator = next((sign for sign in SEPARATORS if sign in written), ";")
    return list(csv.reader(written.splitlines(), delimiter=separator))


def _cell(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
