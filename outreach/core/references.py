"""The reference on a letter: the number of its contact with two check digits, so that a digit read wrongly is noticed.

``1234`` is written ``1234-82``: the check digits of ISO 7064, MOD 97-10, which find every single wrong digit and every pair
of digits that changed places.
"""

from __future__ import annotations

import re

MOST_DIGITS = 18
_WRITTEN = re.compile(rf"(\d{{1,{MOST_DIGITS}}})\s*-\s*(\d{{2}})")


def reference_of(contact: int) -> str:
    """The reference of a contact's letter."""
    return f"{contact}-{98 - contact * 100 % 97:02d}"


def plain_number(written: str) -> int:
    """A number as somebody types it; 0 for what is none, or longer than any that the database gives."""
    return int(written) if written.isdecimal() and len(written) <= MOST_DIGITS else 0


def contact_of(reference: str) -> int:
    """The contact that a reference names, spaces around its hyphen allowed; 0 for what is none or does not check."""
    found = _WRITTEN.fullmatch(reference.strip())
    if found is None:
        return 0
    return int(found[1]) if reference_of(int(found[1])) == f"{int(found[1])}-{found[2]}" else 0
