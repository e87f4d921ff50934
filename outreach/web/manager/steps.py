"""The seven steps of a campaign, from its list to its launch: what each holds, and whether it is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core.i18n import N_

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

STEPS = {
    "list": N_("Liste"), "duplicates": N_("Doublons"), "segments": N_("Segments"), "messages": N_("Messages"), "plan": N_("Plan"),
    "rehearsal": N_("Répétition"), "launch": N_("Lancement"),
}  # fmt: skip
"""The steps in their order."""
STANDS = """
SELECT c.code, c.version_id IS NOT NULL AS launched,
  (SELECT count(*) FROM current_row r WHERE r.campaign_id = c.id) AS rows,
  (SELECT count(*) FROM target_list t WHERE t.campaign_id = c.id AND t.state = 'previewed') AS previews,
  EXISTS (SELECT FROM list_row r WHERE r.campaign_id = c.id AND r.person_id IS NOT NULL) AS matched,
  EXISTS (SELECT FROM campaign_preview v WHERE v.campaign_id = c.id) AS counted,
  jsonb_array_length(c.draft -> 'campaign' -> 'segments') AS segments, jsonb_array_length(c.draft -> 'campaign' -> 'cadence') AS cadence,
  (SELECT r.contacts FROM rehearsal r WHERE r.campaign_id = c.id ORDER BY r.rehearsed_at DESC LIMIT 1) AS rehearsed,
  (SELECT r.approved_at IS NOT NULL FROM rehearsal r WHERE r.campaign_id = c.id ORDER BY r.rehearsed_at DESC LIMIT 1) AS approved
FROM campaign c WHERE c.id = :campaign
"""


@dataclass(frozen=True)
class Step:
    """One step: its label (French, for ``_``), where it is worked on, how many it holds (of lists: rows in force), and how far it is.

    ``state``: ``done``, ``now`` (the next one to do), ``waiting`` (something of it waits for a person), ``later``.
    """

    id: str
    label: str
    href: str
    count: int | None
    state: str


def steps_of(session: Session, campaign: int) -> list[Step]:
    """The steps of a campaign that the session may see; none for any other."""
    row = session.execute(text(STANDS), {"campaign": campaign}).first()
    if row is None:
        return []
    done = {
        "list": row.rows > 0, "duplicates": row.matched, "segments": row.matched and row.counted,
        "messages": row.matched and row.counted, "plan": row.matched and row.counted, "rehearsal": row.rehearsed is not None, "launch": row.launched,
    }  # fmt: skip
    counts = {
        "list": int(row.rows), "duplicates": None, "segments": row.segments, "messages": None, "plan": row.cadence,
        "rehearsal": row.rehearsed, "launch": None,
    }  # fmt: skip
    first = next((step for step in STEPS if not done[step]), None)
    found = []
    for step, label in STEPS.items():
        state = "done" if done[step] or row.launched else "now" if step == first else "later"
        if step == "list" and row.previews:
            state = "waiting"
        found.append(Step(step, label, f"/campaigns/{row.code}/way/{step}", counts[step], state))
    return found
