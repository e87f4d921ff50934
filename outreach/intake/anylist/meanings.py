"""Which columns of any list are compared, and as what: by what a person wrote, by header words, by what the cells look like."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from outreach.core.errors import ListRefusedError
from outreach.core.i18n import _
from outreach.definitions.fields import ListField
from outreach.intake import recognise
from outreach.intake.anylist.countries import Country
from outreach.intake.anylist.dates import read_one
from outreach.intake.columns import header_key
from outreach.intake.synonyms import synonyms

PARTNER = "partner"
"""Who sent the row: no field of a partner's own list, but one of a list that holds several of them."""
FIELDS = (
    "given_name", "family_name", "full_name", "birth_date", "phone", "mobile", "fixed", "email", "reference", PARTNER,
    "address_line", "address_extra", "house_number", "street", "building", "staircase", "floor", "door", "residence", "place",
    "postal_code", "city",
)  # fmt: skip
"""What a column can be compared as."""
SEVERAL = frozenset({"phone", "mobile", "fixed", "address_extra"})
"""Fields that several columns may hold without anybody saying so."""
TELLING = frozenset({"given_name", "family_name", "full_name", "birth_date", "phone", "mobile", "fixed", "email", "reference"})
"""Without one of these nobody can be told from anybody."""
OWN_WORDS = Path(__file__).with_name("words.yaml")
_NUMBERED = re.compile(r"(.*[a-z]) ?\d$")
_PHONE_LIKE = re.compile(r"[+(]?\d[\d ()./\-]{5,18}")


@dataclass(frozen=True)
class Used:
    """One column of the file: compared as ``field``, or as nothing. ``said``: a person decided it."""

    header: str
    field: str | None
    said: bool = False


def known_words(header: str) -> str | None:
    """The field that a header names; words that name no field to compare by are ``""``."""
    key = header_key(header)
    numbered = _NUMBERED.fullmatch(key)
    words = _words()
    return words.get(key, words.get(numbered[1]) if numbered else None)


def recognised(
    headers: Sequence[str], sample: Sequence[Sequence[str]], said: Mapping[int, str | None], country: Country, place: str
) -> tuple[Used, ...]:
    """The meaning of each column; ``said`` is what a person wrote, by position (``None``: not compared).

    Raises ``ListRefusedError`` for French social security numbers, and when nothing tells people apart.
    """
    cells = [[row[position] for row in sample if position < len(row)] for position in range(len(headers))]
    _refuse_forbidden(headers, cells, country, place)
    found: dict[int, str | None] = dict(said)
    taken = {field for field in said.values() if field}
    for surely in (True, False):
        for position, header in enumerate(headers):
            if position in found:
                continue
            field = known_words(header) if surely else _by_cells(header, cells[position], country)
            if field and (field not in taken or field in SEVERAL):
                found[position] = field
                taken.add(field)
    fields = _in_context([found.get(position) or None for position in range(len(headers))])
    if not TELLING & set(filter(None, fields)):
        raise ListRefusedError(
            _("aucune colonne reconnue ne dit qui sont les personnes"),
            place=place,
            mend=_("Dites lesquelles avec --mapping ; « outreach lists mapping » en écrit un à compléter."),
        )
    return tuple(Used(header, fields[position], position in said) for position, header in enumerate(headers))


def _in_context(fields: list[str | None]) -> list[str | None]:
    """A « name » beside a first name is the family name; a street without a number of its own is a whole line."""
    present = set(fields)
    changes: dict[str | None, str] = {}
    if "given_name" in present and "family_name" not in present:
        changes["full_name"] = "family_name"
    if "house_number" not in present and "address_line" not in present:
        changes["street"] = "address_line"
    return [changes.get(field, field) for field in fields]


def _by_cells(header: str, cells: list[str], country: Country) -> str | None:
    """The field that a header hints at and the cells confirm, or that the cells alone give away."""
    if known_words(header) is not None:
        return None
    key = header_key(header).split()
    hinted = [str(name) for name, hints in synonyms().hints.items() if name in FIELDS and any(hint in key for hint in hints)]
    for field in (*hinted, "email"):
        looks = _looks(field, country)
        if looks and (recognise.share(cells, looks) or 0) >= recognise.CONFIRMED:
            return field
    guessed = recognise.guess(cells) if country.is_home else None
    return str(guessed) if guessed in FIELDS else None


def _looks(field: str, country: Country) -> Callable[[str], bool] | None:
    if country.is_home and field in recognise.LOOKS and field != "birth_date":
        return recognise.LOOKS[ListField(field)]
    return {
        "email": recognise.LOOKS[ListField.EMAIL],
        "birth_date": lambda cell: read_one(cell) is not None,
        **dict.fromkeys(("phone", "mobile", "fixed"), lambda cell: bool(_PHONE_LIKE.fullmatch(cell.strip()))),
    }.get(field)


@lru_cache(maxsize=1)
def _words() -> dict[str, str]:
    own = yaml.safe_load(OWN_WORDS.read_text(encoding="utf-8"))
    words = {header_key(str(word)): str(field) for field, written in own.items() for word in written}
    shared = {header_key(word): str(field) for field, written in synonyms().names.items() for word in written}
    names = {header_key(field): field for field in FIELDS}
    return {key: field if field in FIELDS else "" for key, field in (names | words | shared).items()}


def _refuse_forbidden(headers: Sequence[str], cells: list[list[str]], country: Country, place: str) -> None:
    """French social security numbers: mediation may not hold them, in no list and for no purpose."""
    if not country.is_home:
        return
    names = {header_key(word) for word in synonyms().forbidden}
    for header, column in zip(headers, cells, strict=True):
        if any(cell.strip() for cell in column) and (header_key(header) in names or recognise.looks_like_nir(column)):
            raise ListRefusedError(
                _("la colonne « {column} » contient des numéros de sécurité sociale").format(column=header),
                place=place,
                mend=_("La médiation n'a pas le droit de les garder : retirez cette colonne du fichier."),
            )
