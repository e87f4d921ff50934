"""Clusters of rows written down as persons with stable ids; a merge keeps both histories and can be undone.

Works on the temporary table ``matched`` (record_id, person_key, household_key): all rows of the register, or all that news
touch. Every cluster is there whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import clock
from outreach.core.joins import are_few
from outreach.models.base import WAYS
from outreach.policy.told import sql_told

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# The oldest person among a cluster's rows keeps the cluster. A person whose rows fell apart stays with the rows that were theirs
# from the beginning; the others are again who they were before the merge, or, if they never were anybody else, somebody new.
ADOPT = """
CREATE TEMP TABLE cluster ON COMMIT DROP AS
WITH mine AS MATERIALIZED (SELECT m.person_key, r.id AS row_id, r.person_id, r.first_person_id
                           FROM matched m JOIN list_row r ON r.id = m.record_id),
     known AS (SELECT person_key, person_id, bool_or(first_person_id = person_id) AS native, min(row_id) AS oldest
               FROM mine WHERE person_id IS NOT NULL GROUP BY 1, 2),
     keeper AS (SELECT DISTINCT ON (person_id) person_id, person_key FROM known
                ORDER BY person_id, native DESC NULLS LAST, oldest),
     kept AS (SELECT person_key, min(person_id) AS person_id FROM keeper GROUP BY 1),
     former AS (SELECT person_key, first_person_id AS person_id, min(row_id) AS oldest
                FROM mine JOIN person p ON p.id = mine.first_person_id AND p.merged_into IS NOT NULL
                WHERE NOT EXISTS (SELECT FROM kept WHERE kept.person_key = mine.person_key) GROUP BY 1, 2),
     revived AS (SELECT person_key, min(person_id) AS person_id
                 FROM (SELECT DISTINCT ON (person_id) person_id, person_key FROM former ORDER BY person_id, oldest) f GROUP BY 1)
SELECT m.person_key, coalesce(kept.person_id, revived.person_id) AS person_id,
       coalesce(kept.person_id, revived.person_id) IS NULL AS is_new
FROM (SELECT DISTINCT person_key FROM matched) m LEFT JOIN kept USING (person_key) LEFT JOIN revived USING (person_key)
"""
# In the order of their oldest rows, so that the same register always gets the same numbers.
NUMBER = """
WITH numbered AS (SELECT person_key, nextval(pg_get_serial_sequence('person', 'id')) AS id
                  FROM (SELECT person_key FROM cluster WHERE is_new ORDER BY person_key) o)
UPDATE cluster c SET person_id = n.id FROM numbered n WHERE n.person_key = c.person_key
"""
REVIVE = "UPDATE person p SET merged_into = NULL FROM cluster c WHERE p.id = c.person_id AND p.merged_into IS NOT NULL"
# Whoever has no cluster of their own any more was merged into the person who has their oldest row.
MERGE = """
WITH whose AS (SELECT DISTINCT ON (w.person_id) w.person_id, c.person_id AS into_id
               FROM matched m JOIN cluster c USING (person_key) JOIN list_row r ON r.id = m.record_id
                    CROSS JOIN LATERAL (VALUES (r.person_id), (r.first_person_id)) w (person_id)
               WHERE w.person_id IS NOT NULL AND w.person_id <> c.person_id
                 AND NOT EXISTS (SELECT FROM cluster own WHERE own.person_id = w.person_id)
               ORDER BY w.person_id, (w.person_id = r.first_person_id) DESC NULLS LAST, r.id)
UPDATE person p SET merged_into = w.into_id FROM whose w WHERE p.id = w.person_id AND p.merged_into IS DISTINCT FROM w.into_id
"""
# Whoever was merged into a person that is now merged in turn points at the last: one step always leads to the living id.
FLATTEN = """
UPDATE person p SET merged_into = q.merged_into FROM person q WHERE p.merged_into = q.id AND q.merged_into IS NOT NULL
"""
PARTED = """
UPDATE person_merge h SET parted_at = :now FROM person p
WHERE p.id = h.person_id AND h.parted_at IS NULL AND p.merged_into IS DISTINCT FROM h.into_id
"""
# In two statements: see households.py.
JUST_MERGED = """
CREATE TEMP TABLE just_merged ON COMMIT DROP AS
SELECT p.id AS person_id, p.merged_into AS into_id FROM person p WHERE p.merged_into IS NOT NULL
  AND NOT EXISTS (SELECT FROM person_merge h WHERE h.person_id = p.id AND h.parted_at IS NULL)
"""
MERGED = """
INSERT INTO person_merge (person_id, into_id, run_id, merged_at) SELECT person_id, into_id, :run, :now FROM just_merged
"""
LINK_ROWS = """
UPDATE list_row r SET person_id = c.person_id, first_person_id = coalesce(r.first_person_id, r.person_id, c.person_id)
FROM matched m JOIN cluster c USING (person_key)
WHERE m.record_id = r.id AND (r.person_id IS DISTINCT FROM c.person_id OR r.first_person_id IS NULL)
"""
# The latest word on each detail, from the latest row that says anything about it.
LATEST = "(array_agg(r.{0} ORDER BY {1} DESC) FILTER (WHERE r.{0} IS NOT NULL))[1] AS {0}"
COMPARED = (
    "title", "given_name", "family_name", "birth_date", "language", "reads_french", *(f"{name}_mark" for name in WAYS)
)  # fmt: skip
DETAILS = (*COMPARED, *WAYS)
"""A phone and its mark are null together, so both come from one row.

What is sealed never looks the same: its mark is compared.
"""
# Whole at once, with their home: written bare and filled in afterwards, each of their indexes would be written three times.
NEW = f"""
INSERT INTO person (id, created_at, household_id, simulated, {", ".join(DETAILS)}) OVERRIDING SYSTEM VALUE
SELECT d.person_id, :now, h.household_id, coalesce(d.simulated, false), {", ".join("d." + name for name in DETAILS)}
FROM (SELECT c.person_id, bool_or(l.simulated) AS simulated,
             (array_agg(m.household_key ORDER BY m.record_id DESC))[1] AS household_key,
             {", ".join(LATEST.format(name, "m.record_id") for name in DETAILS)}
      FROM cluster c JOIN matched m USING (person_key) LEFT JOIN usable_row r ON r.id = m.record_id
           LEFT JOIN target_list l ON l.id = r.list_id
      WHERE c.is_new GROUP BY 1) d
  LEFT JOIN home h USING (household_key)
ORDER BY d.person_id
"""
# What they told themselves, under whatever number, is known better than what lists say.
SAID = """
CREATE TEMP TABLE said ON COMMIT DROP AS
WITH number AS MATERIALIZED (SELECT person_id, person_id AS was FROM described
                             UNION ALL SELECT d.person_id, q.id FROM described d JOIN person q ON q.merged_into = d.person_id)
{told}
"""
_TOLD = {"language", "reads_french"}
# Of everybody, those of whom any row says something else than what is known: where all say the same, it is what they would be
# described by, and almost everybody is.
STALE = f"""
CREATE TEMP TABLE stale_person ON COMMIT DROP AS
WITH number AS MATERIALIZED (SELECT coalesce(merged_into, id) AS person_id, id AS was FROM person),
     said AS MATERIALIZED ({sql_told("number", few=False)})
SELECT DISTINCT r.person_id
FROM usable_row r JOIN target_list l ON l.id = r.list_id JOIN person p ON p.id = r.person_id LEFT JOIN said s ON s.person_id = p.id
WHERE ({", ".join("p." + name for name in COMPARED)}, p.simulated) IS DISTINCT FROM
      ({", ".join(f"coalesce(s.{name}, r.{name})" if name in _TOLD else f"r.{name}" for name in COMPARED)}, l.simulated)
"""
KNOWN = "CREATE TEMP TABLE described ON COMMIT DROP AS SELECT person_id FROM cluster WHERE NOT is_new"
KNOWN_OR_STALE = f"{KNOWN} UNION SELECT person_id FROM stale_person"
_DESCRIBED = {name: f"coalesce(s.{name}, d.{name})" if name in _TOLD else f"d.{name}" for name in DETAILS}
DESCRIBE = f"""
UPDATE person p SET ({", ".join(DETAILS)}, simulated) = ({", ".join(_DESCRIBED.values())}, d.simulated)
FROM (SELECT r.person_id, bool_or(l.simulated) AS simulated, {", ".join(LATEST.format(name, "r.id") for name in DETAILS)}
      FROM described JOIN usable_row r USING (person_id) JOIN target_list l ON l.id = r.list_id GROUP BY 1) d
     LEFT JOIN said s USING (person_id)
WHERE d.person_id = p.id AND ({", ".join("p." + name for name in COMPARED)}, p.simulated)
      IS DISTINCT FROM ({", ".join(_DESCRIBED[name] for name in COMPARED)}, d.simulated)
"""
LINK = (NEW, REVIVE, MERGE, FLATTEN, PARTED, JUST_MERGED, MERGED, "DROP TABLE just_merged", LINK_ROWS)


def number_persons(session: Session) -> None:
    """Give every cluster of ``matched`` the number of its person, an old or a new one.

    Leaves the temporary table ``cluster`` (person_key, person_id, is_new).
    """
    for statement in (
        ADOPT, NUMBER, "CREATE UNIQUE INDEX ON cluster (person_key)", "CREATE INDEX ON cluster (person_id)", "ANALYZE cluster"
    ):  # fmt: skip
        session.execute(text(statement))


def find_stale_persons(session: Session) -> None:
    """Table ``stale_person``: of everybody, those whom their rows, or they themselves, may describe otherwise than they are known.

    Asked before a match is written down: whoever has other rows by it is in ``cluster``.
    """
    session.execute(text(STALE))


def write_persons(session: Session, run_id: int, *, everything: bool) -> None:
    """Write down every person of ``cluster`` as their rows tell, new ones in their homes (``home``, see households.py).

    ``everything``: those of ``stale_person`` are described anew too.
    """
    values = {"now": clock.now(), "run": run_id}
    for statement in (*LINK, KNOWN_OR_STALE if everything else KNOWN):
        session.execute(text(statement), {name: value for name, value in values.items() if f":{name}" in statement})
    few = are_few(session, int(session.execute(text("SELECT count(*) FROM described")).scalar_one()), "person")
    for statement in (SAID.format(told=sql_told("number", few=few)), DESCRIBE, "DROP TABLE said", "DROP TABLE described"):
        session.execute(text(statement))
