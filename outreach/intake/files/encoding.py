"""Finds the encoding of a text, and decodes what is broken without losing a letter."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

PIECE = 1 << 20
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""UTF-32's mark begins with UTF-16's: the order counts."""
CP1252 = "".join(bytes([code]).decode("cp1252", "ignore") or "\ufffd" for code in range(256))
FRENCH_LETTERS = "éèàùâêîôûçëïüÉÈÀÊÇœ°€’"
OFFICE, MAC, DOS = "cp1252", "mac-roman", "cp850"
OF_TEXT = re.compile(r"utf-(8|16|32)(-sig|-le|-be)?|ascii|cp\d{3,4}|iso8859-\d+|mac-\w+|koi8-\w")
MANY = 20
FEW_ERRORS = 10
WIDE_SHARE = 0.7


def mend_bytes(error: UnicodeError) -> tuple[str, int]:
    """The error handler ``mixed``: bytes that are not UTF-8 are read as those of a French office."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("mixed", mend_bytes)


def detect(path: Path) -> tuple[str, int]:
    """(Python's name of the encoding, bytes foreign to it).

    UTF-16 and UTF-8 say so or prove it; the rest is told by its accents.
    """
    with path.open("rb") as file:
        head = file.read(PIECE)
    for mark, name in BOMS:
        if head.startswith(mark):
            return name, 0
    if wide := _wide(head[:4096]):
        return wide, 0
    wrong = _foreign_to_utf8(path)
    return ("utf-8", wrong) if wrong is not None else (_single_byte(head), 0)


def _wide(head: bytes) -> str | None:
    """UTF-16 without its mark: every other byte is zero, as French needs one byte of the two."""
    zeros = (head[0::2].count(0), head[1::2].count(0))
    pairs = len(head) // 2
    if not pairs or max(zeros) < pairs * WIDE_SHARE or min(zeros) > max(zeros) // MANY:
        return None
    return "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"


def _foreign_to_utf8(path: Path) -> int | None:
    """How many bytes are not UTF-8 in a file that nearly is: one foreign line must not spoil the accents of all others."""
    right = wrong = 0
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            if piece.isascii() and decoder.getstate()[0] == b"":
                continue
            text = decoder.decode(piece)
            try:
                right += len(text.encode()) - len(text)
            except UnicodeEncodeError:
                # Bytes that are not UTF-8 became lone surrogates, which do not go back.
                kept = text.encode("utf-8", "ignore")
                letters = len(kept.decode())
                wrong += len(text) - letters
                right += len(kept) - letters
            if wrong > MANY and wrong * FEW_ERRORS > right:
                return None
    if decoder.getstate()[0]:
        wrong += 1
    return wrong if wrong == 0 or right > wrong * FEW_ERRORS else None


def _single_byte(head: bytes) -> str:
    """Windows, unless the accents only make French as those of old DOS or Macintosh programs."""
    counts = [(byte, head.count(byte)) for byte in range(128, 256)]

    def letters(name: str) -> int:
        return sum(count for byte, count in counts if bytes([byte]).decode(name, "replace") in FRENCH_LETTERS)

    windows = letters(OFFICE)
    best = max((MAC, DOS), key=letters)
    return best if letters(best) > 2 * windows else OFFICE


def canonical(name: str) -> str | None:
    """Python's own name of an encoding of text; ``None`` for others (Python also knows ``rot13`` and ``zip``)."""
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    return found if OF_TEXT.fullmatch(found) else None
