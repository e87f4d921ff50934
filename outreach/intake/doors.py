"""The way from the street to the door: what the second line of an address says, in whatever order and spelling."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from outreach.policy.postal import STREET_TYPES, capitals, spell_out

BUILDING = frozenset({"BAT", "BATIMENT", "BT", "BATI", "BATT", "BLOC"})
STAIRCASE = frozenset({"ESC", "ESCALIER", "ESCAL", "ENT", "ENTREE", "HALL", "CAGE"})
FLOOR = frozenset({"ETAGE", "ETAGES", "ETG", "ET", "ETA", "NIV", "NIVEAU"})
DOOR = frozenset({"PORTE", "PTE", "APPARTEMENT", "APPART", "APPT", "APT", "APP", "APPAT", "LOGEMENT", "LOGT", "LOG", "STUDIO"})
GROUND = frozenset({"RDC", "RC", "REZ", "RDJ"})
RESIDENCE = frozenset({
    "RES", "RESID", "RESIDENCE", "IMM", "IMMEUBLE", "TOUR", "CITE", "DOMAINE", "CLOS", "LOT", "LOTISSEMENT", "FOYER", "ENSEMBLE",
    "VILLAGE", "CAMPING", "EHPAD", "HAMEAU", "ZA", "ZI", "ZAC", "PARC", "SQUARE",
})  # fmt: skip
PO_BOX = frozenset({"BP", "CS", "TSA"})
SIDES = {
    "GAUCHE": "GAUCHE", "GCHE": "GAUCHE", "GCH": "GAUCHE", "GAU": "GAUCHE", "DROITE": "DROITE", "DRTE": "DROITE", "DTE": "DROITE",
    "DROIT": "DROITE", "FACE": "FACE", "FOND": "FOND", "MILIEU": "MILIEU",
}  # fmt: skip
NO_CODES = frozenset({"DE", "DU", "LA", "LE", "ET", "AU", "EN", "UN", "OU"})
"""Short words that are neither the letter nor the number of anything."""
ORDINAL_ENDS = frozenset({"ER", "ERE", "E", "EME", "IEME", "ND", "NDE"})
HOSTED = frozenset({"CHEZ", "DOMICILIE", "DOMICILIEE", "DOMICILIES", "DOMICILIATION", "HEBERGE", "HEBERGEE", "HEBERGES"})
SHORT_FOR_HOSTED = frozenset({("C", "O"), ("S", "C")})
"""« c/o » and « s/c » (sous couvert), word by word."""
LINKS = frozenset({"A", "AU", "AUX", "LA", "LE", "L", "PAR"})
HOSTS = frozenset({"CCAS", "CIAS", "UDAF"})
"""Offices that give an address to who has none, or keep somebody's papers."""
NAMED = frozenset({"M", "MR", "MME", "MLLE", "MONSIEUR", "MADAME", "MADEMOISELLE", "FAMILLE"}) | HOSTS
"""What follows « chez » in a street line where it leads to somebody's door: « Chez Boiteau » alone is a hamlet."""
NUMBERED = BUILDING | STAIRCASE | FLOOR | DOOR
"""Labels that take a letter or a number."""
LABELS = BUILDING | STAIRCASE | FLOOR | DOOR | GROUND | RESIDENCE | PO_BOX | {"CODE", "CHEZ", "LD", "LIEUDIT", "LIEU"}
_CODE = re.compile(r"\d{1,4}[A-Z]{0,2}|[A-Z]{1,2}\d{0,4}")
_ORDINAL = re.compile(r"(\d{1,2})(?:ER|ERE|E|EME|IEME|ND|NDE)")
_GLUED = re.compile(r"(BAT|BT|ESC|ENT|APT|APPT|APP|PTE|PORTE|LOGT|ETG|P)(\d{1,4}[A-Z]?)|(BAT|ESC)([A-Z])")
_NUMERO = re.compile(r"(?:N|NO)(\d+[A-Z]?)")
SLASHED = 4
"""Parts of « A/2/3/12 »: building, staircase, floor, door. Of fewer, the last two are the floor and the door."""


@dataclass(frozen=True)
class Door:
    """What stands between the street and the door, and what takes the street's place."""

    building: str | None = None
    staircase: str | None = None
    floor: str | None = None
    door: str | None = None
    residence: str | None = None
    place: str | None = None
    po_box: str | None = None
    care_of: str | None = None


def clean_door_line(text: str) -> Door:
    """``Bât. B esc 2 3e étage pte 12`` in its parts; what is not recognised is left out, the raw cell keeps it."""
    parts = [capitals(part) for part in text.split("/")] if "/" in text else []
    if parts and all(part.isalnum() for part in parts):
        *front, floor, door = parts
        if len(parts) == SLASHED:
            return Door(plain(front[0]), plain(front[1]), plain(floor), _door_of(door))
        return Door(floor=plain(floor), door=_door_of(door)) if floor.isdigit() and len(parts) < SLASHED else Door()
    words = capitals(text).split()
    return read_door(words) if words else Door()


def clean_door_part(text: str) -> str | None:
    """One cell of the way to the door, without its label (``Bât. B`` → ``B``, ``RDC`` → ``0``, ``2ème`` → ``2``)."""
    words = capitals(text).split()
    if words and words[0] in GROUND:
        return "0"
    if len(words) == 1 and (ordinal := _ORDINAL.fullmatch(words[0])):
        return plain(ordinal[1])
    kept = [word for word in words if word not in BUILDING and word not in STAIRCASE and word not in FLOOR and word not in DOOR]
    if len(kept) > 1:
        kept = [word for word in kept if word not in ORDINAL_ENDS and word not in {"N", "NO"}]
        if all(len(word) > 1 for word in kept):
            return " ".join(kept) or None
    value = "".join(kept)
    return plain(SIDES.get(value, value)) or None


def read_door(words: Sequence[str]) -> Door:
    """The parts that words in capitals name."""
    return _Reading(words).door()


def plain(value: str) -> str:
    """A number without leading zeros; anything else as it is."""
    return (value.lstrip("0") or "0") if value.isdigit() else value


def is_code(word: str) -> bool:
    """Whether a word can be the letter or number of a building, a staircase or a door."""
    return word in SIDES or (word not in NO_CODES and word not in LABELS and bool(_CODE.fullmatch(word)))


def _door_of(word: str) -> str:
    return SIDES.get(word, plain(word))


class _Reading:
    """One pass over the words, each label taking the words that belong to it. What is named twice keeps the first."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = words
        self.at = 0
        self.found: dict[str, str] = {}

    def door(self) -> Door:
        while self.at < len(self.words):
            word = self.words[self.at]
            self.at += 1
            self._take(word)
        return Door(**self.found)

    def _take(self, word: str) -> None:
        glued = _GLUED.fullmatch(word)
        if glued:
            self._labelled(glued[1] or glued[3], glued[2] or glued[4])
        elif word in PO_BOX and self._peek().isdigit():
            self._note("po_box", f"{word} {self._digits()}")
        elif word in GROUND:
            self._note("floor", "0")
            self._skip({"DE", "CHAUSSEE", "JARDIN"})
        elif word in HOSTED or (word, self._peek()) in SHORT_FOR_HOSTED:
            self.at += (word, self._peek()) in SHORT_FOR_HOSTED
            self._skip({"CHEZ"} | LINKS if word in HOSTED - {"CHEZ"} else {"CHEZ", "LE", "LA", "L"})
            self._note("care_of", (name := self._host()) and f"CHEZ {name}")
        elif word in HOSTS:
            self.at -= 1
            self._note("care_of", f"CHEZ {self._host()}")
        elif word == "CODE":
            self.at += 1
        elif word in {"LD", "LIEUDIT"} or (word == "LIEU" and self._peek() == "DIT"):
            self._skip({"DIT"})
            self._note("place", self._name())
        elif word in SIDES:
            self._note("door", SIDES[word])
        elif word in RESIDENCE:
            self._residence(word)
        else:
            self._floor_or_label(word)

    def _floor_or_label(self, word: str) -> None:
        ordinal = _ORDINAL.fullmatch(word) if word[0].isdigit() else None
        if ordinal:
            self._note("floor", ordinal[1])
            self._skip(FLOOR)
        elif word.isdigit() and (self._peek() in FLOOR or self._peek() in ORDINAL_ENDS):
            self._note("floor", word)
            self._skip(ORDINAL_ENDS)
            self._skip(FLOOR)
        elif word in {"ALLEE", "MONTEE", "P"} and is_code(self._peek()):
            # In Lyon, « allée 2 » and « montée 2 » are staircases; a lone P is a door only before a number.
            if word != "P" or self._peek().isdigit():
                self._labelled("PTE" if word == "P" else "ESC", self._next())
        elif word in NUMBERED:
            self._skip({"N", "NO", "NUMERO"})
            self._value_of(word)
        elif len(word) == 2 and word[0] == "E" and word[1].isdigit():  # noqa: PLR2004  (« E2 », entrance 2)
            self._note("staircase", word[1])

    def _value_of(self, label: str) -> None:
        if label in DOOR and self._peek() in {"DE", "A"}:
            self._skip({"DE", "A"})
        following = self._peek()
        numero = _NUMERO.fullmatch(following)
        if numero:
            self.at += 1
            self._labelled(label, numero[1])
        elif is_code(following):
            if label in FLOOR and not following.isdigit():
                return
            self._labelled(label, self._next())
        elif label in BUILDING:
            # A building may have a name: « bâtiment Les Acacias ».
            self._note("building", self._name())

    def _labelled(self, label: str, value: str) -> None:
        kind = "building" if label in BUILDING else "staircase" if label in STAIRCASE else "floor" if label in FLOOR else "door"
        self._note(kind, _door_of(value))

    def _residence(self, word: str) -> None:
        if word in {"TOUR", "IMM", "IMMEUBLE"} and is_code(self._peek()):
            self._note("building", plain(self._next()))
            return
        name, _space, letter = (self._name() or "").rpartition(" ")
        if name and len(letter) == 1 and letter.isalpha():
            # « Résidence Le Parc A »: the letter is the building's.
            self._note("building", letter)
        else:
            name = f"{name} {letter}".strip()
        self._note("residence", f"{STREET_TYPES.get(word, word)} {name}" if name else None)

    def _name(self) -> str | None:
        """The words up to the next label or floor."""
        taken = []
        while self.at < len(self.words) and not self._opens_another():
            taken.append(self._next())
        return " ".join(spell_out(taken)) or None

    def _host(self) -> str | None:
        """The name on the bell, as it is written: « MME » is none of a street's short words."""
        taken = []
        while self.at < len(self.words) and not self._opens_another():
            taken.append(self._next())
        return " ".join(taken) or None

    def _opens_another(self) -> bool:
        word = self._peek()
        after = self.words[self.at + 1] if self.at + 1 < len(self.words) else ""
        if word in {
            "ENT",
            "ET",
            "LOT",
            "LOG",
            "RC",
            "HALL",
            "CAGE",
            "PARC",
            "SQUARE",
            "VILLAGE",
            "CLOS",
            "TOUR",
            "HAMEAU",
            "CITE",
        }:
            # Words of names as well: a label only before a letter or a number.
            return word not in {"PARC", "SQUARE", "VILLAGE", "CLOS", "HAMEAU", "CITE"} and is_code(after)
        if word in RESIDENCE or word in DOOR or word in BUILDING or word in STAIRCASE:
            return word != "PORTE" or is_code(after)
        return (
            word in LABELS
            or bool(_GLUED.fullmatch(word))
            or (bool(_ORDINAL.fullmatch(word)) and (after in FLOOR or after in SIDES or not after))
            or (word.isdigit() and (after in FLOOR or after in ORDINAL_ENDS))
        )

    def _peek(self) -> str:
        return self.words[self.at] if self.at < len(self.words) else ""

    def _next(self) -> str:
        self.at += 1
        return self.words[self.at - 1]

    def _digits(self) -> str:
        taken = ""
        while self._peek().isdigit():
            taken += self._next()
        return taken

    def _skip(self, words: set[str] | frozenset[str]) -> None:
        while self._peek() in words:
            self.at += 1

    def _note(self, kind: str, value: str | None) -> None:
        if value:
            self.found.setdefault(kind, plain(value))
