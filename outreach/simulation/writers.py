"""Files on disk: CSV as partners export it, a spreadsheet as people make it, Parquet, checksums."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from outreach.simulation.pools import Numbers, Texts

MARK = "LISTE SIMULÉE - personnes fictives"
"""Stands at the head of a simulated list; each reference of one also starts with ``SIMUL-``."""
# A workbook stores when it was made; a fixed moment keeps two runs identical to the byte.
_WORKBOOK_CREATED = datetime(2026, 10, 5, 8, 0)  # noqa: DTZ001
_TITLE_ROWS = 2


@dataclass(frozen=True)
class TownFile:
    """A file written: path in the town's folder, data rows (no header, no blank row), SHA-256."""

    path: str
    rows: int
    sha256: str


def write_csv(path: Path, columns: Mapping[str, Texts], *, encoding: str, title: str | None = None) -> Numbers:
    """Write columns with ``;`` and CRLF under an optional title line; return the line number of each row."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding=encoding, newline="") as stream:
        if title:
            stream.write(title + "\r\n")
        writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
        writer.writerow(columns)
        cells = [column.tolist() for column in columns.values()]
        writer.writerows(zip(*cells, strict=True))
    first = 3 if title else 2
    return np.arange(first, first + len(cells[0]), dtype=np.int64)


def write_sheet(path: Path, columns: Mapping[str, Texts], *, title: str, dates: frozenset[str]) -> Numbers:
    """Write a spreadsheet: a title merged over two rows, headers, rows with a blank one in the middle.

    Whole numbers in the ``dates`` columns are day numbers shown as dates. Returns the sheet's row
    number of each row.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    packed = io.BytesIO()
    book = xlsxwriter.Workbook(packed, {"constant_memory": True, "strings_to_numbers": False})
    book.set_properties({"created": _WORKBOOK_CREATED, "title": title})
    sheet = book.add_worksheet("Compteurs")
    bold = book.add_format({"bold": True, "valign": "vcenter"})
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    sheet.merge_range(0, 0, _TITLE_ROWS - 1, len(columns) - 1, title, bold)
    for at, header in enumerate(columns):
        sheet.write_string(_TITLE_ROWS, at, header, bold)
    formats = [day if header in dates else None for header in columns]
    cells = [column.tolist() for column in columns.values()]
    count = len(cells[0])
    rows = np.arange(count) + _TITLE_ROWS + 1
    rows[count // 2 :] += 1
    for row, values in zip(rows.tolist(), zip(*cells, strict=True), strict=True):
        _write_row(sheet, row, values, formats)
    book.close()
    path.write_bytes(packed.getvalue())
    return rows + 1


def _write_row(sheet: Any, row: int, values: tuple[str | int, ...], formats: list[Any]) -> None:
    """One row; empty cells are left out of the file."""
    for at, value in enumerate(values):
        if value == "":
            continue
        if isinstance(value, int):
            sheet.write_number(row, at, value, formats[at])
        else:
            sheet.write_string(row, at, value)


def write_parquet(path: Path, columns: Mapping[str, Any]) -> int:
    """Write columns to a Parquet file; return the number of rows."""
    table = pa.table(dict(columns))
    pq.write_table(table, path, compression="zstd")
    return int(table.num_rows)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a mapping as indented JSON."""
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def sha256(path: Path) -> str:
    """Checksum of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
