"""Names as French offices write them: capitals, particles, compounds, titles, and two names in one cell."""

from __future__ import annotations

import re

from outreach.intake.text import fold, squeeze

TITLES = {
    "m": "M.", "m.": "M.", "mr": "M.", "monsieur": "M.", "mme": "Mme", "mme.": "Mme", "madame": "Mme", "mlle": "Mme",
    "mademoiselle": "Mme", "melle": "Mme",
}  # fmt: skip
PARTICLES = frozenset({"de", "du", "des", "d", "la", "le", "van", "von", "den", "der", "da", "dos", "do", "ben", "el"})
_NOT_A_NAME = re.compile(r"[^\w\s'’.\-]|\d|_")
_PART = re.compile(r"[^\s\-']+")


def clean_title(text: str) -> str | None:
    """``M.`` or ``Mme``; ``None`` when nothing is said."""
    return TITLES.get(fold(text))


def clean_name(text: str) -> str | None:
    """A name in reading form (``DUPONT-MARTIN`` → ``Dupont-Martin``); ``None`` when there is no letter."""
    kept = squeeze(_NOT_A_NAME.sub(" ", text))
    if not any(letter.isalpha() for letter in kept):
        return None
    if kept.isupper() or kept.islower():
        kept = _PART.sub(lambda part: part[0].capitalize(), kept.lower())
        words = [word.lower() if index and fold(word) in PARTICLES else word for index, word in enumerate(kept.split())]
        kept = " ".join(words)
    return kept


def split_full_name(text: str) -> tuple[str | None, str | None]:
    """(family, given) of ``DUPONT Marie`` or ``M. DUPONT Marie``: capitals are the family name, else the first word is."""
    words = squeeze(text).split()
    while words and fold(words[0]) in TITLES:
        words = words[1:]
    capitals = [word for word in words if word.isupper() and len(word) > 1]
    if capitals and len(capitals) < len(words):
        family = " ".join(capitals)
        given = " ".join(word for word in words if word not in capitals)
    else:
        family, given = " ".join(words[:1]), " ".join(words[1:])
    return clean_name(family), clean_name(given)
