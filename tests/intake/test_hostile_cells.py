"""Cells as long as a file may hold them, made to keep a pattern busy: no cleaner takes longer over one than over many honest ones."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from outreach.core.logs import without_people
from outreach.core.spreadsheets import harmless
from outreach.intake import addresses, doors, names, phones, values
from outreach.intake.anylist import dates, numbers, places
from outreach.intake.files import Limits
from outreach.policy import postal, replies
from outreach.tracking.wordings import TELLING

AT_MOST = 2.0
"""Seconds for one, on a slow machine; the worst took minutes."""
SIGNS = (
    "a", "A ", "(", "( ", "a(", "A (", "-", " -", "- ", "1", "0", "1 ", "1.", "1,000", "@", "a@", "a@a.", ".", "'", "D ", "MC ", "\u00a0", "\u0301",
    "CEDEX ", "A CEDEX", "BAT 1 ", "N 1 ", "1 BIS ", "/", "#", "1-", "1/1/", "+33 ", "06 ", "stop ", "merci ", "s il vous plait ", "AD ", "x1",
)  # fmt: skip
CELLS = [
    f"{begin}{(sign * Limits().cell)[: Limits().cell - 2]}{end}" for sign in SIGNS for begin in ("", "A") for end in ("", "!")
]
CLEANERS = {
    "name": names.clean_name, "full name": names.split_full_name, "street line": addresses.clean_street_line,
    "street": addresses.clean_street, "city": addresses.clean_city, "house number": addresses.clean_house_number,
    "door": doors.clean_door_line, "phone": phones.clean_phone, "date": values.clean_date, "amount": values.clean_amount, "email": values.clean_email,
    "any line": places.read_line, "any number": places.read_number, "any date": dates.read_one,
    "any phone": lambda cell: numbers.comparable(cell, "FR"), "line of a letter": postal.fit, "reply": replies.meaning, "log": without_people,
    "workbook": harmless, "wording": TELLING.search,
}  # fmt: skip


@pytest.mark.parametrize("kind", CLEANERS)
def test_a_long_cell_keeps_nobody_waiting(kind):
    clean = CLEANERS[kind]
    with suppress(ValueError):
        clean("12 rue des Lilas")
    for cell in CELLS:
        began = time.thread_time()
        with suppress(ValueError):
            clean(cell)
        assert time.thread_time() - began < AT_MOST, repr(cell[:8])
