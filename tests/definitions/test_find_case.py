"""A case is found by its number or its letter's code, and never by a guess between the two."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from outreach.core.errors import OutreachError
from outreach.core.letter_codes import code_of, number_of
from outreach.definitions.registry import find_case


@pytest.fixture
def case(undone):
    return undone.execute(text('SELECT id, letter_code FROM "case" ORDER BY id LIMIT 1')).one()


def another(session, case, number):
    """One more case, under a number as it would be given far into a network's life."""
    query = """
    INSERT INTO "case" SELECT (jsonb_populate_record(c, jsonb_build_object('id', CAST(:new AS bigint), 'letter_code', CAST(:code AS text),
      'household_id', (SELECT min(h.id) FROM household h WHERE NOT EXISTS (SELECT FROM "case" k WHERE k.household_id = h.id))))).*
    FROM "case" c WHERE c.id = :old
    """
    session.execute(text(query), {"new": number, "code": code_of(number), "old": case.id})


def test_a_number_and_a_code_find_it_however_it_is_written(undone, case):
    code = case.letter_code
    for written in (str(case.id), f"0{case.id}", code, code.lower(), f"{code[:3]} {code[3:]}", f"{code[:3]}-{code[3:]}"):
        assert find_case(undone, written).id == case.id


@pytest.mark.parametrize("unknown", ["0", "9" * 15, "9" * 40, "", "ZZZZZZ", "\u00b2"])
def test_what_is_none_is_told(undone, unknown):
    with pytest.raises(OutreachError, match="n'existe pas"):
        find_case(undone, unknown)


def test_digits_that_are_two_cases_are_not_guessed(undone, case):
    digits = "234567"
    another(undone, case, number_of(digits))
    assert find_case(undone, digits).id == number_of(digits)
    another(undone, case, int(digits))
    with pytest.raises(OutreachError, match="le code d'un autre") as caught:
        find_case(undone, digits)
    assert "234-567" in caught.value.mend
    assert "0234567" in caught.value.mend
    assert find_case(undone, "234-567").id == number_of(digits)
    assert find_case(undone, "0234567").id == int(digits)
