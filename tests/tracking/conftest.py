"""A day on which phones tell what came of their contacts, and who holds them."""

from __future__ import annotations

import pytest

from tests.phones import ready, who


@pytest.fixture
def day(session):
    return ready(session)


@pytest.fixture
def amina(session, day):
    return who(session, "l8-amina")


@pytest.fixture
def ines(session, day):
    return who(session, "l8-ines")
