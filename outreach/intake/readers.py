"""Reads a partner's file as it came: finds encoding, delimiter, title lines and header, keeps the row numbers."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pandas as pd

from outreach.core.errors import ListRefusedError
from outreach.core.i18n import _
from outreach.intake.text import fold

SIMULATION_MARK = "LISTE SIMULEE"
"""Title of lists of invented people; every reference of such a list also begins with ``SIMUL-``."""
HEADER_SEARCH = 20
DELIMITERS = ";,\t|"


@dataclass(frozen=True)
class Table:
    """The body of a file as text. ``numbers``: line or sheet row of each row, as a person sees it."""

    frame: pd.DataFrame
    numbers: list[int]
    titles: list[str]
    blank: int

    @property
    def is_marked_simulated(self) -> bool:
        """Whether a title line says that the people are invented."""
        return any(SIMULATION_MARK in fold(title).upper() for title in self.titles)


def read_table(path: Path, known_headers: frozenset[str]) -> Table:
    """The rows of a CSV or XLSX file; ``known_headers`` (folded) tell the header from title lines.

    Raises ``ListRefusedError`` for a file that is not a table, or has no line with known headers.
    """
    if not path.is_file():
        raise ListRefusedError(_("ce fichier n'existe pas"), place=str(path), mend=_("Vérifiez le chemin."))
    cells = _read_xlsx(path) if path.suffix.lower() in {".xlsx", ".xls", ".ods"} else _read_csv(path)
    position = _find_header(cells, known_headers)
    if position is None:
        raise ListRefusedError(
            _("aucune ligne d'en-têtes reconnue dans les {number} premières lignes").format(number=HEADER_SEARCH),
            place=path.name,
            mend=_("Ajoutez les en-têtes du fichier à « columns » de la campagne."),
        )
    header = [cell.strip() for cell in cells[position]]
    titles = [" ".join(filter(None, row)) for row in cells[:position] if any(row)]
    body, numbers, blank = [], [], 0
    for number, row in enumerate(cells[position + 1 :], start=position + 2):
        if not any(cell.strip() for cell in row):
            blank += 1
            continue
        body.append((row + [""] * len(header))[: len(header)])
        numbers.append(number)
    frame = pd.DataFrame(body, columns=pd.RangeIndex(len(header)), dtype="str")
    frame.columns = pd.Index(header)
    return Table(frame, numbers, titles, blank)


def _find_header(cells: list[list[str]], known: frozenset[str]) -> int | None:
    best, best_score = None, 1
    for position, row in enumerate(cells[:HEADER_SEARCH]):
        score = sum(fold(cell) in known for cell in row if cell.strip())
        if score > best_score:
            best, best_score = position, score
    return best


def _read_csv(path: Path) -> list[list[str]]:
    content = path.read_bytes()
    if b"\x00" in content[:4096] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ListRefusedError(_("ce fichier n'est pas un texte"), place=path.name, mend=_("Demandez un CSV ou un XLSX."))
    try:
        text = _decode(content)
        # Not cut into lines first: a quoted cell may hold several.
        return list(csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text)))
    except (UnicodeDecodeError, csv.Error) as error:
        message, mend = _("ce fichier est abîmé : ses lignes ne se lisent pas"), _("Demandez-le de nouveau, en CSV ou en XLSX.")
        raise ListRefusedError(message, place=path.name, mend=mend) from error


def _decode(content: bytes) -> str:
    """UTF-16 and UTF-8 say so or prove it; everything else of a French office is Windows-1252."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _delimiter(text: str) -> str:
    """The delimiter that cuts the first lines into the most cells."""
    sample = text.splitlines()[:HEADER_SEARCH]
    return max(DELIMITERS, key=lambda mark: max((line.count(mark) for line in sample), default=0))


def _read_xlsx(path: Path) -> list[list[str]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    except (CalamineError, OSError) as error:
        message, mend = _("ce classeur est illisible"), _("Enregistrez-le de nouveau en XLSX.")
        raise ListRefusedError(message, place=path.name, mend=mend) from error
    # Rows are kept from the sheet's top, so that numbers are those a person sees.
    return [[_as_text(value) for value in row] for row in sheet.to_python(skip_empty_area=False)]


def _as_text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if hasattr(value, "isoformat"):
        return str(value.isoformat())[:10]
    return str(value)
