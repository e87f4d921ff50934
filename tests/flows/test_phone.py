"""The day on a phone and the next call: few queries, nothing forbidden, nobody given to two mediators."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import event, text

from outreach.channels.limits import resume_sending, stop_sending
from outreach.core import clock
from outreach.core.errors import OutreachError
from outreach.core.i18n import speaking
from outreach.core.provider import Notice
from outreach.core.words import Channel, FactStatus, NoticeKind
from outreach.definitions.registry import pause_campaign
from outreach.flows import phone
from outreach.flows.invariants import all_invariants
from outreach.planning.today import day_of
from outreach.tracking import append_notices, promise, record_objection
from tests.phones import MEDIATION, NOW, Phone, a_shift, ready, who

MOST_OF_A_DAY, MOST_OF_A_CALL = 12, 10
RUNG = "INSERT INTO attempt (contact_id, number, provider, address, body_hash, started_at) VALUES (:contact, 1, 'test', '', '', :now)"


@contextmanager
def counted(database):
    """Every statement that is sent to the database in the block."""
    said = []

    def listen(_connection, _cursor, statement, *_rest):
        said.append(statement)

    event.listen(database.engine, "before_cursor_execute", listen)
    try:
        yield said
    finally:
        event.remove(database.engine, "before_cursor_execute", listen)


@pytest.fixture
def calls(database):
    """Six calls on one shift, and a colleague of the same site who calls too."""
    with database.session() as session:
        day = ready(session, 6, Channel.CALL)
        other = a_shift(session, "l8-paul", "call", NOW - timedelta(hours=1), 8)
        people = {code: who(session, code).mediator_id for code in ("l8-amina", "l8-paul")}
    return day, other, people


def busiest(session, channel):
    """The mediator and day with most planned contacts of a channel."""
    query = """
    SELECT s.mediator_id, s.day, count(*) AS n FROM contact k JOIN shift s ON s.id = k.shift_id
    WHERE k.state = 'planned' AND k.channel = :channel GROUP BY 1, 2 ORDER BY 3 DESC, 1 LIMIT 1
    """
    return session.execute(text(query), {"channel": channel}).one()


@pytest.mark.parametrize("channel", ["call", "visit"])
def test_a_day_is_plain_data_in_few_queries(played, channel):
    with played.database.session() as session:
        mediator, day, planned = busiest(session, channel)
    with clock.travel(clock.at(day, "07:00")), counted(played.database) as said:
        found = phone.today(played.database, mediator, day)
    assert len(said) <= MOST_OF_A_DAY, len(said)
    cards = [card for card in found.cards() if card.channel == channel]
    assert len(cards) + sum(left.count for left in found.left_out) >= planned
    json.dumps(asdict(found))
    for card in cards:
        assert card.version >= 1
        assert card.opening_words
        assert "fr" in card.scripts
        assert card.why
        assert "€" not in card.why
        assert (card.phone is not None) == (channel == "call")
    assert any(card.past for card in cards)


def test_a_round_is_in_the_order_of_the_walk(played):
    with played.database.session() as session:
        mediator, day, _planned = busiest(session, "visit")
        query = """
        SELECT k.id FROM contact k JOIN shift s ON s.id = k.shift_id WHERE s.mediator_id = :mediator AND s.day = :day
          AND k.state = 'planned' AND k.channel = 'visit' ORDER BY s.starts_at, k.position
        """
        order = session.execute(text(query), {"mediator": mediator, "day": day}).scalars().all()
    with clock.travel(clock.at(day, "07:00")):
        found = phone.today(played.database, mediator, day)
    walked = [card.contact_id for work in found.shifts for stop in work.stops for floor in stop.floors for card in floor["doors"]]
    assert walked == [contact for contact in order if contact in set(walked)]
    stop = next(stop for work in found.shifts for stop in work.stops)
    assert stop.address
    assert stop.lon is not None


def test_the_vocabulary_speaks_both_languages(played):
    with played.database.session() as session:
        mediator, day, _planned = busiest(session, "call")
    with clock.travel(clock.at(day, "07:00")):
        french = phone.today(played.database, mediator, day).vocabulary
        with speaking("en"):
            english = phone.today(played.database, mediator, day).vocabulary
    labels = {row["code"]: row["label"] for row in french["results"]["call"]}
    assert labels["no_answer"] == "Personne n'a répondu"
    assert {row["code"]: row["label"] for row in english["results"]["call"]}["no_answer"] == "No answer"
    assert "not_home" not in labels
    [own] = french["campaigns"].values()
    assert [theme["code"] for theme in own["themes"]][:2] == ["energie", "budget"]
    plan = next(action for action in french["actions"] if action["code"] == "payment_plan")
    assert [detail["code"] for detail in plan["details"]] == ["amount", "instalments"]
    assert [reason["code"] for reason in french["skips"]] == ["not_now", "language", "acquainted", "other"]


def test_what_is_forbidden_by_now_is_left_out_and_counted(undone, played):
    mediator, day, _planned = busiest(undone, "call")

    def seen():
        with clock.travel(clock.at(day, "09:00")):
            found = day_of(undone, mediator, day)
        return {card.contact_id for card in found.cards()}, {left.reason: left.count for left in found.left_out}, found

    cards, left, found = seen()
    first, second, third = next(work for work in found.shifts if work.calls).calls[:3]
    rows = {
        card.contact_id: undone.execute(text("SELECT person_id FROM contact WHERE id = :id"), {"id": card.contact_id}).scalar()
        for card in (first, second)
    }
    at = clock.at(day, "08:00")
    with clock.travel(at):
        record_objection(undone, rows[first.contact_id], source="desk", actor="test", occurred_at=at)
        undone.execute(text("UPDATE contact SET state = 'planned', reason = NULL WHERE id = :id"), {"id": first.contact_id})
        append_notices(undone, [Notice("twilio", NoticeKind.MESSAGE, "SMunread", second.phone, {"body": "?"})])
    now, gone, _found = seen()
    assert cards - now >= {first.contact_id, second.contact_id}
    assert gone["ended"] == left.get("ended", 0) + 1
    assert gone["unread"] >= 1
    assert third.contact_id in now
    stop_sending(undone, "essai", actor="test")
    assert seen()[0] == set()
    resume_sending(undone, actor="test")
    pause_campaign(undone, played.loaded.campaign.code, actor="test")
    assert seen()[0] == set()
    assert set(seen()[1]) == {"held"}


def test_the_next_call_is_claimed_once_quickly_and_stays_theirs(database, calls):
    day, _other, people = calls
    with clock.travel(NOW):
        phone.next_call(database, people["l8-amina"], day.shift)
        phone.release_call(database, people["l8-amina"], day.contacts[0])
        with counted(database) as said:
            first = phone.next_call(database, people["l8-amina"], day.shift)
        assert len(said) <= MOST_OF_A_CALL, said
        assert first.card.contact_id == day.contacts[0]
        assert first.card.phone_written.startswith("06 39 98")
        for _ in range(2):
            assert phone.next_call(database, people["l8-amina"], day.shift).card.contact_id == day.contacts[0]
        with database.session() as session:
            assert session.execute(text("SELECT used FROM quota_use")).scalar() == 1, "asking again counts once"
        sender = phone.who_of(database, people["l8-amina"])
        [answer] = phone.sync(database, sender, [Phone().fact("result", day.contacts[0], code="no_answer")])
        assert answer.status is FactStatus.APPLIED
        assert phone.next_call(database, people["l8-amina"], day.shift).card.contact_id == day.contacts[1]


def test_two_hands_never_get_the_same_call(database, calls):
    day, _other, people = calls
    with database.session() as session:
        # Two shifts of different people over one list: everything was handed on by somebody else.
        session.execute(text("INSERT INTO call_skip (contact_id, case_id, mediator_id, reason, skipped_at) SELECT k.id, k.case_id, m.id, 'language', :now FROM contact k,"
                             " mediator m WHERE m.code = 've-samir'"), {"now": NOW})  # fmt: skip
        shifts = (
            [(people["l8-paul"], _other)]
            + [
                (who(session, code).mediator_id, a_shift(session, code, "call", NOW - timedelta(hours=1), 8))
                for code in ("l8-ines", "l8-deniz")
            ]
            + [(people["l8-amina"], day.shift)]
        )
    with clock.travel(NOW), ThreadPoolExecutor(4) as pool:
        for _ in range(2):
            got = list(pool.map(lambda pair: phone.next_call(database, *pair), shifts))
            assert all(got)
            assert len({one.card.contact_id for one in got}) == len(shifts)


def test_skipped_calls_go_to_the_end_or_to_somebody_else(database, calls):
    day, other, people = calls
    amina, paul = people["l8-amina"], people["l8-paul"]
    sender, device = phone.who_of(database, amina), Phone()

    def skip(contact, **said):
        fact = device.fact("skip", contact, **said)
        return fact, phone.sync(database, sender, [fact])[0]

    with clock.travel(NOW):
        assert phone.next_call(database, paul, other) is None
        taken = phone.next_call(database, amina, day.shift).card.contact_id
        assert "pourquoi" in skip(taken, reason="other")[1].reason
        assert phone.next_call(database, amina, day.shift).card.contact_id == taken
        skipped, answer = skip(taken, reason="not_now")
        assert answer.status is FactStatus.APPLIED
        second = phone.next_call(database, amina, day.shift).card.contact_id
        assert second == day.contacts[1]
        skip(second, reason="acquainted")
        with database.session() as session:
            held = session.execute(text("SELECT count(*) FROM contact WHERE state = 'claimed'")).scalar()
            assert (held, session.execute(text("SELECT used FROM quota_use")).scalar()) == (0, 0)
        assert phone.next_call(database, paul, other).card.contact_id == second
        with database.session() as session:
            assert session.execute(text("SELECT shift_id FROM contact WHERE id = :id"), {"id": second}).scalar() == other
        seen = []
        while (turn := phone.next_call(database, amina, day.shift)) is not None:
            seen.append(turn.card.contact_id)
            phone.sync(database, sender, [skipped])
            assert phone.next_call(database, amina, day.shift).card.contact_id == seen[-1], "told again, it frees nothing"
            phone.sync(database, sender, [device.fact("result", turn.card.contact_id, code="no_answer")])
        assert seen == [*day.contacts[2:], taken]


def test_a_rung_call_that_is_skipped_waits_for_its_result(database, calls):
    day, _other, people = calls
    sender = phone.who_of(database, people["l8-amina"])
    with clock.travel(NOW):
        taken = phone.next_call(database, people["l8-amina"], day.shift).card.contact_id
        with database.session() as session:
            session.execute(text(RUNG), {"contact": taken, "now": NOW})
        [answer] = phone.sync(database, sender, [Phone().fact("skip", taken, reason="not_now")])
        assert answer.status is FactStatus.APPLIED
        again = phone.next_call(database, people["l8-amina"], day.shift)
    assert (again.card.contact_id, again.rung) == (taken, True)


def test_a_promise_comes_first_at_its_time_and_is_its_owners_for_a_while(database, calls):
    day, other, people = calls
    amina, paul = people["l8-amina"], people["l8-paul"]
    with clock.travel(NOW), database.session() as session:
        starts = NOW + timedelta(minutes=10)
        made = promise(
            session,
            day.cases[4],
            Channel.CALL,
            starts,
            starts + timedelta(hours=1),
            actor="l8-amina",
            mediator="l8-amina",
            note="après l'école",
        )
        session.execute(text("UPDATE contact SET state = 'planned', reason = NULL, done_at = NULL, appointment_id = :made, due_at = :at WHERE id = :id"),
                        {"made": made, "at": starts, "id": day.contacts[4]})  # fmt: skip
    with clock.travel(NOW):
        assert phone.next_call(database, amina, day.shift).card.contact_id == day.contacts[0]
        phone.release_call(database, amina, day.contacts[0])
        card = phone.today(database, amina).shifts[0].calls[0]
        assert (card.contact_id, card.promised["note"], card.promised["yours"]) == (day.contacts[4], "après l'école", True)
    with clock.travel(starts + timedelta(minutes=5)):
        assert phone.next_call(database, paul, other) is None
    with clock.travel(starts + timedelta(minutes=16)):
        assert phone.next_call(database, paul, other).card.contact_id == day.contacts[4]
        phone.release_call(database, paul, day.contacts[4])
    with clock.travel(starts + timedelta(minutes=2)), database.session() as session:
        session.execute(text("UPDATE contact SET shift_id = :shift WHERE id = :id"), {"shift": day.shift, "id": day.contacts[4]})
    with clock.travel(starts + timedelta(minutes=2)):
        assert phone.next_call(database, amina, day.shift).card.contact_id == day.contacts[4]


def test_what_the_rules_forbid_is_passed_over(database, calls):
    day, _other, people = calls
    with clock.travel(NOW), database.session() as session:
        person = session.execute(text("SELECT person_id FROM contact WHERE id = :id"), {"id": day.contacts[0]}).scalar()
        record_objection(session, person, source="desk", actor="test", occurred_at=NOW)
        session.execute(text("UPDATE contact SET state = 'planned', reason = NULL WHERE id = :id"), {"id": day.contacts[0]})
        session.execute(text("UPDATE \"case\" SET closed_at = NULL, status = 'waiting', next_at = :now, wait_reason = 'later' WHERE id = :id"),
                        {"id": day.cases[0], "now": NOW})  # fmt: skip
    with clock.travel(NOW):
        assert phone.next_call(database, people["l8-amina"], day.shift).card.contact_id == day.contacts[1]
    with clock.travel(clock.at(NOW.date(), "13:30")):
        phone.release_call(database, people["l8-amina"], day.contacts[1])
        assert phone.next_call(database, people["l8-amina"], day.shift) is None, "nobody is called at that hour"
    with clock.travel(NOW + timedelta(hours=4)), database.session() as session:
        pause_campaign(session, day.loaded.campaign.code, actor="test")
    with clock.travel(NOW + timedelta(hours=4)):
        assert phone.next_call(database, people["l8-amina"], day.shift) is None


def test_two_phones_at_once_tell_the_same_batch_once(database, calls):
    day, _other, people = calls
    sender = phone.who_of(database, people["l8-amina"])
    device = Phone()
    facts = [device.fact("result", contact, code="mediated", mediation=MEDIATION) for contact in day.contacts]
    with clock.travel(NOW), ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda turned: phone.sync(database, sender, facts[::turned]), [1, -1, 1, -1]))
    told = [{answer.id: answer for answer in one} for one in answers]
    assert all(one == told[0] for one in told)
    assert {answer.status for answer in told[0].values()} == {FactStatus.APPLIED}
    with database.session() as session:
        kinds = Counter(session.execute(text("SELECT kind FROM event WHERE kind <> 'opened'")).scalars())
    assert kinds == {"attempted": 6, "mediated": 6}
    with pytest.raises(OutreachError, match="trop de faits"):
        phone.sync(database, sender, facts * 50)


def test_a_day_told_by_phone_keeps_every_invariant(undone):
    from outreach.tracking.phone import Who, take_facts

    mediator, day, _planned = busiest(undone, "visit")
    row = undone.execute(text("SELECT code, site_id FROM mediator WHERE id = :id"), {"id": mediator}).one()
    sender, device, codes = (
        Who(mediator, row.code, frozenset({row.site_id})),
        Phone(),
        ["not_home", "talked", "refused", "mediated", "objection", "moved"],
    )
    with clock.travel(clock.at(day, "15:00")):
        found = day_of(undone, mediator, day)
        facts = []
        for at, card in enumerate(found.cards()):
            code, moment = codes[at % len(codes)], clock.at(day, "14:45")
            if code == "objection":
                facts.append(device.fact("objection", card.contact_id, moment, base=card.version))
            else:
                record = {"mediation": MEDIATION} if code == "mediated" else {}
                facts.append(device.fact("result", card.contact_id, moment, base=card.version, code=code, **record))
        answers = take_facts(undone, sender, facts)
        assert {answer.status for answer in answers} == {FactStatus.APPLIED}
        assert take_facts(undone, sender, facts) == answers
        assert {one.code: one.faults for one in all_invariants(undone) if not one.holds} == {}


@pytest.mark.parametrize(
    ("insee", "zone", "moment", "expected"),
    [
        ("69388", "Europe/Paris", "2026-10-06T18:30+02:00", "2026-10-06"),
        ("97411", "Indian/Reunion", "2026-10-06T18:30+02:00", "2026-10-06"),
        ("97209", "America/Martinique", "2026-10-07T00:30+02:00", "2026-10-06"),
        ("98818", "Pacific/Noumea", "2026-10-05T23:30+02:00", "2026-10-06"),
    ],
)
def test_a_day_is_that_of_the_place_with_its_time_zone(database, insee, zone, moment, expected):
    with database.session() as session:
        ready(session, 2, Channel.CALL)
        session.execute(text("UPDATE site SET insee = :insee"), {"insee": insee})
        mediator = who(session, "l8-amina").mediator_id
    with clock.travel(datetime.fromisoformat(moment)):
        found = phone.today(database, mediator)
        free = phone.today(database, mediator, date(2026, 10, 12))
    assert (found.day, found.zone, len(found.shifts)) == (expected, zone, 1)
    assert (free.zone, free.shifts) == (zone, []), "a day without a shift is one of the own site"
