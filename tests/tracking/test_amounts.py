"""What open cases owe follows the partner's current rows: of one person, or of everybody at home."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from outreach.tracking import refresh_amounts

# An open case whose home has two people, on current rows of the campaign, one of them the person addressed.
SHARED = """
SELECT c.id, c.person_id AS own, other.id AS mate FROM "case" c
JOIN person other ON other.household_id = c.household_id AND other.id <> c.person_id
WHERE c.campaign_id = :campaign AND c.closed_at IS NULL
  AND EXISTS (SELECT FROM current_row r WHERE r.person_id = c.person_id AND r.campaign_id = c.campaign_id)
  AND EXISTS (SELECT FROM current_row r WHERE r.person_id = other.id AND r.campaign_id = c.campaign_id)
  AND (SELECT count(*) FROM person h WHERE h.household_id = c.household_id AND h.merged_into IS NULL) = 2
ORDER BY c.id LIMIT 1
"""


@pytest.fixture
def shared(played, undone):
    return undone.execute(text(SHARED), {"campaign": played.loaded.campaign.id}).one()


@pytest.fixture
def of_persons(played):
    """The campaign as if each person had a case."""
    return SimpleNamespace(campaign=SimpleNamespace(id=played.loaded.campaign.id, unit="person"))


def owes(session, person, amount):
    update = text("UPDATE list_row SET amount_due = :amount WHERE person_id = :person")
    session.execute(update, {"person": person, "amount": amount})


def amount(session, case):
    return session.execute(text('SELECT amount_due FROM "case" WHERE id = :id'), {"id": case}).scalar_one()


def test_a_household_owes_the_most_that_one_of_it_owes(played, undone, shared):
    refresh_amounts(undone, played.loaded)
    assert refresh_amounts(undone, played.loaded) == 0, "nothing has come since"
    owes(undone, shared.own, Decimal("310.00"))
    owes(undone, shared.mate, Decimal("870.50"))
    assert refresh_amounts(undone, played.loaded) == 1
    assert amount(undone, shared.id) == Decimal("870.50")


def test_a_person_owes_what_is_theirs_alone(undone, shared, of_persons):
    owes(undone, shared.own, Decimal("310.00"))
    owes(undone, shared.mate, Decimal("870.50"))
    refresh_amounts(undone, of_persons)
    assert amount(undone, shared.id) == Decimal("310.00")
    assert refresh_amounts(undone, of_persons) == 0


def test_a_case_finds_its_person_by_a_number_from_before_a_merge(undone, shared, of_persons):
    owes(undone, shared.mate, Decimal("42.00"))
    moved = {"own": shared.own, "mate": shared.mate}
    undone.execute(text("UPDATE list_row SET person_id = :mate WHERE person_id = :own"), moved)
    undone.execute(text("UPDATE person SET merged_into = :mate WHERE id = :own"), moved)
    owes(undone, shared.mate, Decimal("55.00"))
    refresh_amounts(undone, of_persons)
    assert amount(undone, shared.id) == Decimal("55.00")


def test_rows_that_name_no_amount_take_none_away(played, undone, shared):
    refresh_amounts(undone, played.loaded)
    before = amount(undone, shared.id)
    owes(undone, shared.own, None)
    owes(undone, shared.mate, None)
    assert refresh_amounts(undone, played.loaded) == 0
    assert amount(undone, shared.id) == before


def test_a_closed_case_keeps_what_was_owed_then(played, undone, shared):
    refresh_amounts(undone, played.loaded)
    before = amount(undone, shared.id)
    undone.execute(text("UPDATE \"case\" SET status = 'withdrawn', closed_at = now() WHERE id = :id"), {"id": shared.id})
    owes(undone, shared.own, Decimal("9999.00"))
    refresh_amounts(undone, played.loaded)
    assert amount(undone, shared.id) == before
