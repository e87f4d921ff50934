"""Reading a synthetic town back, the way a person opens its files."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from python_calamine import CalamineWorkbook

from outreach.simulation.town import ENERGY_DELTAS, ENERGY_LIST, LANDLORD_LIST

TITLE_LINES = {ENERGY_LIST: 1, LANDLORD_LIST: 2}


@dataclass(frozen=True)
class WrittenTown:
    """A town's folder."""

    folder: Path

    def parquet(self, name: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = pq.read_table(self.folder / name).to_pylist()
        return rows

    def manifest(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
        return content

    def lines(self, file: str) -> list[list[Any]]:
        """All lines of a list from the first on; line number N is at index N - 1."""
        if file == LANDLORD_LIST:
            sheet = CalamineWorkbook.from_path(self.folder / file).get_sheet_by_index(0)
            return sheet.to_python(skip_empty_area=False)
        encoding = "cp1252" if file == ENERGY_LIST else "utf-8-sig"
        with (self.folder / file).open(encoding=encoding, newline="") as stream:
            return list(csv.reader(stream, delimiter=";"))

    def rows(self, file: str) -> dict[int, dict[str, Any]]:
        """Rows by line number, by header; blank rows left out."""
        lines = self.lines(file)
        skipped = TITLE_LINES.get(file, 0)
        header = lines[skipped]
        return {
            number: dict(zip(header, line, strict=True))
            for number, line in enumerate(lines, start=1)
            if number > skipped + 1 and any(cell != "" for cell in line)
        }

    def truth(self, file: str) -> list[dict[str, Any]]:
        return [row for row in self.parquet("truth.parquet") if row["file"] == file]


LISTS = (ENERGY_LIST, *ENERGY_DELTAS, LANDLORD_LIST)
REFERENCES = {LANDLORD_LIST: "N° locataire"}


def reference_of(file: str, row: dict[str, Any]) -> str:
    """The customer's reference on a row."""
    return str(row[REFERENCES.get(file, "Réf client")])
