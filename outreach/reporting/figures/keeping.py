"""Keeps lines and cells up to date: what changed is counted again, what it counted before is taken back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text

from outreach.core import bulk
from outreach.core.words import Channel
from outreach.definitions.registry import definition_of
from outreach.models import Campaign
from outreach.policy.attribution import SQL_CREDIT, UNSEEN_CODES
from outreach.reporting.figures.lines import LINES, bound
from outreach.reporting.figures.sums import ADD_ANSWERS, ADD_CELLS, ADD_COURSE, ADD_CREDITS, ADD_WORK, CLEAR, EMPTY, NEW_WAYS, STEP

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.core.database import Database

BATCH = 20_000
"""Cases counted again in one transaction."""
LOCK = "SELECT pg_advisory_xact_lock(hashtext('figures'))"
TAKE = """
CREATE TEMP TABLE due ON COMMIT DROP AS
WITH taken AS (DELETE FROM figure_due WHERE case_id IN (SELECT case_id FROM figure_due LIMIT :size) RETURNING case_id)
SELECT t.case_id FROM taken t
"""
ALL_OF = 'CREATE TEMP TABLE due ON COMMIT DROP AS SELECT id AS case_id FROM "case" WHERE campaign_id = ANY(:campaigns)'
CAMPAIGNS = 'SELECT DISTINCT c.campaign_id FROM due d JOIN "case" c ON c.id = d.case_id'
COLUMNS = (
    "case_id, campaign_id, site_id, segment, wave, run_id, building_id, commune, area, language, reading, age, size, contactable,"
    " opened_at, solicited_at, reached_at, accepted_at, mediated_at, kind, objected_at, ended_at, ended_as, work, answers"
)
BEFORE = "SELECT f.*, -1 AS sign FROM due d JOIN case_figure f ON f.case_id = d.case_id"
FORGET = "DELETE FROM case_figure f USING due d WHERE f.case_id = d.case_id"
KEEP = f"INSERT INTO case_figure ({COLUMNS}) SELECT {COLUMNS} FROM fresh"
AFTER = "SELECT f.*, 1 AS sign FROM fresh f"
UNCREDIT = "DELETE FROM credit c USING due d WHERE c.case_id = d.case_id"
CREDIT = f"INSERT INTO credit (mediation_id, contact_id, case_id, first, last, shared) {SQL_CREDIT.format(due='due')}"


def refresh_figures(database: Database) -> int:
    """Count again every case that changed; returns how many. One at a time in the whole house; readers never wait."""
    counted = 0
    while True:
        with database.session() as session:
            done = refresh_some(session)
        counted += done
        if done < BATCH:
            return counted


def refresh_all(session: Session) -> int:
    """Count again every case that changed, in this transaction: what it reads next is up to date. Returns how many."""
    counted = refresh_some(session)
    return counted + refresh_all(session) if counted == BATCH else counted


def refresh_some(session: Session, size: int = BATCH) -> int:
    """Count again up to ``size`` of the cases that changed, in this transaction; returns how many."""
    if not session.execute(text("SELECT EXISTS (SELECT FROM figure_due)")).scalar_one():
        return 0
    session.execute(text(LOCK))
    session.execute(text(TAKE), {"size": size})
    count = int(session.execute(text("SELECT count(*) FROM due")).scalar_one())
    if count:
        _count_again(session)
    session.execute(text("DROP TABLE due"))
    return count


def rebuild_figures(session: Session, campaigns: Iterable[int] | None = None) -> int:
    """Count everything again from the events, of some campaigns or all; returns the number of cases."""
    chosen = list(campaigns) if campaigns is not None else list(session.scalars(select(Campaign.id)))
    values = {"campaigns": chosen}
    session.execute(text(LOCK))
    session.execute(text(ALL_OF), values)
    session.execute(text("DELETE FROM figure_due q USING due d WHERE q.case_id = d.case_id"))
    for statement in (UNCREDIT, *CLEAR):
        session.execute(text(statement), values)
    count = int(session.execute(text("SELECT count(*) FROM due")).scalar_one())
    _count_again(session)
    session.execute(text("DROP TABLE due"))
    bulk.analyse(session, "case_figure", "figure_cell", "figure_way", "figure_answer", "credit")
    return count


def _count_again(session: Session) -> None:
    session.execute(text("ANALYZE due"))
    campaigns = list(session.execute(text(CAMPAIGNS)).scalars())
    uses = [_uses(session, campaign) for campaign in campaigns]
    session.execute(text(f"CREATE TEMP TABLE fresh ON COMMIT DROP AS {LINES.format(due='due')}"), bound() | _bound_uses(uses))
    session.execute(text(STEP.format(lines=f"{BEFORE} UNION ALL {AFTER}")))
    for statement in (NEW_WAYS, ADD_CELLS, ADD_ANSWERS, ADD_WORK, ADD_COURSE, FORGET, KEEP, ADD_CREDITS.format(sign=-1), UNCREDIT):
        session.execute(text(statement))
    session.execute(text(CREDIT), {"unseen": UNSEEN_CODES} | _windows(uses))
    session.execute(text(ADD_CREDITS.format(sign=1)))
    for statement in EMPTY:
        session.execute(text(statement), {"campaigns": campaigns})
    session.execute(text("DROP TABLE fresh, line"))


def _uses(session: Session, campaign: int) -> tuple[int, Any]:
    return campaign, definition_of(session, campaign)


def _bound_uses(uses: list[tuple[int, Any]]) -> dict[str, Any]:
    used = [definition.channels for _number, definition in uses]
    return {
        "use_campaign": [number for number, _definition in uses],
        "use_phones": [bool(channels & {Channel.SMS, Channel.CALL}) for channels in used],
        "use_calls": [Channel.CALL in channels for channels in used],
        "use_doors": [bool(channels & {Channel.LETTER, Channel.VISIT}) for channels in used],
    }


def _windows(uses: list[tuple[int, Any]]) -> dict[str, Any]:
    rows = [(number, channel.value, definition.attribution.days(channel)) for number, definition in uses for channel in Channel]
    return {
        "window_campaign": [row[0] for row in rows], "window_channel": [row[1] for row in rows], "window_days": [row[2] for row in rows],
    }  # fmt: skip
