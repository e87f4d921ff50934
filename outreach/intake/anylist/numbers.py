"""Phones of any country as they are compared: E.164, a fast path for whole columns, phonenumbers for the rest."""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc
from phonenumbers import PhoneMetadata

from outreach.core.i18n import N_
from outreach.intake import phones
from outreach.intake.anylist.countries import Country
from outreach.intake.distinct import Distinct, Fault, attempt
from outreach.intake.text import squeeze

LEAST_KINDS = 3
"""Digits of fewer kinds stand where no number is known (0000000000)."""
LENGTHS = (6, 18)
"""Fewer digits are a part of a number, more are several."""
_NOT_DIALLED = re.compile(r"[^\d+]")
_EXTENSION = re.compile(r"\s*(?:ext|x|poste|extension)\.?\s*\d{1,5}$", re.IGNORECASE)
Numbers = tuple[pa.Array, pa.Array, np.ndarray]
"""What is compared or null, whether it is a mobile (null: nobody can say), positions of filled cells that are no phone."""


class Phones:
    """Reads the phone columns of one file; what it learnt of odd cells serves the next chunk."""

    def __init__(self, country: Country) -> None:
        self.country = country
        self.odd = Distinct(attempt(lambda text: comparable(text, country.code)))

    def read(self, cells: pa.StringArray) -> Numbers:
        """A chunk of one column."""
        e164, mobile = phones.usual_phones(cells) if self.country.is_home else usual_abroad(cells, self.country.code)
        left = np.flatnonzero(pc.and_(pc.is_null(e164), pc.greater(pc.utf8_length(cells), 0)).to_numpy(zero_copy_only=False))
        if not left.size:
            return e164, mobile, left
        made, codes = self.odd.objects(cells.take(pa.array(left)))
        found: list[str | None] = [None] * len(cells)
        kinds: list[bool | None] = [None] * len(cells)
        bad = []
        for position, code in zip(left.tolist(), codes.tolist(), strict=True):
            phone = made[code]
            if isinstance(phone, Fault):
                bad.append(position)
            elif phone is not None:
                found[position], kinds[position] = phone
        numbers = pa.array(found, pa.string())
        return pc.coalesce(e164, numbers), pc.if_else(pc.is_valid(e164), mobile, pa.array(kinds, pa.bool_())), np.array(bad, int)


def comparable(text: str, region: str) -> tuple[str, bool | None]:
    """A number as it is compared, and whether it is a mobile; one that no network ever gave out is compared by its digits.

    Raises ``ValueError`` for what is no number.
    """
    kept = _NOT_DIALLED.sub("", _EXTENSION.sub("", squeeze(text)))
    digits = kept.strip("+")
    if len(set(digits)) < LEAST_KINDS or not LENGTHS[0] <= len(digits) <= LENGTHS[1]:
        raise ValueError(N_("ce numéro de téléphone ne peut pas exister ; vérifiez-le"))
    try:
        phone = phones.clean_phone(kept, region)
    except ValueError:
        return _as_dialled(kept, region), None
    return phone.e164, phone.line is phones.Line.MOBILE


def _as_dialled(kept: str, region: str) -> str:
    try:
        number = phonenumbers.parse(kept, region)
    except phonenumbers.NumberParseException:
        return kept
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def usual_abroad(cells: pa.StringArray, region: str) -> tuple[pa.Array, pa.Array]:
    """(E.164, is mobile) for cells that are plain numbers of the country; null for every other cell."""
    plan = _plan(region)
    if plan is None:
        return pa.nulls(len(cells), pa.string()), pa.nulls(len(cells), pa.bool_())
    whole, start, mobile = plan
    kept = pc.replace_substring_regex(cells, r"[ ./()\-]|\xa0", "")
    # Where nothing matches, the part itself would be an empty text.
    national = pc.struct_field(pc.extract_regex(kept, whole), "national")
    return pc.binary_join_element_wise(start, national, ""), pc.match_substring_regex(national, mobile)


@lru_cache(maxsize=8)
def _plan(region: str) -> tuple[str, str, str] | None:
    """Patterns of a country's numbers; ``None`` where its prefixes need more than a pattern."""
    known = PhoneMetadata.metadata_for_region(region)
    if known is None or known.national_prefix_transform_rule:
        return None
    fixed, mobile = (_pattern(known.fixed_line), _pattern(known.mobile))
    code, prefix = known.country_code, known.national_prefix or ""
    lead = f"(?:\\+{code}|00{code}" + (f"|{prefix}" if prefix.isdigit() else "") + ")?"
    return f"^{lead}(?P<national>{fixed}|{mobile})$", f"+{code}", f"^(?:{mobile})$"


def _pattern(description: object) -> str:
    return str(getattr(description, "national_number_pattern", None) or r"[^\s\S]")
