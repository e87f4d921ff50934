"""Rules become SQL with bound values; what is unknown satisfies no condition."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import select, text

from outreach.definitions.rules import Rule, WrittenRule
from outreach.segments.compiler import UNIT_FACT, compile_rule, facts_of

RULE: TypeAdapter[Rule] = TypeAdapter(WrittenRule)
PEOPLE = """
CREATE TEMP TABLE unit_fact ON COMMIT DROP AS
SELECT * FROM (VALUES (1, 40.0, 'limited', 'ar', false, true), (2, 700.0, 'notice', NULL, NULL, false),
                      (3, NULL, NULL, 'fr', true, NULL))
AS f (unit_id, amount_due, stage, language, reads_french, has_mobile)
"""


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"amount_due": {"at_least": 40}}, {1, 2}),
        ({"amount_due": {"below": 50}}, {1}),
        ({"amount_due": {"above": 40, "at_most": 700}}, {2}),
        ({"stage": "limited"}, {1}),
        ({"stage": {"in": ["limited", "notice"]}}, {1, 2}),
        ({"not": {"stage": "limited"}}, {2, 3}),
        ({"reads_french": False}, {1}),
        ({"reads_french": {"known": False}}, {2}),
        ({"any": [{"language": "fr"}, {"has_mobile": True}]}, {1, 3}),
        ({"all": [{"language": "ar"}, {"amount_due": {"below": 50}}]}, {1}),
        ({"language": "x' OR true --"}, set()),
    ],
)
def test_a_rule_holds_for_whom_it_says(session, written, expected):
    session.execute(text("DROP TABLE IF EXISTS unit_fact"))
    session.execute(text(PEOPLE))
    found = session.execute(select(UNIT_FACT.c.unit_id).where(compile_rule(RULE.validate_python(written)))).scalars()
    assert set(found) == expected


def test_a_rule_never_pastes_a_value_into_sql():
    rule = RULE.validate_python({"language": "x'; DROP TABLE person; --"})
    assert "DROP TABLE" not in str(compile_rule(rule))


def test_a_rule_names_the_facts_it_looks_at():
    rule = RULE.validate_python({"any": [{"stage": "limited"}, {"not": {"amount_due": {"below": 5}}}]})
    assert facts_of(rule) == {"stage", "amount_due"}


@pytest.mark.parametrize("written", [{}, {"any": []}, {"stage": {}}, {"stage": {"below": 3}}, {"has_mobile": "yes"}, "stage"])
def test_what_is_no_rule_is_refused(written):
    with pytest.raises(ValidationError):
        RULE.validate_python(written)
