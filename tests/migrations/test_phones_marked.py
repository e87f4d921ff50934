"""Phones from before marks: an upgrade marks and seals them, so that what was known of them is recognised; and a downgrade opens them."""

from __future__ import annotations

import pyarrow as pa
import pytest
from sqlalchemy import text

from outreach.core import sealing
from outreach.core.marks import mark, reference_mark
from outreach.flows.keys import reseal_all
from outreach.intake.states import as_hex, digest, keyed
from outreach.migrations import run as migrations
from tests.migrations.earlier import database_at
from tests.opened import in_clear

PHONE, FIXED, EMAIL = "+33639980001", "+33465710001", "lea@example.org"
CONTENT = digest(pa.array(["A1|DUPONT"]))
# What a database of before holds, in the clear. Only what is marked matters here: other ties are cut.
BEFORE = (
    "ALTER TABLE attempt DROP CONSTRAINT fk_attempt_contact_id",
    "ALTER TABLE return_file DROP CONSTRAINT fk_return_file_campaign_id",
    "INSERT INTO partner (id, code, name, kind) OVERRIDING SYSTEM VALUE VALUES (7, 'p', 'P', 'energy')",
    "INSERT INTO association (id, code, name) OVERRIDING SYSTEM VALUE VALUES (1, 'a', 'A')",
    """INSERT INTO agreement (id, code, partner_id, association_id, valid_from, valid_to, definition, content_hash)
       OVERRIDING SYSTEM VALUE VALUES (1, 'g', 7, 1, '2026-01-01', '2026-12-31', '{}', '')""",
    """INSERT INTO person (mobile, fixed, email, simulated, created_at) VALUES
       (:phone, :fixed, :email, true, now()), (NULL, NULL, NULL, true, now())""",
    """INSERT INTO list_row (list_id, campaign_id, partner_id, row_number, state, row_key, content_hash, raw, reference, mobile, email) VALUES
       (1, 1, 7, 1, 'new', 'A1', CAST(:content AS uuid), '', 'A1', :phone, :email),
       (1, 1, 7, 2, 'new', '~abc', gen_random_uuid(), '', NULL, NULL, NULL),
       (1, 1, 7, 3, 'rejected', NULL, '00000000-0000-0000-0000-000000000000', '', NULL, NULL, NULL)""",
    """INSERT INTO attempt (contact_id, number, provider, address, body_hash, started_at) VALUES
       (1, 1, 'x', :phone, '', now()), (2, 1, 'x', '', '', now())""",
    """INSERT INTO inbound_message (provider_ref, sender, body, received_at) VALUES ('SM1', :phone, 'STOP', now()), ('SM2', '', '', now())""",
    """INSERT INTO provider_notice (provider, kind, provider_ref, sender, data, received_at) VALUES
       ('x', 'message', 'SM1', :phone, '{}', now()), ('x', 'status', 'SM2', NULL, '{}', now())""",
    """INSERT INTO return_file (id, campaign_id, agreement_id, return_code, file_name, sha256, as_of, dated, total, counts, received_at, received_by)
       OVERRIDING SYSTEM VALUE VALUES (1, 1, 1, 'r', 'f', '', '2026-01-01', true, 2, '{}', now(), '')""",
    """INSERT INTO partner_outcome (file_id, campaign_id, case_id, reference, kind, value, observed_on, recorded_at) VALUES
       (1, 1, 1, 'A1', 'paid', true, '2026-01-01', now()), (1, 1, 2, '#1', 'paid', true, '2026-01-01', now())""",
    """INSERT INTO match_decision (verdict, left_row, right_row, left_partner, left_key, left_who, right_partner, right_key, right_who,
         author, decided_at) VALUES ('same', 1, 2, 7, 'A1', 'w', 7, '~abc', 'v', 'x', now()), ('same', 1, 3, 7, 'A1', 'w', 7, '', '', 'x', now())""",
)


@pytest.fixture
def before(cluster, worker_id):
    """A database at 0027 with people in it."""
    values = {"phone": PHONE, "fixed": FIXED, "email": EMAIL, "content": as_hex(CONTENT)[0]}
    with database_at("0027", cluster, f"before_marks_{worker_id}", BEFORE, values) as database:
        yield database


def told(session, query):
    return [tuple(row) for row in session.execute(text(query))]


def test_what_was_known_is_recognised_after_the_upgrade(before):
    migrations.upgrade(before)
    with before.session() as session:
        phone, fixed, email, key = mark(PHONE), mark(FIXED), mark(EMAIL), reference_mark(7, "A1")
        assert told(session, "SELECT mobile_mark, fixed_mark, email_mark FROM person ORDER BY id") == [
            (phone, fixed, email), (None, None, None),
        ]  # fmt: skip
        rows = "SELECT row_key, mobile_mark, fixed_mark, email_mark FROM list_row ORDER BY row_number"
        other = f"~{mark('~abc')}"
        assert told(session, rows) == [(key, phone, None, email), (other, None, None, None), (None, None, None, None)]
        assert told(session, "SELECT replace(content_hash::text, '-', '') FROM list_row WHERE row_number <> 2 ORDER BY 1 DESC") == [
            (as_hex(keyed(CONTENT))[0],), ("0" * 32,),
        ]  # fmt: skip
        assert told(session, "SELECT address_mark FROM attempt ORDER BY id") == [(phone,), (None,)]
        assert told(session, "SELECT sender_mark FROM inbound_message ORDER BY id") == [(phone,), (None,)]
        assert told(session, "SELECT sender_mark FROM provider_notice ORDER BY id") == [(phone,), (None,)]
        assert told(session, "SELECT reference FROM partner_outcome ORDER BY id") == [(key,), ("#1",)]
        assert told(session, "SELECT left_key, right_key FROM match_decision ORDER BY id") == [(key, other), (key, "")]


def test_values_from_before_are_read_and_then_sealed_and_a_downgrade_opens_them(before):
    migrations.upgrade(before)
    everybody = "SELECT mobile, fixed, email FROM person ORDER BY id"
    with before.session() as session:
        assert session.execute(in_clear(everybody)).first() == (PHONE, FIXED, EMAIL), "as they stand until they are sealed"
    done = reseal_all(before)
    sealed = ("person.mobile", "person.fixed", "person.email", "list_row.mobile", "list_row.email", "list_row.reference",
              "attempt.address", "inbound_message.sender", "provider_notice.sender")  # fmt: skip
    assert {name: done[name] for name in sealed} == dict.fromkeys(sealed, 1)
    with before.session() as session:
        kept = told(session, "SELECT coalesce(most_common_vals::text, '') || coalesce(histogram_bounds::text, '') FROM pg_stats")
        assert not any(PHONE in row[0] or EMAIL in row[0] for row in kept), "nor in the server's statistics"
        assert all(sealing.SEALED.match(kept) for kept in session.execute(text(everybody)).first())
        assert session.execute(in_clear(everybody)).first() == (PHONE, FIXED, EMAIL)
    migrations.downgrade(before, "0027")
    with before.session() as session:
        assert told(session, everybody)[0] == (PHONE, FIXED, EMAIL)
        assert told(session, "SELECT row_key, reference, mobile, email FROM list_row ORDER BY row_number")[0] == (
            "A1",
            "A1",
            PHONE,
            EMAIL,
        )
        assert told(session, "SELECT address FROM attempt ORDER BY id") == [(PHONE,), ("",)]
        decided = "SELECT left_key, right_key FROM match_decision ORDER BY id"
        assert [row[0] for row in told(session, decided)] == ["A1", "A1"], "what was decided is found by the reference again"
        assert told(session, "SELECT reference FROM partner_outcome ORDER BY id") == [("A1",), ("#1",)]
    migrations.upgrade(before)
    with before.session() as session:
        assert {row[0] for row in told(session, decided)} == {reference_mark(7, "A1")}
        keys = told(session, "SELECT row_key FROM list_row WHERE row_key IS NOT NULL ORDER BY row_number")
        assert told(session, decided)[0] == tuple(key for (key,) in keys)
