"""Hours on a phone overseas, in a real browser: shown and typed as clocks there have them, whatever zone the phone is set to."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.roles import Role
from outreach.core.words import Channel
from outreach.web.app import create_app
from tests.phones import NOW, ready
from tests.web.server import running
from tests.web.tenants import PASSWORD, account

pytestmark = pytest.mark.browser
TYPED = "2026-10-07T15:00"
"""A Wednesday at three, when calls may be made there as in Lyon."""
PLACES = {
    "97411": ("Indian/Reunion", "12:00"),
    "69388": ("Europe/Paris", "10:00"),
}
"""By commune: the zone, and what clocks there show when the shift begins."""


@pytest.fixture(params=PLACES)
def served(request, database):
    """Two calls of one mediator of a commune, who lives there with the people; and its zone."""
    zone, begins = PLACES[request.param]
    with clock.travel(NOW, running=True):
        with database.session() as session:
            day = ready(session, 2, Channel.CALL)
            for table in ("site", "building"):
                session.execute(text(f"UPDATE {table} SET insee = :insee"), {"insee": request.param})
            account(session, "l8-amina", Role.MEDIATOR, association="pimms-lyon", mediator="l8-amina")
        with running(create_app(database)) as client:
            yield database, client, day, ZoneInfo(zone), begins


def signed_in(visit, client, zone):
    """The mediator's phone, set to a zone, with the day on it."""
    one = visit(client.base_url, "phone", timezone_id=zone)
    one.open("/login?next=/today")
    one.page.fill("#f-login", "l8-amina")
    one.page.fill("#f-password", PASSWORD)
    one.page.click("button.primary")
    one.page.wait_for_selector(".entry")
    assert one.page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone") == zone
    return one


@pytest.mark.parametrize("phone_zone", ["Pacific/Auckland", "America/Martinique"])
def test_three_o_clock_is_three_o_clock_there(served, visit, phone_zone):
    database, client, day, zone, begins = served
    one = signed_in(visit, client, phone_zone)
    assert "mar. 6 oct." in one.page.text_content(".phone-head h1")
    assert f"{begins} –" in one.page.text_content(".entry")
    one.page.evaluate(f"location.hash = '#/contact/{day.contacts[0]}'")
    one.page.click("button:has-text('Rappeler')")
    one.page.fill("#f-at", TYPED)
    one.page.click("button:has-text('Promettre')")
    one.page.wait_for_selector(".notice.good")
    assert "mer. 7 oct. 15:00" in one.page.text_content(".notice.good")
    one.page.wait_for_selector("#sync:empty", state="attached")
    with database.session() as session:
        promised = session.execute(text("SELECT starts_at FROM appointment")).scalars().all()
    assert promised == [datetime.fromisoformat(TYPED).replace(tzinfo=zone)]
    # Tomorrow morning is that of the place as well; and a day that a phone kept from before is one of Paris.
    tomorrow = (
        "import('/static/phone/clock.js').then(({tomorrow, time}) => [tomorrow('10:30').toISOString(), time(tomorrow('10:30'))])"
    )
    moment, written = one.page.evaluate(tomorrow)
    there = datetime.fromisoformat(moment).astimezone(zone)
    assert (f"{there:%H:%M}", written) == ("10:30", "10:30")
    one.page.evaluate("import('/static/phone/work.js').then(({state}) => { delete state.day.zone; })")
    assert one.page.evaluate("import('/static/phone/clock.js').then(({time}) => time('2026-10-06T09:00:00Z'))") == "11:00"


def test_a_night_in_which_clocks_change_is_read_as_it_is(served, visit):
    _database, client, _day, zone, _begins = served
    one = signed_in(visit, client, "Europe/Paris")
    typed = [
        "2026-10-24T23:30",
        "2026-10-25T01:30",
        "2026-10-25T03:30",
        "2026-10-25T23:30",
        "2027-03-28T01:30",
        "2027-03-28T03:30",
    ]
    read = one.page.evaluate(
        "typed => import('/static/phone/clock.js').then(({moment}) => typed.map(one => moment(one).toISOString()))", typed
    )
    assert [datetime.fromisoformat(at) for at in read] == [datetime.fromisoformat(at).replace(tzinfo=zone) for at in typed]
