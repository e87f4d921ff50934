"""The wet run: what is due is anonymised, piece by piece, and what was done is written in a journal nobody can change."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import audit, clock, progress
from outreach.core.i18n import N_
from outreach.policy.retention import NOTICES_MONTHS, READS_MONTHS
from outreach.privacy.anonymise import anonymise_cases, anonymise_people, anonymise_rows, forget_addresses
from outreach.privacy.due import DUE_CASES, DUE_ROWS, MONTHS, PEOPLE, gather

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.core.database import Database

PIECE = 5_000
"""Cases, rows or people of one transaction: what was done stays done when the run is cut off."""
JOURNAL = """
INSERT INTO retention_run (ran_at, actor, due_on, request_id, counts)
VALUES (:now, :actor, :day, :request, CAST(:counts AS jsonb))
"""
# What was said to us outside any case, and providers' notices, once they were read.
NOTICES = "UPDATE provider_notice SET sender = NULL, sender_mark = NULL, data = '{}' WHERE handled_at < :until AND data <> '{}'"
STRANGERS = """
UPDATE inbound_message
SET sender = '', sender_mark = NULL, body = ''
WHERE case_id IS NULL AND handled_at < :until AND sender <> ''
"""
PREVIEWS = f"""
DELETE FROM campaign_preview v USING campaign m JOIN agreement g ON g.id = m.agreement_id
WHERE m.id = v.campaign_id AND g.valid_to + make_interval(months => {MONTHS}) <= :day
"""


@dataclass(frozen=True)
class Listed:
    """The numbers of what is due on ``day``."""

    day: date
    cases: list[int]
    rows: list[int]
    people: list[int]


@dataclass(frozen=True)
class Forgotten:
    """What a run anonymised. ``notices``: of providers and of unknown phones; ``reads``: entries of who read whose data."""

    cases: int
    rows: int
    people: int
    notices: int
    reads: int


def list_due(session: Session, day: date | None = None) -> Listed:
    """Whatever is due on ``day`` (today)."""
    chosen = day or clock.today()
    gather(session, chosen)
    cases = list(session.execute(text(DUE_CASES), {"day": chosen}).scalars())
    rows = list(session.execute(text(DUE_ROWS)).scalars())
    return Listed(chosen, cases, rows, [row.id for row in session.execute(text(PEOPLE))])


def forget_due(database: Database, due: Listed, *, actor: str) -> Forgotten:
    """Anonymise it; a run that was cut off goes on with the next.

    Figures must be up to date, and nobody may be matched meanwhile. What reports count stays the same to the unit.
    """
    for label, ids, anonymise in (
        (N_("Dossiers anonymisés"), due.cases, anonymise_cases),
        (N_("Lignes anonymisées"), due.rows, anonymise_rows),
        (N_("Personnes anonymisées"), due.people, anonymise_people),
    ):
        with progress.step(label, len(ids)) as advance:
            for start in range(0, len(ids), PIECE):
                with database.session() as session:
                    anonymise(session, ids[start : start + PIECE])
                advance(len(ids[start : start + PIECE]))
    with database.session() as session:
        old = clock.at(clock.months_after(due.day, -NOTICES_MONTHS), "00:00")
        counts = [session.execute(text(query), {"until": old}).rowcount for query in (NOTICES, STRANGERS)]  # type: ignore[attr-defined]
        forget_addresses(session)
        session.execute(text(PREVIEWS), {"day": due.day})
        until = clock.at(clock.months_after(due.day, -READS_MONTHS), "00:00")
        reads = int(session.execute(text("SELECT outreach_forget_reads(:until)"), {"until": until}).scalar_one())
        done = Forgotten(len(due.cases), len(due.rows), len(due.people), sum(counts), reads)
        write_down(session, done.__dict__, day=due.day, actor=actor)
        audit.record(session, actor, "retention.run", "retention_run", done.__dict__)
    return done


def write_down(session: Session, counts: dict[str, int], *, day: date, actor: str, request: int | None = None) -> None:
    """One line of the journal, which only grows."""
    values = {"now": clock.now(), "actor": actor, "day": day, "request": request, "counts": json.dumps(counts)}
    session.execute(text(JOURNAL), values)
