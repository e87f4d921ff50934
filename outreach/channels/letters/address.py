"""Postal addresses as La Poste's machines read them (norme NF Z 10-011): six lines of 38 characters at most.

From the most to the least particular: who, door, residence and building, street, place or PO box, postal code and town;
abroad, the country below. Empty lines are left out. Below the name everything is in capitals, letters and digits only.
"""

from __future__ import annotations

import re

from outreach.core.typesetting import drawable
from outreach.policy.postal import FULL_REPETITION, LINE, capitals, cut, fit

LINES = 6
SHORT_BUILDING_NAME = 3
"""A building "name" up to this long is a letter or a number: it is announced by « BATIMENT »."""
SIDES = frozenset({"GAUCHE", "DROITE", "FACE", "FOND", "MILIEU"})
"""Doors that are told by their side of the landing."""
_NOT_CAPITALS = re.compile(r"[^A-Z0-9]+")


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
    *,
    residence: str | None = None,
    place: str | None = None,
    po_box: str | None = None,
    care_of: str | None = None,
    cedex: str | None = None,
    country: str | None = None,
) -> tuple[str, ...]:
    """The lines of one address, top to bottom; at most six, and one for a country; each at most 38 characters, none empty.

    « Chez Mme Durand » has a line of its own while there is one, else it shares the door's (which is where the norm puts both).
    """
    host, way = capitals(care_of or ""), _door_line(staircase, floor, door)
    below = (
        fit(_building_line(residence, building)),
        fit(_street_line(number, repetition, street)),
        fit(capitals(f"{po_box or ''} {place or ''}")),
        _town_line(postal_code, city, cedex),
    )
    ways = (fit(host), fit(way)) if sum(map(bool, (host, way, *below))) < LINES else (fit(f"{host} {way}".strip()),)
    lines = (_name_line(title, given, family), *ways, *below, cut(capitals(country or "")))
    return tuple(line for line in lines if line)


def is_postal(lines: tuple[str, ...]) -> bool:
    """Whether ``lines`` can be printed as an address: number, length and characters.

    A name alone is none; a seventh line can only be a country.
    """
    below_name = all(line and not _NOT_CAPITALS.search(line.replace(" ", "")) for line in lines[1:])
    is_abroad = len(lines) == LINES + 1 and lines[-1].replace(" ", "").isalpha() and any(map(str.isdigit, lines[-2]))
    return (1 < len(lines) <= LINES or is_abroad) and all(0 < len(line) <= LINE for line in lines) and below_name


def _name_line(title: str | None, given: str | None, family: str | None) -> str:
    title, given, family = (" ".join(drawable(part or "").split()) for part in (title, given, family))
    last = family.upper()
    initials = " ".join(part[0].upper() for part in re.split(r"[\s-]+", given) if part)
    for first, shown in ((title, given), ("", given), (title, initials), (title, "")):
        line = " ".join(filter(None, (first, shown, last)))
        if len(line) <= LINE:
            return line
    return cut(last)


def _door_line(staircase: str | None, floor: str | None, door: str | None) -> str:
    label = "PORTE" if door in SIDES else "APPARTEMENT"
    parts = [
        f"{label} {door}" if door else "",
        ("REZ DE CHAUSSEE" if floor == "0" else f"ETAGE {floor}") if floor else "",
        f"ESCALIER {staircase}" if staircase else "",
    ]
    return capitals(" ".join(parts))


def _building_line(residence: str | None, building: str | None) -> str:
    name = capitals(building or "")
    shown = f"BATIMENT {name}" if 0 < len(name) <= SHORT_BUILDING_NAME else name
    return f"{capitals(residence or '')} {shown}".strip()


def _street_line(number: str | None, repetition: str | None, street: str | None) -> str:
    extra = FULL_REPETITION.get((repetition or "").upper(), repetition or "")
    return capitals(f"{number or ''} {extra} {street or ''}")


def _town_line(postal_code: str | None, city: str | None, cedex: str | None) -> str:
    """Postal code, town and CEDEX; a long town is shortened, never its code or the CEDEX."""
    end = cut(capitals(cedex or ""))
    room = LINE - len(end) - (1 if end else 0)
    town = fit(capitals(f"{postal_code or ''} {city or ''}"), max(room, 0)) if room > 0 else ""
    return f"{town} {end}".strip()
