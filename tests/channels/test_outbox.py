"""Every SMS once: what is refused, lost or late never leads to a second one."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from outreach.channels import outbox
from outreach.channels.senders import set_sender
from outreach.channels.sms.dispatch import dispatch_sms
from outreach.core import clock
from outreach.core.database import drop_database
from outreach.core.errors import ProviderError
from outreach.core.marks import mark
from outreach.core.provider import AmbiguousSendError, Delivery, ProviderMessage, RefusedSendError, TryLaterError
from outreach.core.words import Channel
from outreach.definitions.registry import pause_campaign
from outreach.flows import pipeline
from outreach.tracking import record_objection, stop_objected, track_provider
from outreach.tracking.provider import ONE_LOOKS
from tests.copies import copied
from tests.opened import phone
from tests.played import play

FIRST_WEEK = date(2026, 10, 11)
SENDING = clock.at(date(2026, 10, 12), "19:00")


class Peer:
    """A provider in memory whose mood is set by the test: ``answer`` may raise; sent messages are kept."""

    name = "peer"

    def __init__(self, answer=None, *, is_loopback=True, keeps=True):
        self.answer, self.is_loopback, self.keeps, self.sent = answer, is_loopback, keeps, []

    def send(self, recipient, body, *, sender, attempt):  # noqa: ARG002
        message = ProviderMessage(f"SM{uuid4().hex}", sender, recipient, body, Delivery.UNDERWAY, inbound=False, at=clock.now())
        if self.keeps:
            self.sent.append(message)
        if self.answer is not None:
            raise self.answer
        return message

    def sent_to(self, recipient, since):
        return [message for message in self.messages_since(since) if message.recipient == recipient]

    def messages_since(self, since):
        return [message for message in self.sent if message.at >= since]


@pytest.fixture(scope="module")
def first_week(cluster, template, worker_id, tmp_path_factory):
    """A campaign played for one week and planned for the next; tests get copies of its database."""
    name = f"week_{worker_id}"
    database = copied(cluster, name, template)
    played = play(database, tmp_path_factory.mktemp("week"), FIRST_WEEK)
    with database.session() as session:
        set_sender(session, Channel.SMS, "+33937000001", actor="test", provider="peer")
    with clock.travel(clock.at(date(2026, 10, 12), "05:00")):
        pipeline.plan(database, played.loaded, actor="test")
    database.dispose()
    yield played, name
    drop_database(cluster, name)


@pytest.fixture
def ready(first_week, cluster, worker_id):
    """A campaign whose first SMS are due, in a database of its own."""
    played, source = first_week
    name = f"ready_{worker_id}"
    drop_database(cluster, name)
    database = copied(cluster, name, source)
    yield replace(played, database=database)
    database.dispose()
    drop_database(cluster, name)


def states(played):
    with played.database.session() as session:
        return Counter(session.execute(text("SELECT state FROM contact WHERE channel = 'sms'")).scalars())


def send(played, provider):
    with clock.travel(SENDING):
        return dispatch_sms(played.database, played.loaded, provider, worker="test").states


def test_each_due_sms_is_sent_once_and_said_once(ready):
    peer = Peer()
    due = states(ready)["planned"]
    sent = send(ready, peer)["sent"]
    assert 0 < sent <= due
    assert send(ready, peer) == {}
    assert len({(message.recipient, message.body) for message in peer.sent}) == len(peer.sent) == sent
    assert all("STOP" in message.body for message in peer.sent)


def test_two_workers_share_the_outbox_without_a_double(ready):
    peer = Peer()
    with clock.travel(SENDING), ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(dispatch_sms, ready.database, ready.loaded, peer, worker=name) for name in ("a", "b")]
        total = sum(run.result().states["sent"] for run in runs)
    assert total == len(peer.sent) == len({message.body + message.recipient for message in peer.sent})


def test_a_refused_sms_fails_for_good(ready):
    result = send(ready, Peer(RefusedSendError("21610")))
    assert set(result) == {"failed"}
    with ready.database.session() as session:
        assert set(session.execute(text("SELECT error FROM attempt")).scalars()) == {"21610"}


def test_a_provider_that_asks_for_patience_gets_it(ready):
    result = send(ready, Peer(TryLaterError("20429"), keeps=False))
    assert set(result) == {"later", "withheld"}
    assert states(ready)["claimed"] == 0


def test_a_lost_answer_is_looked_up_and_never_sent_again(ready):
    peer = Peer(AmbiguousSendError("timeout"))
    lost = send(ready, peer)["unknown"]
    assert lost == len(peer.sent) > 0
    peer.answer = None
    with clock.travel(SENDING + timedelta(minutes=1)):
        result = track_provider(ready.database, peer)
    assert result.reconciled == lost
    assert states(ready)["unknown"] == 0
    with clock.travel(SENDING + timedelta(minutes=5)):
        more = dispatch_sms(ready.database, ready.loaded, peer, worker="test").states["sent"]
    assert more > 0, "what the open breaker kept back"
    assert len(peer.sent) == lost + more == len({(message.recipient, message.body) for message in peer.sent}), "none twice"


def sendings_told(played):
    """Sent SMS, and those of which a case knows."""
    told = "EXISTS (SELECT FROM event e WHERE e.contact_id = k.id AND e.kind = 'sent')"
    query = f"SELECT count(*), count(*) FILTER (WHERE {told}) FROM contact k WHERE k.channel = 'sms' AND k.state = 'sent'"
    with played.database.session() as session:
        return tuple(session.execute(text(query)).one())


@pytest.mark.parametrize("answer", [None, AmbiguousSendError("timeout")])
def test_what_left_before_a_week_without_the_engine_is_told_when_it_is_back(ready, answer):
    peer = Peer(answer)
    send(ready, peer)
    peer.answer = None
    with clock.travel(SENDING + timedelta(days=7)):
        track_provider(ready.database, peer)
    sent, told = sendings_told(ready)
    assert sent == told == len(peer.sent)


def test_who_wrote_stop_during_a_week_without_the_engine_is_heard_when_it_is_back(ready):
    peer = Peer()
    send(ready, peer)
    with clock.travel(SENDING + timedelta(minutes=1)):
        track_provider(ready.database, peer)
    first, at = peer.sent[0], SENDING + timedelta(hours=1)
    peer.sent.append(ProviderMessage("SMstop", first.recipient, "+33937000001", "STOP", Delivery.DELIVERED, inbound=True, at=at))
    with clock.travel(SENDING + timedelta(days=7)):
        assert track_provider(ready.database, peer).replies == {"stop": 1}
    with ready.database.session() as session:
        said = text("SELECT count(*) FROM objection WHERE mark = :mark AND source = 'sms'")
        assert session.execute(said, {"mark": mark(first.recipient)}).scalar() == 1


def test_of_two_who_track_at_once_one_looks_through_the_list_and_both_settle(ready):
    peer = Peer(AmbiguousSendError("timeout"))
    lost = send(ready, peer)["unknown"]
    peer.answer = None
    peer.sent.append(
        ProviderMessage("SMhello", peer.sent[0].recipient, "+33937000001", "?", Delivery.DELIVERED, inbound=True, at=SENDING)
    )
    later = SENDING + timedelta(minutes=1)
    with clock.travel(later), ready.database.session() as another:
        assert another.execute(text(ONE_LOOKS)).scalar_one()
        while_another_looks = track_provider(ready.database, peer)
    assert (while_another_looks.reconciled, dict(while_another_looks.replies)) == (lost, {})
    with clock.travel(later):
        assert track_provider(ready.database, peer).replies == {"unclear": 1}


def test_what_truly_never_arrived_is_tried_once_more(ready):
    lost = send(ready, Peer(AmbiguousSendError("timeout"), keeps=False))["unknown"]
    with clock.travel(SENDING + timedelta(minutes=16)):
        track_provider(ready.database, Peer())
        assert states(ready)["planned"] >= lost
        peer = Peer()
        again = dispatch_sms(ready.database, ready.loaded, peer, worker="test").states["sent"]
    assert again == len({(message.recipient, message.body) for message in peer.sent}) >= lost
    with ready.database.session() as session:
        absent = session.execute(text("SELECT contact_id FROM attempt WHERE result = 'absent'")).scalars().all()
        tried = session.execute(text("SELECT contact_id FROM attempt WHERE result = 'sent' AND number = 2")).scalars().all()
    assert sorted(absent) == sorted(tried)
    assert len(absent) == lost


def test_a_claim_lost_before_the_provider_is_taken_over_and_one_after_it_is_unknown(ready):
    with clock.travel(SENDING), ready.database.session() as session:
        claimed = outbox.claim(session, ready.loaded, Channel.SMS, size=2, worker="dead")
        session.execute(
            text(
                "INSERT INTO attempt (contact_id, number, provider, address, address_mark, body_hash, started_at)"
                " VALUES (:id, 1, 'peer', :address, :address_mark, 'x', :now)"
            ),
            {"id": claimed[0].id, "now": clock.now()} | phone("+33639980001", "address"),
        )
    with clock.travel(SENDING + timedelta(minutes=6)), ready.database.session() as session:
        outbox.tidy(session, ready.loaded.campaign.id)
        found = dict(session.execute(text("SELECT id, state FROM contact WHERE claimed_by IS NULL AND channel = 'sms'")).all())
    assert (found[claimed[0].id], found[claimed[1].id]) == ("unknown", "planned")


def test_nothing_is_claimed_outside_the_hours_when_paused_or_after_an_objection(ready):
    def claimable(moment=SENDING):
        with clock.travel(moment), ready.database.session() as session:
            found = outbox.claim(session, ready.loaded, Channel.SMS, size=10_000, worker="test")
            outbox.release(session, [due.id for due in found])
        return {due.id for due in found}

    open_ = claimable()
    assert open_
    assert claimable(clock.at(SENDING.date(), "19:25")) == set(), "the guard before closing time"
    with ready.database.session() as session:
        person, contact = session.execute(
            text("SELECT person_id, id FROM contact WHERE id = ANY(:ids)"), {"ids": list(open_)}
        ).first()
        record_objection(session, person, source="desk", actor="test", occurred_at=SENDING)
    assert contact not in claimable()
    with ready.database.session() as session:
        pause_campaign(session, "energy-arrears", actor="test")
    assert claimable() == set()


def claimed_people(ready) -> dict[int, int]:
    """Person and contact of every SMS that may go out now."""
    with clock.travel(SENDING), ready.database.session() as session:
        found = outbox.claim(session, ready.loaded, Channel.SMS, size=10_000, worker="test")
        outbox.release(session, [due.id for due in found])
        rows = session.execute(text("SELECT person_id, id FROM contact WHERE id = ANY(:ids)"), {"ids": [due.id for due in found]})
        return dict(rows.all())


def test_an_objection_reaches_whoever_the_register_learns_to_be_the_same(ready):
    person, contact = next(iter(claimed_people(ready).items()))
    with clock.travel(SENDING), ready.database.session() as session:
        other = session.execute(
            text("INSERT INTO person (simulated, created_at) VALUES (true, :now) RETURNING id"), {"now": clock.now()}
        ).scalar_one()
        record_objection(session, other, source="desk", actor="test", occurred_at=SENDING)
    assert person in claimed_people(ready), "a stranger's objection stops nobody else"
    with ready.database.session() as session:
        session.execute(text("UPDATE person SET merged_into = :person WHERE id = :other"), {"person": person, "other": other})
    assert person not in claimed_people(ready)
    with clock.travel(SENDING), ready.database.session() as session:
        assert session.execute(text("SELECT state, reason FROM contact WHERE id = :id"), {"id": contact}).one() == (
            "cancelled", "objected",
        )  # fmt: skip
        assert stop_objected(session, ready.loaded, actor="test") >= 1
        closed = text('SELECT c.closed_reason FROM "case" c JOIN contact k ON k.case_id = c.id WHERE k.id = :id')
        assert session.execute(closed, {"id": contact}).scalar_one() == "objected"


def test_an_sms_to_who_has_no_mobile_any_more_makes_way_for_the_next_step(ready):
    person, contact = next(iter(claimed_people(ready).items()))
    with ready.database.session() as session:
        session.execute(text("UPDATE person SET mobile = NULL, mobile_mark = NULL WHERE id = :person"), {"person": person})
    assert person not in claimed_people(ready)
    with ready.database.session() as session:
        assert session.execute(text("SELECT reason FROM contact WHERE id = :id"), {"id": contact}).scalar_one() == "no_mobile"
    with clock.travel(SENDING + timedelta(hours=10)):
        pipeline.plan(ready.database, ready.loaded, actor="test")
    with ready.database.session() as session:
        rows = session.execute(
            text(
                "SELECT channel FROM contact WHERE state = 'planned' AND case_id = (SELECT case_id FROM contact WHERE id = :id)"
            ),
            {"id": contact},
        )
        assert "sms" not in set(rows.scalars())


def test_invented_people_are_never_sent_to_a_real_provider(ready):
    peer = Peer(is_loopback=False)
    with pytest.raises(ProviderError, match="inventées"):
        send(ready, peer)
    assert peer.sent == []
    assert states(ready)["claimed"] == 0, "the claim is undone with the refusal"


def test_what_is_past_its_useful_time_is_dropped_not_sent_next_morning(ready):
    with clock.travel(clock.at(date(2026, 10, 14), "09:30")), ready.database.session() as session:
        _expired, stale = outbox.tidy(session, ready.loaded.campaign.id)
    assert stale > 0
    assert states(ready)["cancelled"] > 0


def test_a_claimed_row_is_read_in_the_order_in_which_it_is_kept(session):
    found = session.execute(text(outbox.CLAIMED), {"ids": [], "homes": outbox.HOMES})
    assert list(found.keys())[outbox.ASKED :] == [field.name for field in fields(outbox.Due)]
