"""Boards are counted from kept figures and kept themselves: a page reads one row, however large the campaign is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import clock
from outreach.core.plain import as_data
from outreach.definitions.registry import find_campaign
from outreach.reporting.board.attention import attention
from outreach.reporting.board.pace import pace
from outreach.reporting.board.places import communes, sites
from outreach.reporting.figures.keeping import refresh_figures
from outreach.reporting.figures.reading import until_now
from outreach.reporting.funnel import read_funnel

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.core.database import Database
    from outreach.definitions.registry import Loaded

FRESH = timedelta(minutes=1)
RUNNING = "SELECT code FROM campaign WHERE state IN ('launched', 'paused') AND version_id IS NOT NULL ORDER BY id"
AGE = "SELECT counted_at FROM campaign_board WHERE campaign_id = :campaign"
KEEP = """
INSERT INTO campaign_board (campaign_id, counted_at, data) VALUES (:campaign, :now, CAST(:data AS jsonb))
ON CONFLICT (campaign_id) DO UPDATE SET counted_at = excluded.counted_at, data = excluded.data
"""
OPEN = """
SELECT coalesce(sum(k.n), 0) FROM figure_cell k JOIN figure_way w ON w.id = k.way_id
WHERE k.campaign_id = :campaign AND k.dimension = 'all' AND w.objected IS NULL AND w.mediated IS NULL AND w.ended IS NULL
"""
READ = "SELECT counted_at, data FROM campaign_board WHERE campaign_id = :campaign"


@dataclass(frozen=True)
class Board:
    """The board of a campaign as it was counted: ``funnel``, ``pace``, ``sites``, ``communes``, ``attention``."""

    counted_at: datetime
    data: dict[str, Any]


def keep_boards(database: Database) -> int:
    """Count what changed, then the boards of running campaigns that are older than a minute; returns how many."""
    refresh_figures(database)
    kept = 0
    with database.session() as session:
        codes = list(session.scalars(text(RUNNING)))
    for code in codes:
        with database.session() as session:
            loaded = find_campaign(session, code)
            age = session.execute(text(AGE), {"campaign": loaded.campaign.id}).scalar()
            if age is None or clock.now() - age >= FRESH:
                keep_board(session, loaded)
                kept += 1
    return kept


def keep_board(session: Session, loaded: Loaded) -> None:
    """Count the board of a campaign and keep it."""
    campaign = loaded.campaign.id
    data = {
        "funnel": as_data(read_funnel(session, loaded, until_now())), "pace": pace(session, loaded), "sites": sites(session, campaign),
        "communes": communes(session, campaign), "attention": attention(session, loaded, open_cases(session, campaign)),
    }  # fmt: skip
    session.execute(text(KEEP), {"campaign": campaign, "now": clock.now(), "data": json.dumps(data)})


def open_cases(session: Session, campaign: int) -> int:
    """The cases for which something may still be done, whether they were ever contacted or not."""
    return int(session.execute(text(OPEN), {"campaign": campaign}).scalar_one())


def board_of(session: Session, campaign: int) -> Board | None:
    """The board as it was kept last; ``None`` before the first time."""
    row = session.execute(text(READ), {"campaign": campaign}).first()
    return Board(row.counted_at, row.data) if row else None
