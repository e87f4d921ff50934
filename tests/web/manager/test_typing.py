"""Whoever writes is not away."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.web.access import sessions
from tests.played import END
from tests.web.server import serving_a_copy
from tests.web.tenants import cookie, settle_accounts

MORNING = clock.at(END + timedelta(days=1), "09:00")
SEEN = "SELECT max(seen_at) FROM web_session"


@pytest.fixture
def desk(cluster, played, worker_id):
    with serving_a_copy(cluster, played, f"typing_{worker_id}", MORNING) as (client, app, database):
        settle_accounts(database)
        yield client, app, database


@pytest.mark.browser
def test_what_takes_an_hour_to_write_is_not_lost(desk, visit):
    client, _app, database = desk
    secret = cookie(database, "manager")["Cookie"].partition("=")[2]
    seen = visit(client.base_url)
    seen.context.add_cookies(
        [{"name": sessions.COOKIE, "value": secret, "url": seen.base.replace("http:", "https:"), "secure": True}]
    )
    seen.page.clock.install()
    seen.open("/account")
    words = seen.page.locator("input[name=new]")
    asked = []
    seen.page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/account") else None)
    words.press_sequentially("quatre ")
    assert asked == [], "not at every letter"
    with clock.travel(clock.now() + timedelta(minutes=25)):
        seen.page.clock.fast_forward("25:00")
        with seen.page.expect_response("**/account"):
            words.press_sequentially("chevaux ")
        assert len(asked) == 1
        with database.session() as session:
            assert session.execute(text(SEEN)).scalar_one() == clock.now()
    with clock.travel(clock.now() + timedelta(minutes=50)):
        assert sessions.viewer(database, secret) is not None, "half an hour of silence has not gone by"
