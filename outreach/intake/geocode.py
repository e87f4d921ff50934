"""Looks the addresses of lists up in the register of address points: each is found as nearly as the register allows.

Exact number; nearest numbers of the street; the street's middle; else the commune's, too vague to send anybody to.
A street with typing errors is looked for among those of its postal code (``streets``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
from sqlalchemy import text

from outreach.core import bulk
from outreach.core.words import LocationLevel
from outreach.intake.middles import commune_points
from outreach.intake.streets import Streets

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

NUMBER_SCORE, STREET_SCORE, COMMUNE_SCORE = 0.8, 0.5, 0.2
"""How sure each level is; times how alike the street is (an exact point: 1)."""
OTHER_REPETITION = 0.95
"""12 for « 12 bis »: next door."""
SPAN = 250
"""Metres between two known numbers within which a number between them is found well enough."""
REACH = 6
"""Beyond the last known number of a street, this many numbers further are still next to it."""

SOUGHT = """
CREATE TEMP TABLE sought ON COMMIT DROP AS
SELECT DISTINCT ON (address_key) address_key, postal_code, coalesce(street, place) AS street, insee,
       CAST(substring(house_number FROM '^[0-9]{1,6}') AS int) AS number, coalesce(repetition, '') AS repetition
FROM list_row r
WHERE address_key IS NOT NULL AND postal_code IS NOT NULL AND coalesce(street, place) IS NOT NULL AND state IN ('new', 'changed')
  AND NOT EXISTS (SELECT FROM address_location l WHERE l.address_key = r.address_key)
ORDER BY address_key, insee NULLS LAST, id
"""
WAYS = """
CREATE TEMP TABLE way ON COMMIT DROP AS
SELECT postal_code, street, insee, avg(lon) AS lon, avg(lat) AS lat, count(*) AS points
FROM address_point WHERE postal_code IN (SELECT postal_code FROM sought) GROUP BY 1, 2, 3
"""
# Which street of the register each street of the lists is; several communes of a postal code may have one of the name.
MEANT = """
CREATE TEMP TABLE meant ON COMMIT DROP AS
SELECT s.postal_code, s.street, s.insee, min(w.street) AS found, min(w.insee) AS found_insee, CAST(1 AS double precision) AS alike
FROM (SELECT DISTINCT postal_code, street, insee FROM sought) s
     JOIN way w ON w.postal_code = s.postal_code AND w.street = s.street AND (s.insee IS NULL OR w.insee = s.insee)
GROUP BY 1, 2, 3 HAVING count(*) = 1
"""
UNMET = """
SELECT DISTINCT s.postal_code, s.street, s.insee FROM sought s WHERE NOT EXISTS (SELECT FROM meant m
  WHERE m.postal_code = s.postal_code AND m.street = s.street AND m.insee IS NOT DISTINCT FROM s.insee)
  AND s.postal_code IN (SELECT postal_code FROM way)
"""
PLACED = """
CREATE TEMP TABLE placed_way ON COMMIT DROP AS
SELECT s.address_key, s.postal_code, s.number, s.repetition, m.found, m.found_insee, m.alike
FROM sought s JOIN meant m ON m.postal_code = s.postal_code AND m.street = s.street AND m.insee IS NOT DISTINCT FROM s.insee
"""
STORE = "INSERT INTO address_location (address_key, insee, street, lon, lat, level, score)"
EXACT = f"""
{STORE}
SELECT DISTINCT ON (w.address_key) w.address_key, p.insee, p.street, p.lon, p.lat,
       CASE WHEN coalesce(p.repetition, '') = w.repetition THEN 'point' ELSE 'number' END,
       w.alike * CASE WHEN coalesce(p.repetition, '') = w.repetition THEN 1 ELSE {OTHER_REPETITION} END
FROM placed_way w JOIN address_point p ON p.postal_code = w.postal_code AND p.street = w.found AND p.insee = w.found_insee
     AND p.house_number = w.number
ORDER BY w.address_key, coalesce(p.repetition, '') = w.repetition DESC, p.repetition NULLS FIRST, p.id
"""
# Between two known numbers, in proportion; past the last one, beside it; too far from any, somewhere in the street.
NEAR = f"""
{STORE}
SELECT w.address_key, w.found_insee, w.found, q.lon, q.lat,
       CASE WHEN q.is_near THEN 'number' ELSE 'street' END,
       w.alike * CASE WHEN q.is_near THEN {NUMBER_SCORE} ELSE {STREET_SCORE} END
FROM placed_way w
     LEFT JOIN LATERAL (
       SELECT house_number, lon, lat FROM address_point p
       WHERE p.postal_code = w.postal_code AND p.street = w.found AND p.insee = w.found_insee AND p.house_number < w.number
       ORDER BY house_number DESC, id LIMIT 1) b ON true
     LEFT JOIN LATERAL (
       SELECT house_number, lon, lat FROM address_point p
       WHERE p.postal_code = w.postal_code AND p.street = w.found AND p.insee = w.found_insee AND p.house_number > w.number
       ORDER BY house_number, id LIMIT 1) a ON true
     CROSS JOIN LATERAL (SELECT
       CASE WHEN a.lon IS NULL OR b.lon IS NULL THEN coalesce(a.lon, b.lon)
            ELSE b.lon + (a.lon - b.lon) * (w.number - b.house_number) / (a.house_number - b.house_number) END AS lon,
       CASE WHEN a.lat IS NULL OR b.lat IS NULL THEN coalesce(a.lat, b.lat)
            ELSE b.lat + (a.lat - b.lat) * (w.number - b.house_number) / (a.house_number - b.house_number) END AS lat,
       CASE WHEN a.lon IS NULL OR b.lon IS NULL THEN abs(w.number - coalesce(a.house_number, b.house_number)) <= {REACH}
            ELSE sqrt(power((a.lon - b.lon) * cos(radians(a.lat)), 2) + power(a.lat - b.lat, 2)) * 111320 <= {SPAN}
            END AS is_near) q
WHERE w.number IS NOT NULL AND q.lon IS NOT NULL
ON CONFLICT (address_key) DO NOTHING
"""
MIDDLE = f"""
{STORE}
SELECT w.address_key, w.found_insee, w.found, y.lon, y.lat, 'street', w.alike * {STREET_SCORE}
FROM placed_way w JOIN way y ON y.postal_code = w.postal_code AND y.street = w.found AND y.insee = w.found_insee
ON CONFLICT (address_key) DO NOTHING
"""
COMMUNE = f"""
{STORE}
WITH town AS (SELECT insee, sum(lon * points) / sum(points) AS lon, sum(lat * points) / sum(points) AS lat
              FROM way GROUP BY 1),
     code AS (SELECT postal_code, sum(lon * points) / sum(points) AS lon, sum(lat * points) / sum(points) AS lat
              FROM way GROUP BY 1)
SELECT s.address_key, s.insee, NULL, coalesce(t.lon, c.lon), coalesce(t.lat, c.lat), 'commune', {COMMUNE_SCORE}
FROM sought s LEFT JOIN town t USING (insee) LEFT JOIN code c ON c.postal_code = s.postal_code
WHERE coalesce(t.lon, c.lon) IS NOT NULL
ON CONFLICT (address_key) DO NOTHING
"""
LEFT = """
SELECT s.address_key, s.insee FROM sought s LEFT JOIN address_location l USING (address_key)
WHERE l.address_key IS NULL AND s.insee IS NOT NULL
"""
COUNTS = "SELECT l.level, count(*) FROM sought s LEFT JOIN address_location l USING (address_key) GROUP BY 1"


@dataclass(frozen=True)
class LocateResult:
    """Addresses looked for now, by the level they were found at; ``unknown``: the register says nothing of their town."""

    point: int = 0
    number: int = 0
    street: int = 0
    commune: int = 0
    unknown: int = 0


def locate_addresses(session: Session) -> LocateResult:
    """Find every address of the lists that has no location yet; without a register, by its commune alone."""
    for statement in (SOUGHT, WAYS, MEANT):
        session.execute(text(statement))
    _mend_streets(session)
    for statement in (PLACED, "ANALYZE placed_way", EXACT, NEAR, MIDDLE, COMMUNE):
        session.execute(text(statement))
    _by_commune(session)
    counts = {level: int(count) for level, count in session.execute(text(COUNTS))}
    for table in ("sought", "way", "meant", "placed_way"):
        session.execute(text(f"DROP TABLE {table}"))
    bulk.analyse(session, "address_location")
    return LocateResult(**{level.value: counts.get(level.value, 0) for level in LocationLevel}, unknown=counts.get(None, 0))


def _by_commune(session: Session) -> None:
    """Where the register has nothing of a town, its middle as geographers know it: enough to choose the nearest site."""
    left = session.execute(text(LEFT)).all()
    points = commune_points() if left else {}
    rows = [
        (row.address_key, row.insee, None, *points[row.insee], LocationLevel.COMMUNE.value, COMMUNE_SCORE)
        for row in left
        if row.insee in points
    ]
    if rows:
        columns = ("address_key", "insee", "street", "lon", "lat", "level", "score")
        with bulk.Loading(session, "address_location", columns) as loading:
            parts = [
                pa.array(part, pa.string() if name == "street" else None)
                for name, part in zip(columns, zip(*rows, strict=True), strict=True)
            ]
            loading.write(pa.table(parts, names=list(columns)))


def _mend_streets(session: Session) -> None:
    """Streets that the register does not write so, among those of the same postal code."""
    unmet = bulk.copy_out(session, UNMET, dtype="str")
    if unmet.empty:
        return
    known = bulk.copy_out(session, "SELECT postal_code, street, insee FROM way", dtype="str")
    ways = dict(iter(known.groupby("postal_code")))
    found = []
    for code, asked in unmet.groupby("postal_code"):
        streets = Streets(zip(ways[code]["street"], ways[code]["insee"], strict=True))
        for street, insee in zip(asked["street"], asked["insee"], strict=True):
            near = streets.find(street, insee if isinstance(insee, str) else None)
            if near is not None:
                found.append((code, street, insee, near.street, near.insee, near.alike))
    columns = ("postal_code", "street", "insee", "found", "found_insee", "alike")
    if found:
        bulk.copy_in(session, "meant", dict(zip(columns, zip(*found, strict=True), strict=True)))
