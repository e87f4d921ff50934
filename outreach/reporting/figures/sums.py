"""Sums of lines. What is added up carries a ``sign``: +1 for what counts now, -1 for what counted before."""

from __future__ import annotations

from outreach.models.figures import WAY

DIMENSIONS = ("all", "segment", "site", "commune", "area", "language", "reading", "age", "size", "wave")
"""By what cases are told apart. ``all`` has one value."""
_WAY = ", ".join(WAY)
_COLUMNS = {"all": "''", "site": "CAST(site_id AS text)", "wave": "CAST(wave AS text)"}
_VALUES = {dimension: _COLUMNS.get(dimension, dimension) for dimension in DIMENSIONS}
MONTH = "CAST(date_trunc('month', {0}) AS date)"
"""The month of an instant as its first day, on the clock of the session: ``counting`` sets it to that of Paris."""
_MOMENTS = {
    "opened": "opened", "solicited": "cohort", "reached": "reached", "accepted": "accepted", "mediated": "mediated",
    "objected": "objected", "ended": "ended",
}  # fmt: skip
LINE = f"""
SELECT f.*, {", ".join(f"{MONTH.format(f'{moment}_at')} AS {month}" for moment, month in _MOMENTS.items())} FROM ({{lines}}) f
"""
"""Rows like those of case_figure, with the months of their moments."""
# The number of a way is the hash of its parts that PostgreSQL itself keeps from version to version (partitions rest on it):
# 64 bits, for some thousands of ways. Without the OFFSET each month would be computed for its column and once more for the hash.
WITH_WAY = f"SELECT *, hash_record_extended(ROW({_WAY}), 0) AS way_id FROM ({LINE} OFFSET 0) l"
NEW_WAYS = f"INSERT INTO figure_way (id, {_WAY}) SELECT DISTINCT way_id, {_WAY} FROM line ORDER BY 1 ON CONFLICT (id) DO NOTHING"
CELLS = f"""
SELECT campaign_id, CASE {" ".join(f"WHEN GROUPING({name}_value) = 0 THEN '{name}'" for name in DIMENSIONS)} END AS dimension,
       coalesce({", ".join(f"{name}_value" for name in DIMENSIONS)}) AS value, way_id, sum(sign) AS n
FROM (SELECT campaign_id, way_id, sign, {", ".join(f"{value} AS {name}_value" for name, value in _VALUES.items())} FROM line) l
GROUP BY GROUPING SETS ({", ".join(f"(campaign_id, way_id, {name}_value)" for name in DIMENSIONS)})
HAVING sum(sign) <> 0
"""
ADD_CELLS = """
INSERT INTO figure_cell AS k (campaign_id, dimension, value, way_id, n) SELECT * FROM cell_sum ORDER BY 1, 2, 3, 4
ON CONFLICT (campaign_id, dimension, value, way_id) DO UPDATE SET n = k.n + excluded.n
"""
# Days of the calendar from the one to the other. What stops a clock first stops it; a closing of the same instant as what the
# clock waits for came with it.
COURSE = """
WITH clocked AS (
  SELECT campaign_id, 'contact' AS clock, opened_at AS begun, solicited_at AS hoped, least(mediated_at, objected_at, ended_at) AS other,
         'solicited' AS hope, sign FROM line
  UNION ALL
  SELECT campaign_id, 'mediation', solicited_at, mediated_at, least(objected_at, ended_at), 'mediated', sign
  FROM line WHERE solicited_at IS NOT NULL),
stopped AS (
  SELECT campaign_id, clock, CAST(begun AS date) AS begun, CAST(least(hoped, other) AS date) AS stop, sign,
         CASE WHEN hoped <= other OR (hoped IS NOT NULL AND other IS NULL) THEN hope
           WHEN other IS NOT NULL THEN 'other' ELSE '' END AS came
  FROM clocked)
SELECT campaign_id, clock, begun, came, coalesce(greatest(stop - begun, 0), 0) AS days, sum(sign) AS n
FROM stopped GROUP BY 1, 2, 3, 4, 5 HAVING sum(sign) <> 0
"""
ADD_COURSE = """
INSERT INTO figure_course AS k (campaign_id, clock, begun, came, days, n) SELECT * FROM course_sum ORDER BY 1, 2, 3, 4, 5
ON CONFLICT (campaign_id, clock, begun, came, days) DO UPDATE SET n = k.n + excluded.n
"""
EMPTY = tuple(f"DELETE FROM {table} WHERE campaign_id = ANY(:campaigns) AND n = 0" for table in ("figure_cell", "figure_course"))
