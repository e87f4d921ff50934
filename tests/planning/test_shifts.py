"""Shifts from weekly patterns: each mediator is in one place at a time, whatever their campaigns say of them."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from outreach.core import clock
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import launch_campaign
from outreach.planning.shifts import SHORTEST, free_of, open_shifts

DAY = date(2026, 11, 24)
PAUL = """
SELECT to_char(s.starts_at AT TIME ZONE 'Europe/Paris', 'HH24:MI') || '-' || to_char(s.ends_at AT TIME ZONE 'Europe/Paris', 'HH24:MI')
FROM shift s JOIN mediator m ON m.id = s.mediator_id WHERE m.code = 'l8-paul' AND s.day = :day ORDER BY s.starts_at
"""


@pytest.fixture
def campaign(session):
    """A launched campaign in which Paul calls from 10:00 to 13:00, with his shift of the day."""
    folder = read_folder(Path("campaigns/energy-arrears"))
    with clock.travel(clock.at(DAY, "05:00")):
        launch_campaign(session, folder, actor="test")
    open_shifts(session, folder.campaign, DAY, DAY)
    return folder.campaign


def otherwise(campaign, begins, ends):
    """Another campaign in which Paul calls at other hours."""
    calls = {"days": ["tue"], "hours": [begins, ends]}
    sites = campaign.model_dump(mode="json")["sites"]
    next(one for site in sites for one in site["mediators"] if one["code"] == "l8-paul")["calls"] = calls
    return type(campaign).model_validate(campaign.model_dump(mode="json") | {"sites": sites})


@pytest.mark.parametrize(
    ("hours", "found"),
    [
        (("10:00", "13:00"), ["10:00-13:00"]),
        (("11:00", "14:00"), ["10:00-13:00", "13:00-14:00"]),
        (("09:00", "14:00"), ["09:00-10:00", "10:00-13:00", "13:00-14:00"]),
        (("11:00", "12:00"), ["10:00-13:00"]),
        (("11:00", "13:15"), ["10:00-13:00"]),
        (("14:00", "17:00"), ["10:00-13:00", "14:00-17:00"]),
    ],
)
def test_another_campaign_gets_what_is_left_of_somebodys_hours(session, campaign, hours, found):
    for _night in range(2):
        open_shifts(session, otherwise(campaign, *hours), DAY, DAY)
        assert session.execute(text(PAUL), {"day": DAY}).scalars().all() == found


MINUTES = st.integers(0, 47).map(lambda quarter: clock.at(DAY, f"{8 + quarter // 4:02d}:{quarter % 4 * 15:02d}"))
SPANS = st.tuples(MINUTES, MINUTES).filter(lambda span: span[0] < span[1])


@given(st.lists(SPANS, max_size=5), SPANS)
def test_what_is_left_is_free_and_inside(taken, asked):
    parts = free_of(taken, *asked)
    for begins, ends in parts:
        assert asked[0] <= begins < ends <= asked[1]
        assert ends - begins >= SHORTEST or (begins, ends) == asked
        assert all(last <= begins or first >= ends for first, last in taken)
    assert all(one[1] <= other[0] for one, other in pairwise(parts))
