"""What was done, and is planned, with the people of a worklist by anybody: the past that the rules of pressure look at."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import clock
from outreach.policy.pressure import PERIOD
from outreach.policy.ruling import History
from outreach.policy.ruling_sql import CONTACTS_OF_FEW, CONTACTS_OF_MANY, COUNTED, SQL_KIN, SQL_MADE, are_few, made_values
from outreach.policy.territories import SQL_TERRITORY, ZONES

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.policy.ruling import Terms

# Every contact that counts for somebody of the worklist, as a day where they live; those of the period and refusals only.
PASTS = f"""
WITH ask AS MATERIALIZED (SELECT c.person_id FROM "case" c WHERE c.campaign_id = :campaign AND c.closed_at IS NULL
                          AND c.next_at <= :horizon AND NOT EXISTS (
                            SELECT FROM contact k WHERE k.case_id = c.id AND k.state IN ('planned', 'claimed', 'unknown'))),
zone AS (SELECT * FROM unnest(CAST(:zone_territory AS text[]), CAST(:zone_name AS text[])) AS z (territory, name)),
{SQL_KIN}, {{made}}
SELECT m.living, CAST(m.at AT TIME ZONE coalesce(z.name, 'Europe/Paris') AS date) AS day,
       m.own AND m.channel = 'call' AND m.partner_id = :partner AS call, m.at > :since AS recent,
       coalesce(m.refused AND (m.own OR m.unit = 'household'), false) AS refusal, coalesce(m.sticker, false) AS sticker
FROM made m JOIN person p ON p.id = m.living LEFT JOIN household h ON h.id = p.household_id
     LEFT JOIN building b ON b.id = h.building_id
     LEFT JOIN zone z ON z.territory = {SQL_TERRITORY.format(insee="coalesce(b.insee, '')")}
WHERE m.at > :since OR m.sticker OR (m.refused AND m.at > :silence)
"""


def pasts_of(
    session: Session, campaign_id: int, partner_id: int, terms: Terms, horizon: object, *, people: int
) -> dict[int, History]:
    """The past of everybody of a campaign's worklist who has one, by living person; ``people``: how many that list names.

    What other campaigns have planned counts as if it were done, so that two planners never use the same room.
    """
    now = clock.now()
    values = {
        "campaign": campaign_id, "partner": partner_id, "horizon": horizon, "since": now - PERIOD - timedelta(days=1),
        "silence": now - timedelta(days=terms.limits.on(now.date()).silence_days + 1),
        "zone_territory": list(ZONES), "zone_name": list(ZONES.values()),
    }  # fmt: skip
    found: dict[int, tuple[list[date], list[date], list[date], bool]] = defaultdict(lambda: ([], [], [], False))
    way = CONTACTS_OF_FEW if are_few(session, people) else CONTACTS_OF_MANY
    statement = PASTS.format(made=SQL_MADE.format(contacts=way))
    for row in session.execute(text(statement), values | made_values([*COUNTED, "planned"])):
        refusals, calls, contacts, sticker = found[row.living]
        if row.refusal:
            refusals.append(row.day)
        if row.recent:
            contacts.append(row.day)
            if row.call:
                calls.append(row.day)
        if row.sticker and not sticker:
            found[row.living] = (refusals, calls, contacts, True)
    return {
        living: History(refusals=refusals, calls=calls, contacts=contacts, sticker=sticker)
        for living, (refusals, calls, contacts, sticker) in found.items()
    }
