"""Names as French offices write them: capitals, particles, compounds, titles, and two names in one cell.

The family name kept is the one in use: « DUPONT née MARTIN » and « MARTIN épouse DUPONT » are both Dupont. A cell that
names a couple gives its first person (and no title): one usable name is worth more than none, and the row, not the
cell, says who lives there.
"""

from __future__ import annotations

import re

from outreach.intake.text import fold, squeeze

TITLES = {
    "m": "M.", "m.": "M.", "mr": "M.", "mr.": "M.", "monsieur": "M.", "mme": "Mme", "mme.": "Mme", "madame": "Mme", "mlle": "Mme",
    "mlle.": "Mme", "mademoiselle": "Mme", "melle": "Mme", "mrs": "M.", "mms": "Mme", "veuve": "Mme", "vve": "Mme", "f": "Mme", "h": "M.",
}  # fmt: skip
HONOURS = (frozenset(TITLES) - {"f", "h", "m"}) | {
    "m", "dr", "dr.", "docteur", "me", "maitre", "pr", "pr.", "professeur", "mm", "mm.", "messieurs", "mesdames", "sir",
}  # fmt: skip
"""Words before a name that are no part of it."""
PARTICLES = frozenset({"de", "du", "des", "d", "la", "le", "van", "von", "den", "der", "da", "dos", "do", "ben", "el"})
LEADING = PARTICLES | {
    "al",
    "ait",
    "abd",
    "bou",
    "les",
    "san",
    "di",
    "del",
    "della",
    "ould",
    "ter",
    "saint",
    "st",
    "sainte",
    "ste",
}
"""Words that open a family name and need another: « LE GOFF Anne »."""
AND = frozenset({"et", "ou", "&", "+", "and"})
BORN = frozenset({"nee", "ne", "nee:", "nom", "naissance"})
MARRIED = frozenset({"epouse", "ep", "ep.", "epse", "veuve", "vve", "usage"})
_INNER = HONOURS - {"me", "pr", "dr", "veuve", "vve"}
NOBODY = frozenset({"inconnu", "inconnue", "non renseigne", "n/a", "null", "none", "nan", "xxx", "xx", "sans objet", "so"})
"""What stands where a name is not known."""
_SPECIAL = HONOURS | AND | BORN | MARRIED | NOBODY | LEADING
_DASHES = str.maketrans("‐‑‒–—−’`´", "------'''")
_AROUND_DASH = re.compile(r"\s*-[-\s]*")
_NOT_A_NAME = re.compile(r"\([^()]*\)|[^\w\s'.\-]|\d|_")
_PART = re.compile(r"[^\s\-'.]+")
_MAC = re.compile(r"\bMC\s?(?=[A-Z\xc0-\xde]{2})")
_ELIDED = re.compile(r"\b([DL])\s(?=[AEIOUYH\xc0\xc2\xc8-\xcf\xd4\xd9])")


def clean_title(text: str) -> str | None:
    """``M.`` or ``Mme``; ``None`` when nothing is said, or of a couple (« M. et Mme »)."""
    return TITLES.get(fold(text))


def clean_name(text: str) -> str | None:
    """A name in reading form (``DUPONT-MARTIN`` → ``Dupont-Martin``); ``None`` when there is no letter.

    Of « DUPONT née MARTIN » or « MARTIN épouse DUPONT », the name in use.
    """
    if text.isascii() and text.isalpha():
        # Most cells are one plain word.
        return None if text.lower() in NOBODY else _capitalised(text.upper()) if text.isupper() or text.islower() else text
    if fold(text) in NOBODY:
        return None
    kept = text.translate(_DASHES)
    words = _in_use(squeeze(_NOT_A_NAME.sub(" ", kept)).split())
    name = _reading_form(" ".join(words))
    return None if name is not None and fold(name) in NOBODY else name


def split_full_name(text: str) -> tuple[str | None, str | None]:
    """(family, given) of ``DUPONT Marie``, ``M. DUPONT Marie``, ``Marie DUPONT`` or ``DUPONT, Marie``.

    Capitals are the family name; without a difference the first word is, with the particles before it. Of a couple
    (« M. et Mme DUPONT Jean et Marie », « M. DUPONT Jean et Mme MARTIN Marie ») the first person is taken.
    """
    words = text.split()
    if len(words) == 2 and all(len(word) > 2 and word.isalpha() and word.lower() not in _SPECIAL for word in words):  # noqa: PLR2004
        last, first = words if words[0].isupper() or not words[1].isupper() else words[::-1]
        return clean_name(last), clean_name(first)
    text = text.translate(_DASHES).replace("/", " ")
    before, comma, after = text.partition(",")
    if comma and before.strip() and after.strip():
        return clean_name(" ".join(_first_person(before.split()))), clean_name(" ".join(_first_person(after.split())))
    words = _first_person(squeeze(_NOT_A_NAME.sub(" ", _AROUND_DASH.sub("-", squeeze(text)))).split())
    return _split(words)


def _split(words: list[str]) -> tuple[str | None, str | None]:
    for place, word in enumerate(words):
        if 0 < place < len(words) - 1 and (said := fold(word)) in BORN | MARRIED:
            left, right = _split(words[:place]), _split(words[place + 1 :])
            kept, other = (left, right) if said in BORN else (right, left)
            return kept[0], kept[1] or other[1]
    is_family = [_is_family(word) for word in words]
    if any(is_family) and not all(is_family):
        for place in range(len(words) - 2, -1, -1):
            # « de LA TOUR Marie »: a particle goes with the capitals after it.
            is_family[place] |= is_family[place + 1] and words[place].islower() and fold(words[place]) in PARTICLES
        family = [word for word, mark in zip(words, is_family, strict=True) if mark]
        given = [word for word, mark in zip(words, is_family, strict=True) if not mark]
        return clean_name(" ".join(family).upper()), clean_name(" ".join(given))
    end = 1
    while end < len(words) - 1 and fold(words[end - 1]).rstrip("'") in LEADING:
        end += 1
    return clean_name(" ".join(words[:end])), clean_name(" ".join(words[end:]))


def _is_family(word: str) -> bool:
    return word.isupper() and sum(map(str.isalpha, word)) > 1


def _first_person(words: list[str]) -> list[str]:
    """Without titles, and without whoever comes second."""
    start = 0
    while start < len(words) and (fold(words[start]) in HONOURS or (start and fold(words[start]) in AND)):
        start += 1
    kept = words[start:]
    end = next((place for place, word in enumerate(kept) if place and fold(word) in AND), len(kept))
    kept = kept[:end]
    last = len(kept) - 1
    # A last lone M is an initial; « veuve » and « née » are read later.
    return [word for place, word in enumerate(kept) if not (0 < place < last and fold(word) in _INNER)]


def _in_use(words: list[str]) -> list[str]:
    """The words of the name in use."""
    for place, word in enumerate(words):
        if len(word) > len("epouse:"):
            continue
        said = fold(word)
        if said in BORN and place:
            return words[:place]
        if said in MARRIED and place < len(words) - 1:
            return _in_use(words[place + 1 :])
    return words


def _reading_form(kept: str) -> str | None:
    kept = _AROUND_DASH.sub("-", kept).strip(" -'.") if "-" in kept or "." in kept or "'" in kept else kept
    if not any(letter.isalpha() for letter in kept):
        return None
    if not (kept.isupper() or kept.islower() or _is_upper_but_particles(kept)):
        return kept
    kept = _ELIDED.sub(r"\1'", _MAC.sub("MC", kept.upper()))
    kept = _PART.sub(lambda part: _capitalised(part[0]), kept)
    words = kept.split()
    for place in range(1, len(words)):
        if words[place].lower() in PARTICLES or words[place].startswith("D'"):
            words[place] = words[place][0].lower() + words[place][1:]
    return " ".join(words)


def _is_upper_but_particles(kept: str) -> bool:
    bare = "".join(word.removeprefix("d'") for word in kept.split() if word not in PARTICLES)
    return len(bare) > 1 and bare.isupper()


def _capitalised(part: str) -> str:
    if part.startswith("MC") and len(part) > len("MCX"):
        return "Mc" + part[2:].capitalize()
    return part.capitalize()
