"""Calls: a click rings the mediator and then the person, under the rules of that moment; recorded messages where allowed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from outreach.channels import outbox
from outreach.channels.limits import stop_sending
from outreach.channels.senders import set_sender
from outreach.channels.twilio.client import Account
from outreach.channels.twilio.voice import OUTCOMES, TwilioVoice
from outreach.channels.voice.click import call_person
from outreach.channels.voice.recorded import dispatch_recorded, language_of, words_of
from outreach.core import clock
from outreach.core.errors import OutreachError, PolicyError, ProviderError
from outreach.core.provider import Notice
from outreach.core.words import Channel, NoticeKind
from outreach.definitions.campaign import Step
from outreach.definitions.loader import read_folder
from outreach.definitions.needed import missing_texts, unfit_steps
from outreach.definitions.registry import find_campaign, launch_campaign, pause_campaign, planned_call
from outreach.models import Case
from outreach.policy.call_course import suggestion
from outreach.simulation.crowd import write_crowd
from outreach.simulation.twilio import ACCOUNT, TOKEN, Answer, CallAnswer, Faults, LoopbackProvider
from outreach.tracking import AttemptResult, append_notices, read_notices, record_attempts, record_objection
from outreach.tracking.calls import settle_silent_calls
from tests.opened import in_clear

NOW = clock.at(date(2026, 10, 6), "10:30")
CALLER = "+33465710008"
MEDIATOR = "l8-amina"


def recorded_folder():
    """The energy campaign with a recorded message in its cadence, and an agreement that allows it."""
    folder = read_folder(Path("campaigns/energy-arrears"))
    step = Step(code="message", channel=Channel.CALL, days_after_previous=3, recorded=True)
    capacity = folder.campaign.capacity.model_copy(update={"recorded_per_day": 50})
    voice = {"fr": "Bonjour, ici {association}. Nous pouvons vous aider. Appelez le {site_phone}, code {letter_code}."}
    return replace(
        folder,
        campaign=folder.campaign.model_copy(update={"cadence": [step, *folder.campaign.cadence], "capacity": capacity}),
        agreement=folder.agreement.model_copy(update={"automated_calls": True}),
        messages=folder.messages.model_copy(update={"voice": voice}),
    )


@pytest.fixture
def ready(database):
    """Eight people with a call due, and the campaign that calls them."""
    with clock.travel(NOW), database.session() as session:
        folder = recorded_folder()
        launch_campaign(session, folder, actor="test")
        loaded = find_campaign(session, folder.campaign.code)
        write_crowd(session, loaded, 8, Channel.CALL, NOW - timedelta(minutes=5))
        set_sender(session, Channel.CALL, CALLER, actor="test")
    return loaded


@pytest.fixture
def peer():
    with LoopbackProvider(lambda _to, _body: Answer(), lambda: NOW) as provider:
        yield provider


def voice(peer):
    return TwilioVoice(Account(ACCOUNT, TOKEN, peer.url))


def contacts(database):
    with database.session() as session:
        return [tuple(row) for row in session.execute(text("SELECT id, state, disposition FROM contact ORDER BY id"))]


def call(database, loaded, contact, provider):
    with clock.travel(NOW):
        return call_person(database, loaded, contact, provider, mediator=MEDIATOR)


def test_a_click_rings_the_mediator_then_the_person_who_sees_the_association(database, ready, peer):
    contact = contacts(database)[0][0]
    rung = call(database, ready, contact, voice(peer))
    assert rung.contact == contact
    with database.session() as session:
        row = session.execute(in_clear("SELECT * FROM attempt")).one()
        assert (row.sender, row.provider_ref, row.result) == (CALLER, rung.ref, "sent")
        assert row.address.startswith("+3363998")
        assert session.execute(text("SELECT state, claimed_by FROM contact WHERE id = :id"), {"id": contact}).one() == (
            "claimed",
            MEDIATOR,
        )
    with clock.travel(NOW), database.session() as session:
        assert record_attempts(session, [AttemptResult(contact, "no_answer", MEDIATOR, NOW)]) == 1
    assert contacts(database)[0][1:] == ("done", "no_answer")


def test_a_call_is_rung_once(database, ready, peer):
    contact = contacts(database)[0][0]
    call(database, ready, contact, voice(peer))
    with pytest.raises(OutreachError, match="notez son résultat"):
        call(database, ready, contact, voice(peer))


def test_the_rules_are_asked_at_the_moment_of_the_call(database, ready, peer):
    ids = [row[0] for row in contacts(database)]
    with clock.travel(NOW), database.session() as session:
        person = session.execute(text("SELECT person_id FROM contact WHERE id = :id"), {"id": ids[0]}).scalar()
        record_objection(session, person, source="desk", actor="test", occurred_at=NOW)
        session.execute(text("UPDATE contact SET state = 'planned', reason = NULL WHERE id = :id"), {"id": ids[0]})
    with pytest.raises(PolicyError):
        call(database, ready, ids[0], voice(peer))
    with clock.travel(clock.at(NOW.date(), "13:30")), pytest.raises(PolicyError):
        call_person(database, ready, ids[1], voice(peer), mediator=MEDIATOR)
    with database.session() as session:
        pause_campaign(session, ready.campaign.code, actor="test")
    with pytest.raises(PolicyError):
        call(database, ready, ids[2], voice(peer))
    with database.session() as session:
        pause_campaign(session, ready.campaign.code, actor="test", paused=False)
        stop_sending(session, "essai", actor="test")
    with pytest.raises(PolicyError):
        call(database, ready, ids[3], voice(peer))
    assert {row[1] for row in contacts(database)} <= {"planned", "cancelled"}
    with database.session() as session:
        assert session.execute(text("SELECT count(*) FROM attempt")).scalar_one() == 0


def test_who_is_no_mediator_and_what_is_not_planned_is_said_so(database, ready, peer):
    contact = contacts(database)[0][0]
    with clock.travel(NOW), pytest.raises(OutreachError, match="médiateur"):
        call_person(database, ready, contact, voice(peer), mediator="nobody")
    with clock.travel(NOW), database.session() as session:
        record_attempts(session, [AttemptResult(contact, "no_answer", MEDIATOR, NOW)])
    with pytest.raises(OutreachError, match="plus à faire"):
        call(database, ready, contact, voice(peer))
    with database.session() as session, pytest.raises(OutreachError, match="aucun appel"):
        planned_call(session, session.get_one(Case, session.execute(text("SELECT case_id FROM contact ORDER BY id")).scalar()))


@pytest.mark.parametrize(("faults", "state"), [({"too_many": 1.0}, "planned"), ({"lost_after": 1.0}, "claimed")])
def test_a_provider_that_fails_leaves_the_number_to_dial(database, ready, faults, state):
    contact = contacts(database)[0][0]
    with (
        LoopbackProvider(lambda _to, _body: Answer(), lambda: NOW, faults=Faults(**faults)) as failing,
        pytest.raises(ProviderError, match="composez"),
    ):
        call(database, ready, contact, voice(failing))
    assert contacts(database)[0][1] == state


def test_a_call_that_the_provider_did_not_take_on_is_no_call_when_its_hour_is_over(database, ready):
    contact = contacts(database)[0][0]
    peer = LoopbackProvider(lambda _to, _body: Answer(), lambda: NOW, faults=Faults(too_many=1.0))
    with peer as failing, pytest.raises(ProviderError):
        call(database, ready, contact, voice(failing))
    with clock.travel(NOW), database.session() as session:
        assert outbox.take(session, ready, contact, worker=MEDIATOR) is not None
    with clock.travel(NOW + outbox.CALL_LEASE + timedelta(minutes=1)), database.session() as session:
        outbox.tidy(session, ready.campaign.id)
    assert contacts(database)[0][1] == "planned", "nobody was rung"


def test_invented_people_are_called_on_this_machine_alone(database, ready):
    contact = contacts(database)[0][0]
    with pytest.raises(ProviderError, match="inventées"):
        call(database, ready, contact, TwilioVoice(Account(ACCOUNT, TOKEN, "https://api.example.org")))
    assert contacts(database)[0][1] == "planned"


@pytest.mark.parametrize(
    ("status", "seconds", "answered_by", "code"),
    [
        ("busy", None, None, "busy"), ("no-answer", None, None, "no_answer"), ("failed", None, None, "dead_number"),
        ("completed", 4, None, "voicemail"), ("completed", 90, None, "talked"), ("completed", 90, "machine_start", "voicemail"),
        ("completed", 4, "human", "talked"), ("ringing", None, None, None), ("in-progress", None, None, None),
    ],
)  # fmt: skip
def test_the_course_of_a_call_suggests_its_result(status, seconds, answered_by, code):
    assert suggestion(status, seconds, answered_by) == code
    assert status in OUTCOMES


def test_a_call_whose_result_nobody_recorded_counts_by_its_course(database, ready, peer):
    contact = contacts(database)[0][0]
    rung = call(database, ready, contact, voice(peer))
    data = {"attempt": rung.attempt, "leg": "person", "status": "busy"}
    with clock.travel(NOW + timedelta(minutes=1)):
        with database.session() as session:
            append_notices(session, [Notice("twilio", NoticeKind.CALL, "CA1", data=data)])
        assert read_notices(database).calls == 1
    with clock.travel(NOW + timedelta(hours=2)), database.session() as session:
        from outreach.channels.outbox import tidy

        tidy(session, ready.campaign.id)
    assert contacts(database)[0][1] == "unknown", "made, and counted as made"
    with clock.travel(NOW + timedelta(hours=14)):
        assert settle_silent_calls(database) == 1
    assert contacts(database)[0][1:] == ("done", "busy")


def test_our_number_given_back_by_a_call_to_somebody_else_is_not_ours(database, ready, peer):
    """A restored copy may have rung somebody under the same number."""
    rung = call(database, ready, contacts(database)[0][0], voice(peer))
    data = {"attempt": rung.attempt, "leg": "person", "status": "busy"}
    with clock.travel(NOW), database.session() as session:
        address = session.execute(in_clear("SELECT address FROM attempt")).scalar_one()
        append_notices(session, [Notice("twilio", NoticeKind.CALL, "CA1", data=data | {"recipient": "+33639989999"})])
    assert read_notices(database).calls == 0
    with database.session() as session:
        append_notices(session, [Notice("twilio", NoticeKind.CALL, "CA1", data=data | {"recipient": address})])
    assert read_notices(database).calls == 1


def test_a_call_that_cannot_be_understood_holds_back_no_objection(database, ready):
    with clock.travel(NOW), database.session() as session:
        phone = session.execute(in_clear("SELECT mobile FROM person ORDER BY id LIMIT 1")).scalar_one()
        broken = {"attempt": "no number", "leg": "person", "status": "busy"}
        append_notices(session, [Notice("twilio", NoticeKind.CALL, "CA1", data=broken)])
        append_notices(session, [Notice("twilio", NoticeKind.MESSAGE, "SM1", phone, {"body": "STOP"})])
    with clock.travel(NOW):
        result = read_notices(database)
    assert (result.replies, result.calls, result.waiting) == ({"stop": 1}, 0, 1)
    with database.session() as session:
        left = session.execute(text("SELECT kind, fault FROM provider_notice WHERE handled_at IS NULL")).all()
    assert [tuple(row) for row in left] == [("call", "ValueError")]


def test_a_phone_of_ours_that_cannot_be_dialled_is_said_so_before_anybody_is_rung(database, ready, peer):
    contact = contacts(database)[0][0]
    with database.session() as session:
        session.execute(text("UPDATE mediator SET phone = 'poste 12' WHERE code = :code"), {"code": MEDIATOR})
    with pytest.raises(OutreachError, match="ne se compose pas"):
        call(database, ready, contact, voice(peer))
    assert contacts(database)[0][1] == "planned"


def test_recorded_messages_are_played_once_and_their_course_is_their_result(database, ready):
    answers = iter([CallAnswer("completed", 20, "human"), CallAnswer("failed", 0, ""), *[CallAnswer()] * 10])
    with LoopbackProvider(lambda _to, _body: Answer(), lambda: NOW, on_call=lambda _to: next(answers)) as peer, clock.travel(NOW):
        first = dispatch_recorded(database, ready, voice(peer), worker="test").states
        again = dispatch_recorded(database, ready, voice(peer), worker="test").states
    assert first == {"sent": 8}
    assert again == {}
    assert {row[1:] for row in contacts(database)} == {("sent", "played")}


def test_a_course_that_is_told_before_our_own_answer_counts(database, ready):
    """The person's phone is dead, and the provider calls back before it answers."""

    class Quick(TwilioVoice):
        def play(self, person, words, *, language, caller, attempt):
            call = super().play(person, words, language=language, caller=caller, attempt=attempt)
            with database.session() as session:
                data = {"attempt": attempt, "leg": "person", "status": "failed"}
                append_notices(session, [Notice("twilio", NoticeKind.CALL, call.ref, data=data)])
            read_notices(database)
            return call

    with LoopbackProvider(lambda _to, _body: Answer(), lambda: NOW) as peer, clock.travel(NOW):
        dispatch_recorded(database, ready, Quick(Account(ACCOUNT, TOKEN, peer.url)), worker="test")
    assert {row[1:] for row in contacts(database)} == {("sent", "dead_number")}


def test_a_language_that_cannot_be_read_aloud_is_french(database, ready, peer):
    from outreach.channels import outbox

    messages = ready.folder.messages.model_copy(update={"voice": ready.folder.messages.voice | {"uk": "…", "ar": "…"}})
    loaded = replace(ready, folder=replace(ready.folder, messages=messages))
    with clock.travel(NOW), database.session() as session:
        [due] = outbox.claim(session, ready, Channel.CALL, size=1, worker="x", unattended=True)
        session.rollback()
    told = {code: language_of(replace(due, language=code), loaded, voice(peer)) for code in ("uk", "ar", "tr", "fr")}
    assert told == {"uk": "fr", "ar": "ar", "tr": "fr", "fr": "fr"}


def test_nothing_is_played_without_an_agreement_that_allows_it(database, ready, peer):
    with database.session() as session:
        session.execute(
            text("UPDATE agreement SET definition = definition || '{\"automated_calls\": false}', content_hash = 'other'")
        )
    with clock.travel(NOW):
        assert dispatch_recorded(database, ready, voice(peer), worker="test").states == {}


def test_a_recorded_step_needs_its_agreement_its_words_and_its_room():
    folder = recorded_folder()
    assert [*missing_texts(folder.campaign, folder.messages), *unfit_steps(folder.campaign, folder.agreement)] == []
    bare = read_folder(Path("campaigns/energy-arrears"))
    campaign = folder.campaign.model_copy(update={"capacity": bare.campaign.capacity})
    places = [place for place, _words in (*missing_texts(campaign, bare.messages), *unfit_steps(campaign, bare.agreement))]
    recorded = next(at for at, step in enumerate(campaign.cadence) if step.recorded)
    assert places == [("voice", "fr"), ("cadence", recorded, "recorded"), ("capacity", "recorded_per_day")]


def test_the_words_of_a_message_are_read_slowly_and_in_ones_language(database, ready):
    from outreach.channels import outbox

    with clock.travel(NOW), database.session() as session:
        [due, *_] = outbox.claim(session, ready, Channel.CALL, size=1, worker="x", unattended=True)
        spoken = words_of(due, ready, "fr")
        assert ", ".join(due.letter_code) in spoken
        assert due.site_phone in spoken
        session.rollback()
