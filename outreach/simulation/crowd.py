"""A crowd with contacts that are due, written straight into the tables: for tests and benchmarks of sending alone.

Everybody is invented and marked so. Up to 10,000 have numbers of the range kept for fiction; more are drawn beyond it, which
only a provider on loopback is ever given.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import bulk
from outreach.core.letter_codes import SQL_CODE, SQL_SCRAMBLED
from outreach.core.marks import mark_all
from outreach.core.sealing import seal_all
from outreach.core.words import Channel
from outreach.models.base import PHONE

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded

FICTION = 10_000
PER_BUILDING = 12
_CODE = SQL_CODE.format(scrambled="s.scrambled")
_SCRAMBLED = SQL_SCRAMBLED.format(number="n.id")
WRITE = (
    """INSERT INTO building (address_key, house_number, street, postal_code, city, insee, lon, lat)
       SELECT 'crowd ' || i, CAST(i % 90 + 1 AS text), 'RUE DES ESSAIS', '69008', 'LYON', '69388', 4.87, 45.73
       FROM generate_series(0, :count / :per) i""",
    """INSERT INTO household (building_id, floor, door, created_at)
       SELECT b.id, CAST(b.i % 6 AS text), CAST(b.i AS text), :now
       FROM (SELECT b.id, i FROM building b, generate_series(1, :per) i
             WHERE b.address_key LIKE 'crowd %' ORDER BY b.id, i LIMIT :count) b""",
    """INSERT INTO person (household_id, title, given_name, family_name, mobile, mobile_mark, language, reads_french,
                           simulated, created_at)
       SELECT h.id, 'Mme', 'Prénom', 'Essai', m.phone, m.mark, 'fr', true, true, :now
       FROM (SELECT h.id, row_number() OVER (ORDER BY h.id) AS i FROM household h JOIN building b ON b.id = h.building_id
             WHERE b.address_key LIKE 'crowd %') h
         JOIN unnest(CAST(:phones AS text[]), CAST(:marks AS text[])) WITH ORDINALITY AS m (phone, mark, i) USING (i)""",
    """INSERT INTO household_member (household_id, person_id, since)
       SELECT p.household_id, p.id, :now FROM person p JOIN household h ON h.id = p.household_id
         JOIN building b ON b.id = h.building_id WHERE b.address_key LIKE 'crowd %'""",
    f"""INSERT INTO "case" (id, campaign_id, version_id, unit, household_id, person_id, site_id, segment, priority, wave,
                            letter_code, status, opened_at, next_at, wait_reason)
        SELECT n.id, :campaign, :version, 'household', n.household_id, n.person_id, (SELECT min(id) FROM site), 'crowd', 5, 1,
               {_CODE}, 'waiting', :now, :due, 'later'
        FROM (SELECT nextval(pg_get_serial_sequence('"case"', 'id')) AS id, p.household_id, p.id AS person_id FROM person p
                JOIN household h ON h.id = p.household_id JOIN building b ON b.id = h.building_id
              WHERE b.address_key LIKE 'crowd %') n CROSS JOIN LATERAL (SELECT {_SCRAMBLED} AS scrambled) s""",
    """INSERT INTO contact (campaign_id, case_id, person_id, step, attempt, channel, language, state, due_at, useful_until)
       SELECT :campaign, c.id, c.person_id, :step, 1, :channel, 'fr', 'planned', :due, :until FROM "case" c
       WHERE c.campaign_id = :campaign AND c.segment = 'crowd'""",
)


def write_crowd(
    session: Session, loaded: Loaded, count: int, channel: Channel, due: datetime, *, useful: timedelta = timedelta(hours=2)
) -> None:
    """``count`` households of one person each, every one with a case in a launched campaign and a contact due at ``due``."""
    step = next(step.code for step in loaded.folder.campaign.cadence if step.channel is channel)
    phones = [f"+33639{980_000 + i:06}" if i < FICTION else f"+33640{i:06}" for i in range(count)]
    values = {
        "count": count, "per": PER_BUILDING, "phones": seal_all(phones, PHONE.place), "marks": mark_all(phones), "campaign": loaded.campaign.id, "step": step,
        "version": loaded.version.id if loaded.version else None, "channel": channel.value, "now": due, "due": due, "until": due + useful,
    }  # fmt: skip
    for statement in WRITE:
        session.execute(text(statement), values)
    bulk.analyse(session, "building", "household", "person", "case", "contact")
