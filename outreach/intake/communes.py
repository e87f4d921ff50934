"""Which commune a postal code and the name of a town mean, and whether the two agree.

The table is ``core.communes``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache

from outreach.core.communes import lines
from outreach.core.i18n import N_
from outreach.intake.addresses import clean_city
from outreach.intake.distance import edits
from outreach.policy.postal import LINKING_WORDS, capitals

_DISTRICT = re.compile(r"(.+) (\d{1,2})(?:ER|E) ARRONDISSEMENT")
_NUMBERED = re.compile(r"\b(?:PARIS|LYON|MARSEILLE) ?0?(\d{1,2}) ?(?:ER|E|EME|EM|ND|NDE)?\b")
_UNTOLD = LINKING_WORDS | {"LEZ", "SUR", "SOUS", "PRES"}
"""Words of town names that lists leave out or exchange."""
ONE_ERROR, TWO_ERRORS = 4, 8
"""Letters from which one typing error, or two, still mean the same town."""
SHOWN = 3
"""Communes named at most when several share a postal code."""


class Verdict(StrEnum):
    """What a postal code and a town say of each other."""

    MATCH = "match"
    OTHER_CITY = "other_city"
    UNKNOWN_CODE = "unknown_code"
    NO_CITY = "no_city"


DOUBTFUL = frozenset({Verdict.OTHER_CITY, Verdict.UNKNOWN_CODE})
"""Verdicts that the partner should hear of."""
REASONS = {
    Verdict.OTHER_CITY: N_("ce code postal est celui de {expected} ; vérifiez la commune"),
    Verdict.UNKNOWN_CODE: N_("ce code postal est inconnu ; vérifiez-le"),
}


@dataclass(frozen=True)
class CommuneCheck:
    """What a postal code and a town say together. ``expected``: the communes of the code, for people.

    ``key_insee``: the commune where its code is shared by several: an address key must name it (``addresses.address_key``).
    """

    insee: str | None
    verdict: Verdict
    expected: str = ""
    key_insee: str | None = None


@dataclass(frozen=True)
class _Commune:
    insee: str
    name: str
    town: str
    district: int | None
    is_present: bool


@lru_cache(maxsize=65_536)
def check(postal_code: str | None, city: str | None, cedex: str | None = None) -> CommuneCheck:
    """The commune meant by a clean postal code and a town as written; a CEDEX, which has codes of its own, is not blamed."""
    if not postal_code:
        return CommuneCheck(None, Verdict.NO_CITY)
    town = clean_city(city or "")
    cedex = cedex or town.cedex
    behind = _behind(postal_code)
    if not behind:
        found = _in_department(postal_code, town.name, cedex) if cedex else None
        return CommuneCheck(found, Verdict.MATCH if cedex else Verdict.UNKNOWN_CODE)
    expected = _said(behind)
    if town.name is None:
        codes = {commune.insee for commune in behind}
        alone = behind[0].insee if len(codes) == 1 else None
        return CommuneCheck(alone, Verdict.NO_CITY, expected)
    numbered = None if cedex else _NUMBERED.search(capitals(city or ""))
    found = _named(town.name, behind, int(numbered[1]) if numbered else None)
    if found is None and not cedex:
        return CommuneCheck(None, Verdict.OTHER_CITY, expected)
    return CommuneCheck(found, Verdict.MATCH, expected, key_insee(postal_code, found))


def reason(found: CommuneCheck) -> str:
    """Why a doubtful check is one, for the partner: a sentence whose ``{expected}`` is ``found.expected``."""
    return REASONS.get(found.verdict, "")


def key_insee(postal_code: str, insee: str | None) -> str | None:
    """The commune where its postal code is shared by several; ``None`` where the code says enough."""
    return insee if insee and len({commune.insee for commune in _behind(postal_code)}) > 1 else None


def _named(town: str, behind: tuple[_Commune, ...], district: int | None = None) -> str | None:
    """The one commune among those of a postal code that a town's name means, the surest way of reading first."""
    known = [commune for commune in behind if district is None or commune.district in {None, district}]
    told, whole = _told(town), town.replace(" ", "")
    ways = (
        lambda commune: commune.town == town,
        lambda commune: _told(commune.town) == told,
        lambda commune: bool(told) and _told(commune.town)[: len(told)] == told,
        lambda commune: bool(told) and _told(commune.town)[-len(told) :] == told,
        lambda commune: edits(whole, commune.town.replace(" ", ""), _tolerated(whole)) <= _tolerated(whole),
    )
    for is_meant in ways:
        meant = {commune.insee for commune in known if is_meant(commune)}
        if meant:
            return meant.pop() if len(meant) == 1 else None
    return None


def _tolerated(town: str) -> int:
    return 2 if len(town) >= TWO_ERRORS else 1 if len(town) >= ONE_ERROR else 0


def _told(town: str) -> tuple[str, ...]:
    return tuple(word for word in town.split() if word not in _UNTOLD)


def _said(behind: tuple[_Commune, ...]) -> str:
    """The present communes of a postal code, the largest first, for people."""
    names = [commune.name for commune in behind if commune.is_present]
    return ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")


def _in_department(postal_code: str, town: str | None, cedex: str) -> str | None:
    """The commune of a CEDEX: the only one of that name in the department, or the district that the CEDEX counts."""
    same = {
        (commune.insee, commune.district)
        for code in _table()
        if code[:2] == postal_code[:2]
        for commune in _behind(code)
        if commune.town == town
    }
    if len(same) > 1 and cedex[-2:].isdigit():
        same = {(insee, district) for insee, district in same if district == int(cedex[-2:])}
    return same.pop()[0] if len(same) == 1 else None


@cache
def _behind(postal_code: str) -> tuple[_Commune, ...]:
    """The communes of a postal code, largest first, former names last."""
    found = []
    for line in _table().get(postal_code, ()):
        insee, name, population = line.rsplit("\t", 2)
        district = _DISTRICT.fullmatch(capitals(name))
        town = district[1] if district else clean_city(name).name or ""
        found.append(
            (int(population or -1), _Commune(insee, name, town, int(district[2]) if district else None, bool(population)))
        )
    return tuple(commune for _population, commune in sorted(found, key=lambda pair: (-pair[0], pair[1].insee)))


@lru_cache(maxsize=1)
def _table() -> dict[str, list[str]]:
    """The lines of the table by postal code; names are cleaned only when asked for."""
    table: dict[str, list[str]] = {}
    for insee, name, codes, population in lines():
        line = f"{insee}\t{name}\t{population}"
        for code in codes.split():
            table.setdefault(code, []).append(line)
    return table
