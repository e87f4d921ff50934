"""Allowances: counted in PostgreSQL, one for all processes, filled up again with time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

from outreach.core import clock
from outreach.web.access import limits
from outreach.web.access.limits import Allowance

FIVE = Allowance("test", 5, timedelta(minutes=1))
NOON = clock.at(date(2026, 11, 16), "12:00")


def test_so_many_and_no_more_until_time_has_passed(database):
    with clock.travel(NOON):
        assert [limits.take(database, FIVE, "a") for _ in range(7)] == [True] * 5 + [False] * 2
        assert limits.take(database, FIVE, "b"), "another one's is another one's"
    with clock.travel(NOON + timedelta(seconds=30)):
        assert limits.take(database, FIVE, "a")
    with clock.travel(NOON + timedelta(minutes=10)):
        assert [limits.take(database, FIVE, "a") for _ in range(6)] == [True] * 5 + [False]


def test_who_tries_at_the_same_moment_shares_one_allowance(database):
    with clock.travel(NOON), ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: limits.take(database, FIVE, "c"), range(40)))
    assert sum(taken) == 5


def test_old_allowances_are_forgotten(database):
    with clock.travel(NOON):
        limits.take(database, FIVE, "d")
    with clock.travel(NOON + timedelta(days=2)):
        assert limits.forget(database) == 1
