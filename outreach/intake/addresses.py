"""Addresses in the parts of a postal address (norme NF Z 10-011): number, street, way to the door, place, post town."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from outreach.intake.doors import (
    BUILDING,
    DOOR,
    FLOOR,
    GROUND,
    NAMED,
    ORDINAL_ENDS,
    PO_BOX,
    STAIRCASE,
    Door,
    clean_door_line,
    clean_door_part,
    is_code,
    read_door,
)
from outreach.policy.postal import LINKING_WORDS, REPETITIONS, STREET_TYPES, capitals, spell_out

__all__ = [
    "NUMBER_LINE", "City", "Door", "Street", "address_key", "capitals", "clean_city", "clean_country", "clean_door_line",
    "clean_door_part", "clean_house_number", "clean_repetition", "clean_street", "clean_street_extras", "clean_street_line",
]  # fmt: skip

_SPACE = "[ \\t\\r\\n\\f\\v\u00a0\u202f]"
_NUMERO = "[Nn](?:[°ºoO]|[Uu][Mm][Ee\\xe9\\xc9][Rr][Oo])?[.:]?"
_REPETITION = "[Bb][Ii][Ss]|[Tt][Ee][Rr]|[Qq][Uu][Aa][Tt][Ee][Rr]|[Qq][Uu][Ii][Nn][Qq][Uu][Ii][Ee][Ss]|[A-HJKQTa-hjkqt]"
# The second number of « 12-14 rue X » is left out: the register of addresses, the postman and the key know the first.
_RANGE = f"(?:{_SPACE}*[-/&+]{_SPACE}*[0-9]{{1,4}}|{_SPACE}+(?:[aA\\xe0\\xc0]|[eE][tT]){_SPACE}+[0-9]{{1,4}})*"
_END = f"(?:(?:{_SPACE}|[,;.:/-])+|$)"
NUMBER_LINE = (
    f"(?s)^{_SPACE}*(?:0+{_END}|(?:{_NUMERO}{_SPACE}*)?0*(?P<number>[1-9][0-9]{{0,3}}){_RANGE}"
    f"(?:{_SPACE}*[-/]?{_SPACE}*(?P<repetition>{_REPETITION}){_RANGE})?{_END})?(?P<street>.*)$"
)
"""Splits a raw street line; every line matches. Written for RE2 and Python alike, hence letters in both cases (``(?i)``
folds some foreign letters differently in the two) and no looking ahead."""
_NUMBER_LINE = re.compile(NUMBER_LINE)
_HOUSE_NUMBER = re.compile(r"(?:N|NO|NUMERO)? ?0*([1-9]\d{0,3})(?: ?(BIS|TER|QUATER|QUINQUIES|[A-Z]))?(?: \d{1,4})*")
_TURNED = re.compile(r"([^()]*[^()\s])\s*\(\s*([^()]+?)\s*\)\s*")
_ONE_WORD_LABELS = (BUILDING | STAIRCASE | FLOOR | DOOR | GROUND | PO_BOX) - {"ET", "HALL", "LOG", "CAGE", "BLOC", "STUDIO"}
_PLACES = frozenset({"LD", "LIEUDIT"})
_CITY_CODE = re.compile(r"^(?:F )?\d{5} ")
_CEDEX = re.compile(r"(.*?) ?\bCEDEX(?: (\d{1,2}))?(?: .*)?")
_DISTRICT = re.compile(r"(PARIS|LYON|MARSEILLE) (?:\d{1,2} ?(?:ER|E|EME|EM|ND|NDE)?(?: (?:ARR|ARRDT|ARRONDISSEMENT))?)")
_BRACKETS = re.compile(r"\([^()]*\)")
AT_HOME = frozenset({
    "F", "FR", "FRA", "FRANCE", "FRANCE METROPOLITAINE", "REPUBLIQUE FRANCAISE", "GUADELOUPE", "MARTINIQUE", "GUYANE",
    "GUYANE FRANCAISE", "REUNION", "LA REUNION", "ILE DE LA REUNION", "MAYOTTE", "SAINT PIERRE ET MIQUELON", "SAINT BARTHELEMY",
    "SAINT MARTIN", "WALLIS ET FUTUNA", "POLYNESIE FRANCAISE", "NOUVELLE CALEDONIE", "TERRES AUSTRALES FRANCAISES", "GP", "MQ",
    "GF", "RE", "YT", "PM", "BL", "MF", "WF", "PF", "NC", "TF",
})  # fmt: skip
"""France and its overseas territories: no country line on a letter posted in France."""


@dataclass(frozen=True)
class Street:
    """A street line in parts."""

    number: str | None
    repetition: str | None
    street: str | None


@dataclass(frozen=True)
class City:
    """A post town, and its CEDEX (``CEDEX 08`` or ``CEDEX``)."""

    name: str | None
    cedex: str | None = None


def clean_street_line(text: str) -> Street:
    """``12 bis, r. de l'Église`` → number 12, repetition B, ``RUE DE L EGLISE``."""
    match = _NUMBER_LINE.match(text)
    if match is None:  # every text matches; this says so to the type checker
        return Street(None, None, clean_street(text))
    return Street(match["number"] or None, clean_repetition(match["repetition"] or ""), clean_street(match["street"]))


def clean_repetition(text: str) -> str | None:
    """``bis`` → ``B``; one letter stays itself; ``None`` for anything else."""
    word = capitals(text)
    return REPETITIONS.get(word, word if len(word) == 1 and word.isalpha() else None)


def clean_street(text: str) -> str | None:
    """A street without number, its type and short words spelled out; ``None`` when nothing of a street is left.

    A place is named without « lieu-dit ». What belongs to the door or a PO box (``clean_street_extras``) is left out.
    """
    if "(" in text and (turned := _TURNED.fullmatch(text)):
        # Old registers write « LILAS (RUE DES) ».
        text = f"{turned[2]} {turned[1]}"
    words = capitals(text).split()
    words = words[: _extras_from(words)]
    if words and (words[0] in _PLACES or words[:2] == ["LIEU", "DIT"]):
        words = words[1:] if words[0] in _PLACES else words[2:]
    if not words:
        return None
    if len(words) > 1:
        if words[0] in {"GR", "GD", "GRAND", "GDE"} and words[1] == "RUE":
            words[0] = "GRANDE"
        words[0] = STREET_TYPES.get(words[0], words[0])
    return " ".join(spell_out(words))


def clean_street_extras(text: str) -> Door:
    """What a street line says beyond the street: ``12 RUE X BAT B APT 3``, ``RUE X BP 12``."""
    words = capitals(text).split()
    return read_door(words[_extras_from(words) :])


def clean_house_number(text: str) -> Street:
    """A cell that holds only the number and its repetition (of « 12-14 », the first)."""
    match = _HOUSE_NUMBER.fullmatch(capitals(text))
    return Street(match[1], clean_repetition(match[2] or ""), None) if match else Street(None, None, None)


def clean_city(text: str) -> City:
    """``69008 LYON 8EME`` → ``LYON``; ``St-Denis cedex 1`` → ``SAINT DENIS`` and ``CEDEX 01``."""
    if "(" in text:
        text = _BRACKETS.sub(" ", text)
    line = _CITY_CODE.sub("", capitals(text))
    cedex = None
    if "CEDEX" in line and (found := _CEDEX.fullmatch(line)):
        line = found[1]
        cedex = f"CEDEX {int(found[2]):02d}" if found[2] else "CEDEX"
    if district := _DISTRICT.fullmatch(line):
        return City(district[1], cedex)
    words = line.split()
    inner = [{"S": "SUR", "SS": "SOUS"}.get(word, word) if 0 < at < len(words) - 1 else word for at, word in enumerate(words)]
    return City(" ".join(spell_out(inner)) or None, cedex)


def clean_country(text: str) -> str | None:
    """A foreign country's French name in capitals; ``None`` for France, its territories, and nothing at all."""
    word = capitals(text)
    if not word or word in AT_HOME or " ".join(spell_out(word.split())) in AT_HOME:
        return None
    return _country_codes().get(word, word)


def address_key(
    postal_code: str | None,
    street: str | None,
    number: str | None,
    repetition: str | None,
    place: str | None = None,
    insee: str | None = None,
) -> str | None:
    """What makes two rows the same address: the street, or the place where there is none; ``None`` without either or a code.

    ``insee``: given where several communes share the postal code (``communes.telling``): each has its own « rue de l'Église ».
    """
    where = street or place
    if not postal_code or not where:
        return None
    key = f"{postal_code}|{where}|{number or ''}|{repetition or ''}"
    return f"{key}|{insee}" if insee else key


def _extras_from(words: list[str]) -> int:
    """Where in a street's words the door or the PO box begins; their number when nowhere."""
    if _ONE_WORD_LABELS.isdisjoint(words) and "CHEZ" not in words:
        return len(words)
    for at, word in enumerate(words):
        after = words[at + 1] if at + 1 < len(words) else ""
        if (word in PO_BOX and after.isdigit()) or (word == "CHEZ" and at > 1 and after in NAMED):
            return at
        if at == 0 or word not in _ONE_WORD_LABELS or words[at - 1] in LINKING_WORDS:
            continue
        if word in FLOOR:
            return _before_floor(words, at)
        if word in GROUND:
            return at
        if is_code(after):
            return at
    return len(words)


def _before_floor(words: list[str], at: int) -> int:
    """Where « 3 EME ETAGE » begins, given the place of « ETAGE »."""
    start = at
    while start > 0 and (words[start - 1] in ORDINAL_ENDS or words[start - 1][:1].isdigit()):
        start -= 1
    return start


@lru_cache(maxsize=1)
def _country_codes() -> dict[str, str]:
    from babel import Locale

    return {code: capitals(name) for code, name in Locale("fr").territories.items() if len(code) == 2 and code.isalpha()}  # noqa: PLR2004
