"""What is agreed with people overseas is told, counted and looked for by the clocks of where they live."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.words import Channel
from outreach.definitions.registry import agreed
from outreach.planning.promises import open_promises
from outreach.planning.worklist import needy_cases
from outreach.policy.local_time import zone_of_mediator, zones_of
from outreach.policy.standing import not_allowed
from outreach.policy.windows import closing, opening
from outreach.tracking import promise, snooze
from outreach.tracking.promises import call_back_soon
from tests.phones import NOW, Phone, tell

PLACES = {
    "69388": ZoneInfo("Europe/Paris"), "97411": ZoneInfo("Indian/Reunion"), "97209": ZoneInfo("America/Martinique"),
    "98818": ZoneInfo("Pacific/Noumea"),
}  # fmt: skip
TOMORROW = date(2026, 10, 7)
PROMISED = "SELECT starts_at, ends_at FROM appointment WHERE case_id = :case AND state = 'open'"
ALL = frozenset({"fr"})


@pytest.fixture(params=PLACES)
def place(request, session, day):
    """(commune, time zone) where everybody lives."""
    session.execute(text("UPDATE building SET insee = :insee"), {"insee": request.param})
    return request.param, PLACES[request.param]


def test_a_case_is_where_its_person_lives_and_else_where_its_site_is(session, day, place):
    _insee, zone = place
    assert zones_of(session, day.cases) == dict.fromkeys(day.cases, zone)
    assert zone_of_mediator(session, code="l8-amina") == clock.PARIS, "at the site, wherever people live"
    session.execute(text("UPDATE person SET household_id = NULL"))
    session.execute(text("UPDATE site SET insee = '97411'"))
    assert (
        set(zones_of(session, day.cases).values()) == {zone_of_mediator(session, code="l8-amina")} == {ZoneInfo("Indian/Reunion")}
    )
    assert zone_of_mediator(session, code="nobody") == clock.PARIS


def test_what_cannot_be_promised_is_told_with_the_hour_that_was_typed_there(session, day, amina, place):
    insee, zone = place
    typed = datetime.combine(TOMORROW, time(22, 30), zone)
    fact = Phone().fact("result", day.contacts[0], code="call_back", again_at=f"{typed.astimezone(UTC):%Y-%m-%dT%H:%M:%S.000Z}")
    [answer] = tell(session, amina, fact)
    assert "07/10/2026 22:30" in answer.remark
    first = opening(Channel.VISIT, TOMORROW, insee).astimezone(zone)
    assert f"Proposez par exemple le 07/10 à {first:%H:%M}" in answer.remark


def test_who_asks_in_the_evening_is_called_the_same_evening_if_hours_allow(session, day, place):
    insee, zone = place
    evening = datetime.combine(TOMORROW, time(19, 30), zone)
    with clock.travel(evening):
        assert call_back_soon(session, day.cases[0], actor="test") is not None
    promised = session.execute(text(PROMISED), {"case": day.cases[0]}).one()
    assert promised.starts_at == datetime.combine(TOMORROW, time(19, 35), zone)
    assert promised.ends_at == closing(Channel.CALL, date(2026, 10, 8), insee)


def test_a_promise_of_the_evening_is_one_of_its_own_day(session, day, place):
    _insee, zone = place
    begins, ends = (datetime.combine(TOMORROW, at, zone) for at in (time(19), time(19, 30)))
    with clock.travel(NOW):
        promise(session, day.cases[0], Channel.CALL, begins, ends, actor="test")
        assert [one.day for one in open_promises(session, day.loaded.campaign.id)] == [TOMORROW]


@pytest.mark.parametrize("hour", [time(0), time(8), time(19)])
def test_who_is_left_alone_until_a_day_is_left_alone_until_that_day_there(session, day, place, hour):
    _insee, zone = place
    case, until = day.cases[0], date(2026, 10, 15)
    with clock.travel(NOW):
        snooze(session, case, datetime.combine(until, hour, zone), "hospitalisation", actor="test")
        cases = needy_cases(session, day.loaded.campaign.id, clock.at(date(2026, 10, 20), "23:59"), callers=ALL, visitors=ALL)
    assert cases.set_index("id").loc[case, "snoozed"].date() == until


def test_whose_home_nobody_knows_is_not_called_at_night_where_the_site_is(session, day):
    session.execute(text("UPDATE person SET household_id = NULL"))
    session.execute(text("UPDATE site SET insee = '97411'"))
    night, noon = (datetime.combine(TOMORROW, at, ZoneInfo("Indian/Reunion")) for at in (time(21), time(12)))
    with clock.travel(night):
        assert call_back_soon(session, day.cases[0], actor="test") is not None
    promised = session.execute(text(PROMISED), {"case": day.cases[0]}).scalar_one()
    assert promised == opening(Channel.CALL, date(2026, 10, 8), "97411"), "in Paris it is seven in the evening"
    terms = {day.loaded.campaign.id: agreed(session, day.loaded.campaign).definition.terms}
    contact = day.contacts[-1]
    for at, reason in ((night, "closed"), (noon, None)):
        session.execute(text("UPDATE contact SET channel = 'call', due_at = :at WHERE id = :id"), {"at": at, "id": contact})
        with clock.travel(at):
            assert not_allowed(session, [contact], terms, TOMORROW).get(contact) == reason
