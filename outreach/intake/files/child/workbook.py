"""Reads one sheet of a workbook (XLSX, XLS, ODS), and says what a person could not see in its rows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from outreach.intake.files.child import ods, xls, xlsx
from outreach.intake.files.child.cells import as_column
from outreach.intake.files.child.seen import Seen
from outreach.intake.files.child.wire import START, RefusedError, Wire

FIRST, BATCH = 256, 4096
"""The first rows go at once: the parent looks for the header meanwhile."""
LOOK_AT = 20
SCANS = {"xlsx": xlsx.scan, "ods": ods.scan, "xls": xls.scan}


def read(wire: Wire, order: dict[str, Any]) -> None:
    """All rows of the chosen sheet."""
    book = CalamineWorkbook.from_path(order["path"])
    sheets = [(meta.name, meta.visible == SheetVisibleEnum.Visible) for meta in book.sheets_metadata if _is_sheet(meta)]
    name, sheet = _choose(book, sheets, order["sheet"])
    height = sheet.total_height
    if height > order["rows"] + LOOK_AT:
        raise RefusedError("rows", limit=order["rows"])
    seen = _look(order, name, height)
    wire.send(
        START,
        {
            "sheet": name,
            "sheets": [other for other, _visible in sheets],
            "visible": [other for other, is_visible in sheets if is_visible],
            "notices": [*_said_of_sheets(name, sheets), *seen.notices()],
            "hidden": seen.hidden_rows.ranges,
        },
    )
    rows: Iterator[list[Any]] = sheet.iter_rows()
    number, size = 1, FIRST
    while batch := list(islice(rows, size)):
        surplus = _cut(batch, order["columns"], is_head=number == 1) if len(batch[0]) > order["columns"] else None
        columns = [as_column(column) for column in zip(*batch, strict=True)]
        wire.block(range(number, number + len(batch)), columns, surplus)
        number += len(batch)
        size = BATCH


def _is_sheet(meta: Any) -> bool:
    return bool(meta.typ == SheetTypeEnum.WorkSheet)


def _choose(book: CalamineWorkbook, sheets: list[tuple[str, bool]], wanted: str | None) -> tuple[str, CalamineSheet]:
    """The sheet that was named or numbered; else the first visible one that has rows."""
    names = [name for name, _visible in sheets]
    shown = ", ".join(names)
    if wanted is not None:
        found = wanted if wanted in names else None
        if found is None and wanted.isdecimal() and 0 < int(wanted) <= len(names):
            found = names[int(wanted) - 1]
        if found is None:
            raise RefusedError("no_sheet", sheet=wanted, sheets=shown)
        sheet = book.get_sheet_by_name(found)
        if not sheet.height:
            raise RefusedError("empty_sheet", sheet=found, sheets=shown)
        return found, sheet
    for name, is_visible in sheets:
        if is_visible:
            sheet = book.get_sheet_by_name(name)
            if sheet.height:
                return name, sheet
    raise RefusedError("no_rows_in_sheets")


def _said_of_sheets(name: str, sheets: list[tuple[str, bool]]) -> list[tuple[str, dict[str, Any]]]:
    said: list[tuple[str, dict[str, Any]]] = []
    others = [other for other, is_visible in sheets if is_visible and other != name]
    hidden = [other for other, is_visible in sheets if not is_visible and other != name]
    if others:
        said.append(("other_sheets", {"sheet": name, "sheets": ", ".join(others)}))
    if hidden:
        said.append(("hidden_sheets", {"sheets": ", ".join(hidden)}))
    if (name, False) in sheets:
        said.append(("hidden_sheet_read", {"sheet": name}))
    return said


def _look(order: dict[str, Any], name: str, height: int) -> Seen:
    """What is hidden or calculated. A workbook that reads but has an odd inside is read all the same, and said so."""
    seen = Seen(height)
    try:
        SCANS[order["kind"]](order["path"], name, seen)
    except RefusedError:
        raise
    except Exception:  # noqa: BLE001  (whatever is odd inside: the rows themselves were read)
        seen.is_complete = False
    return seen


def _cut(batch: list[list[Any]], width: int, *, is_head: bool) -> list[int]:
    """Cuts rows to the widest list allowed, and counts the filled cells lost: a stray cell far right is no list."""
    lost = [sum(1 for cell in row[width:] if cell not in {"", None}) for row in batch]
    if is_head and max(lost[:LOOK_AT]) > 1:
        raise RefusedError("columns", limit=width)
    for row in batch:
        del row[width:]
    return lost
