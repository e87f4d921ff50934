"""One call after the other on a phone: put aside, given back, taken up again at the end, in a real browser."""

from __future__ import annotations

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
CLAIMED = "SELECT id FROM contact WHERE state = 'claimed'"


@pytest.fixture
def served(database):
    """Two calls of one mediator, served."""
    with clock.travel(NOW, running=True):
        with database.session() as session:
            day = ready(session, 2, Channel.CALL)
            account(session, "l8-amina", Role.MEDIATOR, association="pimms-lyon", mediator="l8-amina")
        with running(create_app(database)) as client:
            yield database, client, day


def claimed(database):
    with database.session() as session:
        return list(session.execute(text(CLAIMED)).scalars())


def test_a_call_put_aside_comes_back_at_the_end_and_may_be_given_back(served, visit):
    database, client, day = served
    one = visit(client.base_url, "phone")
    one.open("/login?next=/today")
    one.page.fill("#f-login", "l8-amina")
    one.page.fill("#f-password", PASSWORD)
    one.page.click("button.primary")
    one.page.wait_for_selector(".entry")
    one.page.evaluate(f"location.hash = '#/call/{day.shift}'")
    give_back = "button:has-text('Rendre cet appel')"
    for contact in day.contacts:
        one.page.wait_for_selector(give_back)
        assert claimed(database) == [contact]
        one.page.click("summary:has-text('Mettre cet appel de côté')")
        one.page.click("button:has-text('Pas maintenant')")
        one.page.click("#thumb button:has-text('Appel suivant')")
    # Only what was put aside is left: the first comes back, to be called like any other.
    one.page.wait_for_selector(give_back)
    assert claimed(database) == [day.contacts[0]]
    assert one.page.locator("button:has-text('Personne n')").count() >= 1
    one.page.click(give_back)
    one.page.wait_for_selector(".entry")
    assert claimed(database) == []
