"""Small tables in whole files, whatever they were saved as: sheets of a workbook, or a text with separators. Cells are texts.

Partners' lists are read by ``outreach.intake.files``, which streams, asks and remembers; this is for what is small and known.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from outreach.core.errors import OutreachError
from outreach.core.i18n import _

WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xls", ".ods"})
SEPARATORS = ("\t", ";", ",")
"""What may stand between the cells of a text: the sign of most of its lines, the first of these where two are as frequent."""


def sheets(path: Path) -> Iterator[list[list[str]]]:
    """Every sheet of a workbook as lines of cells, none left out: the first is the line that a person sees as 1.

    A text is one sheet. Raises ``OutreachError`` when the file cannot be read.
    """
    if path.suffix.lower() not in WORKBOOKS:
        yield _text(path)
        return
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_path(path)
        for name in workbook.sheet_names:
            sheet = workbook.get_sheet_by_name(name)
            above: list[list[str]] = [[] for _line in range(sheet.start[0] if sheet.start else 0)]
            yield above + [[_cell(cell) for cell in line] for line in sheet.to_python()]
    except CalamineError as error:
        mend = _("Enregistrez-le en CSV.")
        raise OutreachError(_("ce classeur ne se lit pas"), place=path.name, mend=mend) from error


def records(path: Path) -> dict[int, dict[str, str]]:
    """The lines of the first sheet by their number in the file, each by the headers of the first one that has anything in it.

    Lines with nothing in them are left out, but counted: a message names the line that the person sees.
    """
    lines = {number: line for number, line in enumerate(next(sheets(path), []), start=1) if any(cell.strip() for cell in line)}
    heads = lines.pop(min(lines), []) if lines else []
    names = [head.strip() for head in heads]
    return {number: dict(zip(names, [*line, *[""] * len(names)], strict=False)) for number, line in lines.items()}


def _text(path: Path) -> list[list[str]]:
    content = path.read_bytes()
    try:
        written = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        written = content.decode("cp1252", errors="replace")
    lines = written.splitlines()
    separator = max(SEPARATORS, key=lambda sign: sum(sign in line for line in lines))
    try:
        return list(csv.reader(io.StringIO(written, newline=""), delimiter=separator))
    except csv.Error as error:
        raise OutreachError(_("ce fichier ne se lit pas ({reason})").format(reason=error), place=path.name) from error


def _cell(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
