"""A copy of the database sends nothing, rings nobody and hands nothing over until a person says that it is the live one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from twilio.request_validator import RequestValidator

from outreach.channels.lost_time import lost_time
from outreach.channels.senders import set_sender
from outreach.channels.sms.dispatch import dispatch_sms
from outreach.channels.twilio.client import Account
from outreach.channels.twilio.sms import TwilioSms
from outreach.channels.voice.click import call_person
from outreach.core import clock
from outreach.core.backup import backup_database
from outreach.core.database import Database, create_database, drop_database
from outreach.core.errors import PolicyError
from outreach.core.live import confirm_live, lock_copy, this_copy
from outreach.core.provider import TryLaterError
from outreach.core.settings import Settings, settings
from outreach.core.words import Channel
from outreach.definitions.guests import read_guests
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import find_campaign, launch_campaign
from outreach.flows import backups, pipeline
from outreach.flows.invariants import all_invariants
from outreach.flows.rehearsal_guests import guest_lines
from outreach.simulation.crowd import write_crowd
from outreach.simulation.twilio import ACCOUNT, SENDER, TOKEN, Answer, LoopbackProvider
from outreach.tracking import reconcile
from outreach.web.app import create_app
from outreach.web.hooks import ROOT
from tests.channels.test_letters_runs import prepared, town
from tests.copies import CONFIRM
from tests.phones import NOW
from tests.web.server import running

__all__ = ["prepared", "town"]

PEOPLE = 12
PUBLIC = "https://mediation.example.org"
TRY = "INSERT INTO attempt (contact_id, number, provider, address, body_hash, started_at) SELECT min(id), 1, 'x', '', '', now() FROM contact"


@pytest.fixture
def peer():
    with LoopbackProvider(lambda _to, _body: Answer(), clock.now) as peer:
        yield peer


@pytest.fixture
def at_work(database):
    """A campaign with SMS due."""
    with clock.travel(NOW), database.session() as session:
        launch_campaign(session, read_folder(Path("campaigns/energy-arrears")), actor="test")
        write_crowd(session, find_campaign(session, "energy-arrears"), PEOPLE, Channel.SMS, NOW, useful=timedelta(hours=8))
        set_sender(session, Channel.SMS, SENDER, actor="test")
    return database


@pytest.fixture
def copy(at_work, cluster, worker_id):
    """What a restore with PostgreSQL's own tools leaves: the same data, in another database."""
    name = f"copy_{worker_id}"
    drop_database(cluster, name)
    at_work.dispose()
    create_database(cluster, name, at_work.engine.url.database)
    copy = Database(cluster.url(name), cluster.url(name, "outreach_owner"), cluster)
    yield copy
    copy.dispose()
    drop_database(cluster, name)


def provider(peer):
    return TwilioSms(Account(ACCOUNT, TOKEN, peer.url))


def send(database, peer):
    with clock.travel(NOW):
        return dispatch_sms(database, pipeline.loaded_campaign(database, "energy-arrears"), provider(peer), worker="test").states


def states(database):
    with database.session() as session:
        return Counter(session.execute(text("SELECT state FROM contact")).scalars())


def broken(database):
    with database.session() as session:
        return {finding.code for finding in all_invariants(session) if not finding.holds}


def test_a_copy_knows_that_it_is_one_and_sends_nothing(at_work, copy, peer):
    with copy.session() as session:
        here = this_copy(session)
    assert (here.is_live, here.is_elsewhere) == (False, True)
    assert "autre base" in here.why_not
    assert (send(copy, peer), peer.messages) == ({}, [])
    assert states(copy) == {"planned": PEOPLE}
    assert send(at_work, peer) == {"sent": PEOPLE}


def test_no_attempt_can_be_written_whatever_way_leads_there(copy):
    with pytest.raises(DBAPIError, match="not confirmed"), copy.session() as session:
        session.execute(text(TRY))
    with copy.session() as session:
        confirm_live(session, "Nadia", reason="test", actor="test")
        session.execute(text(TRY))


def test_no_attempt_can_be_written_when_the_place_cannot_be_told(copy):
    with copy.session() as session:
        session.execute(text(CONFIRM))
        session.execute(text("SELECT set_config('outreach.place', 'elsewhere', true)"))
        with pytest.raises(DBAPIError, match="not confirmed"):
            session.execute(text(TRY))
        session.rollback()


def test_what_was_confirmed_cannot_be_rewritten(copy):
    for change in ("UPDATE live_copy SET place = outreach_here()", "DELETE FROM live_copy"):
        with pytest.raises(DBAPIError), copy.session() as session:
            session.execute(text(change))


def test_nobody_is_rung_and_no_guest_is_written_to(copy, peer, monkeypatch):
    for name, value in {"ACCOUNT_SID": ACCOUNT, "AUTH_TOKEN": TOKEN, "API_URL": peer.url}.items():
        monkeypatch.setenv(f"OUTREACH_TWILIO_{name}", value)
    settings.cache_clear()
    loaded = pipeline.loaded_campaign(copy, "energy-arrears")
    guests = read_guests(Path("campaigns/guests.csv"))
    folder = read_folder(Path("campaigns/energy-arrears"))
    with pytest.raises(PolicyError, match="confirm-live"):
        call_person(copy, loaded, 1, provider(peer), mediator="l8-amina")
    with pytest.raises(PolicyError, match="confirm-live"):
        guest_lines(copy, folder, guests)
    with copy.session() as session:
        confirm_live(session, "Nadia", reason="test", actor="test")
    sms = guest_lines(copy, folder, guests).sms
    with copy.session() as session:
        lock_copy(session, reason="test", actor="test")
    with pytest.raises(TryLaterError):
        sms.send("+33639980001", "x", sender=SENDER, attempt=1)
    monkeypatch.undo()
    settings.cache_clear()
    assert peer.messages == []


def test_the_print_house_gets_nothing(town, tmp_path, monkeypatch):
    folder = tmp_path / "print house"
    folder.mkdir()
    monkeypatch.setenv("OUTREACH_PRINT_FOLDER", str(folder))
    settings.cache_clear()
    pipeline.dispatch_letters(town.database, town.loaded, town.out, worker="test")
    with town.database.session() as session:
        lock_copy(session, reason="test", actor="test")
    held = pipeline.dispatch(town.database, town.loaded, pipeline.Lines(prints=True), town.out, worker="test")
    assert (held.handed_over, list(folder.iterdir())) == (0, [])
    assert "confirm-live" in str(held.not_taken)
    with town.database.session() as session:
        confirm_live(session, "Nadia", reason="test", actor="test")
    assert pipeline.dispatch(town.database, town.loaded, pipeline.Lines(prints=True), town.out, worker="test").handed_over > 0
    monkeypatch.undo()
    settings.cache_clear()


def test_who_writes_is_heard_and_gets_no_answer(copy):
    """An objection holds on every copy; nothing is said back."""
    form = {"MessageSid": "SM" + "2" * 32, "From": "+33639980001", "To": SENDER, "Body": "Stop", "NumMedia": "0"}
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC + ROOT + "message", form)
    configured = Settings(public_url=PUBLIC, twilio_auth_token=TOKEN)
    with clock.travel(NOW), running(create_app(copy, configured)) as client:
        answer = client.post(
            ROOT + "message", content=urlencode(form),
            headers={"X-Twilio-Signature": signature, "content-type": "application/x-www-form-urlencoded"},
        )  # fmt: skip
    assert (answer.status_code, answer.content) == (200, b"<Response/>")
    with copy.session() as session:
        assert session.execute(text("SELECT count(*) FROM provider_notice")).scalar_one() == 1


def test_everything_else_goes_on(at_work, copy, tmp_path):
    with clock.travel(NOW):
        pipeline.plan(copy, pipeline.loaded_campaign(copy, "energy-arrears"), actor="test")
        assert backup_database(copy, tmp_path / "one.backup", actor="test").bytes
    assert broken(copy) == broken(at_work)


def test_a_restored_copy_asks_the_provider_before_it_sends_again(at_work, peer, tmp_path, cluster, worker_id):
    """Half of the messages left after the backup: those are found, the others leave now, and nobody gets two."""
    with clock.travel(NOW - timedelta(hours=1)):
        made = backup_database(at_work, tmp_path / "one.backup", actor="test")
    with clock.travel(NOW), at_work.session() as session:
        later = "UPDATE contact SET due_at = :later WHERE id % 2 = 0"
        session.execute(text(later), {"later": NOW + timedelta(hours=3)})
    assert send(at_work, peer) == {"sent": PEOPLE // 2}
    name = f"restored_{worker_id}"
    drop_database(cluster, name)
    create_database(cluster, name)
    copy = Database(cluster.url(name), cluster.url(name, "outreach_owner"), cluster)
    after = NOW + timedelta(minutes=40)
    with clock.travel(after):
        backups.restore(copy, made.file, actor="test")
        assert (send(copy, peer), len(peer.messages)) == ({}, PEOPLE // 2)
        lost = backups.confirm(copy, "Nadia Martin", letters_left=None, actor="test")
        assert lost.sms == PEOPLE
        assert lost.since is not None
        assert lost.since <= NOW
        assert states(copy) == {"unknown": PEOPLE}
        assert dispatch_sms(copy, pipeline.loaded_campaign(copy, "energy-arrears"), provider(peer), worker="x").states == {}
        assert reconcile(copy, provider(peer)) == PEOPLE
        assert states(copy) == {"sent": PEOPLE // 2, "planned": PEOPLE // 2}
        assert dispatch_sms(copy, pipeline.loaded_campaign(copy, "energy-arrears"), provider(peer), worker="x").states == {
            "sent": PEOPLE // 2
        }
    assert set(Counter(message["to"] for message in peer.messages).values()) == {1}
    with copy.session() as session:
        assert session.execute(text("SELECT min(id) FROM attempt")).scalar_one() > 10_000_000
        acts = session.execute(text("SELECT action, data FROM audit_entry ORDER BY id DESC LIMIT 3")).all()
    assert [act.action for act in acts] == ["copy.lost_time", "copy.confirm", "database.restore"]
    assert any(act.data.get("by") == "Nadia Martin" for act in acts)
    copy.dispose()
    drop_database(cluster, name)


def test_of_letters_a_person_says_whether_they_left(at_work):
    with clock.travel(NOW), at_work.session() as session:
        session.execute(text("UPDATE contact SET channel = 'letter', due_at = :due"), {"due": NOW - timedelta(minutes=1)})
        lock_copy(session, reason=backups.RESTORED, actor="test")
    with clock.travel(NOW + timedelta(days=1)):
        with at_work.session() as session:
            session.execute(text("UPDATE contact SET due_at = :due"), {"due": NOW + timedelta(hours=1)})
            assert lost_time(session).letters == PEOPLE
        with pytest.raises(PolicyError, match="--letters"):
            backups.confirm(at_work, "Nadia", letters_left=None, actor="test")
        with at_work.session() as session:
            assert not this_copy(session).is_live, "nothing is confirmed halfway"
        assert replace(backups.confirm(at_work, "Nadia", letters_left=True, actor="test"), since=None).letters == PEOPLE
    assert states(at_work) == {"sent": PEOPLE}
