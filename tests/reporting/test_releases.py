"""Summaries as partners read them: released once, never changed, corrected with a reason, all figures kept."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from outreach.core import clock
from outreach.core.errors import OutreachError
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import find_campaign, launch_campaign
from outreach.models import Partner, Summary
from outreach.reporting.releases import TellableFigure, correct, ledger, release, steady, told_before

FOLDER = Path(__file__).parents[2] / "campaigns" / "energy-arrears"
START = clock.at(date(2026, 10, 5), "09:00")
FIGURES = [
    TellableFigure("2026-10/all/solicited", {"dimension": "all", "until": "2026-10"}, 61),
    TellableFigure("2026-10/commune:69029/solicited", {"dimension": "commune", "value": "69029", "until": "2026-10"}, None),
]


@pytest.fixture
def campaign(session):
    with clock.travel(START):
        launch_campaign(session, read_folder(FOLDER), actor="test")
        return find_campaign(session, FOLDER.name).campaign, session.scalars(select(Partner.id)).one()


def produced(session, campaign, version=1, end=date(2026, 10, 31)):
    row, partner = campaign
    summary = Summary(
        campaign_id=row.id, partner_id=partner, period_start=date(2026, 10, 1), period_end=end, version=version,
        content_hash=f"h{version}", content={"n": version}, produced_at=START, produced_by="engine",
    )  # fmt: skip
    session.add(summary)
    session.flush()
    return summary


def released(session, summary, **what):
    return release(session, summary.id, "paula", **{"reviewed_by": "rosa", "figures": FIGURES} | what)


def refused(session, act):
    """What an act is refused with; what it did before is undone."""
    with pytest.raises((OutreachError, DBAPIError)) as found, session.begin_nested():
        act()
    return str(found.value)


def test_a_release_says_who_and_when_and_fills_the_ledger(session, campaign):
    summary = produced(session, campaign)
    with clock.travel(START):
        released(session, summary)
    assert (summary.state, summary.reviewed_by, summary.released_by, summary.released_at) == ("released", "rosa", "paula", START)
    entries = ledger(session, campaign[1])
    assert [(entry.key, entry.value, dict(entry.atoms)) for entry in entries] == [
        (figure.key, figure.value, dict(figure.atoms)) for figure in FIGURES
    ]
    assert {entry.summary_id for entry in entries} == {summary.id}
    assert ledger(session, campaign[1] + 1) == []
    query = "SELECT actor, data ->> 'reviewed_by' FROM audit_entry WHERE action = 'summary.release'"
    assert session.execute(text(query)).all() == [("paula", "rosa")]


def test_what_was_released_never_changes(session, campaign):
    summary = produced(session, campaign)
    session.execute(text("UPDATE summary SET content = '{}' WHERE id = :id"), {"id": summary.id})
    released(session, summary)
    for statement in (
        "UPDATE summary SET content = '{\"n\": 2}' WHERE id = :id", "UPDATE summary SET reason = 'x' WHERE id = :id",
        "UPDATE summary SET state = 'produced' WHERE id = :id", "DELETE FROM summary WHERE id = :id",
        "UPDATE released_figure SET value = 1 WHERE summary_id = :id", "DELETE FROM released_figure WHERE summary_id = :id",
    ):  # fmt: skip
        said = refused(session, lambda sql=statement: session.execute(text(sql), {"id": summary.id}))
        assert any(words in said for words in ("released summary", "append-only", "permission denied for table released_figure"))


def test_a_summary_is_released_once(session, campaign):
    summary = produced(session, campaign)
    released(session, summary)
    assert "déjà été remis" in refused(session, lambda: released(session, summary))
    assert "n'existe pas" in refused(session, lambda: release(session, 0, "paula", reviewed_by="rosa", figures=[]))


def test_somebody_else_than_the_producer_has_looked(session, campaign):
    summary = produced(session, campaign)
    assert "relu" in refused(session, lambda: released(session, summary, reviewed_by=" "))
    alone = refused(session, lambda: release(session, summary.id, "engine", reviewed_by="engine", figures=[]))
    assert "seul" in alone
    assert release(session, summary.id, "engine", reviewed_by="rosa", figures=[]).state == "released"


def test_an_older_version_is_not_released_after_a_newer_one(session, campaign):
    first, second = produced(session, campaign), produced(session, campaign, 2)
    released(session, second)
    assert "version 2" in refused(session, lambda: released(session, first))
    assert released(session, produced(session, campaign, end=date(2026, 11, 30))).version == 1


def test_a_correction_is_a_new_version_with_its_reason(session, campaign):
    first, second = produced(session, campaign), produced(session, campaign, 2)
    released(session, first)
    assert "correction" in refused(session, lambda: released(session, second))
    assert "motif" in refused(session, lambda: correct(session, second.id, first.id, reason=" ", actor="paula"))
    correct(session, second.id, first.id, reason="Une liste avait été comptée deux fois", actor="paula")
    released(session, second)
    session.refresh(first)
    assert (first.state, second.state, second.corrects) == ("corrected", "released", first.id)
    assert len(ledger(session, campaign[1])) == 2 * len(FIGURES), "what was read before stays read"
    third = produced(session, campaign, 3)
    stale = refused(session, lambda: correct(session, third.id, first.id, reason="encore", actor="paula"))
    assert "seule la version remise" in stale
    assert told_before(session, first.id) == {FIGURES[0].key: 61}


@given(st.none() | st.integers(0, 60), st.none() | st.integers(0, 60), st.sampled_from([5, 11]))
def test_a_correction_never_moves_a_count_by_a_handful(before, now, threshold):
    told = steady(before, now, threshold)
    assert told in {before, now}
    if before is not None:
        assert told is not None
        assert abs(told - before) == 0 or abs(told - before) >= threshold
