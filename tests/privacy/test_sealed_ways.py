"""Phones, e-mail addresses and references of a played season: none in the clear anywhere, and all found by their marks, whatever the key."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.errors import DatabaseError
from outreach.core.marks import mark, require_own_secret
from outreach.core.settings import settings
from outreach.flows.invariants import all_invariants
from outreach.flows.keys import change_key
from outreach.policy.objections import SQL_STOPPED
from outreach.privacy.marked import unmarked
from outreach.tracking import identify
from outreach.tracking.objections import object_by_phone
from tests.opened import in_clear
from tests.played import END
from tests.privacy.season import COLUMNS, copied

WAYS = """
SELECT mobile, fixed, email, reference FROM list_row UNION ALL SELECT mobile, fixed, email, NULL FROM person
UNION ALL SELECT address, NULL, NULL, NULL FROM attempt UNION ALL SELECT sender, NULL, NULL, NULL FROM inbound_message
UNION ALL SELECT sender, NULL, NULL, NULL FROM provider_notice
"""
STAFF = {"account.email", "mediator.phone", "site.phone", "sender_identity.value", "attempt.sender", "inbound_message.recipient"}
"""Of ours, not of the public: sign-ins, our own lines."""
MARKS = (
    "SELECT id, mobile_mark, fixed_mark, email_mark FROM person ORDER BY id",
    "SELECT id, row_key, content_hash, mobile_mark, fixed_mark, email_mark FROM list_row ORDER BY id",
    "SELECT id, address_mark FROM attempt ORDER BY id",
)
SHARED = """
SELECT mobile_mark AS mark, min(id) AS one, max(id) AS other FROM person WHERE merged_into IS NULL AND anonymised_at IS NULL
GROUP BY 1 HAVING count(DISTINCT household_id) > 0 AND count(*) > 1 AND mobile_mark IS NOT NULL ORDER BY 1 LIMIT 1
"""


@pytest.fixture
def season(played, cluster, worker_id):
    with copied(played, cluster, worker_id) as database, clock.travel(clock.at(END, "20:30")):
        yield database


def test_no_phone_e_mail_or_reference_stands_in_the_clear(season):
    with season.session() as session:
        told = {word for row in session.execute(in_clear(WAYS)) for word in row if word}
        assert sum(word.startswith("+") for word in told) > 200
        assert sum("@" in word for word in told) > 50
        assert sum(word.startswith("SIMUL-") for word in told) > 200
        # As they are kept, as people dial them, and as digits alone.
        words = told | {f"0{word[3:]}" for word in told if word.startswith("+33")} | {word[1:] for word in told if word[0] == "+"}
        found = {}
        for table, column in session.execute(text(COLUMNS)).all():
            kept = session.execute(text(f'SELECT CAST("{column}" AS text) FROM "{table}" WHERE "{column}" IS NOT NULL')).scalars()
            seen = {one for cell in kept for one in re.findall(r"[\w.+@-]+", cell)} & words
            if seen and f"{table}.{column}" not in STAFF:
                found[f"{table}.{column}"] = len(seen)
    assert found == {}


@pytest.mark.usefixtures("keys_again")
def test_a_change_of_key_leaves_marks_alone_and_everybody_is_found(season):
    with season.session() as session:
        before = [session.execute(text(query)).all() for query in MARKS]
        phone = session.execute(
            in_clear('SELECT mobile FROM person p JOIN "case" c ON c.person_id = p.id WHERE mobile IS NOT NULL LIMIT 1')
        )
        phone = phone.scalar_one()
        found = [one.case_id for one in identify(session, phone, actor="test")]
        ways = session.execute(in_clear("SELECT id, mobile, fixed, email FROM person ORDER BY id")).all()
    done = change_key(season, actor="test")
    assert min(done[name] for name in ("person.mobile", "list_row.reference", "attempt.address")) > 50
    with season.session() as session:
        assert [session.execute(text(query)).all() for query in MARKS] == before
        assert session.execute(in_clear("SELECT id, mobile, fixed, email FROM person ORDER BY id")).all() == ways
        assert found
        assert [one.case_id for one in identify(session, phone, actor="test")] == found


def test_a_stop_from_a_shared_phone_stops_all_who_share_it(season):
    with season.session() as session:
        shared = session.execute(text(SHARED)).one()
        phone = session.execute(in_clear("SELECT mobile FROM person WHERE id = :id"), {"id": shared.one}).scalar_one()
        assert mark(phone) == shared.mark
        assert object_by_phone(session, phone, actor="test", occurred_at=clock.now()) >= 2
        stopped = set(session.execute(text(f"SELECT person_id FROM ({SQL_STOPPED}) s")).scalars())
        assert {shared.one, shared.other} <= stopped


def test_the_doctor_tells_of_a_mark_that_another_secret_made(season, monkeypatch):
    with season.session() as session:
        found = {one.code: one for one in all_invariants(session)}["marks"]
        assert (found.checked > 200, found.faults) == (True, [])
        monkeypatch.setenv("OUTREACH_OBJECTION_PEPPER", "that of another installation")
        settings.cache_clear()
        assert len(unmarked(session)[1]) == found.checked
        monkeypatch.undo()
        settings.cache_clear()
        person = session.execute(
            text("SELECT min(id) FROM person WHERE email IS NOT NULL AND anonymised_at IS NULL")
        ).scalar_one()
        session.execute(text("UPDATE person SET email_mark = 'x' WHERE id = :id"), {"id": person})
        assert unmarked(session)[1] == [f"person {person}"]


def test_who_has_another_secret_of_marks_works_not_at_all(season):
    with season.session() as session:
        require_own_secret(session)
        with pytest.MonkeyPatch.context() as other:
            other.setenv("OUTREACH_OBJECTION_PEPPER", "the secret of somebody else")
            settings.cache_clear()
            with pytest.raises(DatabaseError, match="OUTREACH_OBJECTION_PEPPER"):
                require_own_secret(session)
        settings.cache_clear()
        require_own_secret(session)
