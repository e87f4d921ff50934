"""The partner's simulated return file: the engine's own intake reads it, and help shows in it."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from sqlalchemy import text

from outreach.core.marks import reference_mark
from outreach.models import Event
from outreach.simulation.residents import Residents
from outreach.simulation.returns import STRANGERS, write_returns
from tests.intake.returned import DAY, returned

__all__ = ["returned"]
EARLY, LATE = date(2026, 11, 20), date(2027, 1, 20)
PAID = "SELECT reference FROM partner_outcome WHERE kind = 'paid' AND value"


def test_help_shows_in_the_file_and_a_later_file_goes_on_with_the_story(returned, tmp_path):
    session, residents = returned.session, Residents(5)
    cases = returned.known(*(f"SIMUL-{number:04d}" for number in range(400)))
    helped = {reference for reference in cases if int(reference[-4:]) % 2}
    session.add_all(
        Event(
            id=uuid4(), case_id=cases[reference], kind="mediated", code="action", occurred_at=DAY, recorded_at=DAY, actor="test",
            source="call", data={}, contact_id=None,
        )
        for reference in sorted(helped)
    )  # fmt: skip
    session.flush()
    told = {}
    for day in (EARLY, LATE):
        path = tmp_path / f"retour-{day}.csv"
        assert write_returns(session, returned.loaded(), residents, day, path) == len(cases) + STRANGERS
        told[day] = path
    from outreach.core import clock

    with clock.travel(clock.at(EARLY, "09:00")):
        first = returned.take(path=told[EARLY])
    said = {reference_mark(returned.target.partner_id, reference): reference for reference in cases}
    early = {said[mark] for mark in session.execute(text(PAID)).scalars()}
    assert first.rows == {"matched": 400, "unknown": STRANGERS}
    with clock.travel(clock.at(LATE, "09:00")):
        assert returned.take(path=told[LATE]).rows == first.rows
    late = {said[mark] for mark in session.execute(text(PAID)).scalars()}
    assert early < late
    share = [len(late & group) / len(group) for group in (helped, set(cases) - helped)]
    assert share[0] > share[1] + 0.2
    kept = session.execute(text("SELECT DISTINCT reference FROM partner_outcome WHERE kind = 'plan_kept'")).scalars()
    assert {said[mark] for mark in kept} == helped
