"""Who is calling, who is at the desk: found by code, phone or name, never chosen by the engine, and the search is on record."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from outreach.core.errors import OutreachError
from outreach.core.letter_codes import code_of
from outreach.models import Case, Person
from outreach.tracking import identify
from tests.reporting.campaigns import a_town


@pytest.fixture
def town(session):
    return a_town(session)


def named(town, given, family, phone=None):
    case = town.many(1)[0]
    case.letter_code = code_of(case.id)
    person = town.session.get_one(Person, case.person_id)
    person.given_name, person.family_name, person.mobile = given, family, phone
    town.session.flush()
    return case


def test_found_by_the_code_of_a_letter_however_it_is_written(town):
    case = named(town, "Awa", "DIALLO")
    written = f" {case.letter_code[:3].lower()}-{case.letter_code[3:].lower()} "
    found = [candidate for candidate in identify(town.session, written, actor="desk") if candidate.found_by == "code"]
    assert [(candidate.case_id, candidate.name) for candidate in found] == [(case.id, "Awa DIALLO")]


def test_found_by_phone_in_any_writing_and_all_who_share_it(town):
    first = named(town, "Awa", "DIALLO", "+33639980123")
    second = named(town, "Moussa", "DIALLO", "+33639980123")
    found = identify(town.session, "06 39 98 01 23", actor="desk")
    assert {candidate.case_id for candidate in found} == {first.id, second.id}
    assert {candidate.found_by for candidate in found} == {"phone"}


def test_found_by_name_without_accents_in_any_order_and_told_apart_by_birth_date(town):
    case = named(town, "Zoé", "Lefèvre-Béjart")
    other = named(town, "Zoé", "Lefèvre")
    born = town.session.get_one(Person, case.person_id)
    born.birth_date = __import__("datetime").date(1980, 2, 1)
    town.session.flush()
    assert {candidate.case_id for candidate in identify(town.session, "lefevre zoe", actor="desk")} == {case.id, other.id}
    assert [candidate.case_id for candidate in identify(town.session, "bejart", actor="desk")] == [case.id]
    assert [candidate.case_id for candidate in identify(town.session, "lefevre", actor="desk", born=born.birth_date)] == [case.id]


def test_a_merged_person_and_a_joined_case_lead_to_the_one_that_goes_on(town):
    kept, joined = named(town, "Awa", "DIALLO"), named(town, "A.", "DIALLO")
    person = town.session.get_one(Person, joined.person_id)
    person.merged_into = kept.person_id
    town.session.get_one(Case, joined.id).status = "joined"
    town.session.execute(
        text("INSERT INTO event (id, case_id, kind, occurred_at, recorded_at, actor, source, data) VALUES (gen_random_uuid(), :case,"
             " 'joined', now(), now(), 'test', 'matching', jsonb_build_object('into', CAST(:into AS bigint)))"),
        {"case": joined.id, "into": kept.id},
    )  # fmt: skip
    town.session.flush()
    assert {candidate.case_id for candidate in identify(town.session, joined.letter_code, actor="desk")} == {kept.id}


def test_too_little_is_refused_and_the_search_is_on_record_without_the_name(town):
    named(town, "Awa", "DIALLO")
    with pytest.raises(OutreachError, match="trop peu"):
        identify(town.session, "a", actor="desk")
    identify(town.session, "Awa Diallo", actor="desk")
    entry = town.session.execute(text("SELECT subject, data FROM audit_entry WHERE action = 'case.identify'")).one()
    assert (entry.subject, entry.data) == ("name", {"found": 1})


def test_ones_own_are_found_however_many_elsewhere_bear_the_name(town):
    away = town.many(230)
    for case in away:
        person = town.session.get_one(Person, case.person_id)
        person.given_name, person.family_name = "Awa", "Diallo"
    town.session.flush()
    here, home, kept, merged = (named(town, "Awa", "Diallo") for _ in range(4))
    site = town.session.execute(text("SELECT id FROM site WHERE id <> :other LIMIT 1"), {"other": here.site_id}).scalar_one()
    here.site_id = kept.site_id = site
    # Somebody of the name in the household of a case that addresses somebody else, and somebody whose case is that of who they are now.
    home.site_id, home.unit = site, "household"
    flatmate = Person(household_id=home.household_id, family_name="Autre", simulated=True, created_at=home.opened_at)
    town.session.add(flatmate)
    town.session.flush()
    home.person_id = flatmate.id
    town.session.get_one(Person, merged.person_id).merged_into = kept.person_id
    town.session.flush()
    found = identify(town.session, "diallo awa", actor="desk", sites=[site])
    assert {candidate.case_id for candidate in found} == {here.id, home.id, kept.id}
    # Rows that came first are read first: without the sites only the first people of the name are looked at.
    assert len(identify(town.session, "diallo awa", actor="desk")) == 20
    assert identify(town.session, "diallo awa", actor="desk", sites=[]) == []
