"""Why somebody is contacted, in one sentence that may be read at a door: for many cases at once."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from sqlalchemy import and_, case, select
from sqlalchemy.orm import defer

from outreach.core.i18n import _
from outreach.core.words import Unit
from outreach.definitions.facts import vocabulary
from outreach.definitions.loader import Folder
from outreach.definitions.registry import thawed
from outreach.models import CampaignVersion, Case, Decision, SegmentRun
from outreach.segments.evaluate import compare
from outreach.segments.why import values_of
from outreach.segments.wording import EURO, said

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def because(session: Session, cases: Collection[int]) -> dict[int, str]:
    """The sentence of each case: who asked, the segment, and what was seen. Amounts are left out: people look over shoulders."""
    unit = case((Case.unit == Unit.HOUSEHOLD, Case.household_id), else_=Case.person_id)
    query = (
        select(Case.id, Decision, SegmentRun, CampaignVersion)
        .join(SegmentRun, SegmentRun.id == Case.run_id)
        .join(Decision, and_(Decision.run_id == Case.run_id, Decision.unit_id == unit))
        .join(CampaignVersion, CampaignVersion.id == SegmentRun.version_id)
        .where(Case.id.in_(list(cases)))
        # The same definition stands behind hundreds of cases: it is read when it is not known by its hash.
        .options(defer(CampaignVersion.definition))
    )
    rows = session.execute(query).all() if cases else []
    return {number: _sentence(thawed(version), decision, run) for number, decision, run, version in rows}


def _sentence(folder: Folder, decision: Decision, run: SegmentRun) -> str:
    known = vocabulary(folder.campaign, folder.agreement)
    values = values_of(decision, run, known)
    partner = folder.agreement.partner.name
    segment = next((part for part in folder.campaign.segments if part.code == decision.segment), None)
    if segment is None:
        return _("{partner} nous a demandé de proposer notre aide.").format(partner=partner)
    seen = [
        f"{_(known[one.fact].label)} : {said(values.get(one.fact), known[one.fact])}"
        for one in segment.when.comparisons()
        if known[one.fact].unit != EURO and compare(one, values.get(one.fact), run.today)
    ]
    asked = _("{partner} nous a demandé de proposer notre aide.").format(partner=partner)
    # A segment may be named by what is owed.
    parts = [*([segment.label] if EURO not in segment.label else []), *dict.fromkeys(seen)]
    return f"{asked} {_('Ce que nous savons :')} {', '.join(parts)}." if parts else asked
