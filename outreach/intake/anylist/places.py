"""Addresses of any country in the parts that are compared: the number before or after the street, the door wherever it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass

from outreach.policy.postal import capitals

_DOOR = re.compile(
    r"\b(?:FLAT|APARTMENT|APPARTEMENT|APPT|APT|UNIT|SUITE|ROOM|DOOR|WOHNUNG|WHG|PISO|PUERTA|INTERNO)\b[ .:]*(?:NO\b[ .]*)?([0-9]+[A-Z]?|[A-Z][0-9]*)\b"
    r"|#\s?([0-9]+[A-Z]?)\b"
)
_NUMBER_FIRST = re.compile(r"^(?:NO\b[ .]*)?([0-9]{1,6})([A-Z](?= )| ?BIS\b| ?TER\b)?(?: ?[-/&] ?[0-9]+[A-Z]?)? +(.+)$")
_NUMBER_LAST = re.compile(r"^(.*?[A-Z].*?) +(?:N\b ?|NO\b ?|NR\b ?)?([0-9]{1,5}) ?([A-Z]|BIS|TER)?(?: ?[-/] ?[0-9]+ ?[A-Z]?)?$")
_NUMBER = re.compile(r"0*([1-9][0-9]*) ?([A-Z]{1,3})?")
_SIGNS = re.compile(r"[^0-9A-Z#/&\-]+")
LONGEST = 500
"""No line of an address is longer; where numbers are looked for from every place on, a long cell would take minutes."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an address in parts."""

    house_number: str | None = None
    repetition: str | None = None
    street: str | None = None
    door: str | None = None


def read_line(text: str) -> Line:
    """``Flat 3, 12a High Street`` → door 3, number 12, repetition A, ``HIGH STREET``; ``Hauptstr. 5`` → number 5."""
    kept = _capitals(text)
    door = None
    if found := _DOOR.search(kept):
        door = found[1] or found[2]
        kept = f"{kept[: found.start()]} {kept[found.end() :]}"
    kept = " ".join(kept.split()).strip(" -/&#")
    if match := _NUMBER_FIRST.match(kept):
        return Line(match[1], match[2], match[3], door)
    if match := _NUMBER_LAST.match(kept):
        return Line(match[2], match[3], match[1], door)
    return Line(street=kept or None, door=door)


def read_number(text: str) -> Line:
    """A cell that holds the number alone; of ``12-14`` the first."""
    match = _NUMBER.search(_capitals(text))
    return Line(match[1], match[2]) if match else Line()


def read_extra(text: str) -> Line:
    """A second line of an address: a door, or what stands for the street where nothing else does."""
    line = read_line(text)
    return line if line.door else Line(street=capitals(text) or None)


def _capitals(text: str) -> str:
    """In capitals without accents, with the signs that numbers are written with."""
    text = text[:LONGEST]
    if text.isascii():
        return _SIGNS.sub(" ", text.upper()).strip()
    parts = re.split(r"([#/&\-])", text)
    return " ".join("".join(part if part in "#/&-" else f" {capitals(part)} " for part in parts).split())
