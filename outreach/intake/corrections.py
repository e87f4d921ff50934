"""The round trip of bad rows: a file with only them and what is wrong, and the same file coming back corrected."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from sqlalchemy import text

from outreach.core.errors import ListRefusedError, OutreachError
from outreach.core.i18n import _
from outreach.core.sealing import opened
from outreach.core.spreadsheets import harmless
from outreach.core.words import ListState
from outreach.intake.columns import header_key
from outreach.intake.in_force import OPEN_ROWS
from outreach.intake.result import filled
from outreach.models import TargetList
from outreach.models.lists import SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded
    from outreach.intake.files import Chunk

HEADER = "À corriger"
"""The column that a file of bad rows has more, followed by the number of its list. French: it goes to the partner."""
ROW, LIST = re.compile(r"\bligne (\d+)\b", re.IGNORECASE), re.compile(r"\bliste (\d+)\b")
_MARKED = header_key(HEADER)
FAULTY = "#fde2dd"
BAD_ROWS = f"""
SELECT r.row_number, r.raw, i.column_name, i.reason, i.details FROM list_row r JOIN ({OPEN_ROWS}) o ON o.id = r.id
  LEFT JOIN row_issue i ON i.list_id = r.list_id AND i.row_number = r.row_number ORDER BY r.row_number, i.rejects DESC, i.id
"""


@dataclass
class Correcting:
    """Rows that come back: the list they belong to, and where each stood in it."""

    list_id: int
    list_code: str
    scope: str
    column: int | None
    by_number: dict[int, int] = field(default_factory=dict)
    by_key: dict[str, int] = field(default_factory=dict)

    def rows(self, chunk: Chunk, keys: pa.Array) -> pa.Array:
        """For each row of a chunk, the rejected row that it corrects: by the line it names, else by its customer."""
        cells = chunk.cells[self.column].to_pylist() if self.column is not None else [""] * len(keys)
        found = []
        for cell, key in zip(cells, keys.to_pylist(), strict=True):
            named = ROW.search(cell)
            row = self.by_number.get(int(named[1])) if named else None
            found.append(row if row is not None else self.by_key.get(key or ""))
        return pa.array(found, pa.int64())


def is_header(header: str) -> bool:
    """Whether a header is the column of corrections."""
    return header_key(header).startswith(_MARKED)


def find(session: Session, loaded: Loaded, headers: Sequence[str], asked: int | None) -> Correcting | None:
    """What a file corrects, if it does: by its column « À corriger », or because a person says so.

    Raises ``ListRefusedError`` when that list is not one of the campaign in force.
    """
    column = next((position for position, header in enumerate(headers) if is_header(header)), None)
    if column is None and asked is None:
        return None
    named = LIST.search(headers[column].lower()) if column is not None else None
    number = asked or (int(named[1]) if named else None)
    target = session.get(TargetList, number) if number else None
    if target is None or target.campaign_id != loaded.campaign.id or target.state != ListState.COMMITTED:
        raise ListRefusedError(
            _("on ne sait pas de quelle liste ces lignes reviennent"),
            place=headers[column] if column is not None else str(asked),
            mend=_("Ajoutez --corrects avec le numéro de la liste."),
        )
    found = Correcting(target.id, target.list_code, target.scope, column)
    for row in session.execute(text(OPEN_ROWS), {"list": target.id}):
        found.by_number[row.row_number] = row.first_id
        if row.row_key:
            found.by_key.setdefault(row.row_key, row.first_id)
    return found


@dataclass(frozen=True)
class BadRow:
    """One rejected row as it goes back: cells in the file's order, what is wrong, and in which columns."""

    number: int
    cells: list[str]
    advice: str
    faulty: frozenset[int]


def bad_rows(session: Session, target: TargetList) -> list[BadRow]:
    """The rejected rows of a list that have not come back right. Columns that are not stored are empty."""
    headers = [column["header"] for column in target.columns]
    stored = [position for position, column in enumerate(target.columns) if column["stored"]]
    found: dict[int, tuple[list[str], list[str], set[int]]] = {}
    for row in session.execute(text(BAD_ROWS), {"list": target.id}):
        if row.row_number not in found:
            cells = [""] * len(headers)
            for position, cell in zip(stored, (opened(row.raw, "list_row.raw") or "").split(SEPARATOR), strict=True):
                cells[position] = cell
            found[row.row_number] = (cells, [], set())
        if row.reason is not None:
            _cells, advice, faulty = found[row.row_number]
            advice.append(f"{row.column_name} : {filled(row.reason, row.details)}")
            faulty.update(position for position, header in enumerate(headers) if header == row.column_name)
    return [
        BadRow(number, cells, f"ligne {number} | " + " | ".join(advice), frozenset(faulty))
        for number, (cells, advice, faulty) in found.items()
    ]


def write_bad_rows(session: Session, loaded: Loaded, list_id: int, path: Path) -> int:
    """Write the rows of a list that are to be corrected, for the partner: same columns, same order, and what is wrong.

    ``path`` ends in .xlsx or .csv. Returns the number of rows; none writes nothing. Raises ``OutreachError`` for an unknown
    list or another kind of file.
    """
    target = session.get(TargetList, list_id)
    if target is None or target.campaign_id != loaded.campaign.id:
        raise OutreachError(_("cette campagne n'a pas de telle liste"), place=str(list_id))
    writer_of(path)
    rows = bad_rows(session, target)
    if rows:
        headers = [column["header"] for column in target.columns if not is_header(column["header"])]
        kept = [position for position, column in enumerate(target.columns) if not is_header(column["header"])]
        rows = [BadRow(row.number, [row.cells[at] for at in kept], row.advice, row.faulty) for row in rows]
        write_rows(path, [*headers, f"{HEADER} (liste {target.id})"], rows)
    return len(rows)


def writer_of(path: Path) -> Callable[[Path, list[str], list[BadRow]], None]:
    """What writes rows into a file of that name. Raises ``OutreachError`` when it ends neither in .xlsx nor in .csv."""
    writers = {".csv": _write_csv, ".xlsx": _write_xlsx}
    if path.suffix.lower() not in writers:
        raise OutreachError(_("ce nom de fichier ne dit pas s'il faut un CSV ou un XLSX"), place=str(path))
    return writers[path.suffix.lower()]


def write_rows(path: Path, headers: list[str], rows: list[BadRow]) -> None:
    """Write rows and what is wrong with each, which goes under the last of ``headers``. Raises what ``writer_of`` raises."""
    write = writer_of(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    write(path, headers, rows)
    path.chmod(0o600)


def _write_csv(path: Path, headers: list[str], rows: list[BadRow]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerow([harmless(header) for header in headers])
        writer.writerows([*(harmless(cell) for cell in row.cells), row.advice] for row in rows)


def _write_xlsx(path: Path, headers: list[str], rows: list[BadRow]) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet(HEADER)
        bold, faulty = book.add_format({"bold": True, "bottom": 1}), book.add_format({"bg_color": FAULTY})
        advice = book.add_format({"text_wrap": True, "valign": "top", "bg_color": FAULTY})
        widths = np.array([len(header) for header in headers])
        for row in rows:
            widths[:-1] = np.maximum(widths[:-1], [len(cell) for cell in row.cells])
        for at, width in enumerate(widths.tolist()):
            sheet.set_column(at, at, 60 if at == len(headers) - 1 else min(max(width + 2, 8), 40))
        sheet.freeze_panes(1, 0)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        for at, header in enumerate(headers):
            sheet.write_string(0, at, header, bold)
        for line, row in enumerate(rows, start=1):
            for at, cell in enumerate(row.cells):
                sheet.write_string(line, at, cell, faulty if at in row.faulty else None)
            sheet.write_string(line, len(headers) - 1, row.advice, advice)
