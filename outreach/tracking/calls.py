"""The course of calls as a provider tells it: a first guess at the result, for the mediator to confirm."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import clock
from outreach.core.holding import hold
from outreach.core.marks import mark_all
from outreach.policy.call_course import UNHEARD, suggestion
from outreach.tracking.events import count_again
from outreach.tracking.record import AttemptResult, record_attempts

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.core.database import Database

# Only the person's leg says anything of the person, and only its end, which is one. Our number counts for its own person
# alone: a copy of this database may have rung somebody else under it.
STORE = """
UPDATE attempt a SET status = n.status, suggestion = n.suggestion, finished_at = coalesce(a.finished_at, :now),
  error = coalesce(n.error, a.error)
FROM unnest(CAST(:attempts AS bigint[]), CAST(:statuses AS text[]), CAST(:suggestions AS text[]), CAST(:errors AS text[]),
            CAST(:recipients AS text[]), CAST(:providers AS text[])) AS n (id, status, suggestion, error, recipient, provider)
WHERE a.id = n.id AND a.provider = n.provider AND (n.recipient IS NULL OR a.address_mark = n.recipient)
RETURNING a.id
"""
PERSON = "person"
WITHOUT_RESULT = timedelta(hours=12)
"""How long a call waits for its mediator's word; then its course is its result, so that it counts and the case goes on."""
SILENT = """
SELECT k.id, k.channel, coalesce(a.suggestion, 'no_answer') AS suggestion, coalesce(k.claimed_by, 'track') AS actor, a.started_at
FROM contact k JOIN attempt a ON a.contact_id = k.id AND a.number = (SELECT max(number) FROM attempt WHERE contact_id = k.id)
WHERE k.channel = 'call' AND k.state = 'unknown' AND a.started_at < :before ORDER BY k.id
"""
# The course of a recorded message is all that there is to know of it.
PLAYED = """
UPDATE contact k SET disposition = CASE WHEN a.suggestion = ANY(:unheard) THEN a.suggestion ELSE 'played' END
FROM attempt a WHERE a.id = ANY(:attempts) AND k.id = a.contact_id AND k.channel = 'call' AND k.state = 'sent' RETURNING k.case_id
"""


def hear_of_calls(session: Session, rows: Sequence[Any]) -> int:
    """Store what notices of calls suggest (rows of ``provider_notice``); returns for how many attempts."""
    found: dict[int, tuple[str, str, str | None, str | None, str]] = {}
    for row in rows:
        data = row.data
        if data.get("attempt") is None or data.get("leg") != PERSON:
            continue
        code = suggestion(data.get("status", ""), data.get("seconds"), data.get("answered_by"))
        if code is not None:
            said = data.get("status", ""), code, data.get("error"), data.get("recipient"), row.provider
            found[int(data["attempt"])] = said
    if not found:
        return 0
    statuses, suggestions, errors, recipients, providers = map(list, zip(*found.values(), strict=True))
    told = {
        "attempts": list(found), "statuses": statuses, "suggestions": suggestions, "errors": errors, "recipients": mark_all(recipients),
        "providers": providers, "now": clock.now(),
    }  # fmt: skip
    hold(session, "attempt", found)
    heard = list(session.execute(text(STORE), told).scalars())
    count_again(session, session.execute(text(PLAYED), {"attempts": heard, "unheard": list(UNHEARD)}).scalars())
    return len(heard)


def settle_silent_calls(database: Database) -> int:
    """Calls that were made and whose result nobody recorded get the result that their course suggests; returns how many.

    A suggested conversation is recorded as one in which nothing was decided: the case rests, and is called again.
    """
    with database.session() as session:
        rows = session.execute(text(SILENT), {"before": clock.now() - WITHOUT_RESULT}).all()
        results = [AttemptResult(row.id, row.suggestion, row.actor, row.started_at) for row in rows]
        return record_attempts(session, results) if results else 0
