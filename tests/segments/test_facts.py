"""What the rules ask about, and what it is read from."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text

from outreach.definitions.facts import vocabulary
from outreach.definitions.loader import read_folder
from outreach.segments.facts import fact_query
from tests.played import END


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


def nodes(plan):
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def test_the_dead_are_left_out_and_nobody_else_is_thought_to_be(played, undone):
    """Of an anti-join or a subquery PostgreSQL believes that a single row is left, and then looks through all objections for each of thousands."""
    loaded = played.loaded
    known = vocabulary(loaded.folder.campaign, loaded.folder.agreement)
    query = fact_query(loaded.folder.campaign, loaded.campaign.id, {"objected"}, known, today=END, few=True)
    values = {name: value for name, value in query.values.items() if f":{name}" in query.sql}
    listed = (
        'SELECT min(c.person_id) FROM "case" c JOIN current_row r ON r.person_id = c.person_id WHERE r.campaign_id = :campaign'
    )
    dead = undone.execute(text(listed), {"campaign": loaded.campaign.id}).scalar_one()
    told = "UPDATE contact SET disposition = 'deceased' WHERE id = (SELECT min(id) FROM contact WHERE person_id = :dead)"
    assert undone.execute(text(told), {"dead": dead}).rowcount == 1
    for statement in query.before:
        undone.execute(text(statement), query.values)
    units = undone.execute(text(query.sql), values).all()
    assert dead not in {unit.person_id for unit in units}
    (explained,) = undone.execute(text(f"EXPLAIN (FORMAT JSON) {query.sql}"), values).scalar_one()
    joins = {node.get("Join Type") for node in nodes(explained["Plan"])}
    assert "Left" in joins
    assert "Anti" not in joins
    assert "SubPlan" not in str(explained)
