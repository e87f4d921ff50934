"""Small text tools that every cleaner shares."""

from __future__ import annotations

import re
import unicodedata

_SPACES = re.compile(r"\s+")


def squeeze(text: str) -> str:
    """Without surrounding space, inner space single (no-break spaces included)."""
    return _SPACES.sub(" ", text).strip()


def unaccent(text: str) -> str:
    """Without accents and ligatures."""
    spelled = text.replace("œ", "oe").replace("Œ", "OE").replace("æ", "ae").replace("Æ", "AE").replace("’", "'")
    return "".join(letter for letter in unicodedata.normalize("NFKD", spelled) if not unicodedata.combining(letter))


def fold(text: str) -> str:
    """For comparing headers and words: no accents, lower case, single spaces."""
    return squeeze(unaccent(text)).lower()
