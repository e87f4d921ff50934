"""What was counted last of a draft, and whether it still is what the draft and its lists say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core.i18n import _
from outreach.definitions.facts import vocabulary
from outreach.definitions.registry import find_campaign
from outreach.definitions.rehearsing import lists_hash
from outreach.flows.counting import preview_of

if TYPE_CHECKING:
    from outreach.segments.preview import Preview
    from outreach.web.access.gate import Visit
    from outreach.web.manager.wizard.drafts import Draft

KEPT = "SELECT content_hash, lists_hash, counted_at, data FROM campaign_preview WHERE campaign_id = :campaign"


@dataclass(frozen=True)
class Counted:
    """The preview that was kept. ``older``: of another definition, ``other_lists``: of other lists than those in force."""

    seen: Preview
    places: list[dict[str, Any]]
    counted_at: datetime
    older: bool
    other_lists: bool
    fact_names: dict[str, str]

    @property
    def is_present(self) -> bool:
        """Whether it is of the definition and the lists as they are."""
        return not self.older and not self.other_lists


def counted_of(visit: Visit, draft: Draft) -> Counted | None:
    """What was counted last; ``None`` before the first time."""
    with visit.reading() as session:
        row = session.execute(text(KEPT), {"campaign": draft.id}).first()
    if row is None:
        return None
    with visit.database.session() as session:
        lists = lists_hash(session, find_campaign(session, draft.code, drafts=True).campaign)
    names = {name: _(fact.label) for name, fact in vocabulary(draft.folder.campaign, draft.folder.agreement).items()}
    return Counted(
        preview_of(row.data["seen"]),
        row.data["places"],
        row.counted_at,
        row.content_hash != draft.hash,
        row.lists_hash != lists,
        names,
    )
