"""When people answer is learnt from counts kept by day: the same as counting every call again."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from outreach.core import clock
from outreach.core.words import Channel
from outreach.planning.answered import LOCK, SETTLED, answer_rates
from tests.phones import DUE, ready

MADE = """
UPDATE contact SET state = 'done', disposition = :code, done_at = :at WHERE id = ANY(:ids)
"""
COUNTED = "SELECT count(*) FROM contact WHERE channel = 'call' AND state = 'done' AND disposition <> 'dead_number'"
KEPT = "SELECT coalesce(sum(calls), 0) FROM answered_hour"


def made(session, ids, code, days_ago):
    session.execute(text(MADE), {"ids": ids, "code": code, "at": DUE - timedelta(days=days_ago)})


def test_kept_days_and_fresh_ones_are_all_of_them(session):
    contacts = ready(session, 12, Channel.CALL, "l8-paul").contacts
    for place, (code, days_ago) in enumerate(
        (("no_answer", 20), ("mediated", 9), ("dead_number", 9), ("refused", 1), ("voicemail", 0))
    ):
        made(session, contacts[2 * place : 2 * place + 2], code, days_ago)
    with clock.travel(DUE + timedelta(hours=1)):
        first = answer_rates(session)
        again = answer_rates(session)
    assert first.calls.sum() == again.calls.sum() == session.execute(text(COUNTED)).scalar_one() == 8
    assert (first.chance == again.chance).all()
    assert session.execute(text(KEPT)).scalar_one() == 4, "yesterday and today may still be told of"


def test_a_day_is_kept_once_it_is_settled(session):
    contacts = ready(session, 6, Channel.CALL, "l8-paul").contacts
    made(session, contacts[:3], "no_answer", 0)
    for days in range(SETTLED + 2):
        with clock.travel(DUE + timedelta(days=days, hours=1)):
            assert answer_rates(session).calls.sum() == 3
        assert session.execute(text(KEPT)).scalar_one() == (3 if days >= SETTLED else 0)


def test_who_plans_beside_another_counts_for_themselves_and_waits_for_nobody(session, shared_database):
    made(session, ready(session, 6, Channel.CALL, "l8-paul").contacts[:3], "no_answer", 0)
    with clock.travel(DUE + timedelta(days=SETTLED + 1)):
        with shared_database.session() as another:
            assert another.execute(text(LOCK)).scalar_one()
            beside = answer_rates(session)
            assert session.execute(text(KEPT)).scalar_one() == 0
        alone = answer_rates(session)
    assert session.execute(text(KEPT)).scalar_one() == 3
    assert beside.calls.sum() == 3
    assert (beside.calls == alone.calls).all()


def test_what_is_older_than_a_year_is_forgotten(session):
    contacts = ready(session, 4, Channel.CALL, "l8-paul").contacts
    made(session, contacts[:2], "no_answer", 0)
    with clock.travel(DUE + timedelta(days=5)):
        assert answer_rates(session).calls.sum() == 2
    with clock.travel(DUE + timedelta(days=366)):
        assert answer_rates(session).calls.sum() == 0
