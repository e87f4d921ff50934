"""Addresses in parts: number, repetition, street with its type spelled out, and the way to the door."""

from __future__ import annotations

import re
from dataclasses import dataclass

from outreach.intake.text import squeeze, unaccent

STREET_TYPES = {
    "R": "RUE", "AV": "AVENUE", "AVE": "AVENUE", "BD": "BOULEVARD", "BLD": "BOULEVARD", "BVD": "BOULEVARD",
    "BOUL": "BOULEVARD", "ALL": "ALLEE", "AL": "ALLEE", "CHE": "CHEMIN", "CHEM": "CHEMIN", "CH": "CHEMIN", "IMP": "IMPASSE",
    "PL": "PLACE", "RTE": "ROUTE", "SQ": "SQUARE", "QU": "QUAI", "CRS": "COURS", "RES": "RESIDENCE", "LOT": "LOTISSEMENT",
    "LD": "LIEU DIT", "MTE": "MONTEE", "PAS": "PASSAGE", "SEN": "SENTE", "TRA": "TRAVERSE", "FG": "FAUBOURG", "HAM": "HAMEAU",
}  # fmt: skip
"""Street types by the usual abbreviations (La Poste, norme NF Z 10-011)."""
SHORT_WORDS = {"ST": "SAINT", "STE": "SAINTE", "GAL": "GENERAL", "DR": "DOCTEUR", "PDT": "PRESIDENT", "MAL": "MARECHAL"}
REPETITIONS = {"BIS": "B", "TER": "T", "QUATER": "Q", "B": "B", "T": "T", "Q": "Q", "A": "A", "C": "C", "D": "D"}
_NUMBER = re.compile(r"^(\d{1,4})\s*(BIS|TER|QUATER|[ABCDTQ](?=\s))?\s*[,]?\s*(.*)$")
_NOT_ADDRESS = re.compile(r"[^A-Z0-9 ]+")
_VALUE = r"\s*(?:N°|NO?|:)?\s*([A-Z0-9]{1,6})\b"
_BUILDING = re.compile(r"\b(?:BATIMENT|BAT|BT|TOUR)\b\.?" + _VALUE)
_STAIRCASE = re.compile(r"\b(?:ESCALIER|ESCAL|ESC|ENTREE|ENT)\b\.?" + _VALUE)
_FLOOR_AFTER = re.compile(r"\b(?:ETAGE|ETG|ET)\b\.?\s*(\d{1,2})\b")
_FLOOR_BEFORE = re.compile(r"\b(\d{1,2})\s*(?:ER|E|EME|ERE)?\s*(?:ETAGE|ETG|ET)\b")
_GROUND = re.compile(r"\b(?:RDC|REZ DE CHAUSSEE)\b")
_DOOR = re.compile(r"\b(?:PORTE|PTE|P|APPARTEMENT|APPART|APPT|APT|APP|LOGEMENT|LOGT|LOG)\b\.?" + _VALUE)


@dataclass(frozen=True)
class Street:
    """A street line in parts."""

    number: str | None
    repetition: str | None
    street: str | None


@dataclass(frozen=True)
class Door:
    """The way from the street to the door."""

    building: str | None = None
    staircase: str | None = None
    floor: str | None = None
    door: str | None = None


def capitals(text: str) -> str:
    """Address form: capitals without accents or punctuation."""
    return squeeze(_NOT_ADDRESS.sub(" ", unaccent(text).upper()))


def clean_street_line(text: str) -> Street:
    """``12 bis, r. de l'Église`` → number 12, repetition B, ``RUE DE L EGLISE``."""
    match = _NUMBER.match(capitals(text))
    if match is None:
        return Street(None, None, clean_street(text))
    repetition = REPETITIONS.get(match[2]) if match[2] else None
    return Street(match[1], repetition, clean_street(match[3]))


def clean_street(text: str) -> str | None:
    """A street without number, its type and short words spelled out; ``None`` when empty."""
    words = capitals(text).split()
    if not words:
        return None
    words[0] = STREET_TYPES.get(words[0], words[0])
    return " ".join(SHORT_WORDS.get(word, word) for word in words)


def clean_house_number(text: str) -> Street:
    """A cell that holds only the number and its repetition."""
    match = re.match(r"^(\d{1,4})\s*(BIS|TER|QUATER|[A-Z])?$", capitals(text))
    return Street(match[1], REPETITIONS.get(match[2] or ""), None) if match else Street(None, None, None)


def clean_door_line(text: str) -> Door:
    """``Bât. B esc 2 3e étage pte 12`` in its parts; what is not recognised is left out, the raw cell keeps it."""
    line = capitals(text)
    if not line:
        return Door()
    floor = _FLOOR_AFTER.search(line) or _FLOOR_BEFORE.search(line)
    return Door(
        building=_first(_BUILDING, line),
        staircase=_first(_STAIRCASE, line),
        floor="0" if _GROUND.search(line) else (str(int(floor[1])) if floor else None),
        door=_first(_DOOR, line),
    )


def clean_door_part(text: str) -> str | None:
    """One cell of the way to the door, without its label (``Bât. B`` → ``B``, ``RDC`` → ``0``)."""
    kept = capitals(text)
    if _GROUND.search(kept):
        return "0"
    words = [word for word in kept.split() if word not in {"BAT", "BATIMENT", "ESC", "ESCALIER", "ETAGE", "ETG", "PORTE", "PTE"}]
    value = "".join(words)
    return (value.lstrip("0") or "0") if value.isdigit() else (value or None)


def address_key(postal_code: str | None, street: str | None, number: str | None, repetition: str | None) -> str | None:
    """What makes two rows the same street address; ``None`` when postal code or street is missing."""
    if not postal_code or not street:
        return None
    return f"{postal_code}|{street}|{number or ''}|{repetition or ''}"


def _first(pattern: re.Pattern[str], line: str) -> str | None:
    match = pattern.search(line)
    if match is None:
        return None
    value = match[1]
    return (value.lstrip("0") or "0") if value.isdigit() else value
