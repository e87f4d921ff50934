"""The menu: every entry leads where its roles may go."""

from __future__ import annotations

import pytest

from outreach.core.roles import Role
from outreach.web.access.who_may import who_may
from outreach.web.menu import MENU


@pytest.mark.parametrize(("roles", "href"), [(roles, href) for roles, href, _icon, _word in MENU])
def test_an_entry_leads_where_all_of_its_roles_may_go(roles, href):
    assert roles <= who_may("GET", href)


def test_contradictions_are_found_by_those_who_may_settle_them():
    assert {Role.MANAGER, Role.MEDIATOR} == next(roles for roles, href, _icon, _word in MENU if href == "/conflicts")
