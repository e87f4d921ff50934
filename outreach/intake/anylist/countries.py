"""What a list's country decides: how its phones are read, which way round its dates are, how its postal codes look."""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers

from outreach.core.errors import OutreachError
from outreach.core.i18n import _

HOME = "FR"
OTHER_NAMES = {"UK": "GB", "EN": "GB", "USA": "US"}
MONTH_FIRST = frozenset({"US", "AS", "FM", "GU", "MH", "MP", "PH", "PR", "PW", "VI"})
"""Where 03/04 is the fourth of March."""
ZEROS_LOST = {"US": 5, "DE": 5, "ES": 5, "IT": 5, "FI": 5, "AU": 4}
"""Digits of postal codes that begin with zeros, which spreadsheets take away."""
US_CODE = 5


@dataclass(frozen=True)
class Country:
    """A country by its ISO 3166 code."""

    code: str

    @property
    def is_home(self) -> bool:
        """Whether names and addresses are read as French offices write them."""
        return self.code == HOME

    @property
    def date_order(self) -> str:
        """``dmy`` or ``mdy``: how a date is read that could be either."""
        return "mdy" if self.code in MONTH_FIRST else "dmy"

    def postal_code(self, text: str) -> str | None:
        """A postal code as it is compared: letters and digits, zeros given back, without the four more digits of a ZIP."""
        kept = re.sub(r"[^0-9A-Z]+", "", text.upper())
        if self.code == "US" and len(kept) == US_CODE + 4 and kept.isdigit():
            kept = kept[:US_CODE]
        if kept.isdigit() and self.code in ZEROS_LOST:
            kept = kept.zfill(ZEROS_LOST[self.code])
        return kept or None


def country(code: str) -> Country:
    """The country of that code. Raises ``OutreachError`` when there is none."""
    found = OTHER_NAMES.get(code.strip().upper(), code.strip().upper())
    if found not in phonenumbers.SUPPORTED_REGIONS:
        raise OutreachError(
            _("ce pays est inconnu"), place=code, mend=_("Donnez son code ISO à deux lettres, par exemple FR, GB ou US.")
        )
    return Country(found)
