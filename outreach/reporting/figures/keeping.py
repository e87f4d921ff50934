"""Keeps figures up to date: which cases are due, counted on all processors, one count at a time in the whole house."""

from __future__ import annotations

import os
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from threading import Event
from typing import TYPE_CHECKING

from sqlalchemy import select, text

from outreach.core import bulk, clock
from outreach.core.seen import FIGURES, LONGEST, MATCHED, SEGMENTED, Stamp
from outreach.models import Campaign
from outreach.policy.told import BARRIER
from outreach.reporting.figures.counting import (
    KNOWN,
    MANY,
    NEWEST,
    Range,
    are_many,
    by_index,
    channels_used,
    count_cases,
    count_months,
    definitions,
    prepare,
)
from outreach.reporting.figures.lines import ALL_AT_ONCE, EACH_CASE, ONE_BY_ONE, READING, WHO
from outreach.reporting.figures.months import COUNTED_BY_MONTH, TOUCH_ALL

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.core.database import Database

MOST = 400_000
"""Cases counted in one transaction."""
WORKERS = min(4, os.cpu_count() or 1)
LOCK = "SELECT pg_advisory_xact_lock(hashtext('figures'))"
MONTHS_DUE = "SELECT EXISTS (SELECT FROM figure_month)"
CASES_DUE = """
SELECT count(*), min(case_id), max(case_id)
FROM (SELECT case_id FROM figure_due UNION ALL SELECT id FROM "case" WHERE id > :newest) d
"""
CASES = 'SELECT count(*) FROM "case" WHERE campaign_id = ANY(:campaigns)'
CHANGED = f"""
INSERT INTO figure_due (case_id, since) SELECT w.case_id, 'infinity' FROM ({{who}}) w
  LEFT JOIN case_figure f ON f.case_id = w.case_id
WHERE f.case_id IS NULL OR f.contactable <> (w.has_way OR f.solicited_at IS NOT NULL)
   OR ({", ".join(f"f.{name}" for name in KNOWN)}) IS DISTINCT FROM ({", ".join(f"w.{name}" for name in KNOWN)})
ORDER BY 1 ON CONFLICT DO NOTHING
"""
# Between two matches, what people told of their languages: it concerns their cases in every campaign.
LANGUAGES_TOLD = f"""
INSERT INTO figure_due (case_id, since) SELECT f.case_id, 'infinity'
FROM (SELECT DISTINCT coalesce(q.merged_into, q.id) AS id FROM (
        SELECT case_id FROM mediation WHERE recorded_at >= :since
          AND (reads_french IS NOT NULL OR language <> 'fr' OR replaces IS NOT NULL)
        UNION ALL SELECT case_id FROM mediation WHERE superseded_at >= :since
        UNION ALL SELECT case_id FROM event WHERE recorded_at >= :since AND (code = '{BARRIER}' OR kind = 'corrected')) m
      JOIN "case" c ON c.id = m.case_id JOIN person q ON q.id = c.person_id) t
  JOIN person p ON p.id = t.id JOIN person q ON q.id = p.id OR q.merged_into = p.id
  JOIN "case" c ON c.person_id = q.id JOIN case_figure f ON f.case_id = c.id
WHERE (f.language <> coalesce(p.language, 'unknown') OR f.reading <> {READING})
  AND NOT EXISTS (SELECT FROM case_remainder x WHERE x.case_id = c.id)
ORDER BY 1 ON CONFLICT DO NOTHING
"""
PEOPLE = Stamp.of(FIGURES, MATCHED, SEGMENTED, "m.version_id")
"""What a case's line depends on that no event tells: who is behind it, and what its campaign can do."""
TOLD = Stamp("told", "''")
"""What people told of themselves: looked at in all campaigns at once, whichever asks."""
UNDER_WAY = """
SELECT c.id FROM campaign c JOIN campaign_version v ON v.id = c.version_id
WHERE CAST(v.definition #>> '{campaign,ends_on}' AS date) >= :day ORDER BY 1
"""
STILL_TOLD_OF = timedelta(days=31)
LATE = timedelta(hours=1)
"""What was written so long before a look may have become visible only after it."""
KEPT = (*COUNTED_BY_MONTH, "figure_cell", "figure_course", "case_figure")


def refresh_all(session: Session) -> int:
    """Count again every case that changed, in this transaction: what it reads next is up to date. Returns how many."""
    if not (_ranges(session, 1) or session.execute(text(MONTHS_DUE)).scalar_one()):
        return 0
    session.execute(text(LOCK))
    prepare(session)
    counted = sum(count_cases(session, chosen) for chosen in _ranges(session, 1))
    count_months(session, many=are_many(session, counted))
    by_index(session, wanted=True)
    session.execute(text("DELETE FROM figure_month"))
    return counted


def refresh_figures(database: Database) -> int:
    """Count again every case that changed, on all processors; returns how many. Readers see each part once it is whole.

    Should it end in the middle, the rest stays due: cases marked or newer than those counted, months not yet counted.
    """
    with database.session() as session:
        session.execute(text(LOCK))
        ranges = _ranges(session, WORKERS)
        counted = _count_ranges(database, ranges)
        many = are_many(session, counted)
        if many:
            with database.session() as other:
                bulk.analyse(other, "case_figure", "figure_cell", "figure_way", "figure_course", "figure_month")
        if session.execute(text(MONTHS_DUE)).scalar_one():
            with ThreadPoolExecutor(WORKERS) as pool:
                list(pool.map(lambda table: _count_table(database, table, many=many), COUNTED_BY_MONTH))
            session.execute(text("DELETE FROM figure_month"))
    return counted


def rebuild_figures(database: Database) -> int:
    """Count everything again from the events; returns the number of cases."""
    with database.session() as session:
        start_over(session)
    return refresh_figures(database)


def start_over(session: Session) -> None:
    """Forget every figure: all is due."""
    session.execute(text(LOCK))
    prepare(session)
    for table in KEPT:
        session.execute(text(f"DELETE FROM {table}"))
    session.execute(text(TOUCH_ALL))


def look_again(session: Session, campaigns: Collection[int] | None = None) -> int:
    """After matching: the cases about whom something else is known now are to be counted again; returns how many.

    Of all launched campaigns, or of some.
    """
    prepare(session)
    known = select(Campaign.id).where(Campaign.version_id.is_not(None))
    launched = list(session.scalars(known if campaigns is None else known.where(Campaign.id.in_(campaigns))))
    values = channels_used(definitions(session, launched)) | {"campaigns": launched}
    many = are_many(session, int(session.execute(text(CASES), {"campaigns": launched}).scalar_one()))
    by_index(session, wanted=not many)
    who = WHO.format(among="c.campaign_id = ANY(:campaigns)", cases=EACH_CASE, **(ALL_AT_ONCE if many else ONE_BY_ONE))
    found = int(session.execute(text(CHANGED.format(who=who)), values).rowcount)  # type: ignore[attr-defined]
    by_index(session, wanted=True)
    PEOPLE.note(session, launched)
    return found


def look_at_news(database: Database, campaigns: Collection[int]) -> int:
    """Look again at what is known now of people and was not at the last look; returns how many cases are to be counted again.

    In transactions of their own: each marks cases once, in the order of their numbers, so that no two wait for each other.
    """
    with database.session() as session:
        found = look_at_moved(session, campaigns)
    with database.session() as session:
        return found + look_at_told(session, campaigns)


def look_at_moved(session: Session, campaigns: Collection[int]) -> int:
    """Look again at those campaigns about whose people matching, or their rules, may have said something else since the last time."""
    moved = PEOPLE.moved(session, campaigns)
    return look_again(session, moved) if moved else 0


def look_at_told(session: Session, campaigns: Collection[int]) -> int:
    """Look, in all campaigns, at the people who told of late which language they speak, or whether they read French.

    What was told before the last look, by whichever campaigns asked then, was looked at: ten summaries on one morning, and the
    nights of a week, would read the same days of events again.
    """
    last = TOLD.last(session) or clock.now() - LONGEST
    told = session.execute(text(LANGUAGES_TOLD), {"since": last - LATE})
    TOLD.note(session, campaigns)
    return int(told.rowcount)  # type: ignore[attr-defined]


def under_way(session: Session) -> list[int]:
    """The campaigns whose figures are kept up to date each night.

    Not those that have been over for some weeks: such a one is looked at again when somebody asks for its summary, as is any
    other. What a night costs does not grow with the years.
    """
    return list(session.execute(text(UNDER_WAY), {"day": clock.today() - STILL_TOLD_OF}).scalars())


def _ranges(session: Session, workers: int) -> list[Range]:
    """The cases that are due, in one range, or in several of the same width for so many workers."""
    newest = int(session.execute(text(NEWEST)).scalar_one())
    count, low, high = session.execute(text(CASES_DUE), {"newest": newest}).one()
    if not count:
        return []
    parts = workers * -(-count // (MOST * workers)) if count >= MANY else 1
    edges = [low + (high + 1 - low) * part // parts for part in range(parts + 1)]
    return [Range(start, end - 1, newest) for start, end in pairwise(edges)]


def _count_ranges(database: Database, ranges: list[Range]) -> int:
    """Count ranges side by side. They add to the sums and end one after the other: newer cases are never counted before older."""
    done = [Event() for _ in ranges]
    failed = Event()

    def turn(place: int) -> None:
        if place:
            done[place - 1].wait()
        if failed.is_set():
            message = "an earlier range of cases was not counted"
            raise RuntimeError(message)

    def count(place: int) -> int:
        try:
            with database.session() as session:
                prepare(session, beside=True)
                return count_cases(session, ranges[place], lambda: turn(place))
        except BaseException:
            failed.set()
            raise
        finally:
            done[place].set()

    with ThreadPoolExecutor(WORKERS) as pool:
        return sum(pool.map(count, range(len(ranges))))


def _count_table(database: Database, table: str, *, many: bool) -> None:
    with database.session() as session:
        prepare(session, beside=True)
        count_months(session, [table], many=many)
