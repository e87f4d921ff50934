"""The plan over a played campaign: absences, promises, snoozes; what is planned stays unless something happens to it."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.errors import OutreachError
from outreach.core.words import Channel, ShiftKind
from outreach.planning import plan_campaign, remake
from outreach.planning.absences import record_absence
from outreach.planning.register import add_shifts, last_runs
from outreach.planning.room import room_for
from outreach.planning.rounds import InfeasiblePlanError
from outreach.planning.shifts import roster
from outreach.policy.windows import next_open_day, opening
from outreach.tracking import AttemptResult, promise, record_attempts, snooze
from tests.played import END

MORNING = clock.at(END + timedelta(days=1), "05:00")
PLANNED = """
SELECT k.id, k.case_id, k.channel, k.due_at, k.shift_id, k.position, m.code AS mediator, k.step, k.appointment_id
FROM contact k LEFT JOIN shift s ON s.id = k.shift_id LEFT JOIN mediator m ON m.id = s.mediator_id
WHERE k.state = 'planned' ORDER BY k.id
"""


NEAR_A_SITE = """
SELECT c.id, c.person_id FROM "case" c JOIN person p ON p.id = c.person_id JOIN household h ON h.id = p.household_id
  JOIN building b ON b.id = h.building_id JOIN site s ON s.id = c.site_id
WHERE c.closed_at IS NULL AND p.language IS NULL AND abs(b.lon - s.lon) < 0.02 AND abs(b.lat - s.lat) < 0.02
  AND NOT EXISTS (SELECT FROM contact k WHERE k.case_id = c.id AND k.state = 'planned' AND k.channel = 'visit') ORDER BY c.id LIMIT :most
"""


def plan(session, played, moment=MORNING):
    with clock.travel(moment):
        return plan_campaign(session, played.loaded, actor="test")


def planned(session):
    return session.execute(text(PLANNED)).all()


def busiest(session, channel: str):
    """Who has most contacts planned on a channel tomorrow or later, and those contacts."""
    rows = [row for row in planned(session) if row.channel == channel and row.due_at > MORNING]
    codes = [row.mediator for row in rows]
    code = max(set(codes), key=codes.count)
    return code, [row for row in rows if row.mediator == code]


def absent(session, code: str, rows, actor="test"):
    with clock.travel(MORNING):
        return record_absence(
            session, code, min(row.due_at for row in rows) - timedelta(hours=12), max(row.due_at for row in rows) + timedelta(hours=12),
            "maladie", actor=actor,
        )  # fmt: skip


def test_planning_twice_plans_nothing_twice(played, undone):
    plan(undone, played)
    before = planned(undone)
    again = plan(undone, played)
    assert again.planned == {}
    assert again.changes == []
    assert planned(undone) == before


def test_the_calls_of_an_absent_mediator_go_to_others_and_no_other_call_moves(played, undone):
    plan(undone, played)
    code, theirs = busiest(undone, "call")
    others = {row.id: row for row in planned(undone) if row.mediator != code and row.channel != "visit"}
    assert absent(undone, code, theirs) == ["energy-arrears"]
    result = plan(undone, played)
    now = planned(undone)
    first, last = min(row.due_at for row in theirs), max(row.due_at for row in theirs)
    assert not [row for row in now if row.mediator == code and row.channel == "call" and first <= row.due_at <= last]
    assert {row.id: row for row in now if row.id in others} == others, "nobody else's work is touched"
    told = {change.case_id: change.reason for change in result.changes}
    assert {row.case_id: "mediator_absent" for row in theirs}.items() <= told.items()
    kept = undone.execute(text("SELECT count(*) FROM plan_change WHERE reason = 'mediator_absent'")).scalar_one()
    assert kept >= len(theirs)
    waiting = undone.execute(
        text('SELECT count(*) FROM "case" WHERE id = ANY(:ids) AND closed_at IS NULL AND next_at IS NULL'),
        {"ids": [row.case_id for row in theirs]},
    )
    assert waiting.scalar_one() == 0, "every case has a next step"


def test_the_doors_of_an_absent_mediator_are_shared_out_and_the_others_hardly_notice(played, undone):
    plan(undone, played)
    code, theirs = busiest(undone, "visit")
    days = {row.due_at.date() for row in theirs}
    others = {
        row.case_id: row.mediator
        for row in planned(undone)
        if row.channel == "visit" and row.mediator != code and row.due_at.date() in days
    }
    absent(undone, code, theirs)
    result = plan(undone, played)
    now = {row.case_id: row.mediator for row in planned(undone) if row.channel == "visit"}
    assert code not in {row.mediator for row in planned(undone) if row.channel == "visit" and row.due_at.date() in days}
    disturbed = [case for case, mediator in others.items() if now.get(case) != mediator]
    assert len(disturbed) <= 0.2 * max(len(others), 1)
    assert {row.case_id for row in theirs} <= {change.case_id for change in result.changes}


def test_whoever_takes_over_a_round_may_fall_ill_too(played, undone):
    """What was remade is as firm a plan as the first one: with its times, and whoever's shift was idle before."""
    plan(undone, played)
    coming = [row for row in planned(undone) if row.channel == "visit" and row.due_at > MORNING]
    days = sorted({row.due_at.date() for row in coming})
    day = max(days, key=lambda day: len({row.mediator for row in coming if row.due_at.date() == day}))
    gone: set[str] = set()
    taken_over = 0
    for _ in range(3):
        there = [row for row in planned(undone) if row.channel == "visit" and row.due_at.date() == day]
        if not there:
            break
        code = max({row.mediator for row in there}, key=[row.mediator for row in there].count)
        gone.add(code)
        absent(undone, code, [row for row in there if row.mediator == code])
        theirs = {row.case_id for row in there if row.mediator == code}
        plan(undone, played)
        after = [row for row in planned(undone) if row.channel == "visit" and row.due_at.date() == day]
        taken_over += len(theirs & {row.case_id for row in after})
        assert not gone & {row.mediator for row in after}
        starts = sorted((row.shift_id, row.due_at) for row in after)
        service = timedelta(minutes=played.loaded.folder.campaign.capacity.minutes_per_door)
        assert all(
            later - earlier >= service for (one, earlier), (other, later) in pairwise(starts) if one == other
        ), "no two visits at once"  # fmt: skip
        rounds = undone.execute(
            text("SELECT count(*) FROM contact k LEFT JOIN round r ON r.shift_id = k.shift_id WHERE k.channel = 'visit' AND k.state = 'planned' AND r.id IS NULL")
        ).scalar_one()  # fmt: skip
        assert rounds == 0, "every round that has visits is written down"
    assert len(gone) >= 2
    assert taken_over


def test_a_promised_visit_is_never_given_to_somebody_absent(played, undone):
    plan(undone, played)
    code, theirs = busiest(undone, "visit")
    absent(undone, code, theirs)
    plan(undone, played)
    day = min(row.due_at for row in theirs).astimezone(clock.PARIS).date()
    for case in undone.execute(text(NEAR_A_SITE), {"most": 4}).all():
        promise_of(undone, case, clock.at(day, "15:00"), code, Channel.VISIT, minutes=60)
    plan(undone, played)
    promised = [row for row in planned(undone) if row.appointment_id is not None]
    assert promised
    assert code not in {row.mediator for row in promised}
    starts = sorted((row.shift_id, row.due_at) for row in planned(undone) if row.channel == "visit" and row.due_at.date() == day)
    assert all(later - earlier >= timedelta(minutes=8) for (one, earlier), (other, later) in pairwise(starts) if one == other)


def test_a_city_whose_new_rounds_break_a_rule_is_named_and_the_rest_is_planned(played, undone, monkeypatch):
    plan(undone, played)
    code, theirs = busiest(undone, "visit")
    absent(undone, code, theirs)

    def refused(*_given, **_options):
        raise InfeasiblePlanError("no")

    monkeypatch.setattr(remake, "replan", refused)
    result = plan(undone, played)
    assert set(result.refused) <= {site.name for site in played.loaded.folder.campaign.sites}
    assert result.refused


def open_case_to_call(session):
    query = text(
        'SELECT c.id, c.person_id, p.language FROM "case" c JOIN person p ON p.id = c.person_id WHERE c.closed_at IS NULL'
        " AND p.mobile IS NOT NULL AND p.language IS NULL ORDER BY c.id LIMIT 1"
    )
    return session.execute(query).one()


def first_call_shift(session, day):
    query = text(
        "SELECT s.starts_at, m.code FROM shift s JOIN mediator m ON m.id = s.mediator_id WHERE s.kind = 'call' AND s.day = :day"
        " ORDER BY s.starts_at, m.code LIMIT 1"
    )
    return session.execute(query, {"day": day}).one()


def promise_of(session, case, begins: datetime, code: str | None, channel=Channel.CALL, minutes=30):
    with clock.travel(MORNING):
        return promise(session, case.id, channel, begins, begins + timedelta(minutes=minutes), actor="test", mediator=code)


def promised_by_its_caller(session, played):
    """A case, and the first call shift of tomorrow, whose mediator promises it a call forty minutes after it begins."""
    plan(session, played)
    case = open_case_to_call(session)
    shift = first_call_shift(session, next_open_day(Channel.CALL, MORNING.date() + timedelta(days=1)))
    return case, shift, promise_of(session, case, shift.starts_at + timedelta(minutes=40), shift.code)


def test_a_promised_call_is_made_by_who_promised_it_at_its_time(played, undone):
    case, shift, number = promised_by_its_caller(undone, played)
    plan(undone, played)
    (kept,) = [row for row in planned(undone) if row.case_id == case.id]
    assert (kept.mediator, kept.due_at, kept.appointment_id) == (shift.code, shift.starts_at + timedelta(minutes=40), number)
    with clock.travel(kept.due_at):
        record_attempts(undone, [AttemptResult(kept.id, "no_answer", shift.code, kept.due_at)])
    assert undone.execute(text("SELECT state FROM appointment WHERE id = :id"), {"id": number}).scalar_one() == "kept"


def test_a_promise_that_counted_as_missed_is_kept_once_its_result_arrives(played, undone):
    """A phone without a network brings the evening's result the day after."""
    case, shift, number = promised_by_its_caller(undone, played)
    plan(undone, played)
    (promised,) = [row for row in planned(undone) if row.case_id == case.id]
    state = text("SELECT state, reason FROM appointment WHERE id = :id")
    with clock.travel(clock.at(shift.starts_at.date() + timedelta(days=1), "05:00")):
        plan_campaign(undone, played.loaded, actor="test")
        assert tuple(undone.execute(state, {"id": number}).one()) == ("missed", "not_done")
        record_attempts(undone, [AttemptResult(promised.id, "no_answer", shift.code, promised.due_at)])
    assert tuple(undone.execute(state, {"id": number}).one()) == ("kept", None)


def test_when_who_promised_is_absent_somebody_else_keeps_it(played, undone):
    case, shift, _number = promised_by_its_caller(undone, played)
    with clock.travel(MORNING):
        record_absence(undone, shift.code, shift.starts_at, shift.starts_at + timedelta(hours=8), "congé", actor="test")
    plan(undone, played)
    (kept,) = [row for row in planned(undone) if row.case_id == case.id]
    assert kept.mediator != shift.code
    assert shift.starts_at + timedelta(minutes=40) <= kept.due_at < shift.starts_at + timedelta(minutes=70)


def test_a_promise_that_nobody_can_keep_says_why_and_stays(played, undone):
    plan(undone, played)
    case, day = open_case_to_call(undone), next_open_day(Channel.CALL, MORNING.date() + timedelta(days=1))
    begins = opening(Channel.CALL, day)
    promise_of(undone, case, begins + timedelta(hours=9, minutes=20), None, minutes=10)
    result = plan(undone, played)
    told = [change for change in result.changes if change.case_id == case.id]
    assert [change.reason for change in told] == ["no_shift"]
    waits = undone.execute(text('SELECT wait_reason, next_at FROM "case" WHERE id = :id'), {"id": case.id}).one()
    assert waits.wait_reason == "appointment"
    with clock.travel(clock.at(day + timedelta(days=1), "05:00")):
        plan_campaign(undone, played.loaded, actor="test")
    assert undone.execute(text("SELECT state FROM appointment WHERE case_id = :id"), {"id": case.id}).scalar_one() == "missed"


def test_a_promised_visit_is_put_into_a_round_that_is_already_made(played, undone):
    plan(undone, played)
    rounds = [row for row in planned(undone) if row.channel == "visit" and row.due_at > MORNING + timedelta(hours=20)]
    day = min(row.due_at for row in rounds).astimezone(clock.PARIS).date()
    case = undone.execute(text(NEAR_A_SITE), {"most": 1}).one()
    begins = clock.at(day, "15:00")
    number = promise_of(undone, case, begins, None, Channel.VISIT, minutes=60)
    result = plan(undone, played)
    (kept,) = [row for row in planned(undone) if row.case_id == case.id]
    assert kept.appointment_id == number
    assert begins <= kept.due_at <= begins + timedelta(minutes=60)
    same_day = [row for row in rounds if row.due_at.astimezone(clock.PARIS).date() == day]
    moved = [change for change in result.changes if change.case_id in {row.case_id for row in same_day}]
    assert len(moved) <= 0.2 * len(same_day) + 1


def test_who_is_left_alone_until_a_date_is_left_alone_and_then_goes_on(played, undone):
    plan(undone, played)
    row = next(row for row in planned(undone) if row.channel == "call")
    until = MORNING + timedelta(days=5)
    with clock.travel(MORNING):
        snooze(undone, row.case_id, until, "hospitalisation", actor="test")
    plan(undone, played)
    assert row.case_id not in {other.case_id for other in planned(undone) if other.due_at < until}
    with clock.travel(MORNING), pytest.raises(OutreachError, match="six mois"):
        snooze(undone, row.case_id, MORNING + timedelta(days=400), "trop long", actor="test")


# Every visit shift has something that was done in it: it has its round.
NO_SHIFT_LEFT = """
UPDATE contact k SET shift_id = free.id
FROM (SELECT s.id, row_number() OVER (ORDER BY s.id) AS turn FROM shift s
      WHERE s.kind = 'visit' AND NOT EXISTS (SELECT FROM contact o WHERE o.shift_id = s.id AND o.state <> 'cancelled')) free
     JOIN (SELECT id, row_number() OVER (ORDER BY id) AS turn FROM contact WHERE state = 'sent') made USING (turn)
WHERE k.id = made.id
"""
DOOR_LOST = "UPDATE building SET lon = NULL, lat = NULL WHERE id = :building"


@pytest.mark.parametrize(("lost", "reason"), [(DOOR_LOST, "no_door"), (NO_SHIFT_LEFT, "no_shift")])
def test_a_promised_visit_for_which_there_is_no_round_at_all_says_why(played, undone, lost, reason):
    saturday = next(day for day in clock.days(MORNING.date(), MORNING.date() + timedelta(days=7)) if day.weekday() == 5)
    query = text(
        'SELECT c.id, h.building_id FROM "case" c JOIN person p ON p.id = c.person_id JOIN household h ON h.id = p.household_id'
        " JOIN building b ON b.id = h.building_id WHERE c.closed_at IS NULL AND b.lon IS NOT NULL AND p.language IS NULL"
        " ORDER BY c.id LIMIT 1"
    )
    with clock.travel(clock.at(saturday - timedelta(days=1), "05:00")):
        plan_campaign(undone, played.loaded, actor="test")
        case = undone.execute(query).one()
        promise_of(undone, case, clock.at(saturday, "11:00"), None, channel=Channel.VISIT)
        undone.execute(text(lost), {"building": case.building_id})
        result = plan_campaign(undone, played.loaded, actor="test")
    assert [(change.change, change.reason) for change in result.changes if change.case_id == case.id] == [("not_kept", reason)]


def test_what_was_promised_gives_way_to_a_later_wish_to_be_left_alone(played, undone):
    case = open_case_to_call(undone)
    day = next_open_day(Channel.CALL, MORNING.date() + timedelta(days=1))
    promise_of(undone, case, clock.at(day, "10:00"), None)
    until = clock.at(day + timedelta(days=3), "08:00")
    with clock.travel(MORNING):
        snooze(undone, case.id, until, "hospitalisation", actor="test")
    plan(undone, played)
    assert [row for row in planned(undone) if row.case_id == case.id and row.due_at < until] == []
    told = undone.execute(text("SELECT state, reason FROM appointment WHERE case_id = :id"), {"id": case.id}).one()
    assert tuple(told) == ("cancelled", "snoozed")
    after = promise_of(undone, case, clock.at(next_open_day(Channel.CALL, until.date() + timedelta(days=1)), "10:00"), None)
    with clock.travel(MORNING):
        snooze(undone, case.id, until, "hospitalisation", actor="test")
    state = undone.execute(text("SELECT state FROM appointment WHERE id = :id"), {"id": after}).scalar_one()
    assert state == "open", "until then they are left alone, and then called as agreed"


def test_promises_outside_the_hours_or_in_the_past_are_refused_with_a_mend(played, undone):
    case = open_case_to_call(undone)
    night = clock.at(next_open_day(Channel.CALL, MORNING.date() + timedelta(days=1)), "21:30")
    with pytest.raises(OutreachError, match="heures permises") as refused:
        promise_of(undone, case, night, None)
    assert refused.value.mend
    with pytest.raises(OutreachError, match="passé"):
        promise_of(undone, case, MORNING - timedelta(days=1), None)
    with pytest.raises(OutreachError, match="médiateur n'existe pas"):
        promise_of(undone, case, opening(Channel.CALL, next_open_day(Channel.CALL, END + timedelta(days=2))), "nobody-of-here")
    with pytest.raises(OutreachError, match="message"):
        promise_of(undone, case, night.replace(hour=11), None, Channel.SMS)


def test_an_unknown_mediator_cannot_be_absent(undone):
    with pytest.raises(OutreachError, match="inconnu"):
        record_absence(undone, "nobody", MORNING, MORNING + timedelta(days=1), "maladie", actor="test")


def test_the_room_of_a_day_is_what_the_desk_can_receive_less_those_who_were_invited(played, undone):
    plan(undone, played)
    site = undone.execute(text('SELECT site_id FROM "case" GROUP BY 1 ORDER BY count(*) DESC LIMIT 1')).scalar_one()
    with clock.travel(MORNING):
        days = (MORNING.date(), MORNING.date() + timedelta(days=10))
        assert site not in room_for(undone, played.loaded.campaign.id, played.loaded.folder.campaign.capacity, []).slots
        rows = {
            day.isoformat(): {"mediator": "l8-amina", "kind": "desk", "day": day.isoformat(), "start": "09:00", "end": "09:30"}
            for day in clock.days(days[0] + timedelta(days=1), days[1])
        }  # fmt: skip
        add_shifts(undone, rows, source="test", actor="test")
        shifts = roster(undone, played.loaded.folder.campaign, *days).worked
        room = room_for(undone, played.loaded.campaign.id, played.loaded.folder.campaign.capacity, shifts)
    desk = next(shift.site_id for shift in shifts if shift.kind is ShiftKind.DESK)
    invited = undone.execute(
        text(
            "SELECT count(*) FROM contact k JOIN \"case\" c ON c.id = k.case_id WHERE c.site_id = :site AND k.channel IN ('letter', 'sms')"
            " AND k.state IN ('planned', 'sent') AND coalesce(k.done_at, k.due_at) > :since AND c.closed_at IS NULL"
        ),
        {"site": desk, "since": MORNING - timedelta(days=11)},
    ).scalar_one()  # fmt: skip
    closed = undone.execute(text('SELECT count(*) FROM "case" WHERE site_id = :site AND closed_at IS NOT NULL'), {"site": desk})
    assert closed.scalar_one() > 0
    assert sum(room.invited[desk].values()) == invited > 0, "who was helped meanwhile is not awaited any more"
    assert room.open_slots(desk, MORNING.date()) == 10
    room.capacity = room.capacity.model_copy(update={"answers_percent": 100})
    assert room.pending(desk, MORNING.date()) > 10
    assert not room.takes(Channel.LETTER, desk, MORNING.date()), "more are invited than ten half hours can receive"


def test_what_the_last_plans_changed_can_be_read(played, undone):
    plan(undone, played)
    code, theirs = busiest(undone, "call")
    absent(undone, code, theirs)
    result = plan(undone, played)
    newest, before = last_runs(undone, played.loaded.campaign.id, 2)
    assert [vars(change) for change in newest.changes] == [vars(change) for change in result.changes]
    assert before.changes == []
    assert "prior" in newest.counts["answers"]["mobile"], "what is believed before anything is known is written down"
