"""What a campaign's rules make of its lists, kept for pages.

It is kept with the hash of the definition and of the lists that were looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from outreach.core import clock
from outreach.core.communes import commune_names
from outreach.core.i18n import N_
from outreach.core.plain import as_data
from outreach.core.progress import step
from outreach.definitions.loader import content_hash
from outreach.definitions.registry import Loaded
from outreach.definitions.rehearsing import lists_hash
from outreach.flows.lists import loaded_campaign
from outreach.flows.segments import preview
from outreach.models import CampaignPreview
from outreach.policy.language import Readers
from outreach.segments.power import Comparison, Detectable
from outreach.segments.preview import Group, Preview

if TYPE_CHECKING:
    from outreach.core.database import Database
    from outreach.definitions.loader import Folder

STEP = N_("Compter qui serait contacté, et pourquoi les autres ne le seraient pas")
MOST_PLACES = 60
MOST_WAITED = 20_000
"""Rows that are counted while somebody waits; longer lists are counted as a job."""
ROWS = "SELECT count(*) FROM (SELECT FROM current_row WHERE campaign_id = :campaign LIMIT :most + 1) r"
# Where the people of the lists in force are, by commune, at the middle of its known homes.
PLACES = """
SELECT b.insee, count(DISTINCT r.person_id) AS people, avg(b.lon) AS lon, avg(b.lat) AS lat
FROM current_row r JOIN person p ON p.id = r.person_id JOIN household h ON h.id = p.household_id
     JOIN building b ON b.id = h.building_id
WHERE r.campaign_id = :campaign AND b.insee IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT :most
"""


def count_campaign(database: Database, code: str) -> None:
    """Look, and keep what was seen."""
    loaded = loaded_campaign(database, code, drafts=True)
    with step(STEP):
        seen = preview(database, loaded)
    with database.session() as session:
        names = commune_names()
        places = [
            {
                "name": names.get(row.insee, row.insee),
                "people": int(row.people),
                "lon": _coordinate(row.lon),
                "lat": _coordinate(row.lat),
            }
            for row in session.execute(text(PLACES), {"campaign": loaded.campaign.id, "most": MOST_PLACES})
        ]
        values = {
            "campaign_id": loaded.campaign.id, "content_hash": content_hash(loaded.folder.definition()),
            "lists_hash": lists_hash(session, loaded.campaign), "counted_at": clock.now(), "data": {"seen": as_data(seen), "places": places},
        }  # fmt: skip
        session.execute(insert(CampaignPreview).values(values).on_conflict_do_update(index_elements=["campaign_id"], set_=values))


def try_count(database: Database, code: str, folder: Folder) -> Preview | None:
    """What a changed definition would make of a campaign's lists, while somebody waits; ``None`` of lists too long for that."""
    campaign = loaded_campaign(database, code, drafts=True).campaign
    with database.session() as session:
        rows = session.execute(text(ROWS), {"campaign": campaign.id, "most": MOST_WAITED}).scalar_one()
    return preview(database, Loaded(campaign, folder, None)) if rows <= MOST_WAITED else None


def preview_of(data: dict[str, Any]) -> Preview:
    """The preview that was kept."""
    able = data["detectable"]
    comparisons = tuple(Comparison(**one) for one in able["comparisons"])
    groups = {name: tuple(Group(**one) for one in data[name]) for name in ("segments", "excluded")}
    rest = {
        "waves": tuple(data["waves"]),
        "dealt": tuple(data["dealt"]),
        "readers": tuple(Readers(**one) for one in data["readers"]),
    }
    return Preview(**(data | groups | rest | {"detectable": Detectable(**(able | {"comparisons": comparisons}))}))


def _coordinate(value: Any) -> float | None:
    return None if value is None else float(value)
