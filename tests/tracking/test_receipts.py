"""What a provider says of a message means the same in any order and number, whether or not its answer was lost."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from outreach.core import clock
from outreach.core.provider import Delivery, Notice
from outreach.core.words import NoticeKind
from outreach.tracking import append_notices, read_notices
from outreach.tracking.receipts import Receipt, take_receipts

STATUSES = {
    "queued": Delivery.UNDERWAY,
    "sent": Delivery.UNDERWAY,
    "delivered": Delivery.DELIVERED,
    "undelivered": Delivery.FAILED,
}


def a_sent_sms(session):
    """The newest SMS that was sent, its receipts forgotten."""
    row = session.execute(
        text(
            "SELECT a.id, a.provider_ref, k.id AS contact, k.case_id FROM attempt a JOIN contact k ON k.id = a.contact_id"
            " JOIN \"case\" c ON c.id = k.case_id WHERE k.channel = 'sms' AND k.state = 'sent' AND c.closed_at IS NULL"
            " ORDER BY k.done_at DESC, k.id DESC LIMIT 1"
        )
    ).one()
    session.execute(text("UPDATE attempt SET delivery = NULL, status = NULL, error = NULL WHERE id = :id"), {"id": row.id})
    return row


def end_of(session, row):
    """Everything that a receipt may change."""
    attempt = session.execute(text("SELECT delivery, status, error FROM attempt WHERE id = :id"), {"id": row.id}).one()
    contact = session.execute(text("SELECT state, disposition FROM contact WHERE id = :id"), {"id": row.contact}).one()
    case = session.execute(text('SELECT status FROM "case" WHERE id = :id'), {"id": row.case_id}).scalar()
    return tuple(attempt), tuple(contact), case


def told(row, status, at):
    error = "30003" if status == "undelivered" else None
    return Receipt(row.provider_ref, STATUSES[status], status, at, row.id, error)


@pytest.mark.parametrize("order", list(permutations(["queued", "sent", "delivered", "undelivered"])))
def test_all_orders_of_four_statuses_end_alike_and_a_failure_stays(undone, order):
    row = a_sent_sms(undone)
    for turn, status in enumerate(order):
        take_receipts(undone, "twilio", [told(row, status, clock.now() + timedelta(seconds=turn))])
    assert end_of(undone, row) == (("failed", "undelivered", "30003"), ("sent", "undelivered"), "solicited")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(st.lists(st.sampled_from(list(STATUSES)), min_size=1, max_size=6), min_size=1, max_size=4))
def test_any_number_in_any_batches_ends_in_the_highest_word(undone, batches):
    with undone.begin_nested() as part:
        row = a_sent_sms(undone)
        for batch in batches:
            take_receipts(undone, "twilio", [told(row, status, clock.now()) for status in batch])
        highest = max((STATUSES[status] for batch in batches for status in batch), key=list(Delivery).index)
        assert end_of(undone, row)[0][0] == highest
        part.rollback()


def test_a_receipt_that_gives_our_number_back_settles_a_lost_answer(undone):
    row = a_sent_sms(undone)
    undone.execute(text("UPDATE contact SET state = 'cancelled' WHERE case_id = :id AND state = 'planned'"), {"id": row.case_id})
    undone.execute(text("UPDATE attempt SET provider_ref = NULL, result = 'unknown' WHERE id = :id"), {"id": row.id})
    undone.execute(
        text("UPDATE contact SET state = 'unknown', disposition = NULL, done_at = NULL WHERE id = :id"), {"id": row.contact}
    )
    assert take_receipts(undone, "twilio", [told(row, "sent", clock.now())]) == (0, set())
    assert undone.execute(text("SELECT state, disposition FROM contact WHERE id = :id"), {"id": row.contact}).one() == (
        "sent",
        "sent",
    )
    assert undone.execute(text("SELECT provider_ref, result FROM attempt WHERE id = :id"), {"id": row.id}).one() == (
        row.provider_ref, "sent",
    )  # fmt: skip


def test_our_number_given_back_by_a_message_to_somebody_else_is_not_ours(undone):
    """A rehearsal, or a restored copy, may have sent under the same number."""
    row = a_sent_sms(undone)
    undone.execute(text("UPDATE attempt SET provider_ref = NULL WHERE id = :id"), {"id": row.id})
    receipt = Receipt("SMother", Delivery.DELIVERED, "delivered", clock.now(), row.id, recipient="+33639989999")
    assert take_receipts(undone, "twilio", [receipt]) == (0, {"SMother"})


def test_a_receipt_of_another_s_message_is_a_stranger(undone):
    assert take_receipts(undone, "twilio", [Receipt("SMnobody", Delivery.DELIVERED, "delivered", clock.now())]) == (
        0,
        {"SMnobody"},
    )


def test_notices_are_read_once_and_strangers_wait_for_an_hour(database):
    with database.session() as session:
        data = {"status": "delivered", "delivery": "delivered"}
        append_notices(session, [Notice("twilio", NoticeKind.STATUS, "SMnobody", data=data)] * 3)
    assert read_notices(database).waiting == 3
    with clock.travel(clock.now() + timedelta(hours=2)):
        assert read_notices(database).waiting == 0
        with database.session() as session:
            assert session.execute(text("SELECT count(*) FROM provider_notice WHERE handled_at IS NULL")).scalar_one() == 0
