"""All campaigns side by side: what an association sees of its own, and the network of all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.reporting.figures.keeping import refresh_all
from outreach.reporting.figures.reading import Span, Tally, total, until_now

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# A campaign is its association's through its sites.
CAMPAIGNS = """
SELECT a.id, a.code, a.name, string_agg(DISTINCT o.name, ', ' ORDER BY o.name) AS association FROM campaign a
  JOIN (SELECT DISTINCT campaign_id, CAST(value AS bigint) AS site_id
        FROM figure_cell WHERE dimension = 'site') f ON f.campaign_id = a.id
  JOIN site s ON s.id = f.site_id JOIN association o ON o.id = s.association_id
WHERE CAST(:association AS text) IS NULL OR o.code = :association GROUP BY 1 ORDER BY association, a.code
"""
NEIGHBOURS = "SELECT count(*) FROM mediation WHERE campaign_id = :campaign AND case_id IS NULL AND superseded_at IS NULL"


@dataclass(frozen=True)
class CampaignLine:
    """One campaign: whose it is, what its cases came to, and how many neighbours of no list were helped at the door."""

    code: str
    name: str
    association: str
    tally: Tally
    neighbours: int


def network_figures(session: Session, association: str | None = None, span: Span | None = None) -> list[CampaignLine]:
    """Every campaign with cases, of one association (by its code) or of all."""
    refresh_all(session)
    chosen = span or until_now()
    found = session.execute(text(CAMPAIGNS), {"association": association}).all()
    return [
        CampaignLine(
            row.code, row.name, row.association, total(session, [row.id], chosen),
            int(session.execute(text(NEIGHBOURS), {"campaign": row.id}).scalar_one()),
        )
        for row in found
    ]  # fmt: skip
