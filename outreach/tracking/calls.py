"""The course of calls as a provider tells it: a first guess at the result, for the mediator to confirm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import clock
from outreach.policy.call_course import suggestion

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# Only the person's leg says anything of the person. What it suggests grows surer, whatever the order in which it is told.
STORE = """
UPDATE attempt a SET status = n.status, suggestion = n.suggestion, finished_at = coalesce(a.finished_at, :now),
  error = coalesce(n.error, a.error)
FROM unnest(CAST(:attempts AS bigint[]), CAST(:statuses AS text[]), CAST(:suggestions AS text[]), CAST(:errors AS text[]))
  AS n (id, status, suggestion, error)
WHERE a.id = n.id
"""
PERSON = "person"


def hear_of_calls(session: Session, rows: Sequence[Any]) -> int:
    """Store what notices of calls suggest (rows of ``provider_notice``); returns for how many attempts."""
    found: dict[int, tuple[str, str, str | None]] = {}
    for row in rows:
        data = row.data
        if data.get("attempt") is None or data.get("leg") != PERSON:
            continue
        code = suggestion(data.get("status", ""), data.get("seconds"), data.get("answered_by"))
        if code is not None:
            found[int(data["attempt"])] = (data.get("status", ""), code, data.get("error"))
    if found:
        told = list(found.values())
        session.execute(
            text(STORE),
            {
                "attempts": list(found), "statuses": [status for status, _code, _error in told],
                "suggestions": [code for _status, code, _error in told], "errors": [error for *_rest, error in told], "now": clock.now(),
            },
        )  # fmt: skip
    return len(found)
