"""Where a campaign's people are, by commune, and how each site is doing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.reporting.figures.reading import tallies, until_now
from outreach.reporting.summary.groups import commune

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

SITES = "SELECT id, code, name FROM site WHERE id = ANY(:ids) ORDER BY name"
AHEAD = """
SELECT s.site_id, count(*) FILTER (WHERE k.channel = 'call') AS calls, count(*) FILTER (WHERE k.channel = 'visit') AS visits
FROM contact k JOIN shift s ON s.id = k.shift_id WHERE k.campaign_id = :campaign AND k.state = 'planned' GROUP BY 1
"""
MIDDLES = "SELECT insee, avg(lon) AS lon, avg(lat) AS lat FROM building WHERE insee = ANY(:codes) AND lon IS NOT NULL GROUP BY 1"
MOST_PLACES = 60


def sites(session: Session, campaign: int) -> list[dict[str, Any]]:
    """A row a site: solicited, reached, mediated, open, and the calls and visits that are planned."""
    found = {int(value): tally for value, tally in tallies(session, [campaign], "site", until_now()).items()}
    ahead = {row.site_id: row for row in session.execute(text(AHEAD), {"campaign": campaign})}
    rows = []
    for site in session.execute(text(SITES), {"ids": list(found)}):
        tally, planned = found[site.id], ahead.get(site.id)
        rows.append({
            "id": site.id, "code": site.code, "name": site.name, "targeted": tally.targeted, "solicited": tally.solicited,
            "reached": tally.reached, "mediated": tally.mediated, "open": tally.open,
            "calls": int(planned.calls) if planned else 0, "visits": int(planned.visits) if planned else 0,
        })  # fmt: skip
    return rows


def communes(session: Session, campaign: int) -> list[dict[str, Any]]:
    """The communes with most people: where each is, how many are targeted and mediated. ``lon`` may be unknown."""
    found = tallies(session, [campaign], "commune", until_now())
    ranked = sorted(found, key=lambda place: (-found[place].targeted, place))[:MOST_PLACES]
    codes = [place.partition("|")[0] for place in ranked]
    middles = {row.insee: (float(row.lon), float(row.lat)) for row in session.execute(text(MIDDLES), {"codes": codes})}
    return [
        {
            "name": commune(place), "insee": code, "targeted": found[place].targeted, "solicited": found[place].solicited,
            "mediated": found[place].mediated, "lon": middles.get(code, (None, None))[0], "lat": middles.get(code, (None, None))[1],
        }
        for place, code in zip(ranked, codes, strict=True)
    ]  # fmt: skip
