"""What the rules ask about, and what it is read from."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from outreach.definitions.facts import vocabulary
from outreach.definitions.loader import read_folder
from outreach.segments.facts import fact_query


@pytest.mark.parametrize(
    ("today", "born"),
    [
        (date(2026, 11, 30), date(2008, 11, 30)),
        (date(2027, 1, 31), date(2009, 1, 31)),
        (date(2028, 2, 29), date(2010, 2, 28)),
    ],
)
def test_who_turns_eighteen_today_is_an_adult_on_the_last_days_of_a_month_too(today, born):
    folder = read_folder(Path("campaigns/energy-arrears"))
    known = vocabulary(folder.campaign, folder.agreement)
    assert fact_query(folder.campaign, 1, {"on_list"}, known, today=today, few=True).values["adult"] == born
