"""Which lists of a campaign are in force, and the lock under which that changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, text

from outreach.core.errors import PolicyError
from outreach.core.i18n import _
from outreach.core.words import ListState
from outreach.models import TargetList

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded

LOCK_SPACE = 3
"""The first half of our advisory locks of campaigns' lists."""
# Rows in force within the scope of a full list that none of its rows speaks for. A rejected row still names its customer.
REMOVED_ROWS = """
SELECT o.id FROM current_row o JOIN target_list ol ON ol.id = o.list_id
WHERE o.campaign_id = :campaign AND o.partner_id = :partner AND o.list_id <> :list AND ol.scope = :scope AND NOT EXISTS (
  SELECT FROM list_row f WHERE f.list_id = :list AND f.row_key = o.row_key
  AND (f.state IN ('rejected', 'leaving') OR f.replaces = o.id OR f.content_hash = o.content_hash))
"""
IN_FORCE = """
SELECT count(*) FROM current_row o JOIN target_list ol ON ol.id = o.list_id
WHERE o.campaign_id = :campaign AND o.partner_id = :partner AND ol.scope = :scope
"""
# Rejected rows that have not come back right. A row that is rejected again when it comes back stays the row it was first
# (``first_id``): however often it goes to and fro, one good row answers it.
OPEN_ROWS = """
SELECT r.id, coalesce(r.corrects_row, r.id) AS first_id, r.row_number, r.row_key FROM list_row r
WHERE r.list_id = :list AND r.state = 'rejected' AND r.anonymised_at IS NULL AND NOT EXISTS (
  SELECT FROM list_row f JOIN target_list l ON l.id = f.list_id
  WHERE f.corrects_row = coalesce(r.corrects_row, r.id) AND f.state <> 'rejected' AND l.state = 'committed')
"""
CORRECTED = f"""
SELECT (SELECT count(*) FROM list_row WHERE list_id = :list AND state = 'rejected' AND anonymised_at IS NULL)
       - (SELECT count(*) FROM ({OPEN_ROWS}) o)
"""


def lock(session: Session, loaded: Loaded) -> None:
    """One list of a campaign at a time: two operators who import at once do so one after the other."""
    session.execute(
        text("SELECT pg_advisory_xact_lock(:space, :campaign)"), {"space": LOCK_SPACE, "campaign": loaded.campaign.id}
    )


def basis(session: Session, loaded: Loaded) -> str:
    """Which lists are in force: a preview made on another basis has aged."""
    query = select(func.count(), func.coalesce(func.max(TargetList.id), 0)).where(
        TargetList.campaign_id == loaded.campaign.id, TargetList.state == ListState.COMMITTED
    )
    return "/".join(str(number) for number in session.execute(query).one())


def list_of(session: Session, loaded: Loaded, list_id: int) -> TargetList:
    """A list of the campaign, held until the end of the transaction. Raises ``PolicyError`` when there is none such."""
    target = session.get(TargetList, list_id, with_for_update=True)
    if target is None or target.campaign_id != loaded.campaign.id:
        raise PolicyError(_("cette campagne n'a pas de telle liste"), place=str(list_id))
    return target


def values_of(target: TargetList) -> dict[str, Any]:
    """What the statements about a list are bound to."""
    return {"list": target.id, "campaign": target.campaign_id, "partner": target.partner_id, "scope": target.scope}


def place_of(target: TargetList) -> str:
    """How a list is named in a sentence."""
    return _("liste {number} ({file})").format(number=target.id, file=target.file_name)


def forget_rows(session: Session, target: TargetList) -> None:
    """Delete what a list brought, the mention of the delivery excepted."""
    for table in ("row_finding", "row_issue", "list_row"):
        session.execute(text(f"DELETE FROM {table} WHERE list_id = :list"), {"list": target.id})


def refresh_corrected(session: Session, list_id: int) -> None:
    """Count again how many rejected rows came back right, for a list and those that it corrects in turn."""
    following: int | None = list_id
    while following is not None:
        target = session.get_one(TargetList, following)
        corrected = session.execute(text(CORRECTED), {"list": following}).scalar_one()
        target.counts = {**target.counts, "corrected": int(corrected)}
        following = target.corrects_id
