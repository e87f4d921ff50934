"""The path of an unpaid energy bill: dates by the law, the truce, and the same in SQL."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from outreach.policy import energy_debt
from outreach.policy.dated import gaps
from outreach.policy.energy_debt import DEBT_STAGES, after_truce, days_to_cut, debt_stage, path

QUERY = f"""
SELECT i.n, {energy_debt.SQL_STAGE.format(path="path")} AS stage, {energy_debt.SQL_DAYS_TO_CUT.format(path="path")} AS days
FROM unnest(CAST(:since AS date[]), CAST(:aided AS boolean[]), CAST(:smart AS boolean[])) WITH ORDINALITY i (since, aided, smart, n)
CROSS JOIN LATERAL {energy_debt.SQL_PATH.format(since="i.since", aided="i.aided", smart="i.smart")} path ORDER BY i.n
"""


@pytest.mark.parametrize(
    ("since", "today", "aided", "smart", "stage", "days"),
    [
        (date(2026, 5, 1), date(2026, 5, 10), False, False, "unpaid", 40),  # 14 + 15 + 20 days: 19 June
        (date(2026, 5, 1), date(2026, 5, 15), False, False, "first_letter", 35),
        (date(2026, 5, 1), date(2026, 5, 30), False, False, "second_letter", 20),
        (date(2026, 5, 1), date(2026, 6, 19), False, False, "cut", 0),
        (date(2026, 5, 1), date(2026, 6, 19), True, False, "second_letter", 15),  # aided: 14 + 30 + 20 days, 4 July
        (date(2026, 5, 1), date(2026, 7, 4), True, True, "limited", 60),  # and 60 days at 1 kVA with a smart meter
        (date(2026, 9, 1), date(2026, 11, 25), False, False, "truce", 127),  # nothing before 1 April
        (date(2026, 10, 20), date(2026, 11, 25), False, False, "truce", 127),
        (date(2026, 8, 1), date(2026, 12, 1), True, True, "second_letter", 121 + 60 - 28),  # 28 days of 60 before the truce
        (date(2024, 1, 1), date(2027, 3, 31), False, False, "truce", 1),
        (date(2024, 1, 1), date(2027, 4, 1), False, False, "cut", 0),
    ],
)
def test_the_days_of_a_debt(since, today, aided, smart, stage, days):
    assert debt_stage(since, today, aided=aided, smart_meter=smart) == stage
    assert days_to_cut(since, today, aided=aided, smart_meter=smart) == days


def test_no_cut_falls_into_the_truce():
    lot = Random(1)
    for _ in range(2_000):
        since, today = (date(2025, 1, 1) + timedelta(days=lot.randint(0, 900)) for _day in range(2))
        first = today + timedelta(days=days_to_cut(since, today, aided=lot.random() < 0.5, smart_meter=lot.random() < 0.5))
        assert first == after_truce(first)
        assert 4 <= first.month <= 10


def test_the_60_days_at_reduced_power_came_in_2023():
    before, after = (
        path(date(2022, 12, 1), day, aided=True, smart_meter=True).cut for day in (date(2023, 3, 31), date(2023, 4, 1))
    )
    assert (after - before).days == 60
    assert gaps(energy_debt.DELAYS) == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(today=st.dates(date(2021, 1, 1), date(2028, 12, 31)), seed=st.integers(0, 10**6))
def test_sql_says_the_same(session, today, seed):
    lot = Random(seed)
    debts = [
        (today - timedelta(days=lot.randint(-20, 500)), lot.choice([True, False, None]), lot.choice([True, False, None]))
        for _ in range(100)
    ]
    values = energy_debt.sql_values(today) | dict(
        zip(("since", "aided", "smart"), map(list, zip(*debts, strict=True)), strict=True)
    )
    rows = session.execute(text(QUERY), values).all()
    expected = [
        (
            debt_stage(since, today, aided=bool(aided), smart_meter=bool(smart)),
            days_to_cut(since, today, aided=bool(aided), smart_meter=bool(smart)),
        )
        for since, aided, smart in debts
    ]
    assert [(row.stage, row.days) for row in rows] == expected
    assert {row.stage for row in rows} <= set(DEBT_STAGES)


def test_an_unknown_day_has_no_stage(session):
    values = energy_debt.sql_values(date(2026, 10, 5)) | {"since": [None], "aided": [True], "smart": [None]}
    assert session.execute(text(QUERY), values).one()[1:] == (None, None)
