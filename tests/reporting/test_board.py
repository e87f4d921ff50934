"""The board: what a manager sees at a glance equals what is counted afresh, and is one row to read."""

from __future__ import annotations

import inspect
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.words import EventKind
from outreach.reporting import campaign_funnel
from outreach.reporting.board import attention as counted
from outreach.reporting.board import board_of, keep_board, keep_boards
from outreach.reporting.board.attention import URGENCY, attention
from outreach.reporting.board.keeping import open_cases
from outreach.reporting.board.pace import AHEAD, BEFORE, pace
from outreach.reporting.figures.keeping import refresh_all
from outreach.tracking.events import NewEvent, append_events
from tests.played import END

TEMPLATES = Path(__file__).parents[2] / "outreach" / "web" / "templates"


@pytest.fixture
def evening():
    """The evening of the last played day."""
    with clock.travel(clock.at(END, "20:00")):
        yield


def test_the_board_tells_what_is_counted_afresh(undone, played, evening):
    funnel = campaign_funnel(undone, played.loaded)
    keep_board(undone, played.loaded)
    board = board_of(undone, played.loaded.campaign.id)
    assert {step["id"]: step["count"] for step in board.data["funnel"]["steps"]} == {step.id: step.count for step in funnel.steps}
    assert sum(site["solicited"] for site in board.data["sites"]) == funnel.count("solicited")
    assert board.counted_at == clock.now()


def test_the_pace_counts_what_was_done_and_is_planned(undone, played, evening):
    rows = pace(undone, played.loaded)
    assert len(rows) == BEFORE + 1 + AHEAD
    campaign = played.loaded.campaign.id
    done = undone.execute(
        text("SELECT count(*) FROM contact WHERE campaign_id = :c AND state IN ('sent', 'done') AND done_at >= :since"),
        {"c": campaign, "since": clock.at(END - timedelta(days=BEFORE), "00:00")},
    ).scalar_one()
    assert sum(count for row in rows for count in row["done"].values()) == done
    planned = undone.execute(
        text("SELECT count(*) FROM contact WHERE campaign_id = :c AND state = 'planned' AND due_at < :until"),
        {"c": campaign, "until": clock.at(END + timedelta(days=AHEAD + 1), "00:00")},
    ).scalar_one()
    assert sum(count for row in rows for count in row["planned"].values()) == planned


def test_the_pace_has_room_for_messages_on_the_days_on_which_they_may_leave(undone, played, evening):
    room = {date.fromisoformat(row["day"]): set(row["room"]) & {"letter", "sms"} for row in pace(undone, played.loaded)}
    saturday, armistice = date(2026, 11, 7), date(2026, 11, 11)
    assert (room[date(2026, 11, 6)], room[saturday], room[armistice]) == ({"letter", "sms"}, {"sms"}, set())


def test_what_needs_somebody_comes_by_urgency(undone, played, evening):
    before = attention(undone, played.loaded, 1)
    kinds = [item["kind"] for item in before]
    assert kinds == sorted(kinds, key=URGENCY.index)
    undone.execute(
        text("INSERT INTO sending_stop (reason, stopped_at, stopped_by) VALUES ('essai', :now, 't')"), {"now": clock.now()}
    )
    assert attention(undone, played.loaded, 1)[0]["kind"] == "stopped"


CONFLICT = """
INSERT INTO phone_fact (id, mediator_id, recorded_by, kind, case_id, seq, at_device, received_at, occurred_at, sha256, status, answer)
SELECT gen_random_uuid(), m.id, m.code, 'result', c.id, 1, :now, :now, :now, '', 'conflict', '{}'
FROM (SELECT id, code FROM mediator ORDER BY id LIMIT 1) m, (SELECT id FROM "case" WHERE campaign_id = :campaign ORDER BY id LIMIT 2) c
"""


def test_facts_that_contradict_each_other_are_told_until_somebody_settled_them(undone, played, evening):
    def told():
        return next((item["count"] for item in attention(undone, played.loaded, 1) if item["kind"] == "conflicts"), 0)

    before, campaign = told(), played.loaded.campaign.id
    undone.execute(text(CONFLICT), {"now": clock.now(), "campaign": campaign})
    assert told() == before + 2
    undone.execute(text('UPDATE "case" SET campaign_id = campaign_id + 1 WHERE id = (SELECT min(id) FROM "case" WHERE campaign_id = :c)'),
                   {"c": campaign})  # fmt: skip
    assert told() == before + 1, "another campaign's are told on its own board"
    undone.execute(text("UPDATE phone_fact SET settled_at = :now"), {"now": clock.now()})
    assert told() == 0


def test_every_kind_of_alert_is_counted_and_has_its_words():
    words = (TEMPLATES / "manager" / "words.html").read_text().partition("macro attention")[2]
    source = inspect.getsource(counted)
    for kind in URGENCY:
        assert f'"{kind}": (' in words, kind
        assert f'"{kind}"' in source.partition("def attention")[2] or f") AS {kind}" in source, kind


def test_an_old_list_is_told(undone, played):
    with clock.travel(clock.at(END + timedelta(days=30), "20:00")):
        kinds = {item["kind"]: item for item in attention(undone, played.loaded, 5)}
    assert kinds["list_old"]["count"] >= 30 - 7


def test_who_was_withdrawn_before_any_contact_is_not_open(undone, played, evening):
    campaign = played.loaded.campaign.id
    refresh_all(undone)
    before = open_cases(undone, campaign)
    fresh = undone.execute(
        text(
            "SELECT c.id FROM \"case\" c JOIN case_figure f ON f.case_id = c.id WHERE c.campaign_id = :c AND c.status = 'waiting'"
            " AND f.solicited_at IS NULL ORDER BY c.id LIMIT 3"
        ),
        {"c": campaign},
    ).scalars()
    gone = [NewEvent(case, EventKind.WITHDRAWN, f"gone:{case}", clock.now(), "test", "test") for case in fresh]
    append_events(undone, gone)
    refresh_all(undone)
    assert open_cases(undone, campaign) == before - len(gone) < before
    still = text(
        "SELECT count(*) FROM case_figure WHERE campaign_id = :c AND coalesce(mediated_at, objected_at, ended_at) IS NULL"
    )
    assert open_cases(undone, campaign) == undone.execute(still, {"c": campaign}).scalar_one()


def test_boards_are_counted_once_a_minute_at_most(database):
    from outreach.definitions.loader import read_folder
    from outreach.definitions.registry import launch_campaign

    with clock.travel(clock.at(date(2026, 10, 6), "08:00")):
        with database.session() as session:
            launch_campaign(session, read_folder(Path("campaigns/energy-arrears")), actor="test")
        assert keep_boards(database) == 1
        assert keep_boards(database) == 0
    with clock.travel(clock.at(date(2026, 10, 6), "08:02")):
        assert keep_boards(database) == 1
