"""What the cells of a column look like: the second opinion on what its header says."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from outreach.definitions.fields import ListField
from outreach.intake import phones, values

CONFIRMED, CONTRADICTED = 0.6, 0.2
"""Shares of filled cells from which cells confirm a field, and under which they contradict it."""
FEW = 3
"""With fewer filled cells, cells say nothing."""
_NIR = re.compile(r"([12]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)(?:2[AB]|\d{2})\d{6})(\d{2})")
_REFERENCE = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9 ./_-]{3,}")


def _accepts(clean: Callable[[str], object]) -> Callable[[str], bool]:
    def test(cell: str) -> bool:
        try:
            clean(cell)
        except ValueError:
            return False
        return True

    return test


LOOKS: dict[ListField, Callable[[str], bool]] = {
    ListField.EMAIL: _accepts(values.clean_email),
    ListField.PHONE: _accepts(phones.clean_phone),
    ListField.MOBILE: _accepts(phones.clean_phone),
    ListField.FIXED: _accepts(phones.clean_phone),
    ListField.POSTAL_CODE: _accepts(values.clean_postal_code),
    ListField.BIRTH_DATE: _accepts(values.clean_date),
    ListField.DEBT_SINCE: _accepts(values.clean_date),
    ListField.AMOUNT_DUE: _accepts(values.clean_amount),
}
"""How the cells of a field look, where they look like anything in particular."""
TELLING = (ListField.EMAIL, ListField.PHONE, ListField.POSTAL_CODE)
"""Fields that cells give away without any header, the most particular first."""


def share(cells: Sequence[str], looks: Callable[[str], bool]) -> float | None:
    """The share of filled cells that look so; ``None`` when too few are filled to say."""
    filled = [cell for cell in cells if cell.strip()]
    return sum(map(looks, filled)) / len(filled) if len(filled) >= FEW else None


def agreement(field: ListField, cells: Sequence[str]) -> bool | None:
    """Whether the cells confirm (True) or contradict (False) the field; ``None`` when they say neither."""
    looks = LOOKS.get(field)
    found = share(cells, looks) if looks else None
    if found is None:
        return None
    return True if found >= CONFIRMED else False if found < CONTRADICTED else None


def guess(cells: Sequence[str]) -> ListField | None:
    """The field that the cells alone give away."""
    return next((field for field in TELLING if agreement(field, cells)), None)


def looks_like_references(cells: Sequence[str]) -> bool:
    """Codes with digits, nearly all different: what tells customers apart."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return (
        len(filled) >= FEW
        and len(set(filled)) >= 0.95 * len(filled)
        and (share(filled, lambda cell: bool(_REFERENCE.fullmatch(cell))) or 0) >= CONFIRMED
    )


def looks_like_nir(cells: Sequence[str]) -> bool:
    """Social security numbers: fifteen digits whose key is right (97 less the rest by 97; Corsica as 19 and 18)."""

    def is_nir(cell: str) -> bool:
        match = _NIR.fullmatch(re.sub(r"\s", "", cell).upper())
        if match is None:
            return False
        number = int(match[1].replace("2A", "19").replace("2B", "18"))
        return 97 - number % 97 == int(match[2])

    return (share(cells, is_nir) or 0) >= CONFIRMED
