"""The rounds of the server: what nobody needs any more is forgotten, and one duty that fails keeps no other from being done."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.roles import Role
from outreach.models import Association
from outreach.web import jobs, keeper
from outreach.web.access import limits, sessions
from outreach.web.jobs.runner import KINDS, MOST_TRIES
from tests.web.tenants import account

NOW = clock.at(date(2026, 10, 6), "08:00")
LEFT = """
SELECT (SELECT count(*) FROM web_job) AS jobs, (SELECT count(*) FROM web_session) AS sessions, (SELECT count(*) FROM sign_in_start) AS starts,
       (SELECT count(*) FROM rate_bucket) AS allowances
"""


@pytest.fixture
def served(database, monkeypatch):
    """A server of one association; a job that is over, one given up, one that waits; a session, a sign-in, an allowance."""
    monkeypatch.setitem(KINDS, "test", lambda *_: jobs.Outcome("/there"))
    with clock.travel(NOW):
        with database.session() as session:
            association = Association(code="a", name="A")
            session.add(association)
            session.flush()
            camille = account(session, "camille", Role.MANAGER, association="a").id
            session.execute(text("INSERT INTO sign_in_start (sha256, association_id, nonce, verifier, begun_at) VALUES ('x', :a, '', '', :now)"),
                            {"a": association.id, "now": NOW})  # fmt: skip
        over, given_up, _waits = (jobs.start(database, "test", camille, "fr", "/back") for _ in range(3))
        with database.session() as session:
            session.execute(text("UPDATE web_job SET state = 'done' WHERE id = :id"), {"id": over})
            session.execute(text("UPDATE web_job SET state = 'running', tries = :most, lease_until = changed_at WHERE id = :id"),
                            {"id": given_up, "most": MOST_TRIES})  # fmt: skip
        sessions.begin(database, camille, "camille", "password")
        limits.take(database, limits.SIGN_IN, "camille")
    return database, keeper.Keeper(SimpleNamespace(state=SimpleNamespace(database=database)))


def left(database):
    with database.session() as session:
        return tuple(session.execute(text(LEFT)).one())


def test_what_is_over_is_forgotten_in_its_time(served):
    database, kept = served
    for passed, expected in (
        (timedelta(minutes=5), (3, 1, 1, 1)),
        (timedelta(minutes=11), (3, 1, 0, 1)),
        (timedelta(hours=13), (3, 0, 0, 1)),
        (timedelta(days=6), (3, 0, 0, 0)),
        (timedelta(days=8), (1, 0, 0, 0)),
    ):
        with clock.travel(NOW + passed):
            kept.round()
        assert left(database) == expected, passed


def test_a_duty_that_fails_keeps_no_other_from_being_done(served, monkeypatch, caplog):
    database, kept = served

    def broken(_database):
        raise OSError("Awa DIALLO")

    monkeypatch.setitem(keeper.DUTIES, "boards", broken)
    with clock.travel(NOW + timedelta(days=8)):
        kept.round()
    assert left(database) == (2, 0, 0, 0), "the one that is given up only now is told of for a week"
    assert "OSError" in caplog.text
    assert "DIALLO" not in caplog.text
