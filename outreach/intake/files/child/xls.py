"""Looks through the records of an XLS sheet: hidden rows and columns, formulas, errors."""

from __future__ import annotations

import struct
from pathlib import Path

from outreach.intake.files.child.seen import Seen, letters

LARGEST = 512 << 20
END_OF_CHAIN = 0xFFFFFFFA
"""Sector numbers from here on are marks, not sectors."""
ROW, COLUMNS, FORMULA, SHEET, ERROR, ENCRYPTED, BOUNDS, BEGIN, END = 0x208, 0x7D, 0x06, 0x85, 0x205, 0x2F, 0x200, 0x809, 0x0A
ROW_HIDDEN, COLUMN_HIDDEN = 0x20, 0x01
IS_ERROR = 1
STREAMS = ("Workbook", "Book")


def scan(path: str, name: str, seen: Seen) -> None:
    """Looks through the sheet of that name."""
    stream = _stream(Path(path).read_bytes()[:LARGEST])
    start = _start(stream, name)
    if start is None:
        seen.is_complete = False
        return
    depth = 0
    hidden: set[int] = set()
    for kind, body in _records(stream, start):
        if kind == BEGIN:
            depth += 1
        elif kind == END:
            depth -= 1
            if not depth:
                break
        elif depth == 1:
            _look(kind, body, seen, hidden)
    for row in sorted(hidden):
        seen.hide_rows(row, row)


def _look(kind: int, body: bytes, seen: Seen, hidden: set[int]) -> None:
    if kind == ROW and len(body) >= 16 and body[12] & ROW_HIDDEN:  # noqa: PLR2004  (a row record's length)
        hidden.add(struct.unpack_from("<H", body)[0] + 1)
    elif kind == COLUMNS and len(body) >= 10:  # noqa: PLR2004  (likewise)
        first, last, _width, _format, flags = struct.unpack_from("<5H", body)
        if flags & COLUMN_HIDDEN:
            seen.hide_columns(first + 1, last + 1)
    elif kind == FORMULA and len(body) >= 14:  # noqa: PLR2004  (likewise)
        is_error = body[12:14] == b"\xff\xff" and body[6] == 2  # noqa: PLR2004  (the cached value's kind)
        (seen.errors if is_error else seen.formulas).add(_cell(body))
    elif kind == ERROR and len(body) >= 8 and body[7] == IS_ERROR:  # noqa: PLR2004  (likewise)
        seen.errors.add(_cell(body))


def _cell(body: bytes) -> str:
    row, column = struct.unpack_from("<HH", body)
    return f"{letters(column + 1)}{row + 1}"


def _records(stream: bytes, position: int) -> list[tuple[int, bytes]]:
    found = []
    while position + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, position)
        if kind in {ROW, COLUMNS, FORMULA, SHEET, ERROR, BEGIN, END}:
            found.append((kind, stream[position + 4 : position + 4 + length]))
        position += 4 + length
    return found


def _start(stream: bytes, name: str) -> int | None:
    """Where the sheet's records begin. Names are Latin-1 or UTF-16, by a flag; before 1997 in the office's encoding."""
    for kind, body in _records(stream, 0):
        if kind != SHEET or len(body) < 8:  # noqa: PLR2004
            continue
        (offset,) = struct.unpack_from("<I", body)
        length = body[6]
        wide = body[8 : 8 + 2 * length].decode("utf-16-le", "replace")
        narrow, older = body[8 : 8 + length].decode("latin-1"), body[7 : 7 + length].decode("cp1252", "replace")
        if name in {wide if body[7] & 1 else narrow, older}:
            return int(offset)
    return None


def _stream(content: bytes) -> bytes:
    """The workbook inside its container, sector by sector. Older workbooks have none."""
    if not content.startswith(bytes.fromhex("d0cf11e0a1b11ae1")):
        return content
    size = 1 << struct.unpack_from("<H", content, 30)[0]
    small_size = 1 << struct.unpack_from("<H", content, 32)[0]
    tables, directory, least, small_first, _smalls, more = struct.unpack_from("<II4x4I", content, 44)
    sectors = list(struct.unpack_from("<109I", content, 76))
    while more < END_OF_CHAIN and len(sectors) < len(content) // size + 109:
        part = struct.unpack_from(f"<{size // 4}I", content, (more + 1) * size)
        sectors += part[:-1]
        more = part[-1]
    chain: list[int] = []
    for sector in sectors[: max(tables, 1)]:
        if sector < END_OF_CHAIN:
            chain += struct.unpack_from(f"<{size // 4}I", content, (sector + 1) * size)
    entries = _follow(content, chain, directory, size, size)
    root = entries[:128]
    for position in range(0, len(entries), 128):
        entry = entries[position : position + 128]
        length = struct.unpack_from("<H", entry, 64)[0]
        if entry[: max(0, length - 2)].decode("utf-16-le", "replace") in STREAMS:
            first, amount = struct.unpack_from("<II", entry, 116)
            if amount >= least:
                return _follow(content, chain, first, size, size)[:amount]
            smalls = _follow(content, chain, struct.unpack_from("<I", root, 116)[0], size, size)
            table = _follow(content, chain, small_first, size, size)
            small_chain = list(struct.unpack(f"<{len(table) // 4}I", table))
            return _follow(smalls, small_chain, first, small_size, 0)[:amount]
    raise LookupError("no workbook in the container")


def _follow(content: bytes, chain: list[int], sector: int, size: int, offset: int) -> bytes:
    """The sectors of a chain, one after the other; a chain that bites its tail ends with the file's size."""
    parts: list[bytes] = []
    while sector < END_OF_CHAIN and len(parts) <= len(content) // size:
        parts.append(content[offset + sector * size : offset + (sector + 1) * size])
        sector = chain[sector]
    return b"".join(parts)
