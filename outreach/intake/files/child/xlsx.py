"""Looks through the XML of an XLSX sheet as a stream: hidden rows and columns, formulas, errors."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from posixpath import join, normpath
from xml.etree import ElementTree as ET

from outreach.intake.files.child.seen import Seen

PIECE = 1 << 20
LONGEST_ROW = 8 << 20
LARGEST_INDEX = 16 << 20
HIDDEN_ROW = re.compile(rb"""<(?:\w+:)?row\b[^>]*?\shidden=["'](?:1|true)["'][^>]*>""")
HIDDEN_COLUMN = re.compile(rb"""<(?:\w+:)?col\b[^>]*?\shidden=["'](?:1|true)["'][^>]*>""")
NUMBER = re.compile(rb"""\sr=["'](\d+)["']""")
BOUNDS = re.compile(rb"""\s(min|max)=["'](\d+)["']""")
FORMULA = re.compile(
    rb"""<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*(<(?:\w+:)?v>[^<]*|<(?:\w+:)?is>)?"""
)
ERROR = re.compile(rb"""<(?:\w+:)?c\b([^>]*\st=["']e["'][^>]*)>""")
REFERENCE = re.compile(rb"""\sr=["']([A-Z]+\d+)["']""")
TEXT = re.compile(rb"""\st=["']str["']""")
ROW = re.compile(rb"<(?:\w+:)?row\b")
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
STRICT = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


def scan(path: str, name: str, seen: Seen) -> None:
    """Looks through the sheet of that name."""
    with zipfile.ZipFile(path) as archive:
        member = _member(archive, name)
        if member is None:
            seen.is_complete = False
            return
        rows = 0
        for piece in _pieces(archive, member):
            _look(piece, rows, seen)
            if seen.hidden_rows.ranges or b"hidden=" in piece:
                rows += len(ROW.findall(piece))
            else:
                rows += piece.count(b"<row ") + piece.count(b":row ")


def _member(archive: zipfile.ZipFile, name: str) -> str | None:
    """Where the sheet stands in the archive."""
    names = {item.lower(): item for item in archive.namelist()}
    targets = {
        item.get("Id"): item.get("Target", "") for item in _index(archive, names["xl/_rels/workbook.xml.rels"]) if item.get("Id")
    }
    for item in _index(archive, names["xl/workbook.xml"]).iter():
        if item.tag.endswith("}sheet") and item.get("name") == name:
            target = targets.get(item.get(RELATION) or item.get(STRICT), "")
            whole = target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))
            return names.get(whole.lower())
    return None


def _index(archive: zipfile.ZipFile, member: str) -> ET.Element:
    with archive.open(member) as file:
        return ET.fromstring(file.read(LARGEST_INDEX))  # noqa: S314  (bounded, and expat refuses what expands)


def _pieces(archive: zipfile.ZipFile, member: str) -> Iterator[bytes]:
    """Pieces that end with a row, as cells and rows are looked at whole."""
    carry = b""
    with archive.open(member) as file:
        while piece := file.read(PIECE):
            carry += piece
            cut = carry.rfind(b"row>") + 4
            if cut < len(b"row>") and len(carry) < LONGEST_ROW:
                continue
            cut = cut if cut >= len(b"row>") else len(carry)
            yield carry[:cut]
            carry = carry[cut:]
    yield carry


def _look(piece: bytes, rows: int, seen: Seen) -> None:
    """Plain searches first: nearly all pieces hold nothing of interest."""
    if b"hidden=" in piece:
        for match in HIDDEN_COLUMN.finditer(piece):
            bounds = {key: int(value) for key, value in BOUNDS.findall(match[0])}
            if bounds.keys() == {b"min", b"max"}:
                seen.hide_columns(bounds[b"min"], bounds[b"max"])
        for match in HIDDEN_ROW.finditer(piece):
            number = NUMBER.search(match[0])
            row = int(number[1]) if number else rows + len(ROW.findall(piece, 0, match.start())) + 1
            seen.hide_rows(row, row)
    if b"<f" in piece or b":f" in piece:
        for match in FORMULA.finditer(piece):
            value = match[2] and match[2].partition(b">")[2] + (b"text" if match[2].endswith(b"is>") else b"")
            is_empty = match[2] is None or (not value and not TEXT.search(match[1]))
            (seen.empty_formulas if is_empty else seen.formulas).add(_cell(match[1]))
    if b't="e"' in piece or b"t='e'" in piece:
        for match in ERROR.finditer(piece):
            seen.errors.add(_cell(match[1]))


def _cell(attributes: bytes) -> str:
    found = REFERENCE.search(attributes)
    return found[1].decode() if found else "?"
