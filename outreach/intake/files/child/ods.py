"""Looks through the XML of an ODS sheet as a stream: hidden rows and columns, formulas, errors."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from html import unescape

from outreach.intake.files.child.seen import Seen, letters

PIECE = 1 << 20
LONGEST_TAG = 1 << 20
TAGS = re.compile(rb"<table:(table|table-row|table-column|table-cell|covered-table-cell)((?:\s[^>]*)?)>|</table:(table)>")
NAME = re.compile(rb'table:name="([^"]*)"')
REPEATED = re.compile(rb'number-(?:rows|columns)-repeated="(\d+)"')
HIDDEN = (b'table:visibility="collapse"', b'table:visibility="filter"')
FORMULA = b"table:formula="
VALUE = b"office:value-type="
ERROR = b'calcext:value-type="error"'
LAST = 1 << 24


def scan(path: str, name: str, seen: Seen) -> None:
    """Looks through the sheet of that name."""
    row = column = 0
    is_inside = False
    for kind, attributes in _tags(path):
        if kind == b"table":
            found = NAME.search(attributes)
            is_inside = found is not None and unescape(found[1].decode("utf-8", "replace")) == name
            row = column = 0
        elif not is_inside:
            continue
        elif kind == b"end":
            return
        elif kind == b"table-row":
            count, column = _count(attributes), 0
            if any(mark in attributes for mark in HIDDEN):
                seen.hide_rows(row + 1, min(row + count, LAST))
            row += count
        elif kind == b"table-column":
            count = _count(attributes)
            if any(mark in attributes for mark in HIDDEN):
                seen.hide_columns(column + 1, min(column + count, LAST))
            column += count
        else:
            _look_at_cell(attributes, f"{letters(min(column, LAST) + 1)}{row}", seen)
            column += _count(attributes)


def _look_at_cell(attributes: bytes, cell: str, seen: Seen) -> None:
    if ERROR in attributes:
        seen.errors.add(cell)
    elif FORMULA in attributes:
        (seen.formulas if VALUE in attributes else seen.empty_formulas).add(cell)


def _count(attributes: bytes) -> int:
    found = REPEATED.search(attributes)
    return int(found[1]) if found else 1


def _tags(path: str) -> Iterator[tuple[bytes, bytes]]:
    """The tags of tables, in order."""
    carry = b""
    with zipfile.ZipFile(path) as archive, archive.open("content.xml") as file:
        while piece := file.read(PIECE):
            carry += piece
            cut = carry.rfind(b">") + 1
            if not cut and len(carry) > LONGEST_TAG:
                return
            for match in TAGS.finditer(carry, 0, cut):
                yield (b"end", b"") if match[3] else (match[1], match[2])
            carry = carry[cut:]
