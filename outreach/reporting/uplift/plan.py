"""The one comparison of a campaign, as its sealed design fixes it: after which wave, of what, and on which day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, text

from outreach.core.words import OutcomeKind, Unit
from outreach.definitions.loader import Folder
from outreach.definitions.sealing import sealed
from outreach.models import CampaignVersion

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded

PATIENCE = timedelta(days=60)
"""How long the partner's return file is waited for after the day that it shall tell of."""
BEGINNING = """
SELECT min(CAST(opened_at AT TIME ZONE 'Europe/Paris' AS date)) FROM "case"
WHERE campaign_id = :campaign AND run_id IS NOT NULL AND priority > :urgent
"""


@dataclass(frozen=True)
class Plan:
    """What is compared, and when: all of it known before the first contact.

    ``planned_for``: the last day on which nobody of wave ``after + 1`` may have been contacted; ``None`` before any case was
    dealt. ``too_late``: cases whose first wave begins from this day on do not count: their wave ``after`` has not begun by
    then. ``returns``: the return files that tell of the outcome.
    """

    campaign_id: int
    version_id: int
    unit: Unit
    after: int
    urgent: int
    outcome: OutcomeKind | None
    returns: tuple[str, ...]
    baseline: float
    icc: float
    starts_on: date
    planned_for: date | None
    too_late: date | None

    @property
    def opens_on(self) -> date | None:
        """The first day on which there may be an answer: the planned day must be over."""
        return self.planned_for + timedelta(days=1) if self.planned_for else None


def comparison_plan(session: Session, loaded: Loaded) -> Plan | None:
    """The plan of a campaign, from the version under which its order of contact was sealed: later versions change nothing.

    ``None`` when the campaign is not sealed, or has one wave alone.
    """
    design = sealed(session, loaded.campaign.id)
    if design is None or design.waves < 2:  # noqa: PLR2004
        return None
    version = session.scalars(
        select(CampaignVersion).where(
            CampaignVersion.campaign_id == loaded.campaign.id, CampaignVersion.content_hash == design.version_hash
        )
    ).one()
    campaign = Folder.thaw(version.definition).campaign
    after = campaign.measure.compare_after or design.waves - 1
    kind = campaign.measure.outcome
    opened = session.execute(text(BEGINNING), {"campaign": loaded.campaign.id, "urgent": design.urgent}).scalar_one()
    begins = max(opened, campaign.starts_on) if opened else None
    return Plan(
        campaign_id=loaded.campaign.id, version_id=version.id, unit=Unit(campaign.unit), after=after, urgent=design.urgent,
        outcome=kind, returns=tuple(part.code for part in campaign.returns if kind in part.outcomes),
        baseline=campaign.waves.baseline, icc=campaign.waves.icc, starts_on=campaign.starts_on,
        planned_for=begins + timedelta(days=after * campaign.waves.days_apart - 1) if begins else None,
        too_late=begins + timedelta(days=campaign.waves.days_apart) if begins else None,
    )  # fmt: skip
