"""Somebody whom matching found to be somebody else is planned for as they are known now, under the number that lives on."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.words import MediationKind
from outreach.planning import plan_campaign
from outreach.planning.remake import IN_FORCE
from outreach.planning.today.reading import rows_of
from outreach.planning.worklist import needy_cases
from outreach.tracking import MediationRecord, record_walk_in
from tests.planning.test_plan import MORNING

CASE = """
SELECT c.id, c.person_id, p.household_id FROM "case" c JOIN person p ON p.id = c.person_id JOIN household h ON h.id = p.household_id
WHERE c.closed_at IS NULL AND p.merged_into IS NULL AND h.building_id IS NOT NULL
  AND EXISTS (SELECT FROM contact k WHERE k.case_id = c.id AND k.state = 'planned' AND k.channel = :channel AND k.shift_id IS NOT NULL
                AND k.appointment_id IS NULL AND k.due_at > :now) ORDER BY c.id LIMIT 1
"""
# Somebody else, at another address, with a mobile phone, who does not read French and speaks Bambara.
NEWCOMER = """
INSERT INTO person (created_at, household_id, simulated, language, reads_french, mobile, mobile_mark)
SELECT now(), h.id, true, 'bm', false, m.mobile, m.mobile_mark
FROM (SELECT h.id FROM household h JOIN building b ON b.id = h.building_id
      WHERE b.lon IS NOT NULL AND b.id <> (SELECT building_id FROM household WHERE id = :household) ORDER BY h.id DESC LIMIT 1) h,
     (SELECT mobile, mobile_mark FROM person WHERE mobile IS NOT NULL LIMIT 1) m RETURNING id, household_id
"""
OLD = """
UPDATE person SET merged_into = :into, language = NULL, reads_french = NULL, mobile = NULL, mobile_mark = NULL, fixed = NULL, fixed_mark = NULL
WHERE id = :person
"""
SPOKEN = frozenset({"fr"})


def merged(session, channel):
    """A case with something planned whose person lives on elsewhere, under another number."""
    case = session.execute(text(CASE), {"now": MORNING, "channel": channel}).one()
    into = session.execute(text(NEWCOMER), {"household": case.household_id}).one()
    session.execute(text(OLD), {"into": into.id, "person": case.person_id})
    home = session.execute(text("SELECT building_id FROM household WHERE id = :id"), {"id": into.household_id}).scalar_one()
    return case, home


def test_a_case_is_seen_with_the_means_of_who_its_person_is_now(played, undone):
    case, home = merged(undone, "call")
    undone.execute(text("UPDATE contact SET state = 'cancelled' WHERE case_id = :id AND state = 'planned'"), {"id": case.id})
    undone.execute(text('UPDATE "case" SET next_at = :now WHERE id = :id'), {"id": case.id, "now": MORNING})
    horizon = MORNING + timedelta(days=7)
    cases = needy_cases(undone, played.loaded.campaign.id, horizon, callers=SPOKEN, visitors=SPOKEN).set_index("id")
    found = cases.loc[case.id]
    assert (found.language, found.reads_french, found.has_mobile, found.has_phone) == ("bm", 0, 1, 1)
    assert (found.building_id, found.is_located) == (home, 1)
    assert (found.has_caller, found.has_visitor) == (False, False)
    assert found.person_id == case.person_id, "the case stays as it was opened"


def test_a_round_is_made_anew_with_the_doors_of_who_they_are_now(played, undone):
    case, home = merged(undone, "visit")
    rows = undone.execute(text(IN_FORCE), {"campaign": played.loaded.campaign.id, "today": MORNING.date()})
    found = next(row for row in rows if row.case_id == case.id)
    assert (found.building_id, found.language) == (home, "bm")


@pytest.mark.parametrize("channel", ["call", "visit"])
def test_who_speaks_no_french_is_taken_off_the_list_of_who_speaks_nothing_else(played, undone, channel):
    case, _home = merged(undone, channel)
    before = text("SELECT id, shift_id FROM contact WHERE case_id = :id AND state = 'planned' AND shift_id IS NOT NULL")
    kept = undone.execute(before, {"id": case.id}).all()
    with clock.travel(MORNING):
        undone.execute(text("UPDATE match_run SET ran_at = :now"), {"now": clock.now()})
        result = plan_campaign(undone, played.loaded, actor="test")
    changed = {change.contact_id: change.reason for change in result.changes}
    assert {changed[contact.id] for contact in kept} == {"other_language"}
    assert undone.execute(before, {"id": case.id}).all() == []
    waits = undone.execute(text('SELECT wait_reason FROM "case" WHERE id = :id'), {"id": case.id}).scalar_one()
    assert waits == "no_speaker"


PROMISE = """
WITH a AS (INSERT INTO appointment (case_id, mediator_id, channel, starts_at, ends_at, state, made_at, made_by)
           SELECT k.case_id, s.mediator_id, 'visit', k.due_at - interval '10 minutes', k.due_at + interval '50 minutes', 'open', now(), 'test'
           FROM contact k JOIN shift s ON s.id = k.shift_id WHERE k.id = :id RETURNING id)
UPDATE contact SET appointment_id = a.id FROM a WHERE contact.id = :id
"""


def plan_after_a_match(session, played):
    with clock.travel(MORNING):
        session.execute(text("UPDATE match_run SET ran_at = :now"), {"now": clock.now()})
        return plan_campaign(session, played.loaded, actor="test")


def stops(session):
    rows = session.execute(
        text(
            "SELECT (s ->> 0)::bigint AS case_id, (s ->> 2)::bigint AS building_id FROM round, jsonb_array_elements(plan -> 'stops') s"
        )
    )
    return {row.case_id: row.building_id for row in rows}


@pytest.mark.parametrize("is_promised", [False, True])
def test_no_round_leads_to_where_somebody_no_longer_lives(played, undone, is_promised):
    case, home = merged(undone, "visit")
    undone.execute(text("UPDATE person SET language = NULL, reads_french = NULL WHERE language = 'bm'"))
    before = text("SELECT id FROM contact WHERE case_id = :id AND state = 'planned'")
    contact = undone.execute(before, {"id": case.id}).scalar_one()
    if is_promised:
        undone.execute(text(PROMISE), {"id": contact})
    changes = {change.contact_id: change for change in plan_after_a_match(undone, played).changes}
    assert changes[contact].reason == "moved_home"
    again = undone.execute(
        text("SELECT id, channel, shift_id FROM contact WHERE case_id = :id AND state = 'planned'"), {"id": case.id}
    ).one_or_none()
    assert again is None or again.channel != "visit" or stops(undone)[case.id] == home
    assert contact not in {change.contact_id for change in plan_after_a_match(undone, played).changes}, "once"


def test_who_has_not_moved_and_speaks_french_stays_where_they_are(played, undone):
    assert set(stops(undone).values()) - {None}, "rounds know the doors of their stops"
    reasons = {change.reason for change in plan_after_a_match(undone, played).changes}
    assert not reasons & {"moved_home", "other_language"}


OTHER = """
SELECT c.id, c.person_id, p.household_id FROM "case" c JOIN person p ON p.id = c.person_id JOIN site s ON s.id = c.site_id
WHERE c.closed_at IS NULL AND c.unit = 'household' AND p.merged_into IS NULL AND p.household_id <> :household
  AND s.association_id = (SELECT association_id FROM site WHERE id = (SELECT site_id FROM "case" WHERE id = :case)) ORDER BY c.id LIMIT 1
"""
LIVES = "UPDATE person SET household_id = :household WHERE id = :person"


def test_a_card_tells_the_notes_about_who_lives_there_now_and_not_about_who_did(undone):
    """Two people change homes: their notes go with them."""
    case = undone.execute(text(CASE), {"now": MORNING, "channel": "visit"}).one()
    other = undone.execute(text(OTHER), {"household": case.household_id, "case": case.id}).one()
    noted = MediationRecord(MediationKind.EXCHANGE, ("energie",), "fr", 5, private_note="Parler fort.")
    record_walk_in(
        undone,
        other.id,
        noted,
        medium="desk",
        found_by="name",
        actor="desk",
        occurred_at=MORNING - timedelta(days=1),
        key=uuid4(),
    )
    contact = undone.execute(
        text("SELECT id FROM contact WHERE case_id = :id AND state = 'planned' AND shift_id IS NOT NULL"), {"id": case.id}
    ).scalar_one()

    def notes():
        [row] = rows_of(undone, contacts=[contact])
        return row["notes"] or []

    assert notes() == [], "strangers"
    undone.execute(text(LIVES), {"household": case.household_id, "person": other.person_id})
    assert len(notes()) == 1, "they live together now"
    undone.execute(text(LIVES), {"household": other.household_id, "person": case.person_id})
    assert notes() == [], "only one home after the other"
