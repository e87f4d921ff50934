"""Events are appended once, in documents of any size; the marks and the statuses of their cases follow, whatever was known before."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from outreach.core import clock
from outreach.core.words import Channel, EventKind
from outreach.tracking import NewEvent, append_events
from outreach.tracking.events import NAMESPACE, SMALL, _id_of, refresh_cases, standings_of
from tests.phones import DUE, ready

LATER = DUE + timedelta(hours=1)
MARKS = "SELECT case_id, since FROM figure_due WHERE case_id = ANY(:cases) ORDER BY 1"
FORGET = "DELETE FROM figure_due"
STORED = 'SELECT id, status, closed_at, closed_reason FROM "case" WHERE id = ANY(:cases) ORDER BY id'
PLANNED = "SELECT count(*) FROM contact WHERE case_id = ANY(:cases) AND state = 'planned'"


def told(case, key, kind=EventKind.DELIVERED, code=None, data=None):
    return NewEvent(case, kind, str(key), DUE, "test", "call", code, data=data or {})


@pytest.fixture
def cases(session):
    return sorted(ready(session, 4, Channel.CALL, "l8-paul").cases)


def marks(session, cases):
    return {row.case_id: row.since for row in session.execute(text(MARKS), {"cases": cases})}


@given(st.integers(0, 1 << 60), st.sampled_from(list(EventKind)), st.text(max_size=20))
def test_an_id_in_letters_is_the_id(case, kind, key):
    event = told(case, key, kind)
    assert event.id == uuid5(NAMESPACE, f"{case}:{kind}:{key}"), "as those that are kept since before"
    assert _id_of(event) == event.id.hex


@pytest.mark.parametrize("each", [1, SMALL])
def test_what_is_told_twice_is_one_event(session, cases, each):
    events = [told(case, number, data={"said": 'ça, "c\\d"'}) for number in range(each) for case in cases]
    with clock.travel(DUE):
        assert append_events(session, [*events, events[0]]) == len(events)
    with clock.travel(LATER):
        assert append_events(session, events) == 0
    held = session.execute(text("SELECT data, recorded_at FROM event WHERE kind = 'delivered'")).all()
    assert {(row.data["said"], row.recorded_at) for row in held} == {('ça, "c\\d"', DUE)}


@pytest.mark.parametrize("each", [1, SMALL])
def test_cases_are_due_since_the_first_of_what_was_told_also_when_it_was_known(session, cases, each):
    events = [told(case, number) for number in range(each) for case in cases[:2]]
    session.execute(text(FORGET))
    with clock.travel(DUE):
        append_events(session, events)
    assert marks(session, cases) == dict.fromkeys(cases[:2], DUE)
    session.execute(text(FORGET))
    with clock.travel(LATER):
        append_events(session, [*events, *(told(case, f"more {number}") for number in range(each) for case in cases[1:])])
    assert marks(session, cases) == {cases[0]: DUE, cases[1]: DUE, cases[2]: LATER, cases[3]: LATER}


@pytest.mark.parametrize("extra", [0, SMALL])
def test_a_case_is_written_only_when_it_stands_elsewhere(session, cases, extra):
    padding = [told(cases[0], f"p{number}") for number in range(extra)]
    version = text('SELECT id, ctid FROM "case" ORDER BY id')
    before = session.execute(version).all()
    with clock.travel(DUE):
        append_events(session, [*padding, *(told(case, "d") for case in cases)])
        assert session.execute(version).all() == before
        append_events(
            session,
            [*padding, told(cases[1], "a", EventKind.ATTEMPTED, "refused"), told(cases[2], "m", EventKind.MEDIATED, "action")],
        )
    stored = {row.id: tuple(row)[1:] for row in session.execute(text(STORED), {"cases": cases})}
    assert stored[cases[1]] == ("refused", DUE, "refused")
    assert stored[cases[2]] == ("mediated", DUE, "action")
    assert stored[cases[0]][1:] == stored[cases[3]][1:] == (None, None)
    assert session.execute(text(PLANNED), {"cases": cases[1:3]}).scalar_one() == 0
    assert session.execute(text(PLANNED), {"cases": [cases[0], cases[3]]}).scalar_one() == 2
    known = standings_of(session, cases)
    assert {case: (known[case].status, known[case].closed_at) for case in cases} == {
        case: row[:2] for case, row in stored.items()
    }


def test_a_wrong_status_is_mended_and_who_has_no_events_is_left_alone(session, cases):
    session.execute(text("UPDATE \"case\" SET status = 'reached' WHERE id = :id"), {"id": cases[0]})
    with clock.travel(DUE):
        refresh_cases(session, [*cases, 0])
    assert {row.status for row in session.execute(text(STORED), {"cases": cases})} == {"waiting"}
    assert 0 not in standings_of(session, [0])
