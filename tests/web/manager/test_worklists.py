"""The cases of a campaign as a manager pages through them: each once, as they were opened, and by the choices of the form."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.web.app import create_app
from tests.played import END
from tests.web.server import running
from tests.web.tenants import cookie, settle_accounts

CASES = "/campaigns/energy-arrears/cases"


@pytest.fixture(scope="module")
def desk(played):
    """A manager's browser on the played campaign, the evening of its last day."""
    with clock.travel(clock.at(END, "20:00")):
        settle_accounts(played.database)
        with running(create_app(played.database)) as client:
            client.headers.update(cookie(played.database, "manager"))
            yield client, played.database


def told(client, query=""):
    """The cases of one page after the other."""
    found = []
    while query is not None:
        page = client.get(CASES + query)
        assert page.status_code == 200, query
        found += map(int, re.findall(r'href="/cases/(\d+)"', page.text))
        further = re.search(r'rel="next" href="([^"]+)"', page.text)
        query = further[1].replace("&amp;", "&") if further else None
    return found


def test_every_case_comes_once_as_it_was_opened(desk):
    client, database = desk
    with database.session() as session:
        cases = session.scalars(text('SELECT id FROM "case" ORDER BY id')).all()
    assert told(client) == cases


def test_the_choices_of_the_form_narrow_it_down(desk):
    client, database = desk
    query = "SELECT id FROM \"case\" WHERE status = 'mediated' AND site_id = :site ORDER BY id"
    with database.session() as session:
        site = session.scalars(
            text("SELECT site_id FROM \"case\" WHERE status = 'mediated' GROUP BY 1 ORDER BY count(*) DESC")
        ).first()
        cases = session.scalars(text(query), {"site": site}).all()
    assert told(client, f"?status=mediated&site={site}") == cases
    assert told(client, "?status=&site=") == told(client), "the form sends what was not chosen as nothing"


def test_what_is_offered_for_a_case_can_be_done(desk):
    client, database = desk
    with database.session() as session:
        closed = 'SELECT (SELECT min(id) FROM "case" WHERE closed_at IS NULL), (SELECT min(id) FROM "case" WHERE closed_at IS NOT NULL)'
        going_on, over = session.execute(text(closed)).one()
    for case, is_open in ((going_on, True), (over, False)):
        page = client.get(f"/cases/{case}").text
        for what in ("promise", "snooze"):
            assert (f"/cases/{case}/{what}" in page) is is_open
        assert f"/cases/{case}/objection" in page
