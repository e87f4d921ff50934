"""A server on another machine: nobody listens in because an address left it open."""

from __future__ import annotations

import pytest

from outreach.core.database import open_database
from outreach.core.errors import DatabaseError
from outreach.core.settings import Settings

IN_THE_CLEAR = "chiffrée"
ELSEWHERE = "postgresql+psycopg2://someone@db.invalid/none"


def refusal(monkeypatch, url, owner=None):
    """Why a database is not opened: none of these is there."""
    monkeypatch.setenv("OUTREACH_DATABASE_URL", url)
    if owner is not None:
        monkeypatch.setenv("OUTREACH_DATABASE_OWNER_URL", owner)
    with pytest.raises(DatabaseError) as raised:
        open_database(configuration=Settings())
    return raised.value


@pytest.mark.parametrize("mode", ["", "?sslmode=prefer", "?sslmode=allow", "?host=/tmp/none&host=db.invalid"])
def test_a_server_elsewhere_is_not_spoken_to_in_the_clear_by_chance(monkeypatch, mode):
    error = refusal(monkeypatch, ELSEWHERE + mode)
    assert IN_THE_CLEAR in error.message
    assert (error.place, "verify-full" in error.mend) == ("OUTREACH_DATABASE_URL", True)


def test_nor_is_it_by_the_owner(monkeypatch):
    assert refusal(monkeypatch, f"{ELSEWHERE}?sslmode=require", ELSEWHERE).place == "OUTREACH_DATABASE_OWNER_URL"


@pytest.mark.parametrize(
    "url",
    [
        f"{ELSEWHERE}?sslmode=disable",
        f"{ELSEWHERE}?sslmode=verify-full",
        "postgresql+psycopg2://someone@127.0.0.1:1/none",
        "postgresql+psycopg2://someone@[::1]:1/none",
        "postgresql+psycopg2://someone@localhost:1/none",
        "postgresql+psycopg2://someone@/none?host=/nowhere",
    ],
)
def test_what_is_said_or_here_is_tried(monkeypatch, url):
    assert IN_THE_CLEAR not in refusal(monkeypatch, url).message


def test_the_environment_of_the_driver_may_say_it(monkeypatch):
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    assert IN_THE_CLEAR not in refusal(monkeypatch, ELSEWHERE).message


def test_what_is_invented_is_never_laid_into_a_server_of_ones_own(monkeypatch):
    """Its screens would open by one address a role, on real people."""
    monkeypatch.setenv("OUTREACH_DATABASE_URL", "postgresql+psycopg2://someone@127.0.0.1:1/real")
    with pytest.raises(DatabaseError, match="une base à elle") as raised:
        open_database("outreach_demo", Settings())
    assert raised.value.place == "OUTREACH_DATABASE_URL"
