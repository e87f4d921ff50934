"""Numbers of identity providers from before they knew their issuer: kept where it is certain whose they are."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from outreach.migrations import run as migrations
from tests.migrations.earlier import database_at

BEFORE = (
    "INSERT INTO association (id, code, name) OVERRIDING SYSTEM VALUE VALUES (1, 'a', 'A'), (2, 'b', 'B'), (3, 'c', 'C')",
    """INSERT INTO identity_provider (association_id, issuer, client_id, recorded_at, recorded_by) VALUES
       (1, 'https://a.example', 'o', now(), 't'), (2, 'https://b.example', 'o', now(), 't')""",
    """INSERT INTO account (id, code, email, name, provider_subject, created_at, created_by) OVERRIDING SYSTEM VALUE VALUES
       (1, 'one', '1@e.example', 'One', 'u-1', now(), 't'), (2, 'both', '2@e.example', 'Both', 'u-2', now(), 't'),
       (3, 'clash', '3@e.example', 'Clash', 'u-1', now(), 't'), (4, 'none', '4@e.example', 'None', NULL, now(), 't'),
       (5, 'elsewhere', '5@e.example', 'Elsewhere', 'u-1', now(), 't')""",
    """INSERT INTO account_role (account_id, role, association_id, granted_at, granted_by) VALUES
       (1, 'manager', 1, now(), 't'), (1, 'mediator', 3, now(), 't'), (2, 'manager', 1, now(), 't'), (2, 'manager', 2, now(), 't'),
       (3, 'manager', 1, now(), 't'), (4, 'manager', 1, now(), 't'), (5, 'manager', 2, now(), 't')""",
    """INSERT INTO web_session (id, sha256, account_id, proof, began_at, seen_at, valid_to) VALUES
       (gen_random_uuid(), 'x', 1, 'provider', now(), now(), now() + interval '1 hour'),
       (gen_random_uuid(), 'y', 1, 'password', now(), now(), now() + interval '1 hour')""",
)


@pytest.fixture
def before(cluster, worker_id):
    """A database at 0032 in which people have signed in by providers."""
    with database_at("0032", cluster, f"before_issuers_{worker_id}", BEFORE) as database:
        yield database


def told(database, query):
    with database.session() as session:
        return [tuple(row) for row in session.execute(text(query))]


def test_who_has_one_provider_stays_known_and_whoever_may_be_two_is_found_anew(before):
    migrations.upgrade(before)
    known = told(before, "SELECT issuer, subject, account_id FROM provider_subject ORDER BY 1, 2")
    assert known == [("https://a.example", "u-1", 1), ("https://b.example", "u-1", 5)]
    assert told(before, "SELECT proof FROM web_session WHERE ended_at IS NULL") == [("password",)]
    migrations.downgrade(before, "0032")
    assert told(before, "SELECT id, provider_subject FROM account WHERE provider_subject IS NOT NULL ORDER BY 1") == [
        (1, "u-1"),
        (5, "u-1"),
    ]
