"""The page behind a letter's square: one press objects, a look does nothing, and codes cannot be tried out."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.letter_codes import code_of
from outreach.core.words import Channel
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import find_campaign, launch_campaign
from outreach.simulation.crowd import write_crowd
from outreach.web.objection import WRONG_ONES
from tests.web.server import serving

NOW = clock.at(date(2026, 10, 6), "10:00")


@pytest.fixture
def code(database):
    """The code on the letter of the first of three people."""
    with clock.travel(NOW), database.session() as session:
        folder = read_folder(Path("campaigns/energy-arrears"))
        launch_campaign(session, folder, actor="test")
        write_crowd(session, find_campaign(session, folder.campaign.code), 3, Channel.LETTER, NOW + timedelta(days=1))
        return session.execute(text('SELECT letter_code FROM "case" ORDER BY id LIMIT 1')).scalar_one()


def statuses(database):
    with database.session() as session:
        return session.execute(text('SELECT status FROM "case" ORDER BY id')).scalars().all()


def test_looking_does_nothing_and_one_press_objects_for_that_person_alone(database, code):
    with serving(database) as client:
        page = client.get(f"/o/{code}")
        assert page.status_code == 200
        assert "Ne plus me contacter" in page.text
        assert "'unsafe" not in page.headers["Content-Security-Policy"]
        assert statuses(database) == ["waiting"] * 3
        for _time in range(2):
            assert client.post(f"/o/{code.lower()}").status_code == 200
    assert statuses(database) == ["objected", "waiting", "waiting"]
    with database.session() as session:
        assert session.execute(text("SELECT DISTINCT source FROM objection")).scalars().all() == ["letter"]
        assert session.execute(text("SELECT count(*) FROM contact WHERE state = 'planned'")).scalar_one() == 2


def test_whether_a_code_exists_is_told_to_nobody_who_only_looks(database, code):
    with serving(database) as client:
        assert client.get(f"/o/{code_of(999_999)}").text == client.get(f"/o/{code}").text
        assert client.get("/o/nonsense").status_code == 404


def test_codes_cannot_be_tried_out(database, code):
    with serving(database) as client:
        answers = [client.post(f"/o/{code_of(number)}").status_code for number in range(1_000, 1_000 + WRONG_ONES + 3)]
        assert answers == [404] * WRONG_ONES + [429] * 3
        assert client.post(f"/o/{code}").status_code == 429, "nor the right one, for a minute"
    assert statuses(database) == ["waiting"] * 3
