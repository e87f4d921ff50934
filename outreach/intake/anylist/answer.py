"""The answer as a file: the list itself with columns added, or pairs of rows; CSV or XLSX, harmless to spreadsheets."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from outreach.core import progress
from outreach.core.errors import OutreachError
from outreach.core.i18n import N_, _
from outreach.core.spreadsheets import harmless
from outreach.intake.anylist.people import CHUNK, People
from outreach.intake.files import open_source

XLSX_ROWS = 1_048_575
MAY_BE_FORMULA = pa.array(["=", "+", "-", "@", "\t", "\r"])
Cell = str | int | float | None


def check_target(out: Path, sources: Sequence[Path], rows: int = 0) -> None:
    """Raises ``OutreachError`` for a target that cannot be written, before any work is done."""
    if out.suffix.lower() not in {".csv", ".xlsx"}:
        raise OutreachError(
            _("ce nom de fichier ne dit pas s'il faut un CSV ou un XLSX"), place=str(out), mend=_("Il finit par .csv ou .xlsx.")
        )
    if any(out.resolve() == source.resolve() for source in sources):
        raise OutreachError(_("le résultat effacerait la liste elle-même"), place=str(out), mend=_("Donnez un autre nom."))
    if out.is_dir():
        raise OutreachError(_("ce nom est celui d'un dossier"), place=str(out), mend=_("Donnez un autre nom."))
    if out.suffix.lower() == ".xlsx" and rows > XLSX_ROWS:
        raise OutreachError(_("un classeur ne tient pas autant de lignes"), place=str(out), mend=_("Donnez un nom en .csv."))


def write_answer(people: People, out: Path, added: Mapping[str, pa.Array]) -> list[str]:
    """Write the list as it came, in its order, with the columns ``added`` (a value for each row) at its end.

    Returns the names of the added columns: one that the list has already gets a number. Raises ``OutreachError``.
    """
    headers = list(people.headers)
    names = [_free(name, headers) for name in added]
    done = 0
    with _writer(out, people.delimiter or _delimiter(people), needs_mark=not people.is_ascii) as write:
        make_safe = _harmless if _is_text(out) else pa.StringArray.to_pylist
        write([harmless(header) if _is_text(out) else header for header in headers] + names)
        with (
            open_source(people.path, people.asked.score, people.asked.choices) as source,
            progress.step(N_("Écriture du résultat"), people.table.num_rows) as advance,
        ):
            for chunk in source.chunks(CHUNK):
                count = len(chunk.numbers)
                more = [column.slice(done, count).to_pylist() for column in added.values()]
                for row in zip(*(make_safe(cells) for cells in chunk.cells), *more, strict=True):
                    write(row)
                done += count
                advance(count)
    return names


def write_pairs(out: Path, columns: Mapping[str, Sequence[Any] | pa.Array], delimiter: str | None) -> None:
    """Write a table of our own. Raises ``OutreachError``."""
    cells = [
        column.to_pylist() if isinstance(column, pa.Array | pa.ChunkedArray) else list(column) for column in columns.values()
    ]
    is_ascii = all(not isinstance(cell, str) or cell.isascii() for column in cells for cell in column)
    with _writer(out, delimiter or ";", needs_mark=not is_ascii) as write:
        write(list(columns))
        for row in zip(*cells, strict=True):
            write([harmless(cell) if isinstance(cell, str) and _is_text(out) else cell for cell in row])


def _free(name: str, headers: Sequence[str]) -> str:
    taken = {header.strip().lower() for header in headers}
    number = 2
    free = name
    while free in taken:
        free = f"{name}_{number}"
        number += 1
    return free


def _is_text(out: Path) -> bool:
    """Whether spreadsheets would look for formulas in the file: a workbook says of each cell that it is a text."""
    return out.suffix.lower() == ".csv"


def _delimiter(people: People) -> str:
    """What separates a CSV that was no text before: French spreadsheets expect a semicolon."""
    return ";" if people.country.is_home else ","


def _harmless(cells: pa.StringArray) -> list[str]:
    suspect = pc.is_in(pc.utf8_slice_codeunits(cells, 0, 1), MAY_BE_FORMULA)
    texts: list[str] = cells.to_pylist()
    return [harmless(text) for text in texts] if pc.any(suspect).as_py() else texts


@contextmanager
def _writer(out: Path, delimiter: str, *, needs_mark: bool) -> Iterator[Any]:
    """A function that writes one row; the file stands under its name only once it is whole, and only its owner reads it."""
    part = out.with_name(f".{out.name}.part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        part.touch(mode=0o600)
        kind = _csv if _is_text(out) else _xlsx
        with kind(part, delimiter, needs_mark=needs_mark) as write:
            yield write
        part.replace(out)
    except OSError as error:
        raise OutreachError(
            _("ce fichier ne peut pas être écrit"), place=str(out), mend=_("Vérifiez le dossier, vos droits et la place libre.")
        ) from error
    finally:
        with suppress(OSError):
            part.unlink()


@contextmanager
def _csv(path: Path, delimiter: str, *, needs_mark: bool) -> Iterator[Any]:
    """Spreadsheets take a text for Unicode only by its mark; other programs stumble over it, so pure ASCII has none."""
    with path.open("w", encoding="utf-8-sig" if needs_mark else "utf-8", newline="") as file:
        yield csv.writer(file, delimiter=delimiter, lineterminator="\r\n").writerow


@contextmanager
def _xlsx(path: Path, _delimiter: str, *, needs_mark: bool) -> Iterator[Any]:
    import xlsxwriter

    del needs_mark
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(path, options) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True, "bottom": 1})
        sheet.freeze_panes(1, 0)
        line = 0

        def write(row: Sequence[Cell]) -> None:
            nonlocal line
            for at, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(line, at, cell, None if line else bold)
                elif cell is not None:
                    sheet.write_number(line, at, cell)
            line += 1

        yield write
