"""A password may be looked at while it is typed, in a real browser."""

from __future__ import annotations

import pytest

from outreach.core.roles import Role
from outreach.models import Association
from tests.web.server import serving
from tests.web.tenants import account

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_who_types_a_password_may_look_at_it(database, visit):
    with database.session() as session:
        session.add(Association(code="a", name="A"))
        session.flush()
        account(session, "camille", Role.MANAGER, association="a")
    with serving(database) as client:
        one = visit(client.base_url, screen="phone")
        one.open("/login")
        field, button = one.page.locator("#f-password"), one.page.get_by_role("button", name="Montrer le mot de passe")
        field.fill("quatre chevaux")
        assert (field.get_attribute("type"), button.get_attribute("aria-pressed")) == ("password", "false")
        button.click()
        assert (field.get_attribute("type"), button.get_attribute("aria-pressed")) == ("text", "true")
        assert (one.axe(), one.overflow()) == ([], 0)
        button.press("Enter")
        assert field.get_attribute("type") == "password"
