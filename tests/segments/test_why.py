"""Why somebody is contacted, or is not: complete, readable aloud, replayed, and written down that it was read."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from sqlalchemy import text

from outreach.core.errors import OutreachError
from outreach.core.i18n import speaking
from outreach.definitions.facts import FACTS, Fact, FactType
from outreach.segments.letter import paragraph
from outreach.segments.why import why_case, why_reference
from outreach.segments.wording import said
from tests.opened import in_clear

LEFT_OUT = """
SELECT r.reference FROM decision d JOIN person p ON p.household_id = d.household_id JOIN current_row r ON r.person_id = p.id
WHERE d.reason IS NOT NULL AND NOT EXISTS (SELECT FROM "case" c WHERE c.household_id = d.household_id) LIMIT 1
"""


def one(session, query):
    return session.execute(in_clear(query)).first()


def test_why_of_a_case_is_complete(undone):
    row = one(undone, "SELECT id, letter_code FROM \"case\" WHERE segment = 'early' AND wave = 3 LIMIT 1")
    why = why_case(undone, row.letter_code.lower(), actor="somebody")
    assert why == why_case(undone, str(row.id), actor="somebody")
    assert (why.case, why.wave, why.targeted, why.same) == (row.id, 3, True, True)
    assert [rule.code for rule in why.rules][:2] == ["objection", "no_name"]
    assert [rule.code for rule in why.rules if rule.decided] == ["early"]
    assert all(rule.conditions for rule in why.rules)
    told = paragraph(why)
    for part in (
        why.partner,
        why.agreement,
        "Premières relances",
        "relance",
        "groupe 3 sur 3",
        "14 jours",
        "refuser tout contact",
        why.rights,
    ):
        assert part in told, part
    assert not re.search(r"\{\w*\}|None|null|reminder_|amount_due", told)
    with speaking("en"):
        assert "group 3 of 3" in paragraph(why_case(undone, str(row.id), actor="somebody"))


def test_an_urgent_case_is_among_the_first(undone):
    row = one(undone, 'SELECT id FROM "case" WHERE priority <= 2 LIMIT 1')
    assert "parmi les premiers" in paragraph(why_case(undone, str(row.id), actor="somebody"))


def test_who_is_left_out_is_told_as_well(played, undone):
    row = one(undone, LEFT_OUT)
    why = why_reference(undone, "energy-arrears", row.reference, actor="somebody")
    assert (why.targeted, why.case, why.same) == (False, None, True)
    assert "n'est pas contacté pour cette raison" in paragraph(why)


def test_reading_is_written_down_without_personal_data(undone):
    row = one(undone, LEFT_OUT)
    why_reference(undone, "energy-arrears", row.reference, actor="somebody")
    entry = one(undone, "SELECT actor, action, subject, data FROM audit_entry ORDER BY id DESC LIMIT 1")
    assert (entry.actor, entry.action) == ("somebody", "decision.read")
    assert row.reference not in f"{entry.subject}{entry.data}"


def test_a_changed_value_is_noticed_by_the_replay(undone):
    row = one(undone, "SELECT c.id, c.run_id, c.household_id FROM \"case\" c WHERE segment = 'limited' LIMIT 1")
    undone.execute(
        text("UPDATE decision SET stage = 'reminder_1' WHERE run_id = :run AND unit_id = :unit"),
        {"run": row.run_id, "unit": row.household_id},
    )
    undone.expire_all()
    assert not why_case(undone, str(row.id), actor="somebody").same


def test_nobody_and_nothing_are_told(undone):
    with pytest.raises(OutreachError, match="n'existe pas"):
        why_case(undone, "ZZZZZZ", actor="somebody")
    with pytest.raises(OutreachError, match="personne n'est connu"):
        why_reference(undone, "energy-arrears", "NOBODY", actor="somebody")
    with pytest.raises(OutreachError, match="campagne inconnue"):
        why_reference(undone, "nothing", "NOBODY", actor="somebody")


def test_amounts_are_written_with_their_cents():
    amount = FACTS["amount_due"]
    assert said(Decimal("132.7"), amount) == "132,70 €"
    assert said(Decimal(50), amount) == "50 €"


def test_every_language_has_its_name_and_other_words_stay_as_they_are():
    assert said("wo", FACTS["language"]) == "wolof"
    assert said("tr", Fact(FactType.WORD, "tarif")) == "tr", "a word of a partner's own is no language"
    with speaking("en"):
        assert said("ar", FACTS["language"]) == "Arabic"
