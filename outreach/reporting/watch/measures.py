"""What is looked at every minute: indexed counts and ages of the whole network, nothing of anybody.

All of it takes a few milliseconds, so that it can be asked as often as one likes; what needs reading every row is
``outreach doctor``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import clock
from outreach.core.dropped import waiting_files
from outreach.core.live import this_copy
from outreach.core.settings import settings
from outreach.core.words import Channel
from outreach.definitions.agreement import Agreement
from outreach.policy.windows import is_open

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# What leaves by itself: the oldest that is due, by campaign and channel, with the agreement whose quota it takes from.
DUE = """
SELECT c.channel, a.id AS agreement, a.definition, coalesce(q.used, 0) AS used, d.due_at
FROM campaign m JOIN agreement a ON a.id = m.agreement_id
  CROSS JOIN (VALUES ('sms'), ('letter'), ('call')) AS c (channel)
  CROSS JOIN LATERAL (SELECT k.due_at FROM contact k WHERE k.campaign_id = m.id AND k.channel = c.channel AND k.state = 'planned'
                      AND k.due_at <= :now AND k.useful_until > :now AND k.shift_id IS NULL ORDER BY k.due_at LIMIT 1) d
  LEFT JOIN quota_use q ON q.agreement_id = a.id AND q.channel = c.channel AND q.day = :today
WHERE m.state = 'launched' AND :today BETWEEN a.valid_from AND a.valid_to
"""
USED = """
SELECT a.definition, q.channel, q.used
FROM quota_use q JOIN agreement a ON a.id = q.agreement_id
WHERE q.day = :today AND q.used > 0
"""
ONCE = """
SELECT EXISTS (SELECT FROM sending_stop WHERE lifted_at IS NULL) AS stopped,
  greatest((SELECT started_at FROM attempt ORDER BY id DESC LIMIT 1), (SELECT sealed_at FROM mail_batch ORDER BY id DESC LIMIT 1))
    AS last_dispatch,
  (SELECT count(*) FROM provider_notice WHERE handled_at IS NULL) AS notices,
  (SELECT min(received_at) FROM provider_notice WHERE handled_at IS NULL) AS oldest_notice,
  (SELECT count(*) FROM inbound_message WHERE handled_at IS NULL) AS replies,
  (SELECT min(received_at) FROM inbound_message WHERE handled_at IS NULL) AS oldest_reply,
  (SELECT count(*) FROM target_list WHERE state = 'previewed') AS lists,
  (SELECT min(imported_at) FROM target_list WHERE state = 'previewed') AS oldest_list,
  (SELECT count(*) FROM web_job WHERE state = 'failed' AND changed_at > :yesterday) AS failed_jobs,
  (SELECT min(created_at) FROM web_job WHERE state IN ('waiting', 'running')) AS oldest_job,
  (SELECT count(*) FROM person_request WHERE state = 'open') AS requests,
  (SELECT min(due_on) FROM person_request WHERE state = 'open') AS next_request,
  (SELECT max(made_at) FROM backup) AS backup,
  (SELECT min(made_at) FROM backup WHERE removed_at IS NULL) AS oldest_backup,
  (SELECT min(b.counted_at) FROM campaign_board b JOIN campaign m ON m.id = b.campaign_id WHERE m.state = 'launched') AS board,
  (SELECT min(n.planned_at) FROM campaign m CROSS JOIN LATERAL (SELECT max(planned_at) AS planned_at FROM plan_run WHERE campaign_id = m.id) n
   WHERE m.state = 'launched') AS plan,
  (SELECT min(v.launched_at) FROM campaign m JOIN campaign_version v ON v.campaign_id = m.id
   WHERE m.state = 'launched' AND NOT EXISTS (SELECT FROM plan_run r WHERE r.campaign_id = m.id)) AS never_planned
"""
UNKNOWN = "SELECT channel, count(*) FROM contact WHERE state = 'unknown' GROUP BY 1"
CAMPAIGNS = "SELECT state, count(*) FROM campaign GROUP BY 1"
DOWN = "SELECT provider FROM provider_health WHERE open_until > :now ORDER BY 1"


@dataclass(frozen=True)
class Measures:
    """The state of the network at ``at``. Ages are in seconds; ``None`` where there is nothing of the kind.

    ``due``: age of the oldest contact of a channel that could leave by itself right now and has not; ``quota``: the largest share
    of a day's quota that is used up, by channel; ``unknown``: contacts of which nobody knows whether they left; ``files``: dropped files that
    wait for somebody's answer; ``plan``: since the newest plan of the running campaign that was left out the longest; ``never_planned``: since the launch of the first running campaign that was never planned.
    """

    at: datetime
    live: bool
    why_not_live: str | None
    stopped: bool
    campaigns: Mapping[str, int]
    due: Mapping[str, float]
    last_dispatch: float | None
    unknown: Mapping[str, int]
    providers_down: list[str]
    quota: Mapping[str, float]
    notices: int
    oldest_notice: float | None
    replies: int
    oldest_reply: float | None
    lists: int
    oldest_list: float | None
    files: int
    oldest_file: float | None
    failed_jobs: int
    oldest_job: float | None
    requests: int
    days_to_request: int | None
    backup: float | None
    oldest_backup: float | None
    backup_days: int
    board: float | None
    plan: float | None
    never_planned: float | None
    revision: str


def measure(session: Session) -> Measures:
    """Take all measures."""
    now = clock.now()
    values = {"now": now, "today": now.date(), "yesterday": now - timedelta(days=1)}
    row = session.execute(text(ONCE), values).mappings().one()

    def since(name: str) -> float | None:
        return (now - row[name]).total_seconds() if row[name] is not None else None

    copy, files = this_copy(session), waiting_files()
    return Measures(
        at=now, live=copy.is_live, why_not_live=copy.why_not, stopped=row["stopped"], campaigns=_counts(session, CAMPAIGNS),
        due=_due(session, values), last_dispatch=since("last_dispatch"), unknown=_counts(session, UNKNOWN),
        providers_down=list(session.execute(text(DOWN), values).scalars()), quota=_quota(session, values),
        notices=row["notices"], oldest_notice=since("oldest_notice"), replies=row["replies"], oldest_reply=since("oldest_reply"),
        lists=row["lists"], oldest_list=since("oldest_list"),
        files=len(files), oldest_file=max((file.seconds for file in files), default=None),
        failed_jobs=row["failed_jobs"], oldest_job=since("oldest_job"),
        requests=row["requests"], days_to_request=_days(row["next_request"], now.date()),
        backup=since("backup"), oldest_backup=since("oldest_backup"), backup_days=settings().backup_days,
        board=since("board"), plan=since("plan"), never_planned=since("never_planned"),
        revision=session.execute(text("SELECT version_num FROM alembic_version")).scalar_one(),
    )  # fmt: skip


def _due(session: Session, values: Mapping[str, Any]) -> dict[str, float]:
    """By channel the age of the oldest that could leave now: within its hours, and its agreement's quota not used up."""
    oldest: dict[str, float] = {}
    known: dict[int, Agreement] = {}
    for row in session.execute(text(DUE), values):
        agreement = known.setdefault(row.agreement, Agreement.model_validate(row.definition))
        channel = Channel(row.channel)
        if row.used >= agreement.quota(channel) or not is_open(channel, values["now"], hours=agreement.terms.hours):
            continue
        oldest[row.channel] = max(oldest.get(row.channel, 0.0), (values["now"] - row.due_at).total_seconds())
    return oldest


def _quota(session: Session, values: Mapping[str, Any]) -> dict[str, float]:
    shares: dict[str, float] = {}
    for row in session.execute(text(USED), values):
        limit = Agreement.model_validate(row.definition).quota(Channel(row.channel))
        shares[row.channel] = max(shares.get(row.channel, 0.0), row.used / limit if limit else 1.0)
    return shares


def _counts(session: Session, query: str) -> dict[str, int]:
    return {str(name): int(count) for name, count in session.execute(text(query))}


def _days(day: date | None, today: date) -> int | None:
    return (day - today).days if day is not None else None
