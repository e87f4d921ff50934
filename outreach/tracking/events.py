"""Appends events and keeps the stored status of cases equal to what their events say."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

import pandas as pd
from sqlalchemy import text

from outreach.core import bulk, clock
from outreach.core.joins import joined
from outreach.core.prepared import kept
from outreach.core.words import EventKind
from outreach.policy.status import Fact, Standing, derive_status

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

NAMESPACE = UUID("6f4b2f0e-7c1d-5a38-9d1b-3f1f6a0c9e55")
"""Event ids are made from what they say, so that the same fact told twice is one event."""
SQL_STANDS = """
(SELECT o.code IS NULL FROM event o
 WHERE o.case_id = e.case_id AND o.kind = 'corrected' AND o.data ->> 'event' = CAST(e.id AS text)
 ORDER BY o.occurred_at DESC LIMIT 1) IS NOT TRUE
"""
"""Whether the event ``e`` was not taken back: what its last correction took back never took place."""
SMALL = 50
"""Up to this many events go in as one document, by plans that are kept: a COPY through a temporary table costs more."""


@dataclass(frozen=True)
class NewEvent:
    """A fact to append. ``key`` names it within its case (a contact id, a provider's reference …)."""

    case_id: int
    kind: EventKind
    key: str
    occurred_at: datetime
    actor: str
    source: str
    code: str | None = None
    contact_id: int | None = None
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> UUID:
        """The event's id: the same fact always has the same."""
        return uuid5(NAMESPACE, f"{self.case_id}:{self.kind}:{self.key}")


def append_events(session: Session, events: Sequence[NewEvent]) -> int:
    """Append the events that are not known yet and refresh their cases; returns how many were new."""
    if not events:
        return 0
    now = clock.now().isoformat()
    rows = [_row(event, now) for event in events]
    few = len(rows) <= SMALL
    if few:
        added = int(kept(session, _INSERT, {"rows": json.dumps(rows)}).rowcount)
    else:
        session.execute(text("CREATE TEMP TABLE incoming_event (LIKE event) ON COMMIT DROP"))
        frame = pd.DataFrame(rows)
        frame["contact_id"] = frame["contact_id"].astype("Int64")
        bulk.copy_in(session, "incoming_event", frame)
        merged = text("INSERT INTO event SELECT * FROM incoming_event ON CONFLICT (id) DO NOTHING")
        added = int(session.execute(merged).rowcount)  # type: ignore[attr-defined]
        session.execute(text("DROP TABLE incoming_event"))
    kept(session, _COUNT_TOLD, {"events": [row["id"] for row in rows]}, when=few)
    refresh_cases(session, sorted({event.case_id for event in events}))
    return added


def count_again(session: Session, case_ids: Iterable[int]) -> None:
    """Mark cases of which all figures are to be counted again: something changed that no event tells."""
    session.execute(text(_COUNT_ALL), {"cases": list(case_ids)})


def refresh_cases(session: Session, case_ids: Collection[int]) -> None:
    """Store the status that follows from the events; cancel the planned contacts of cases that are closed."""
    standings = standings_of(session, case_ids)
    if standings:
        known = list(standings.values())
        values = {
            "ids": list(standings),
            "statuses": [str(standing.status) for standing in known],
            "reasons": [standing.reason if standing.closed_at else None for standing in known],
            "closed": [standing.closed_at.isoformat() if standing.closed_at else None for standing in known],
        }
        few = len(known) <= SMALL
        kept(session, _REFRESH, values, when=few)
        kept(session, _CANCEL, {"cases": list(case_ids), "now": clock.now()}, when=few)


def standings_of(session: Session, case_ids: Collection[int]) -> dict[int, Standing]:
    """The standing of each case, computed afresh from its events."""
    facts: dict[int, list[Fact]] = defaultdict(list)
    for row in kept(session, _FACTS, {"cases": list(case_ids)}, when=len(case_ids) <= SMALL):
        facts[row.case_id].append(Fact(EventKind(row.kind), row.code, row.occurred_at, row.source, row.id, row.about or ""))
    return {case: derive_status(known) for case, known in facts.items()}


def _row(event: NewEvent, now: str) -> dict[str, Any]:
    # Moments as texts: pandas takes as long to write a column of instants as all the rest of the row.
    return {
        "id": str(event.id), "case_id": event.case_id, "contact_id": event.contact_id, "kind": str(event.kind), "code": event.code,
        "occurred_at": event.occurred_at.isoformat(), "recorded_at": now, "actor": event.actor, "source": event.source,
        "data": json.dumps(event.data),
    }  # fmt: skip


_FACTS = """
SELECT case_id, kind, code, occurred_at, source, CAST(id AS text) AS id,
       CASE WHEN kind = 'corrected' THEN data ->> 'event' END AS about
FROM event WHERE case_id = ANY(CAST(:cases AS bigint[]))
"""
# In the order of their numbers, so that two writers wait for each other instead of for ever.
# A mark that is there already is written once more: whoever counts it waits for what this transaction has to say.
# Since the first of these events, also when it was known: who tells a thing again may have changed the contact that it is about.
_MARK = """
INSERT INTO figure_due AS d (case_id, since) {} ORDER BY 1
ON CONFLICT (case_id) DO UPDATE SET since = least(d.since, excluded.since)
"""
# Each event by its own key: asked for all at once, PostgreSQL 18 may skip through every moment of recording there ever was.
_COUNT_TOLD = _MARK.format(
    "SELECT e.case_id, min(e.recorded_at) FROM unnest(CAST(CAST(:events AS text[]) AS uuid[])) AS n (id) "
    f"{joined('event', 'e', 'e.id = n.id', few=True)} GROUP BY 1"
)
_COUNT_ALL = _MARK.format("SELECT DISTINCT unnest(CAST(:cases AS bigint[])), timestamptz '-infinity'")
_INSERT = """
INSERT INTO event (id, case_id, contact_id, kind, code, occurred_at, recorded_at, actor, source, data)
SELECT n.id, n.case_id, n.contact_id, n.kind, n.code, n.occurred_at, n.recorded_at, n.actor, n.source, CAST(n.data AS jsonb)
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS n (id uuid, case_id bigint, contact_id bigint, kind text, code text,
  occurred_at timestamptz, recorded_at timestamptz, actor text, source text, data text)
ON CONFLICT (id) DO NOTHING
"""
_REFRESH = """
UPDATE "case" c SET status = n.status, closed_at = n.closed, closed_reason = n.reason
FROM unnest(CAST(:ids AS bigint[]), CAST(:statuses AS text[]), CAST(:reasons AS text[]),
            CAST(CAST(:closed AS text[]) AS timestamptz[])) AS n (id, status, reason, closed)
WHERE c.id = n.id AND (c.status <> n.status OR c.closed_at IS DISTINCT FROM n.closed OR c.closed_reason IS DISTINCT FROM n.reason)
"""
_CANCEL = """
UPDATE contact k SET state = 'cancelled', reason = c.status, done_at = :now, lease_until = NULL
FROM "case" c WHERE c.id = k.case_id AND c.id = ANY(CAST(:cases AS bigint[])) AND c.closed_at IS NOT NULL AND k.state = 'planned'
"""
