"""A case is about who its person is now, and the home they live in now, whatever numbers it was opened under."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.privacy.due import KEPT
from outreach.privacy.record.queries import CASES
from outreach.tracking import record_objection, refresh_amounts, stop_objected, withdraw_departed
from outreach.tracking.identify import identify
from outreach.tracking.objections import FREED
from outreach.tracking.record import _SILENCE

# An open case of a home with two people on current rows: the person addressed and a mate.
SHARED = """
SELECT c.id, c.person_id AS own, other.id AS mate, c.household_id AS home FROM "case" c
JOIN person other ON other.household_id = c.household_id AND other.id <> c.person_id AND other.merged_into IS NULL
WHERE c.closed_at IS NULL AND c.unit = 'household' AND other.family_name IS NOT NULL
  AND EXISTS (SELECT FROM current_row r WHERE r.person_id = c.person_id) AND EXISTS (SELECT FROM current_row r WHERE r.person_id = other.id)
  AND (SELECT count(*) FROM person h WHERE h.household_id = c.household_id AND h.merged_into IS NULL) = 2
ORDER BY c.id LIMIT 1
"""
LIVING = """
INSERT INTO person (created_at, household_id, simulated, given_name, family_name)
SELECT now(), household_id, true, given_name, family_name FROM person WHERE id = :id RETURNING id
"""


@pytest.fixture
def renumbered(undone):
    """Everybody at home has another number than when the case was opened, the home too."""
    case = undone.execute(text(SHARED)).one()
    home = undone.execute(
        text(
            "INSERT INTO household (created_at, building_id) SELECT now(), building_id FROM household WHERE id = :id RETURNING id"
        ),
        {"id": case.home},
    ).scalar_one()
    undone.execute(text("UPDATE person SET household_id = :new WHERE household_id = :old"), {"new": home, "old": case.home})
    now = {}
    for who in ("own", "mate"):
        old = getattr(case, who)
        now[who] = undone.execute(text(LIVING), {"id": old}).scalar_one()
        values = {"old": old, "new": now[who], "home": case.home}
        undone.execute(text("UPDATE person SET merged_into = :new, household_id = :home WHERE id = :old"), values)
        undone.execute(text("UPDATE list_row SET person_id = :new WHERE person_id = :old"), values)
    return case, now


def status(session, case):
    return session.execute(text('SELECT status FROM "case" WHERE id = :id'), {"id": case}).scalar_one()


def object_now(session, person):
    record_objection(session, person, source="desk", actor="test", occurred_at=clock.now())


@pytest.mark.parametrize("who", ["own", "mate"])
def test_an_objection_closes_it_at_once(undone, renumbered, who):
    case, now = renumbered
    object_now(undone, now[who])
    assert status(undone, case.id) == "objected"


def test_an_objection_marks_the_phones_of_before_and_of_now(undone, renumbered):
    case, now = renumbered
    for person, told in ((case.own, "before"), (now["own"], "now")):
        values = {"id": person, "mark": told}
        undone.execute(
            text("UPDATE person SET mobile = 'x', mobile_mark = :mark, fixed = NULL, fixed_mark = NULL WHERE id = :id"), values
        )
    object_now(undone, case.own)
    marks = text("SELECT mark FROM objection WHERE person_id = :id ORDER BY mark")
    assert undone.execute(marks, {"id": case.own}).scalars().all() == ["before", "now"]


@pytest.mark.parametrize("who", ["own", "mate"])
@pytest.mark.parametrize("at_night", [False, True])
def test_and_so_do_the_quarter_of_an_hour_and_the_night(played, undone, renumbered, who, at_night):
    case, now = renumbered
    insert = "INSERT INTO objection (id, person_id, mark, source, occurred_at, recorded_at) VALUES (gen_random_uuid(), :who, 'x', 'desk', :now, :now)"
    undone.execute(text(insert), {"who": now[who], "now": clock.now()})
    assert stop_objected(undone, played.loaded, actor="test", since=None if at_night else clock.now() - timedelta(hours=1))
    assert status(undone, case.id) == "objected"


def test_it_is_free_again_when_nobody_at_home_is_stopped_any_more(undone, renumbered):
    case, now = renumbered
    object_now(undone, now["own"])
    object_now(undone, now["mate"])
    freed = text(FREED)
    assert undone.execute(freed, {"people": [now["own"]]}).scalars().all() == []
    undone.execute(text("UPDATE objection SET lifted_at = now() WHERE person_id = :id"), {"id": now["own"]})
    assert case.id not in undone.execute(freed, {"people": [now["own"]]}).scalars().all(), "the other's stands"
    undone.execute(text("UPDATE objection SET lifted_at = now() WHERE person_id = :id"), {"id": now["mate"]})
    assert case.id in undone.execute(freed, {"people": [now["own"]]}).scalars().all()


@pytest.mark.parametrize("who", ["own", "mate"])
def test_what_is_planned_for_whoever_refused_elsewhere_is_taken_back(undone, renumbered, who):
    case, now = renumbered
    # A contact of another case, planned under the number of before, and the one in which the home refused.
    columns = "campaign_id, step, attempt, channel, language, state, due_at, useful_until"
    other = text(
        f"""INSERT INTO contact (case_id, person_id, {columns})
        SELECT (SELECT id FROM "case" c WHERE c.id <> :case AND NOT EXISTS (SELECT FROM contact k WHERE k.case_id = c.id) LIMIT 1), :who,
               campaign_id, 'other', 1, 'call', 'fr', 'planned', now() + interval '1 day', now() + interval '2 days'
        FROM "case" WHERE id = :case RETURNING id"""
    )
    planned = undone.execute(other, {"case": case.id, "who": getattr(case, who)}).scalar_one()
    refused = undone.execute(text("SELECT max(id) FROM contact WHERE case_id = :id"), {"id": case.id}).scalar_one()
    undone.execute(text("UPDATE contact SET person_id = :now WHERE id = :id"), {"id": refused, "now": now["own"]})
    undone.execute(_SILENCE, {"refused": [refused], "now": clock.now()})
    found = undone.execute(text("SELECT state, reason FROM contact WHERE id = :id"), {"id": planned}).one()
    assert tuple(found) == ("cancelled", "silence")


def test_whoever_lives_there_now_keeps_it_on_the_list(played, undone, renumbered):
    case, now = renumbered
    undone.execute(text("UPDATE list_row SET superseded_by = list_id WHERE person_id = :id"), {"id": now["own"]})
    withdraw_departed(undone, played.loaded, actor="test")
    assert status(undone, case.id) != "withdrawn"
    undone.execute(text("UPDATE list_row SET superseded_by = list_id WHERE person_id = :id"), {"id": now["mate"]})
    withdraw_departed(undone, played.loaded, actor="test")
    assert status(undone, case.id) == "withdrawn"


def test_it_owes_what_the_home_of_today_owes(played, undone, renumbered):
    case, now = renumbered
    undone.execute(text("UPDATE list_row SET amount_due = 777 WHERE person_id = :id"), {"id": now["mate"]})
    undone.execute(text("UPDATE list_row SET amount_due = 50 WHERE person_id = :id"), {"id": now["own"]})
    refresh_amounts(undone, played.loaded)
    assert undone.execute(text('SELECT amount_due FROM "case" WHERE id = :id'), {"id": case.id}).scalar_one() == Decimal(777)


def test_it_is_found_by_the_name_of_whoever_lives_there_now(undone, renumbered):
    case, now = renumbered
    undone.execute(text("UPDATE person SET family_name = 'ZYLBERSZTEJN' WHERE id = :id"), {"id": now["mate"]})
    assert case.id in {found.case_id for found in identify(undone, "Zylbersztejn", actor="test")}
    site = undone.execute(text('SELECT site_id FROM "case" WHERE id = :id'), {"id": case.id}).scalar_one()
    assert case.id in {found.case_id for found in identify(undone, "Zylbersztejn", actor="test", sites=[site])}
    assert identify(undone, "Zylbersztejn", actor="test", sites=[0]) == []


@pytest.mark.parametrize("who", ["own", "mate"])
def test_it_is_in_the_record_of_each_of_them(undone, renumbered, who):
    case, now = renumbered
    found = undone.execute(text(CASES), {"person": now[who]}).mappings().all()
    assert case.id in {row["id"] for row in found}


def test_nobody_at_home_is_forgotten_while_it_goes_on(undone, renumbered):
    case, now = renumbered
    clocked = "CREATE TEMP TABLE case_clock ON COMMIT DROP AS SELECT c.id, 1 AS agreement_id, c.campaign_id, c.person_id, c.unit, false AS over,"
    undone.execute(text(f'{clocked} false AS closed, current_date AS ends_on FROM "case" c WHERE c.id = :id'), {"id": case.id})
    undone.execute(text(KEPT), {"day": clock.today()})
    assert set(now.values()) <= set(undone.execute(text("SELECT person_id FROM kept_person")).scalars())
