"""Everybody and every home of a database get another number, as if matching had found each to be somebody whom it knows already."""

from __future__ import annotations

from sqlalchemy import text

COLUMNS = """
SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) FROM information_schema.columns
WHERE table_schema = 'public' AND table_name = :table AND NOT column_name = ANY(:but)
"""
NUMBERS = "CREATE TEMP TABLE {name} AS SELECT id AS old, nextval(pg_get_serial_sequence('{table}', 'id')) AS new FROM {table} {which} ORDER BY id"
# What is left behind says nothing any more: whoever looks there sees that they look at the wrong number.
LEFT_BEHIND = """
UPDATE person p SET merged_into = n.new, household_id = NULL, title = NULL, given_name = NULL, family_name = NULL, birth_date = NULL, language = NULL,
  reads_french = NULL, mobile = NULL, mobile_mark = NULL, fixed = NULL, fixed_mark = NULL, email = NULL, email_mark = NULL
FROM new_person n WHERE p.id = n.old
"""
MOVED_IN = """
INSERT INTO household_member (household_id, person_id, since)
SELECT h.new, n.new, now() FROM household_member m JOIN new_home h ON h.old = m.household_id JOIN new_person n ON n.old = m.person_id WHERE m.until IS NULL
"""


def renumber_everybody(session):
    """Nobody is anybody else than before; only their numbers are."""
    session.execute(text(NUMBERS.format(name="new_home", table="household", which="")))
    session.execute(text(NUMBERS.format(name="new_person", table="person", which="WHERE merged_into IS NULL")))
    homes = session.execute(text(COLUMNS), {"table": "household", "but": ["id"]}).scalar_one()
    session.execute(
        text(
            f"INSERT INTO household (id, {homes}) OVERRIDING SYSTEM VALUE SELECT n.new, {homes} FROM household JOIN new_home n ON n.old = id"
        )
    )
    people = session.execute(text(COLUMNS), {"table": "person", "but": ["id", "household_id"]}).scalar_one()
    session.execute(
        text(f"INSERT INTO person (id, household_id, {people}) OVERRIDING SYSTEM VALUE SELECT n.new, h.new, {people}"
             " FROM person JOIN new_person n ON n.old = id LEFT JOIN new_home h ON h.old = household_id")
    )  # fmt: skip
    for statement in (
        "UPDATE person p SET merged_into = n.new FROM new_person n WHERE p.merged_into = n.old", LEFT_BEHIND,
        "UPDATE list_row r SET person_id = n.new FROM new_person n WHERE r.person_id = n.old",
        MOVED_IN, "UPDATE household_member SET until = now() WHERE until IS NULL AND household_id IN (SELECT old FROM new_home)",
        "UPDATE household SET building_id = NULL WHERE id IN (SELECT old FROM new_home)",
        "DROP TABLE new_home", "DROP TABLE new_person",
    ):  # fmt: skip
        session.execute(text(statement))
