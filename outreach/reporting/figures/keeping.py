"""Keeps lines and sums up to date: what changed is counted again, what it counted before is taken back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text

from outreach.core import bulk
from outreach.core.words import Channel
from outreach.definitions.registry import definition_of
from outreach.models import Campaign
from outreach.policy.attribution import SQL_JOURNEY, UNSEEN_CODES
from outreach.reporting.figures.lines import LINES, WHO, bound
from outreach.reporting.figures.sums import (
    ADD_ANSWERS,
    ADD_CELLS,
    ADD_COURSE,
    ADD_CREDITS,
    ADD_WORK,
    CLEAR,
    EMPTY,
    FORGET_MONTHS,
    IN_TOUCHED,
    MONTHS_TOUCHED,
    NEW_WAYS,
    STEP,
    TOUCHED,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.core.database import Database
    from outreach.definitions.campaign import Campaign as CampaignDefinition

BATCH = 20_000
"""Cases counted again in one transaction."""
MEMORY = ("work_mem = '384MB'", "hash_mem_multiplier = 2")
"""Of the server, while a year is counted: its groups fit."""
LOCK = "SELECT pg_advisory_xact_lock(hashtext('figures'))"
TAKE = """
CREATE TEMP TABLE due ON COMMIT DROP AS
WITH taken AS (DELETE FROM figure_due WHERE case_id IN (SELECT case_id FROM figure_due LIMIT :size) RETURNING case_id)
SELECT t.case_id FROM taken t
"""
# Cases are opened many at a time, by one statement: their numbers tell that they are new.
NEWCOMERS = """
INSERT INTO figure_due (case_id) SELECT id FROM "case" WHERE id > coalesce((SELECT max(case_id) FROM case_figure), 0) ON CONFLICT DO NOTHING
"""
DUE = "due"
ALL_OF = '(SELECT id AS case_id FROM "case" WHERE campaign_id = ANY(:campaigns))'
"""Instead of ``due``, where everything is: no temporary table, so that the server may use all of its processors."""
CAMPAIGNS = 'SELECT DISTINCT c.campaign_id FROM due d JOIN "case" c ON c.id = d.case_id'
COLUMNS = (
    "case_id, campaign_id, site_id, segment, wave, run_id, building_id, commune, area, language, reading, age, size, contactable,"
    " opened_at, solicited_at, reached_at, accepted_at, mediated_at, kind, objected_at, ended_at, ended_as"
)
_KNOWN = ("site_id", "segment", "wave", "building_id", "commune", "area", "language", "reading", "age", "size")
CHANGED = f"""
INSERT INTO figure_due (case_id) SELECT w.case_id FROM ({WHO.format(due=ALL_OF)}) w LEFT JOIN case_figure f ON f.case_id = w.case_id
WHERE f.case_id IS NULL OR f.contactable <> (w.has_way OR f.solicited_at IS NOT NULL)
   OR ({", ".join(f"f.{name}" for name in _KNOWN)}) IS DISTINCT FROM ({", ".join(f"w.{name}" for name in _KNOWN)})
ORDER BY 1 ON CONFLICT DO NOTHING
"""
BEFORE = f"SELECT {COLUMNS}, -1 AS sign FROM due JOIN case_figure USING (case_id)"
AFTER = f"SELECT {COLUMNS}, 1 AS sign FROM fresh"
FORGET = "DELETE FROM case_figure f USING due d WHERE f.case_id = d.case_id"
KEEP = f"INSERT INTO case_figure ({COLUMNS}) SELECT {COLUMNS} FROM fresh"
UNCREDIT = "DELETE FROM credit c USING due d WHERE c.case_id = d.case_id"
CREDIT = """
INSERT INTO credit (mediation_id, case_id, campaign_id, occurred_at, contacts, channels)
SELECT mediation_id, case_id, campaign_id, occurred_at, contacts, channels FROM ({journey}) j
"""


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
    session.execute(text(NEWCOMERS))
    if not session.execute(text("SELECT EXISTS (SELECT FROM figure_due)")).scalar_one():
        return 0
    session.execute(text(LOCK))
    session.execute(text(TAKE), {"size": size})
    session.execute(text("ANALYZE due"))
    count = int(session.execute(text("SELECT count(*) FROM due")).scalar_one())
    campaigns = list(session.execute(text(CAMPAIGNS)).scalars())
    _take_lines(session, DUE, campaigns)
    _step(session, f"{BEFORE} UNION ALL {AFTER}")
    for statement in (FORGET, KEEP, ADD_CREDITS.format(due=DUE, sign=-1), UNCREDIT):
        session.execute(text(statement))
    _credit(session, DUE, campaigns)
    for statement in (TOUCHED, *FORGET_MONTHS):
        session.execute(text(statement))
    contacts, mediations = (IN_TOUCHED.format(*part) for part in (("k", "done_at"), ("m", "occurred_at")))
    _add_months(session, campaigns, contacts, mediations, MONTHS_TOUCHED)
    for statement in EMPTY:
        session.execute(text(statement), {"campaigns": campaigns})
    session.execute(text("DROP TABLE due, fresh, line, touched"))
    return count


def look_again(session: Session) -> int:
    """After matching: the cases about whom something else is known now are to be counted again; returns how many."""
    launched = list(session.scalars(select(Campaign.id).where(Campaign.version_id.is_not(None))))
    values = _channels(_definitions(session, launched)) | {"campaigns": launched}
    return int(session.execute(text(CHANGED), values).rowcount)  # type: ignore[attr-defined]


def rebuild_figures(session: Session, campaigns: Iterable[int] | None = None) -> int:
    """Count everything again from the events, of some campaigns or of all launched; returns the number of cases."""
    launched = select(Campaign.id).where(Campaign.version_id.is_not(None))
    chosen = list(campaigns) if campaigns is not None else list(session.scalars(launched))
    values = {"campaigns": chosen}
    session.execute(text(LOCK))
    for setting in MEMORY:
        session.execute(text(f"SET LOCAL {setting}"))
    session.execute(text(f"DELETE FROM figure_due q USING {ALL_OF} d WHERE q.case_id = d.case_id"), values)
    for statement in CLEAR:
        session.execute(text(statement), values)
    _take_lines(session, ALL_OF, chosen)
    _step(session, AFTER)
    session.execute(text(KEEP))
    _credit(session, ALL_OF, chosen)
    _add_months(session, chosen, "", "", "")
    count = int(session.execute(text("SELECT count(*) FROM fresh")).scalar_one())
    session.execute(text("DROP TABLE fresh, line"))
    bulk.analyse(session, "case_figure", "figure_cell", "figure_way", "figure_answer", "credit")
    return count


def _take_lines(session: Session, due: str, campaigns: Sequence[int]) -> None:
    values = bound() | _channels(_definitions(session, campaigns)) | {"campaigns": list(campaigns)}
    session.execute(text(f"CREATE TEMP TABLE fresh ON COMMIT DROP AS {LINES.format(due=due)}"), values)


def _step(session: Session, lines: str) -> None:
    session.execute(text(STEP.format(lines=lines)))
    for statement in (NEW_WAYS, ADD_CELLS, ADD_COURSE):
        session.execute(text(statement))


def _add_months(session: Session, campaigns: Sequence[int], contacts: str, mediations: str, months: str) -> None:
    """What was done and said in some months, or in all: counted from contacts and mediations as they are now."""
    values = {"campaigns": list(campaigns)}
    session.execute(text(ADD_WORK.format(contacts=contacts, mediations=mediations)), values)
    session.execute(text(ADD_ANSWERS.format(mediations=mediations, months=months)), values)


def _credit(session: Session, due: str, campaigns: Sequence[int]) -> None:
    values = {"campaigns": list(campaigns)}
    windows = _windows(_definitions(session, campaigns)) | {"unseen": UNSEEN_CODES} | values
    session.execute(text(CREDIT.format(journey=SQL_JOURNEY.format(due=due))), windows)
    session.execute(text(ADD_CREDITS.format(due=due, sign=1)), values)


def _definitions(session: Session, campaigns: Sequence[int]) -> dict[int, CampaignDefinition]:
    return {campaign: definition_of(session, campaign) for campaign in campaigns}


def _channels(definitions: dict[int, CampaignDefinition]) -> dict[str, Any]:
    used = [definition.channels for definition in definitions.values()]
    return {
        "use_campaign": list(definitions),
        "use_phones": [bool(channels & {Channel.SMS, Channel.CALL}) for channels in used],
        "use_calls": [Channel.CALL in channels for channels in used],
        "use_doors": [bool(channels & {Channel.LETTER, Channel.VISIT}) for channels in used],
    }


def _windows(definitions: dict[int, CampaignDefinition]) -> dict[str, Any]:
    rows = [
        (number, channel.value, found.attribution.days(channel)) for number, found in definitions.items() for channel in Channel
    ]
    return {
        "window_campaign": [row[0] for row in rows], "window_channel": [row[1] for row in rows],
        "window_days": [row[2] for row in rows],
    }  # fmt: skip
