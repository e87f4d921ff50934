"""Appends events and keeps the stored status of cases equal to what their events say."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha1
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from sqlalchemy import text

from outreach.core import clock
from outreach.core.joins import joined
from outreach.core.prepared import array, kept
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
"""For up to this many events or cases plans are kept: they take longer to make than to carry out."""
PIECE = 5000
"""Events that go in as one document."""
ASKED = "ARRAY(SELECT unnest(CAST(:cases AS bigint[])))"
"""The cases of a statement whose plan is kept: PostgreSQL cannot count them beforehand, and has one plan for one as for fifty."""


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
        return UUID(_id_of(self))


def append_events(session: Session, events: Sequence[NewEvent]) -> int:
    """Append the events that are not known yet and refresh their cases; returns how many were new."""
    if not events:
        return 0
    now = clock.now()
    rows = [_row(event) for event in events]
    ids = [row["id"] for row in rows]
    cases = sorted({event.case_id for event in events})
    if len(rows) <= SMALL:
        values = {"rows": json.dumps(rows), "now": now, "number": len(set(ids))}
        added = int(kept(session, _APPEND, values).scalar_one())
    else:
        added = sum(_insert(session, rows[start : start + PIECE], now) for start in range(0, len(rows), PIECE))
        if added == len(set(ids)):
            session.execute(text(_COUNT_NEW), {"cases": array(cases), "now": now})
    if added < len(set(ids)):
        kept(session, _COUNT_TOLD, {"events": array(ids)}, when=len(rows) <= SMALL)
    refresh_cases(session, cases)
    return added


def _insert(session: Session, rows: Sequence[dict[str, Any]], now: datetime) -> int:
    result = session.execute(text(_INSERT), {"rows": json.dumps(rows), "now": now})
    return int(result.rowcount)  # type: ignore[attr-defined]


def count_again(session: Session, case_ids: Iterable[int]) -> None:
    """Mark cases of which all figures are to be counted again: something changed that no event tells."""
    session.execute(text(_COUNT_ALL), {"cases": list(case_ids)})


def refresh_cases(session: Session, case_ids: Collection[int]) -> None:
    """Store the status that follows from the events; cancel the planned contacts of cases that are closed."""
    found = _found(session, case_ids)
    standings = {case: derive_status(facts) for case, facts in found.facts.items()}
    # Only what differs is written: most of what is told of a case leaves it where it stood.
    changed = {
        case: standing
        for case, standing in standings.items()
        if (stored := found.stored.get(case)) is not None and stored != _as_stored(standing)
    }
    few = len(case_ids) <= SMALL
    if changed:
        values = {
            "ids": array(changed),
            "statuses": array(standing.status for standing in changed.values()),
            "reasons": array(_as_stored(standing).reason for standing in changed.values()),
            "closed": array(standing.closed_at and standing.closed_at.isoformat() for standing in changed.values()),
        }
        kept(session, _REFRESH, values, when=few)
    now = found.stored | {case: _as_stored(standing) for case, standing in standings.items()}
    closed = [case for case in case_ids if case in now and now[case].closed_at is not None]
    if standings and closed:
        kept(session, _CANCEL, {"cases": array(closed), "now": clock.now()}, when=few)


def standings_of(session: Session, case_ids: Collection[int]) -> dict[int, Standing]:
    """The standing of each case, computed afresh from its events."""
    return {case: derive_status(facts) for case, facts in _found(session, case_ids).facts.items()}


class _Stored(NamedTuple):
    """Where a case stands as it is stored."""

    status: str
    closed_at: datetime | None
    reason: str | None


class _Found(NamedTuple):
    """What is known of cases: what is stored of each, and its facts, if it has any."""

    stored: dict[int, _Stored]
    facts: dict[int, list[Fact]]


def _as_stored(standing: Standing) -> _Stored:
    return _Stored(standing.status, standing.closed_at, standing.reason if standing.closed_at else None)


def _found(session: Session, case_ids: Collection[int]) -> _Found:
    found = _Found({}, defaultdict(list))
    rows: Sequence[Sequence[Any]] = kept(session, _FACTS, {"cases": array(case_ids)}, when=len(case_ids) <= SMALL).all()
    # By their places: to look up a row's names takes as long as all else that is done with it.
    for case, kind, code, at, source, id_, about in rows:
        if kind is None:
            found.stored[case] = _Stored(code, at, source)
        else:
            found.facts[case].append(Fact(kind, code, at, source, id_, about or ""))
    return found


def _id_of(event: NewEvent) -> str:
    """The event's id in letters, a UUID of version 5 (RFC 9562): ``uuid5`` itself takes as long as all the rest of the row."""
    name = f"{event.case_id}:{event.kind}:{event.key}"
    made = sha1(NAMESPACE.bytes + name.encode(), usedforsecurity=False).hexdigest()
    return f"{made[:12]}5{made[13:16]}{'89ab'[int(made[16], 16) & 3]}{made[17:32]}"


def _row(event: NewEvent) -> dict[str, Any]:
    return {
        "id": _id_of(event), "case_id": event.case_id, "contact_id": event.contact_id, "kind": str(event.kind), "code": event.code,
        "occurred_at": event.occurred_at.isoformat(), "actor": event.actor, "source": event.source,
        "data": json.dumps(event.data) if event.data else "{}",
    }  # fmt: skip


# The cases as they are stored, in front of what was told of them; both as they are at one moment.
_FACTS = f"""
SELECT id AS case_id, NULL AS kind, status AS code, closed_at AS occurred_at, closed_reason AS source, NULL AS id, NULL AS about
FROM "case" WHERE id = ANY({ASKED})
UNION ALL
SELECT case_id, kind, code, occurred_at, source, CAST(id AS text),
       CASE WHEN kind = 'corrected' THEN data ->> 'event' END
FROM event WHERE case_id = ANY({ASKED})
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
    "SELECT e.case_id, min(e.recorded_at) FROM unnest(ARRAY(SELECT CAST(unnest(CAST(:events AS text[])) AS uuid))) AS n (id) "
    f"{joined('event', 'e', 'e.id = n.id', few=True)} GROUP BY 1"
)
_COUNT_ALL = _MARK.format("SELECT DISTINCT unnest(CAST(:cases AS bigint[])), timestamptz '-infinity'")
# Of events of which none was known before.
_COUNT_NEW = _MARK.format("SELECT unnest(CAST(:cases AS bigint[])), CAST(:now AS timestamptz)")
_INSERT = """
INSERT INTO event (id, case_id, contact_id, kind, code, occurred_at, recorded_at, actor, source, data)
SELECT n.id, n.case_id, n.contact_id, n.kind, n.code, n.occurred_at, :now, n.actor, n.source, CAST(n.data AS jsonb)
FROM json_to_recordset(CAST(:rows AS json)) AS n (id uuid, case_id bigint, contact_id bigint, kind text, code text,
  occurred_at timestamptz, actor text, source text, data text)
ON CONFLICT (id) DO NOTHING
"""
# A few events and the marks of their cases at once, if none of them is known: else all are marked together, in their order.
_NONE_KNOWN = (
    "SELECT DISTINCT case_id, CAST(:now AS timestamptz) FROM told WHERE (SELECT count(*) FROM told) = CAST(:number AS bigint)"
)
_APPEND = f"""
WITH told AS ({_INSERT} RETURNING case_id), marked AS ({_MARK.format(_NONE_KNOWN)}) SELECT count(*) FROM told
"""
_REFRESH = """
UPDATE "case" c SET status = n.status, closed_at = n.closed, closed_reason = n.reason
FROM unnest(CAST(:ids AS bigint[]), CAST(:statuses AS text[]), CAST(:reasons AS text[]),
            CAST(:closed AS timestamptz[])) AS n (id, status, reason, closed)
WHERE c.id = n.id AND (c.status <> n.status OR c.closed_at IS DISTINCT FROM n.closed OR c.closed_reason IS DISTINCT FROM n.reason)
"""
_CANCEL = f"""
UPDATE contact k SET state = 'cancelled', reason = c.status, done_at = :now, lease_until = NULL
FROM "case" c WHERE c.id = k.case_id AND c.id = ANY({ASKED}) AND c.closed_at IS NOT NULL AND k.state = 'planned'
"""
