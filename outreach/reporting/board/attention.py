"""What needs somebody today, most urgent first. Each is a kind with its count; words and addresses are the screens'."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import clock
from outreach.core.words import Channel
from outreach.definitions.registry import agreed

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded

LIST_IS_OLD = timedelta(days=10)
"""Weekly lists: after so many days nobody knows any more who has paid."""
SOON = timedelta(days=14)
NEARLY = 0.9
"""Of a day's quota."""
FAILING = 0.1
"""Share of rejected rows from which on a list is worth a call to the partner."""
URGENCY = (
    "stopped", "paused", "unknown", "not_kept", "replies", "quota", "agreement_ends", "list_old", "conflicts", "ends", "bad_rows",
    "wordings", "questions", "summaries",
)  # fmt: skip
"""The kinds, most urgent first."""
COUNTS = """
SELECT
  (SELECT count(*) FROM sending_stop WHERE lifted_at IS NULL) AS stopped,
  (SELECT count(*) FROM contact k WHERE k.campaign_id = :campaign AND k.state = 'unknown') AS unknown,
  (SELECT count(*) FROM plan_change x JOIN plan_run r ON r.id = x.run_id
   WHERE r.campaign_id = :campaign AND x.change = 'not_kept' AND r.planned_at >= :yesterday
     AND EXISTS (SELECT FROM appointment a WHERE a.case_id = x.case_id AND a.state = 'open')) AS not_kept,
  (SELECT count(*) FROM inbound_message m JOIN "case" c ON c.id = m.case_id
      WHERE m.handled_at IS NULL AND c.campaign_id = :campaign) AS replies,
  (SELECT count(*) FROM phone_fact f JOIN "case" c ON c.id = f.case_id
   WHERE f.status = 'conflict' AND f.settled_at IS NULL AND c.campaign_id = :campaign) AS conflicts,
  (SELECT count(*) FROM wording w WHERE w.campaign_id = :campaign AND w.decided_at IS NULL) AS wordings,
  (SELECT count(*) FROM partner_question q WHERE q.campaign_id = :campaign AND q.answered_at IS NULL) AS questions,
  (SELECT count(*) FROM summary s WHERE s.campaign_id = :campaign AND s.state = 'produced'
     AND s.id = (SELECT max(n.id) FROM summary n
         WHERE n.campaign_id = s.campaign_id AND n.period_start = s.period_start AND n.period_end = s.period_end)) AS summaries
"""
LAST_LIST = """
SELECT committed_at, total, coalesce(CAST(counts ->> 'rejected' AS int), 0) AS rejected FROM target_list
WHERE campaign_id = :campaign AND state = 'committed' ORDER BY id DESC LIMIT 1
"""
USED = "SELECT channel, used FROM quota_use WHERE agreement_id = :agreement AND day = :today"


@dataclass(frozen=True)
class Attention:
    """One thing that needs somebody: ``kind`` of ``URGENCY``, how many, and what else its sentence names."""

    kind: str
    count: int = 0
    detail: str = ""


def attention(session: Session, loaded: Loaded, open_cases: int) -> list[dict[str, Any]]:
    """What needs somebody in a campaign today."""
    today, values = clock.today(), {"campaign": loaded.campaign.id, "yesterday": clock.now() - timedelta(days=1)}
    counts = session.execute(text(COUNTS), values).mappings().one()
    found = [Attention(kind, int(count)) for kind, count in counts.items() if count]
    campaign, agreement = loaded.folder.campaign, agreed(session, loaded.campaign)
    if loaded.campaign.state == "paused":
        found.append(Attention("paused"))
    last = session.execute(text(LAST_LIST), values).first()
    if last is not None and last.committed_at is not None and clock.now() - last.committed_at > LIST_IS_OLD:
        found.append(Attention("list_old", (clock.now() - last.committed_at).days))
    if last is not None and last.total and last.rejected / last.total >= FAILING:
        found.append(Attention("bad_rows", last.rejected))
    if open_cases and campaign.ends_on - today <= SOON:
        found.append(Attention("ends", open_cases, campaign.ends_on.isoformat()))
    if agreement.definition.valid_to - today <= SOON:
        found.append(
            Attention("agreement_ends", (agreement.definition.valid_to - today).days, agreement.definition.valid_to.isoformat())
        )
    for row in session.execute(text(USED), {"agreement": agreement.id, "today": today}):
        limit = agreement.definition.quota(Channel(row.channel))
        if limit and row.used >= NEARLY * limit:
            found.append(Attention("quota", row.used, row.channel))
    return [asdict(one) for one in sorted(found, key=lambda one: URGENCY.index(one.kind))]
