"""A text file as clean UTF-8, one line per record, in bounded memory."""

from __future__ import annotations

import codecs
import io
import re
import weakref
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from pyarrow import csv

from outreach.intake.files.encoding import CP1252, PIECE
from outreach.intake.files.quotes import mend
from outreach.intake.files.words import refusal

if TYPE_CHECKING:
    import pyarrow as pa

LONGEST_LINE = 16 << 20
NEXT_CONTROLS = re.compile(rb"\xc2[\x80-\x9f]")
"""Control characters U+0080 to U+009F, as UTF-8 writes them."""
CP1252_EXTRAS = {code: CP1252[code] if CP1252[code] != "\ufffd" else "" for code in range(128, 160)}
HIGH = bytes(range(128, 160))
PATIENCE = 10.0
"""Seconds within which threads that read ahead have let go: they clean one more piece at most."""


class CleanText:
    """Reads a file in pieces; ``strays`` and ``zeros`` tell afterwards what was mended."""

    def __init__(self, path: Path, encoding: str, delimiter: str, name: str, piece: int = PIECE) -> None:
        self.path, self.encoding, self.name, self.piece = path, encoding, name, piece
        self.delimiter = ord(delimiter)
        self.zeros = 0
        self.foreign = 0
        self.strays: list[int] = []
        self.records = 0
        spaces = dict.fromkeys(b"\t\x0b\x0c", SPACE) | {13: 10}
        table = bytearray(range(256))
        for code, mapped in spaces.items():
            if code != self.delimiter:
                table[code] = mapped
        self.table = bytes(table)
        kept = {*b"\t\n\x0b\x0c\r", self.delimiter}
        self.removed = bytes(code for code in [*range(32), 127] if code not in kept)

    def lines(self) -> Iterator[bytes]:
        """Blocks of whole lines; the last line may lack its end in the file, never here."""
        carry = b""
        for piece in self._decoded():
            clean = self._clean(piece)
            # What is carried was cleaned already; only the search for a line's end begins anew.
            carry += clean
            cut = carry.rfind(b"\n") + 1
            if cut == 0:
                self._check_line(len(carry))
                continue
            block, done = self._mend(carry[:cut], is_last=False)
            carry = carry[done:]
            self._check_line(len(carry))
            if block:
                yield block
        if carry:
            yield self._mend(carry if carry.endswith(b"\n") else carry + b"\n", is_last=True)[0]

    def _check_line(self, length: int) -> None:
        if length > LONGEST_LINE:
            raise refusal("endless_line", self.name, row=self.records + 1, limit=LONGEST_LINE >> 20)

    def _mend(self, block: bytes, *, is_last: bool) -> tuple[bytes, int]:
        done = len(block)
        if b'"' in block:
            block, done, strays = mend(block, self.delimiter, is_last=is_last)
            self.strays += [self.records + 1 + line for line in strays]
        self.records += block.count(b"\n")
        return block, done

    def _clean(self, piece: bytes) -> bytes:
        if 0 in piece:
            self.zeros += piece.count(0)
            piece = piece.replace(b"\0", b"")
        if b"\r" in piece:
            piece = piece.replace(b"\r\n", b"\n")
        return piece.translate(self.table, self.removed)

    def _decoded(self) -> Iterator[bytes]:
        """Pieces in UTF-8; a line end of two characters is never cut between them."""
        held = b""
        first = True
        for text in self._texts():
            piece = held + text
            if first:
                piece, first = piece.removeprefix(codecs.BOM_UTF8), False
            held = b"\r" if piece.endswith(b"\r") else b""
            yield piece[: len(piece) - len(held)]
        if held:
            yield held

    def _texts(self) -> Iterator[bytes]:
        is_utf8 = self.encoding in {"utf-8", "utf-8-sig"}
        decoder = codecs.getincrementaldecoder(self.encoding)("mixed" if is_utf8 else "replace")
        with self.path.open("rb") as file:
            while raw := file.read(self.piece):
                if self.encoding == "cp1252":
                    yield _office(raw)
                elif is_utf8 and raw.isascii() and not decoder.getstate()[0]:
                    yield raw
                else:
                    yield self._utf8(decoder.decode(raw))
        yield self._utf8(decoder.decode(b"", final=True))

    def _utf8(self, text: str) -> bytes:
        written = text.encode("utf-8", "replace")
        self.foreign += written.count(b"\xef\xbf\xbd")
        return NEXT_CONTROLS.sub(b"", written) if b"\xc2" in written else written


SPACE = 32


def _office(raw: bytes) -> bytes:
    """Windows-1252 in UTF-8. Latin-1 is the same but for 32 codes, and Python decodes it ten times faster."""
    if raw.isascii():
        return raw
    text = raw.decode("latin-1")
    if len(raw.translate(None, HIGH)) != len(raw):
        text = text.translate(CP1252_EXTRAS)
    return text.encode()


class LineReader(io.RawIOBase):
    """Blocks of lines as a file that Arrow and Python read."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        super().__init__()
        self.blocks = blocks
        self.left = memoryview(b"")
        self.is_over = False

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """As much as is there."""
        if not self.left:
            self.left = memoryview(b"" if self.is_over else next(self.blocks, b""))
        size = min(len(buffer), len(self.left))
        buffer[:size] = self.left[:size]
        self.left = self.left[size:]
        return size


def as_file(lines: LineReader) -> io.BufferedReader:
    """The lines as a file to be read in pieces."""
    return io.BufferedReader(lines, PIECE)


def batches(blocks: Iterator[bytes], **options: Any) -> Iterator[pa.RecordBatch]:
    """The blocks as Arrow cuts them; ``options`` go to ``open_csv``.

    Arrow reads ahead in threads of its own. It ends when they have let the lines go: one that lets them go while Python ends,
    after a file that was refused, would bring the process down.
    """
    gone, lines = Event(), LineReader(blocks)
    file: io.BufferedReader | None = as_file(lines)
    weakref.finalize(file, gone.set)
    reader: csv.CSVStreamingReader | None = None
    try:
        reader = csv.open_csv(file, **options)
        yield from reader
    finally:
        lines.is_over = True
        reader = file = None
        gone.wait(PATIENCE)
