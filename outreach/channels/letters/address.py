"""Postal addresses as La Poste's machines read them (norme NF Z 10-011): six lines of 38 characters at most.

From the most to the least particular: who, door, building, street, postal code and town. Empty lines are left out.
Below the name everything is in capitals, letters and digits only.
"""

from __future__ import annotations

import re
import unicodedata

from outreach.core.typesetting import drawable

LINE = 38
"""Characters a line, spaces included."""
LINES = 6
FULL_REPETITION = {"B": "BIS", "T": "TER", "Q": "QUATER"}
SHORT_BUILDING_NAME = 3
"""A building "name" up to this long is a letter or a number: it is announced by « BATIMENT »."""

# The abbreviations of the norm, the most common words first; applied one by one until the line fits.
SHORTER = {
    "APPARTEMENT": "APPT", "BATIMENT": "BAT", "ESCALIER": "ESC", "ETAGE": "ETG", "REZ DE CHAUSSEE": "RDC", "RESIDENCE": "RES",
    "BOULEVARD": "BD", "AVENUE": "AV", "ALLEE": "ALL", "CHEMIN": "CHE", "IMPASSE": "IMP", "PLACE": "PL", "ROUTE": "RTE",
    "SQUARE": "SQ", "QUAI": "QU", "COURS": "CRS", "LOTISSEMENT": "LOT", "FAUBOURG": "FG", "PASSAGE": "PAS", "TRAVERSE": "TRA",
    "HAMEAU": "HAM", "MONTEE": "MTE", "LIEU DIT": "LD", "SAINTE": "STE", "SAINT": "ST", "GENERAL": "GAL", "DOCTEUR": "DR",
    "PROFESSEUR": "PR", "PRESIDENT": "PDT", "MARECHAL": "MAL", "COMMANDANT": "CDT", "CAPITAINE": "CNE", "COLONEL": "CEL",
    "NOTRE DAME": "ND", "SUR": "S", "SOUS": "SS",
}  # fmt: skip
LINKING_WORDS = frozenset({"DE", "DU", "DES", "LA", "LE", "LES", "L", "D", "ET"})
_NOT_CAPITALS = re.compile(r"[^A-Z0-9]+")
_LIGATURES = {
    "œ": "oe",
    "Œ": "OE",
    "æ": "ae",
    "Æ": "AE",
    "ß": "ss",
    "ø": "o",
    "Ø": "O",
    "ł": "l",
    "Ł": "L",
    "ı": "i",
    "đ": "d",
    "Đ": "D",
}


def address_block(
    title: str | None,
    given: str | None,
    family: str | None,
    building: str | None,
    staircase: str | None,
    floor: str | None,
    door: str | None,
    number: str | None,
    repetition: str | None,
    street: str | None,
    postal_code: str | None,
    city: str | None,
) -> tuple[str, ...]:
    """The lines of one address, top to bottom; at most six, each at most 38 characters, none empty."""
    lines = (
        _name_line(title, given, family),
        _fit(_door_line(staircase, floor, door)),
        _fit(_building_line(building)),
        _fit(_street_line(number, repetition, street)),
        _fit(_capitals(f"{postal_code or ''} {city or ''}")),
    )
    return tuple(line for line in lines if line)


def is_postal(lines: tuple[str, ...]) -> bool:
    """Whether ``lines`` can be printed as an address: number, length and characters."""
    below_name = all(line and not _NOT_CAPITALS.search(line.replace(" ", "")) for line in lines[1:])
    return 0 < len(lines) <= LINES and all(0 < len(line) <= LINE for line in lines) and below_name


def _name_line(title: str | None, given: str | None, family: str | None) -> str:
    title, given, family = (drawable(" ".join((part or "").split())) for part in (title, given, family))
    last = family.upper()
    initials = " ".join(part[0].upper() for part in re.split(r"[\s-]+", given) if part)
    for first, shown in ((title, given), ("", given), (title, initials), (title, "")):
        line = " ".join(filter(None, (first, shown, last)))
        if len(line) <= LINE:
            return line
    return _cut(last)


def _door_line(staircase: str | None, floor: str | None, door: str | None) -> str:
    parts = [
        f"APPARTEMENT {door}" if door else "",
        ("REZ DE CHAUSSEE" if floor == "0" else f"ETAGE {floor}") if floor else "",
        f"ESCALIER {staircase}" if staircase else "",
    ]
    return _capitals(" ".join(parts))


def _building_line(building: str | None) -> str:
    name = _capitals(building or "")
    return f"BATIMENT {name}" if 0 < len(name) <= SHORT_BUILDING_NAME else name


def _street_line(number: str | None, repetition: str | None, street: str | None) -> str:
    extra = FULL_REPETITION.get((repetition or "").upper(), repetition or "")
    return _capitals(f"{number or ''} {extra} {street or ''}")


def _capitals(text: str) -> str:
    spelled = "".join(_LIGATURES.get(letter, letter) for letter in text)
    plain = "".join(part for part in unicodedata.normalize("NFKD", spelled) if not unicodedata.combining(part))
    return _NOT_CAPITALS.sub(" ", plain.upper()).strip()


def _fit(line: str) -> str:
    """Shorten by the norm's abbreviations, then by leaving out linking words, then by cutting whole words."""
    for word, short in SHORTER.items():
        if len(line) <= LINE:
            return line
        line = re.sub(rf"\b{word}\b", short, line)
    words = line.split()
    for word in [word for word in words[1:-1] if word in LINKING_WORDS]:
        if len(" ".join(words)) > LINE:
            words.remove(word)
    return _cut(" ".join(words))


def _cut(line: str) -> str:
    """At most 38 characters; a word is split only when it alone is longer."""
    if len(line) <= LINE:
        return line
    return line[: LINE + 1].rpartition(" ")[0] or line[:LINE]
