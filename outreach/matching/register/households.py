"""Persons who live together written down as households with stable ids, and who belonged to each from when to when.

Works on ``matched`` and ``cluster`` (see persons.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import clock

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# The household of a person is that of their latest row. Of the households its members had, a group keeps the oldest; one whose
# members went separate ways stays with those who were its first.
ADOPT = """
CREATE TEMP TABLE home ON COMMIT DROP AS
WITH member AS MATERIALIZED (SELECT DISTINCT m.household_key, c.person_id FROM matched m JOIN cluster c USING (person_key)),
     lived AS (SELECT m.household_key, m.person_id, p.household_id,
                      (SELECT h.household_id FROM household_member h WHERE h.person_id = p.id ORDER BY h.id LIMIT 1) AS first_id
               FROM member m JOIN person p ON p.id = m.person_id WHERE p.household_id IS NOT NULL),
     known AS (SELECT household_key, household_id, bool_or(first_id = household_id) AS native, min(person_id) AS oldest
               FROM lived GROUP BY 1, 2),
     keeper AS (SELECT DISTINCT ON (household_id) household_id, household_key FROM known
                ORDER BY household_id, native DESC NULLS LAST, oldest)
SELECT m.household_key, min(k.household_id) AS household_id
FROM (SELECT DISTINCT household_key FROM member) m LEFT JOIN keeper k USING (household_key) GROUP BY 1
"""
NEW = """
WITH numbered AS (SELECT household_key, nextval(pg_get_serial_sequence('household', 'id')) AS id
                  FROM (SELECT household_key FROM home WHERE household_id IS NULL ORDER BY household_key) o),
     fresh AS (UPDATE home h SET household_id = n.id FROM numbered n WHERE n.household_key = h.household_key
               RETURNING h.household_id)
INSERT INTO household (id, created_at) OVERRIDING SYSTEM VALUE SELECT household_id, :now FROM fresh
"""
LINK_PERSONS = """
UPDATE person p SET household_id = h.household_id
FROM (SELECT DISTINCT ON (c.person_id) c.person_id, m.household_key FROM matched m JOIN cluster c USING (person_key)
      ORDER BY c.person_id, m.record_id DESC) m JOIN home h USING (household_key)
WHERE m.person_id = p.id AND p.household_id IS DISTINCT FROM h.household_id
"""
MOVED_OUT = """
UPDATE household_member h SET until = :now FROM person p
WHERE p.id = h.person_id AND h.until IS NULL AND (p.household_id IS DISTINCT FROM h.household_id OR p.merged_into IS NOT NULL)
"""
# In two statements: asked of a table that fills while it is asked, PostgreSQL would read it from the start for every person.
NEWCOMERS = """
CREATE TEMP TABLE newcomer ON COMMIT DROP AS
SELECT p.household_id, p.id AS person_id FROM cluster c JOIN person p ON p.id = c.person_id
WHERE p.household_id IS NOT NULL AND NOT EXISTS (SELECT FROM household_member h WHERE h.person_id = p.id AND h.until IS NULL)
"""
MOVED_IN = "INSERT INTO household_member (household_id, person_id, since) SELECT household_id, person_id, :now FROM newcomer"
DESCRIBED = "building_id, staircase, floor, door, building_name, residence, po_box, care_of"
SAID_BY_ROWS = "b.id AS building_id, r.staircase, r.floor, r.door, r.building AS building_name, r.residence, r.po_box, r.care_of"
# Of everybody's, those of which any row says something else than what is known: see persons.py.
STALE = f"""
CREATE TEMP TABLE stale_household ON COMMIT DROP AS
SELECT DISTINCT h.id AS household_id
FROM (SELECT p.household_id, {SAID_BY_ROWS} FROM person p JOIN usable_row r ON r.person_id = p.id
             JOIN building b ON b.address_key = r.address_key) d JOIN household h ON h.id = d.household_id
WHERE ({", ".join("h." + name for name in DESCRIBED.split(", "))}) IS DISTINCT FROM
      ({", ".join("d." + name for name in DESCRIBED.split(", "))})
"""
DESCRIBE = f"""
UPDATE household h SET ({DESCRIBED}) = ({", ".join("d." + name for name in DESCRIBED.split(", "))})
FROM (SELECT DISTINCT ON (p.household_id) p.household_id, {SAID_BY_ROWS}
      FROM {{whose}} JOIN person p USING (household_id) JOIN usable_row r ON r.person_id = p.id
           JOIN building b ON b.address_key = r.address_key
      ORDER BY p.household_id, (r.superseded_by IS NULL) DESC, b.lon IS NULL, r.id DESC) d
WHERE d.household_id = h.id AND ({", ".join("h." + name for name in DESCRIBED.split(", "))}) IS DISTINCT FROM
      ({", ".join("d." + name for name in DESCRIBED.split(", "))})
"""
HOME_OR_STALE = "(SELECT household_id FROM home UNION SELECT household_id FROM stale_household) o"
STATEMENTS = (LINK_PERSONS, MOVED_OUT, NEWCOMERS, MOVED_IN, "DROP TABLE newcomer")


def number_households(session: Session) -> None:
    """Give every group of ``matched`` its household, an old or a new one.

    Leaves the temporary table ``home`` (household_key, household_id).
    """
    session.execute(text(ADOPT))
    session.execute(text(NEW), {"now": clock.now()})


def find_stale_households(session: Session) -> None:
    """Table ``stale_household``: of all, those which their rows may describe otherwise than they are known.

    Asked before a match is written down: those who have other persons by it are in ``home``.
    """
    session.execute(text(STALE))


def write_households(session: Session, *, everything: bool) -> None:
    """Give every person of ``cluster`` their place in their household, and every household of ``home`` its door.

    ``everything``: those of ``stale_household`` are described anew too.
    """
    now = {"now": clock.now()}
    for statement in (*STATEMENTS, DESCRIBE.format(whose=HOME_OR_STALE if everything else "home")):
        session.execute(text(statement), now if ":now" in statement else {})
