"""Where sending stands: what is stopped, what is used up, which provider is down, what nobody knows yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import clock
from outreach.core.words import Channel
from outreach.definitions.agreement import Agreement

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

STOP = "SELECT reason, stopped_at, stopped_by FROM sending_stop WHERE lifted_at IS NULL"
USED = """
SELECT a.code, a.definition, q.channel, q.used FROM quota_use q JOIN agreement a ON a.id = q.agreement_id
WHERE q.day = :today AND q.used > 0 ORDER BY 1, 3
"""
PROVIDERS = "SELECT provider, faults, open_until FROM provider_health WHERE open_until > :now ORDER BY 1"
COUNTS = """
SELECT (SELECT count(*) FROM contact WHERE state = 'unknown' AND channel = 'sms') AS unknown,
       (SELECT count(*) FROM contact WHERE state = 'unknown' AND channel = 'call') AS silent_calls,
       (SELECT count(*) FROM provider_notice WHERE handled_at IS NULL) AS notices,
       (SELECT count(*) FROM inbound_message WHERE handled_at IS NULL) AS replies
"""


@dataclass(frozen=True)
class Stop:
    """The stop button, pressed."""

    reason: str
    since: datetime
    by: str


@dataclass(frozen=True)
class Quota:
    """What an agreement has sent today on a channel, of what it may."""

    agreement: str
    channel: str
    used: int
    limit: int


@dataclass(frozen=True)
class Standing:
    """Stop button, quotas of today, providers that are down until when; and counts.

    ``unknown``: messages that may or may not have left; ``silent_calls``: calls whose result nobody recorded;
    ``notices``: of providers, unread; ``replies``: of people, waiting for a mediator.
    """

    stop: Stop | None
    quotas: list[Quota]
    down: dict[str, datetime]
    unknown: int
    silent_calls: int
    notices: int
    replies: int


def the_stop(session: Session) -> Stop | None:
    """The stop button, while it is pressed."""
    row = session.execute(text(STOP)).first()
    return Stop(*row) if row else None


def standing(session: Session) -> Standing:
    """Where sending stands now."""
    quotas = [
        Quota(row.code, row.channel, row.used, Agreement.model_validate(row.definition).quota(Channel(row.channel)))
        for row in session.execute(text(USED), {"today": clock.today()})
    ]
    down = {row.provider: row.open_until for row in session.execute(text(PROVIDERS), {"now": clock.now()})}
    counts = session.execute(text(COUNTS)).mappings().one()
    return Standing(the_stop(session), quotas, down, **counts)
