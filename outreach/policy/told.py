"""What people told of themselves, in SQL: the language they speak, and whether they read French.

Known better than what lists say, and derived anew each time it is asked: a corrected record, or a result that was taken back, tells nothing.
"""

from __future__ import annotations

BARRIER = "language_barrier"
"""The result of an attempt in which no language was shared: French is a trouble to them, whatever theirs is."""
# A mediation in French says nothing: who speaks another language at home may have been helped in it all the same.
_MEDIATED = """
SELECT case_id, occurred_at AS at, nullif(language, 'fr') AS language, reads_french AS reads FROM mediation
WHERE superseded_at IS NULL AND (language <> 'fr' OR reads_french IS NOT NULL)
"""
_MET = f"""
SELECT e.case_id, e.occurred_at, e.data ->> 'language', false FROM event e
WHERE e.kind = 'attempted' AND e.code = '{BARRIER}'
"""
_CORRECTED = """
NOT EXISTS (SELECT FROM event x WHERE x.case_id = e.case_id AND x.kind = 'corrected' AND x.data ->> 'event' = CAST(e.id AS text))
"""


# A result that was said to be another in truth; its last correction counts.
_MEANT = f"""
SELECT e.case_id, e.occurred_at, NULL, false FROM event e
WHERE e.kind = 'corrected' AND e.code = '{BARRIER}' AND NOT EXISTS (
  SELECT FROM event x WHERE x.case_id = e.case_id AND x.kind = 'corrected' AND x.data ->> 'event' = e.data ->> 'event'
    AND x.occurred_at > e.occurred_at)
"""


def sql_told(number: str, *, few: bool) -> str:
    """Rows of person_id, language, reads_french (what was said last of each, or null), of who told anything.

    ``number``: a table of (person_id, was): everybody asked about, with each number that they ever had. ``few``: case by case.
    """
    if few:
        here = "AND e.case_id = c.id"
        said = f"{_MEDIATED} AND case_id = c.id UNION ALL {_MET} {here} AND {_CORRECTED} UNION ALL {_MEANT} {here}"
        told = f"LATERAL ({said}) t ON true"
    else:
        told = f"({_MEDIATED} UNION ALL {_MET} AND {_CORRECTED} UNION ALL {_MEANT}) t ON t.case_id = c.id"
    return f"""
    SELECT n.person_id, (array_agg(t.language ORDER BY t.at DESC) FILTER (WHERE t.language IS NOT NULL))[1] AS language,
           (array_agg(t.reads ORDER BY t.at DESC) FILTER (WHERE t.reads IS NOT NULL))[1] AS reads_french
    FROM {number} n JOIN "case" c ON c.person_id = n.was JOIN {told} GROUP BY n.person_id
    """
