"""What tests of access start from: a served database with one manager."""

from __future__ import annotations

import pytest

from outreach.core.roles import Role
from outreach.models import Association
from tests.web.server import serving
from tests.web.tenants import account


@pytest.fixture
def site(database):
    """A served database with one manager."""
    with database.session() as session:
        session.add(Association(code="a", name="A"))
        session.flush()
        account(session, "camille", Role.MANAGER, association="a")
    with serving(database) as client:
        yield client
