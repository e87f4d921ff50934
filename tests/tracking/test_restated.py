"""Cases that are stored elsewhere than where their events say are found, whatever ended them; those that stand where they should are not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.words import Channel, EventKind
from outreach.tracking import NewEvent, append_events
from outreach.tracking.restated import _standing, misplaced
from tests.phones import DUE, ready

ELSEWHERE = {
    "status": "UPDATE \"case\" SET status = CASE status WHEN 'reached' THEN 'solicited' ELSE 'reached' END WHERE id = :id",
    "closed": "UPDATE \"case\" SET closed_at = coalesce(closed_at, now()) + interval '1 minute', closed_reason = coalesce(closed_reason, 'x') WHERE id = :id",
}


@pytest.fixture
def cases(session):
    return sorted(ready(session, 6, Channel.CALL, "l8-paul").cases)


@pytest.fixture
def told(session, cases):
    """Cases that wait, were reached, and ended in some ways; of two something was taken back."""
    _waiting, reached, refused, mediated, objected, corrected = cases

    def event(case, kind, code=None, hours=0, key="1", data=None):
        return NewEvent(case, kind, key, DUE + timedelta(hours=hours), "test", "call", code, data=data or {})

    mistaken = event(corrected, EventKind.ATTEMPTED, "refused", 1)
    with clock.travel(DUE + timedelta(hours=9)):
        append_events(
            session,
            [
                event(reached, EventKind.ATTEMPTED, "call_back"),
                event(refused, EventKind.ATTEMPTED, "no_answer"), event(refused, EventKind.ATTEMPTED, "refused", 2, "2"),
                event(refused, EventKind.EXHAUSTED, "no_answer", 3),
                event(mediated, EventKind.WITHDRAWN, "left_the_list"), event(mediated, EventKind.MEDIATED, "action", 2),
                event(objected, EventKind.OBJECTED, None, 3), event(objected, EventKind.MEDIATED, "action"),
                mistaken, event(corrected, EventKind.CORRECTED, "call_back", 2, data={"event": str(mistaken.id)}),
            ],
        )  # fmt: skip
    return dict(zip(("waiting", "reached", "refused", "mediated", "objected", "corrected"), cases, strict=True))


def test_nothing_is_wrong_with_cases_that_stand_where_their_events_say(session, told):
    stored = dict(session.execute(text('SELECT id, status FROM "case"')).all())
    assert {name: stored[case] for name, case in told.items()} == {
        "waiting": "waiting", "reached": "reached", "refused": "refused", "mediated": "mediated", "objected": "objected",
        "corrected": "reached",
    }  # fmt: skip
    assert misplaced(session) == (len(stored), [])


@pytest.mark.parametrize("how", list(ELSEWHERE))
@pytest.mark.parametrize("name", ["waiting", "reached", "refused", "mediated", "objected", "corrected"])
def test_a_case_that_is_stored_elsewhere_is_found(session, told, how, name):
    session.execute(text(ELSEWHERE[how]), {"id": told[name]})
    assert misplaced(session)[1] == [f"case {told[name]}"]


def test_a_case_of_which_nothing_is_told_stands_nowhere():
    assert _standing(None, []) is None
    assert _standing(0, []).status == "waiting"


def test_nothing_at_all_is_no_fault(session):
    assert misplaced(session) == (0, [])
