"""Rules become SQL with bound values, equal to plain Python; what is unknown satisfies no condition."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import column, select, text
from sqlalchemy.dialects import postgresql

from outreach.definitions.facts import FACTS, FactType
from outreach.definitions.rules import Rule, WrittenRule
from outreach.segments.compiler import compile_rule, facts_of
from outreach.segments.evaluate import holds
from tests.segments.written import HOSTILE, TODAY, rules, values_of

RULE: TypeAdapter[Rule] = TypeAdapter(WrittenRule)
PEOPLE = [
    {"amount_due": Decimal("40.00"), "stage": "limited", "language": "ar", "reads_french": False, "has_mobile": True,
     "debt_since": date(2026, 6, 1), "last_contact_on": date(2026, 9, 20)},
    {"amount_due": Decimal("700.00"), "stage": "notice", "has_mobile": False, "debt_since": date(2026, 9, 20)},
    {"language": "fr", "reads_french": True, "last_contact_on": date(2026, 8, 1)},
]  # fmt: skip
SQL_TYPES = {FactType.NUMBER: "numeric", FactType.WORD: "text", FactType.FLAG: "boolean", FactType.DATE: "date"}
COLUMNS = ", ".join(f'"{name}" {SQL_TYPES[fact.type]}' for name, fact in FACTS.items())


def in_sql(session, written, people):
    """Which of the people the rule holds for, as PostgreSQL says."""
    known = [
        {"n": at, **{name: value for name, value in person.items() if value is not None}} for at, person in enumerate(people)
    ]
    query = text(f"SELECT * FROM jsonb_to_recordset(CAST(:people AS jsonb)) AS r (n int, {COLUMNS})")
    rows = query.bindparams(people=json.dumps(known, default=str)).columns(column("n")).subquery("f")
    return set(session.execute(select(column("n")).select_from(rows).where(compile_rule(written, TODAY))).scalars())


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"amount_due": {"at_least": 40}}, {0, 1}),
        ({"amount_due": {"below": 50}}, {0}),
        ({"amount_due": {"above": 40, "at_most": 700}}, {1}),
        ({"amount_due": {"between": [40, 699.99]}}, {0}),
        ({"stage": "limited"}, {0}),
        ({"stage": {"in": ["limited", "notice"]}}, {0, 1}),
        ({"not": {"stage": "limited"}}, {1, 2}),
        ({"reads_french": False}, {0}),
        ({"reads_french": {"known": False}}, {1}),
        ({"any": [{"language": "fr"}, {"has_mobile": True}]}, {0, 2}),
        ({"all": [{"language": "ar"}, {"amount_due": {"below": 50}}]}, {0}),
        ({"debt_since": {"before": "today - 60 days"}}, {0}),
        ({"debt_since": {"after": date(2026, 9, 1)}}, {1}),
        ({"debt_since": {"between": ["2026-06-01", "today"]}}, {0, 1}),
        ({"last_contact_on": {"within": "30 days"}}, {0}),
        ({"last_contact_on": {"within": 65}}, {0, 2}),
        *(({"language": attack}, set()) for attack in ("fr' OR true --", "'; DROP TABLE person; --")),
    ],
)
def test_a_rule_holds_for_whom_it_says(session, written, expected):
    try:
        rule = RULE.validate_python(written)
    except ValidationError:
        assert expected == set(), "a value of no such form is refused outright"
        return
    assert in_sql(session, rule, PEOPLE) == expected
    assert {at for at, person in enumerate(PEOPLE) if holds(rule, person, TODAY)} == expected


@pytest.mark.parametrize("attack", HOSTILE)
def test_a_rule_never_pastes_a_value_into_sql(session, attack):
    before = session.execute(text("SELECT count(*) FROM pg_class")).scalar_one()
    for rule in (
        RULE.validate_python({"stage": attack}),
        RULE.validate_python({"stage": {"in": [attack, "limited"]}}),
        RULE.validate_python({"not": {"partner.tariff": attack}}),
    ):
        facts = FACTS | {"partner.tariff": FACTS["stage"]}
        sql = str(compile_rule(rule, TODAY, facts).compile(dialect=postgresql.dialect()))
        assert attack not in sql
    assert in_sql(session, RULE.validate_python({"stage": attack}), [*PEOPLE, {"stage": attack}]) == {3}
    assert session.execute(text("SELECT count(*) FROM pg_class")).scalar_one() == before


def test_a_fact_cannot_be_sql():
    with pytest.raises(ValidationError, match="fait inconnu"):
        RULE.validate_python({'amount_due" OR true --': 3})


def test_a_rule_names_the_facts_it_looks_at():
    rule = RULE.validate_python({"any": [{"stage": "limited"}, {"not": {"amount_due": {"below": 5}}}]})
    assert facts_of(rule) == {"stage", "amount_due"}


@pytest.mark.parametrize(
    "written",
    [
        {}, {"any": []}, {"stage": {}}, {"stage": {"below": 3}}, {"has_mobile": "yes"}, "stage", {"amount_due": {"between": [3]}},
        {"amount_due": {"between": [9, 3]}}, {"debt_since": {"before": "yesterday"}}, {"debt_since": {"within": "a month"}},
        {"amount_due": {"is": float("nan")}}, {"last_outcome": "refusd"}, {"insee": "69"}, {"debt_stage": "limted"},
    ],
)  # fmt: skip
def test_what_is_no_rule_is_refused(written):
    with pytest.raises(ValidationError):
        RULE.validate_python(written)


@settings(max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rule=rules(), people=st.lists(values_of(), min_size=20, max_size=20))
def test_sql_and_python_say_the_same(session, rule, people):
    """10,000 pairs of a rule and values, unknown ones included."""
    assert in_sql(session, rule, people) == {at for at, person in enumerate(people) if holds(rule, person, TODAY)}
