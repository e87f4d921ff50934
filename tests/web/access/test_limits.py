"""Allowances: counted in PostgreSQL, one for all processes, filled up again with time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

from sqlalchemy import text

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


def test_who_takes_their_time_does_not_guess_a_hundred_times_in_an_hour(database):
    """Two names, the code and the e-mail, lead to an account."""
    guesses = 0
    for second in range(0, 3600, 12):
        with clock.travel(NOON + timedelta(seconds=second)):
            if limits.may_guess(database, "camille"):
                limits.guessed_wrong(database, "camille")
                guesses += 1
    assert 25 <= guesses <= 50
    with clock.travel(NOON + timedelta(seconds=3600 + 300)):
        assert limits.may_guess(database, "camille"), "whoever waits is let in again"


def test_a_right_answer_counts_for_nothing_by_the_hour(database):
    for minute in range(60):
        with clock.travel(NOON + timedelta(minutes=minute)):
            assert limits.may_guess(database, "e")


def test_what_was_typed_is_not_kept(database):
    limits.may_guess(database, "mon mot de passe, dans le mauvais champ")
    with database.session() as session:
        assert "mot de passe" not in session.execute(text("SELECT string_agg(key, ' ') FROM rate_bucket")).scalar_one()


def test_old_allowances_are_forgotten(database):
    with clock.travel(NOON):
        limits.take(database, FIVE, "d")
    with clock.travel(NOON + timedelta(days=2)):
        assert limits.forget(database) == 1
