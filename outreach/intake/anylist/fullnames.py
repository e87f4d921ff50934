"""A whole name in one cell, as other countries write it: the first name first."""

from __future__ import annotations

PARTICLES = frozenset({
    "DE", "DEL", "DELLA", "DI", "DA", "DOS", "DAS", "DU", "DES", "LA", "LE", "VAN", "VON", "DER", "DEN", "TER", "TEN", "AL", "EL",
    "BEN", "BIN", "ST", "SAN", "SANTA", "O", "MC", "MAC", "ABU",
})  # fmt: skip
"""Words that go with the family name after them."""
AFTER_NAMES = frozenset({"JR", "SR", "II", "III", "IV", "ESQ", "PHD", "MD"})
BEFORE_NAMES = frozenset({
    "MR", "MRS", "MS", "MISS", "DR", "PROF", "SIR", "LADY", "REV", "HERR", "FRAU", "SR", "SRA", "DON", "DONA", "SIG", "DHR", "MEVR",
    "M", "MME", "MLLE", "MONSIEUR", "MADAME",
})  # fmt: skip


def split_name(text: str) -> tuple[str | None, str | None]:
    """(family, given) of ``John Smith``, ``Smith, John``, ``SMITH John`` or ``Dr. John van der Berg Jr.``.

    In capitals beside a name that is not, the family name; else it is the last word, with the particles before it.
    """
    before, comma, after = text.partition(",")
    if comma and _bare(after) and _bare(after)[0].upper().rstrip(".") not in AFTER_NAMES:
        return " ".join(_bare(before)) or None, " ".join(_bare(after)) or None
    words = _bare(before)
    if len(words) < 2:  # noqa: PLR2004
        return (words[0] if words else None), None
    loud = [word for word in words if word.isupper() and len(word.strip(".")) > 1]
    if loud and len(loud) < len(words):
        return " ".join(loud), " ".join(word for word in words if word not in loud)
    start = len(words) - 1
    while start > 1 and words[start - 1].upper().rstrip(".'") in PARTICLES:
        start -= 1
    return " ".join(words[start:]), " ".join(words[:start])


def _bare(text: str) -> list[str]:
    """The words of a name without what stands before or after it."""
    words = [word for word in text.split() if any(map(str.isalpha, word))]
    while len(words) > 1 and words[0].upper().rstrip(".") in BEFORE_NAMES:
        words = words[1:]
    while len(words) > 1 and words[-1].upper().rstrip(".") in AFTER_NAMES:
        words = words[:-1]
    return words
