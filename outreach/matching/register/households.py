"""Persons who live together written down as households with stable ids, and who belonged to each from when to when.

Works on ``matched`` and ``cluster`` (see persons.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import bulk, clock

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
DESCRIBE = """
UPDATE household h SET building_id = d.building_id, staircase = d.staircase, floor = d.floor, door = d.door,
       building_name = d.building, residence = d.residence, po_box = d.po_box
FROM (SELECT DISTINCT ON (p.household_id) p.household_id, b.id AS building_id, r.staircase, r.floor, r.door, r.building,
             r.residence, r.po_box
      FROM home JOIN person p USING (household_id) JOIN usable_row r ON r.person_id = p.id
           JOIN building b ON b.address_key = r.address_key
      ORDER BY p.household_id, (r.superseded_by IS NULL) DESC, b.lon IS NULL, r.id DESC) d
WHERE d.household_id = h.id
  AND (h.building_id, h.staircase, h.floor, h.door, h.building_name, h.residence, h.po_box)
      IS DISTINCT FROM (d.building_id, d.staircase, d.floor, d.door, d.building, d.residence, d.po_box)
"""
STATEMENTS = (LINK_PERSONS, MOVED_OUT, NEWCOMERS, MOVED_IN, "DROP TABLE newcomer", DESCRIBE)


def number_households(session: Session) -> None:
    """Give every group of ``matched`` its household, an old or a new one.

    Leaves the temporary table ``home`` (household_key, household_id).
    """
    session.execute(text(ADOPT))
    session.execute(text(NEW), {"now": clock.now()})


def write_households(session: Session) -> None:
    """Give every person their place in their household, and every household its door."""
    now = {"now": clock.now()}
    for statement in STATEMENTS:
        session.execute(text(statement), now if ":now" in statement else {})
    bulk.analyse(session, "household", "household_member")
