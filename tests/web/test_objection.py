"""The page behind a letter's square: one press objects, a look does nothing, and nobody can refuse for others."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.letter_codes import GUESTS, NOBODY, code_of, number_of
from outreach.core.letter_passes import pass_of, sample_pass
from outreach.core.words import Channel
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import find_campaign, launch_campaign
from outreach.simulation.crowd import write_crowd
from tests.web.server import serving

NOW = clock.at(date(2026, 10, 6), "10:00")


@pytest.fixture
def shown(database):
    """What the square on the letter of the first of three people holds."""
    with clock.travel(NOW), database.session() as session:
        folder = read_folder(Path("campaigns/energy-arrears"))
        launch_campaign(session, folder, actor="test")
        write_crowd(session, find_campaign(session, folder.campaign.code), 3, Channel.LETTER, NOW + timedelta(days=1))
        return pass_of(session.execute(text('SELECT letter_code FROM "case" ORDER BY id LIMIT 1')).scalar_one())


def statuses(database):
    with database.session() as session:
        return session.execute(text('SELECT status FROM "case" ORDER BY id')).scalars().all()


def test_looking_does_nothing_and_one_press_objects_for_that_person_alone(database, shown):
    with serving(database) as client:
        page = client.get(f"/o/{shown}")
        assert page.status_code == 200
        assert "Ne plus me contacter" in page.text
        assert "'unsafe" not in page.headers["Content-Security-Policy"]
        assert statuses(database) == ["waiting"] * 3
        for _time in range(2):
            assert client.post(f"/o/{shown.lower()}").status_code == 200
    assert statuses(database) == ["objected", "waiting", "waiting"]
    with database.session() as session:
        assert session.execute(text("SELECT DISTINCT source FROM objection")).scalars().all() == ["letter"]
        assert session.execute(text("SELECT count(*) FROM contact WHERE state = 'planned'")).scalar_one() == 2


def test_who_has_one_letter_can_refuse_for_nobody_else(database, shown):
    """Codes follow each other by a rule that anybody may read: the proof beside them does not."""
    code, _, proof = shown.partition("-")
    with serving(database) as client:
        number = number_of(code)
        for other in (
            f"{code_of(number + 1)}-{proof}",
            code_of(number + 1),
            sample_pass(code_of(number + 1)),
            code,
            "nonsense",
            "-",
            "é",
        ):
            assert client.get(f"/o/{other}").status_code == 404
            assert client.post(f"/o/{other}").status_code == 404
    assert statuses(database) == ["waiting"] * 3


def test_a_pass_of_no_case_objects_for_nobody(database, shown):
    with serving(database) as client, database.session():
        for number in (NOBODY, GUESTS, 999_999):
            assert client.post(f"/o/{pass_of(code_of(number))}").status_code == 404
        assert client.post(f"/o/{shown}").status_code == 200, "however much was tried before"
    assert statuses(database) == ["objected", "waiting", "waiting"]
