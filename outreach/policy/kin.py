"""Which cases are about somebody, in SQL: their own, under every number that they ever had, and those of the home they live in now.

A case keeps the person and the household that it was opened for. Matching may have found since that the person is somebody else too, or that
the home is another's: ``case.household_id`` says who lived there then, and never who lives there now.
"""

from __future__ import annotations

_LIVING = "{people} w JOIN person p ON p.id = w.person_id JOIN person l ON l.id = coalesce(p.merged_into, p.id)"
# Where two are asked about, a home may stand here for each of them.
_AT_HOME = f"""
SELECT w.person_id, true AS own, l.id FROM {_LIVING}
UNION ALL
SELECT w.person_id, false, m.id
FROM {_LIVING} JOIN person m ON m.household_id = l.household_id AND m.merged_into IS NULL AND m.id <> l.id
"""


def sql_numbers_at_home(people: str) -> str:
    """Rows of person_id, own, number: the numbers of some people (``own``), and of everybody whom they live with.

    ``people``: a table, a query by its name, or one in brackets, of ``person_id``, old or living.
    """
    home = _AT_HOME.format(people=people)
    return f"""
SELECT h.person_id, h.own, h.id AS number FROM ({home}) h
UNION ALL
SELECT h.person_id, h.own, once.id FROM ({home}) h JOIN person once ON once.merged_into = h.id
"""


def sql_cases_about(people: str) -> str:
    """Rows of person_id, case_id: the cases that are about each of some people, their home's included. ``people``: as above."""
    return f"""
SELECT n.person_id, c.id AS case_id FROM ({sql_numbers_at_home(people)}) n
JOIN "case" c ON c.person_id = n.number AND (n.own OR c.unit = 'household')
"""
