"""A rehearsal that writes to its guests: to them alone, once, and refused in sentences."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from outreach.channels.limits import resume_sending, stop_sending
from outreach.core import clock
from outreach.core.errors import OutreachError
from outreach.core.marks import mark
from outreach.core.provider import RefusedSendError, TryLaterError
from outreach.core.settings import settings
from outreach.definitions.guests import read_guests
from outreach.definitions.loader import read_folder
from outreach.flows.rehearsal_guests import guest_lines
from outreach.simulation.twilio import ACCOUNT, SENDER, TOKEN, Answer, LoopbackProvider
from outreach.web.jobs.runner import KINDS
from outreach.web.manager.wizard.rehearsal import KIND
from tests.web.manager.way import NEW

WAY = "/campaigns/repetee/way/rehearsal"
GUESTS = Path("campaigns/guests.csv")
PHONES = {"+33639980001", "+33639980002", "+33639980003", "+33639980004"}
SEND = {"send": "yes"}


@pytest.fixture
def peer(monkeypatch):
    """The provider of the settings, on this machine."""
    with LoopbackProvider(lambda _to, _body: Answer(), clock.now) as peer:
        for name, value in (("ACCOUNT_SID", ACCOUNT), ("AUTH_TOKEN", TOKEN), ("API_URL", peer.url)):
            monkeypatch.setenv(f"OUTREACH_TWILIO_{name}", value)
        settings.cache_clear()
        yield peer
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture(scope="module")
def manager(desk):
    """Somebody with a draft of their own."""
    manager = desk[1]
    assert manager.post("/campaigns/new", NEW | {"name": "Répétée", "code": "repetee"}).status_code == 303
    return manager


def invited(manager, content, **more):
    """A rehearsal asked for with a file of guests."""
    return manager.post(WAY, more, files={"file": ("invites.csv", content)})


def last(database):
    """The report of the latest rehearsal."""
    with database.session() as session:
        return session.execute(text("SELECT report FROM rehearsal ORDER BY id DESC LIMIT 1")).scalar_one_or_none()


@pytest.mark.slow
def test_a_file_of_guests_is_rehearsed_with_and_nothing_leaves(desk, manager, peer):
    assert invited(manager, GUESTS.read_bytes()).headers["location"] == WAY
    assert last(desk[0])["steps"]["letter"] == {"sent": 5}
    assert last(desk[0])["sent"] is False
    assert peer.messages == []
    assert "Ce que vos invités auraient reçu" in manager.get(WAY).text


@pytest.mark.slow
def test_guests_are_written_to_and_nobody_else(desk, manager, peer):
    done = invited(manager, GUESTS.read_bytes(), **SEND)
    assert done.headers.get("location") == WAY, done.text[:2000]
    assert {message["to"] for message in peer.messages} == PHONES
    assert len(peer.messages) == len(PHONES), "once each"
    assert {message["from"] for message in peer.messages} == {SENDER}
    assert last(desk[0])["sent"] is True
    assert "Ce que vos invités ont reçu" in manager.get(WAY).text
    with desk[0].session() as session:
        noted = session.execute(text("SELECT data FROM audit_entry WHERE action = 'campaign.rehearse_to_guests'")).scalars().all()
        assert session.execute(text("SELECT count(*) FROM contact")).scalar_one() == 0
    assert noted == [{"guests": 5}]


def test_a_bad_file_is_told_by_its_line(manager):
    wrong = invited(manager, "name,phone\nPaul Essai,12\n")
    assert wrong.status_code == 422
    assert "ligne 2" in wrong.text
    assert "ne se lit pas" in wrong.text
    assert invited(manager, "nom;téléphone\nPaul;06 39 98 00 02\n").status_code == 422


def test_a_file_that_is_too_long_is_refused_not_cut(manager):
    wrong = invited(manager, "nom;téléphone\n" + "Paul Essai;06 39 98 00 02\n" * 4_000)
    assert wrong.status_code == 422
    assert "trop longue" in wrong.text


def test_a_guest_of_the_form_is_told_as_the_form_calls_them(manager):
    form = {"guest.0.name": "Amina Essai", "guest.2.name": "Paul Essai", "guest.2.phone": "12"}
    wrong = manager.post(WAY, data=form)
    assert wrong.status_code == 422
    assert "Invité 3 : ce numéro" in wrong.text


def test_what_may_not_be_sent_is_refused_at_once_in_a_sentence(desk, manager, peer, monkeypatch):
    database = desk[0]
    assert "aucun invité n&#39;a de téléphone" in invited(manager, "name\nPaul Essai\n", **SEND).text
    many = "name,phone\n" + "".join(f"Paul Essai{at},06 39 98 01 {at:02}\n" for at in range(11))
    assert "au plus 10 invités" in invited(manager, many, **SEND).text
    with database.session() as session:
        session.execute(
            text(
                "INSERT INTO objection (id, mark, source, occurred_at, recorded_at) VALUES (gen_random_uuid(), :mark, 'desk', now(), now())"
            ),
            {"mark": mark("+33639980055")},
        )
    refused = invited(manager, "name,phone\nJeanne Essai,06 39 98 00 55\n", **SEND)
    assert refused.status_code == 422
    assert "Jeanne : ce numéro a demandé à ne plus être contacté" in refused.text
    with database.session() as session:
        stop_sending(session, "essai", actor="test")
    assert "les envois du réseau sont arrêtés" in invited(manager, GUESTS.read_bytes(), **SEND).text
    with database.session() as session:
        resume_sending(session, actor="test")
    monkeypatch.delenv("OUTREACH_TWILIO_ACCOUNT_SID")
    settings.cache_clear()
    assert "aucun opérateur de téléphonie n&#39;est configuré" in invited(manager, GUESTS.read_bytes(), **SEND).text
    assert peer.messages == []


def test_providers_of_a_rehearsal_know_guests_alone_and_the_stop_button(desk, peer):
    database = desk[0]
    sms = guest_lines(database, read_folder(Path("campaigns/energy-arrears")), read_guests(GUESTS)).sms
    with pytest.raises(RefusedSendError):
        sms.send("+33639980099", "x", sender=SENDER, attempt=1)
    with database.session() as session:
        stop_sending(session, "essai", actor="test")
    with pytest.raises(TryLaterError):
        sms.send("+33639980001", "x", sender=SENDER, attempt=1)
    with database.session() as session:
        resume_sending(session, actor="test")
    assert sms.sent_to("+33639980099", clock.now()) == []
    assert peer.messages == []


def test_a_rehearsal_that_sent_is_never_done_again_by_itself(desk, tmp_path):
    guests = tmp_path / "guests.csv"
    (tmp_path / "taken.csv").write_bytes(GUESTS.read_bytes())
    with pytest.raises(OutreachError, match="elle n'est pas refaite"):
        KINDS[KIND](desk[0], {"campaign": "repetee", "guests": str(guests), "back": WAY, "send": True}, "manager")
