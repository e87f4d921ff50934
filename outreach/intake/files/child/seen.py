"""What a workbook hides or calculates, gathered while its inside is looked through."""

from __future__ import annotations

from typing import Any

SHOWN = 10


class Ranges:
    """Numbers kept as ranges: a filter may hide a million rows."""

    def __init__(self) -> None:
        self.ranges: list[list[int]] = []

    def add(self, first: int, last: int) -> None:
        """Numbers come in order."""
        if self.ranges and self.ranges[-1][1] + 1 >= first:
            self.ranges[-1][1] = max(last, self.ranges[-1][1])
        elif last >= first:
            self.ranges.append([first, last])

    def count(self) -> int:
        """How many numbers."""
        return sum(last - first + 1 for first, last in self.ranges)

    def shown(self) -> str:
        """The first ten ranges."""
        some = [str(first) if first == last else f"{first}-{last}" for first, last in self.ranges[:SHOWN]]
        return ", ".join(some) + (" …" if len(self.ranges) > SHOWN else "")


class Examples:
    """How many cells, and the first few of them."""

    def __init__(self) -> None:
        self.count = 0
        self.cells: list[str] = []

    def add(self, cell: str) -> None:
        """One more."""
        self.count += 1
        if len(self.cells) < SHOWN:
            self.cells.append(cell)

    def values(self) -> dict[str, Any]:
        """For the sentence."""
        return {"count": self.count, "cells": ", ".join(self.cells)}


class Seen:
    """Hidden rows up to ``height``, hidden columns, formulas, errors."""

    def __init__(self, height: int) -> None:
        self.height = height
        self.hidden_rows = Ranges()
        self.hidden_columns: list[str] = []
        self.formulas, self.empty_formulas, self.errors = Examples(), Examples(), Examples()
        self.is_complete = True

    def hide_rows(self, first: int, last: int) -> None:
        """Rows below the last filled one hide nothing."""
        self.hidden_rows.add(first, min(last, self.height))

    def hide_columns(self, first: int, last: int) -> None:
        """Columns from 1."""
        name = letters(first) if first == last else f"{letters(first)}-{letters(last)}"
        if len(self.hidden_columns) < SHOWN:
            self.hidden_columns.append(name)

    def notices(self) -> list[tuple[str, dict[str, Any]]]:
        """Codes and values, in the order of a person's interest."""
        said: list[tuple[str, dict[str, Any]]] = []
        if self.hidden_rows.ranges:
            said.append(("hidden_rows", {"count": self.hidden_rows.count(), "rows": self.hidden_rows.shown()}))
        if self.hidden_columns:
            said.append(("hidden_columns", {"columns": ", ".join(self.hidden_columns)}))
        for code, examples in (
            ("formulas", self.formulas),
            ("empty_formulas", self.empty_formulas),
            ("cell_errors", self.errors),
        ):
            if examples.count:
                said.append((code, examples.values()))
        if not self.is_complete:
            said.append(("unseen", {}))
        return said


def letters(column: int) -> str:
    """A, B, … Z, AA, as spreadsheets name columns."""
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
