"""Hours that a campaign changes: shifts follow from tomorrow on, and what was planned in lost hours is planned again or told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.seen import LONGEST
from outreach.definitions.registry import find_campaign, launch_campaign
from outreach.planning import plan_campaign
from outreach.planning.hours import follow_hours
from outreach.planning.reasons import HOURS_CHANGED
from outreach.planning.register import add_shifts
from outreach.planning.shifts import open_shifts
from tests.planning.test_plan import MORNING, busiest, plan

TODAY = MORNING.date()
SHIFTS = """
SELECT s.id, s.kind, s.day, s.starts_at, s.ends_at, s.campaign_id FROM shift s JOIN mediator m ON m.id = s.mediator_id
WHERE m.code = :code AND s.day > :today ORDER BY s.starts_at
"""
OUTSIDE = """
SELECT count(*) FROM contact k JOIN shift s ON s.id = k.shift_id
WHERE k.state = 'planned' AND NOT (s.starts_at <= k.due_at AND k.due_at < s.ends_at)
"""
ON_SHIFTS = "SELECT id, case_id, due_at FROM contact WHERE shift_id = ANY(:shifts) AND state = 'planned' ORDER BY id"


def shifts(session, code, kind=None):
    rows = session.execute(text(SHIFTS), {"code": code, "today": TODAY}).all()
    return [row for row in rows if kind in {None, row.kind}]


def changed(loaded, code, **patterns):
    """The folder with other hours of a mediator; ``None`` for no such work."""
    data = loaded.folder.campaign.model_dump(mode="json")
    found = next(one for site in data["sites"] for one in site["mediators"] if one["code"] == code)
    found.update(patterns)
    return replace(loaded.folder, campaign=type(loaded.folder.campaign).model_validate(data))


def without(loaded, code):
    """The folder without a mediator."""
    data = loaded.folder.campaign.model_dump(mode="json")
    for site in data["sites"]:
        site["mediators"] = [one for one in site["mediators"] if one["code"] != code]
    return replace(loaded.folder, campaign=type(loaded.folder.campaign).model_validate(data))


def planned_anew(session, folder):
    """What the next plan does once a definition is in force."""
    with clock.travel(MORNING):
        launch_campaign(session, folder, actor="test")
        return plan_campaign(session, find_campaign(session, folder.campaign.code), actor="test")


@pytest.fixture
def caller(played, undone):
    """Who has most calls planned from tomorrow on."""
    plan(undone, played)
    code, rows = busiest(undone, "call")
    assert [row for row in rows if row.due_at.date() > TODAY]
    return code


def test_the_same_hours_change_nothing(played, undone, caller):
    before = shifts(undone, caller)
    with clock.travel(MORNING):
        assert follow_hours(undone, played.loaded) == []
    assert shifts(undone, caller) == before
    assert {row.campaign_id for row in before} == {played.loaded.campaign.id}


def test_a_night_without_other_hours_opens_the_days_to_come_alone(played, undone, caller, monkeypatch):
    looked = []

    def look(session, loaded):
        looked.append(loaded.campaign.id)
        return follow_hours(session, loaded)

    monkeypatch.setattr("outreach.planning.plan.follow_hours", look)
    newest = "SELECT max(day) FROM shift WHERE campaign_id = :campaign"
    known = undone.execute(text(newest), {"campaign": played.loaded.campaign.id}).scalar_one()
    for nights in range(1, LONGEST.days + 1):
        with clock.travel(MORNING + timedelta(days=nights)):
            plan_campaign(undone, played.loaded, actor="test")
    assert len(looked) == 1, "nobody has other hours; after some days it is looked all the same"
    assert undone.execute(text(newest), {"campaign": played.loaded.campaign.id}).scalar_one() > known
    last = undone.execute(text(newest), {"campaign": played.loaded.campaign.id}).scalar_one()
    assert open_shifts(undone, played.loaded.folder.campaign, TODAY, last) == 0, "no day was left out"
    missing = "SELECT count(*) FROM shift WHERE campaign_id = :campaign AND day > :day"
    opened = undone.execute(text(missing), {"campaign": played.loaded.campaign.id, "day": TODAY}).scalar_one()
    with clock.travel(MORNING + timedelta(days=LONGEST.days)):
        launch_campaign(undone, changed(played.loaded, caller, calls=None), actor="test")
        plan_campaign(undone, find_campaign(undone, played.loaded.campaign.code), actor="test")
    assert len(looked) == 2
    assert undone.execute(text(missing), {"campaign": played.loaded.campaign.id, "day": TODAY}).scalar_one() < opened


def test_who_does_not_work_for_the_campaign_any_more_has_no_shifts_and_nobody_waits_for_them(played, undone, caller):
    theirs = [row.id for row in shifts(undone, caller)]
    waiting = undone.execute(text(ON_SHIFTS), {"shifts": theirs}).all()
    assert waiting
    result = planned_anew(undone, without(played.loaded, caller))
    assert shifts(undone, caller) == []
    assert {change.contact_id for change in result.changes if change.reason == HOURS_CHANGED} == {row.id for row in waiting}
    states = undone.execute(
        text("SELECT state, shift_id FROM contact WHERE id = ANY(:ids)"), {"ids": [row.id for row in waiting]}
    )
    assert set(states.all()) == {("cancelled", None)}
    told = {change.case_id for change in result.changes}
    assert told == {row.case_id for row in waiting}
    assert {change.before_mediator for change in result.changes} == {caller}
    assert all(change.after_mediator != caller for change in result.changes)


def test_today_stays_as_it_was_told(played, undone, caller):
    today = text(SHIFTS.replace("s.day > :today", "s.day = :today"))
    before = undone.execute(today, {"code": caller, "today": TODAY}).all()
    planned_anew(undone, without(played.loaded, caller))
    assert undone.execute(today, {"code": caller, "today": TODAY}).all() == before


def test_shorter_hours_keep_what_lies_in_them(played, undone, caller):
    calls = shifts(undone, caller, "call")
    begins, ends = (moment.astimezone(clock.PARIS) for moment in (calls[0].starts_at, calls[0].ends_at))
    until = ends - timedelta(hours=1)
    days = sorted({("mon", "tue", "wed", "thu", "fri", "sat")[row.day.weekday()] for row in calls})
    before = undone.execute(text(ON_SHIFTS), {"shifts": [row.id for row in calls]}).all()
    inside = {row.id for row in before if row.due_at.astimezone(clock.PARIS).time() < until.time()}
    shorter = changed(played.loaded, caller, calls={"days": days, "hours": [f"{begins:%H:%M}", f"{until:%H:%M}"]})
    result = planned_anew(undone, shorter)
    after = shifts(undone, caller, "call")
    assert [row.id for row in after] == [row.id for row in calls]
    assert {row.ends_at.astimezone(clock.PARIS).time() for row in after} == {until.time()}
    lost = {change.contact_id for change in result.changes if change.reason == HOURS_CHANGED}
    assert lost == {row.id for row in before} - inside
    assert undone.execute(text(OUTSIDE)).scalar_one() == 0


def test_other_hours_of_the_same_day_are_worked_instead(played, undone, caller):
    calls = shifts(undone, caller, "call")
    days = sorted({("mon", "tue", "wed", "thu", "fri", "sat")[row.day.weekday()] for row in calls})
    late = changed(played.loaded, caller, calls={"days": days, "hours": ["18:00", "19:30"]}, visits=None, desk=None)
    planned_anew(undone, late)
    found = {
        (row.starts_at.astimezone(clock.PARIS).strftime("%H:%M"), row.ends_at.astimezone(clock.PARIS).strftime("%H:%M"))
        for row in shifts(undone, caller)
    }
    assert found == {("18:00", "19:30")}
    assert undone.execute(text(OUTSIDE)).scalar_one() == 0


def test_longer_hours_are_one_shift_and_what_was_planned_stays(played, undone, caller):
    calls = shifts(undone, caller, "call")
    begins, ends = (moment.astimezone(clock.PARIS) for moment in (calls[0].starts_at, calls[0].ends_at))
    days = sorted({("mon", "tue", "wed", "thu", "fri", "sat")[row.day.weekday()] for row in calls})
    longer = {"days": days, "hours": [f"{begins:%H:%M}", f"{ends + timedelta(minutes=45):%H:%M}"]}
    before = undone.execute(text(ON_SHIFTS), {"shifts": [row.id for row in calls]}).all()
    result = planned_anew(undone, changed(played.loaded, caller, calls=longer, visits=None, desk=None))
    after = shifts(undone, caller, "call")
    assert [(row.id, row.ends_at) for row in after] == [(row.id, row.ends_at + timedelta(minutes=45)) for row in calls]
    assert set(before) <= set(undone.execute(text(ON_SHIFTS), {"shifts": [row.id for row in calls]}).all())
    assert not {row.id for row in before} & {change.contact_id for change in result.changes}


@pytest.mark.parametrize("kept", ["call", "visit"])
def test_one_kind_of_work_may_take_the_hours_of_another(played, undone, caller, kept):
    """What begins when a shift of the same person did that is closed."""
    day = ("mon", "tue", "wed", "thu", "fri", "sat")[shifts(undone, caller, "call")[0].day.weekday()]
    names = {"call": "calls", "visit": "visits"}
    other = next(kind for kind in names if kind != kept)
    both = {
        names[other]: {"days": [day], "hours": ["10:00", "13:00"]},
        names[kept]: {"days": [day], "hours": ["14:00", "16:30"]},
        "desk": None,
    }
    planned_anew(undone, changed(played.loaded, caller, **both))
    before = {row.day: row.id for row in shifts(undone, caller, kept)}
    assert len(shifts(undone, caller)) == 2 * len(before)
    planned_anew(
        undone,
        changed(
            played.loaded, caller, **{names[other]: None, names[kept]: {"days": [day], "hours": ["10:00", "16:30"]}, "desk": None}
        ),
    )
    after = shifts(undone, caller)
    assert {row.day: row.id for row in after} == before
    assert {row.starts_at.astimezone(clock.PARIS).strftime("%H:%M") for row in after} == {"10:00"}
    assert undone.execute(text(OUTSIDE)).scalar_one() == 0


def test_a_shift_by_hand_stays(played, undone, caller):
    kept = shifts(undone, caller, "call")[0]
    begins, ends = (moment.astimezone(clock.PARIS).strftime("%H:%M") for moment in (kept.starts_at, kept.ends_at))
    row = {"mediator": caller, "kind": "call", "day": kept.day.isoformat(), "start": begins, "end": ends}
    add_shifts(undone, {"à la main": row}, source="test", actor="test")
    planned_anew(undone, without(played.loaded, caller))
    assert [row.id for row in shifts(undone, caller)] == [kept.id]


def test_hours_that_another_campaign_wants_are_worked_for_it(played, undone, caller):
    before = shifts(undone, caller)
    data = played.loaded.folder.campaign.model_dump(mode="json") | {"code": "energy-arrears-twin"}
    twin = replace(played.loaded.folder, campaign=type(played.loaded.folder.campaign).model_validate(data))
    with clock.travel(MORNING):
        launch_campaign(undone, twin, actor="test")
    number = find_campaign(undone, "energy-arrears-twin").campaign.id
    result = planned_anew(undone, without(played.loaded, caller))
    assert [row[:5] for row in shifts(undone, caller)] == [row[:5] for row in before]
    assert {row.campaign_id for row in shifts(undone, caller)} == {number}
    assert [change for change in result.changes if change.reason == HOURS_CHANGED] == []


def test_a_shift_in_which_something_was_done_stays_for_what_was_done(played, undone, caller):
    theirs = shifts(undone, caller, "call")
    done = undone.execute(text(ON_SHIFTS), {"shifts": [row.id for row in theirs]}).first()
    undone.execute(
        text("UPDATE contact SET state = 'done', done_at = :now, disposition = 'no_answer' WHERE id = :id"),
        {"id": done.id, "now": MORNING},
    )
    planned_anew(undone, without(played.loaded, caller))
    (left,) = shifts(undone, caller)
    assert undone.execute(text("SELECT shift_id FROM contact WHERE id = :id"), {"id": done.id}).scalar_one() == left.id
