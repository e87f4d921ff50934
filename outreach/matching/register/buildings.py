"""The addresses of rows written down as buildings, with where they were found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import text

from outreach.core import bulk

if TYPE_CHECKING:
    from sqlalchemy import CursorResult
    from sqlalchemy.orm import Session

# Where an address was found only by its commune, it has no point: nobody is sent to the middle of a town. A point once
# found is not given up for that, and a register that was read after the last search still gives its exact points.
BUILDINGS = """
INSERT INTO building (address_key, house_number, repetition, street, place, postal_code, city, cedex, country, insee, lon, lat,
                      approx_lon, approx_lat, location, location_score, priority_area)
SELECT DISTINCT ON (r.address_key) r.address_key, r.house_number, r.repetition, r.street, r.place, r.postal_code, r.city, r.cedex,
       r.country, coalesce(f.insee, r.insee), CASE WHEN f.level <> 'commune' THEN f.lon END,
       CASE WHEN f.level <> 'commune' THEN f.lat END, f.lon, f.lat, f.level, f.score, s.quarter
FROM {rows} r
     LEFT JOIN LATERAL (
       SELECT insee, street, lon, lat, level, score FROM address_location WHERE address_key = r.address_key
       UNION ALL SELECT insee, street, lon, lat, 'point', 1 FROM address_point WHERE address_key = r.address_key
       ORDER BY score DESC LIMIT 1) f ON true
     LEFT JOIN priority_street s ON s.insee = coalesce(f.insee, r.insee) AND s.street = coalesce(f.street, r.street)
WHERE r.address_key IS NOT NULL ORDER BY r.address_key, r.insee NULLS LAST, r.id
ON CONFLICT (address_key) DO UPDATE SET insee = coalesce(excluded.insee, building.insee), lon = excluded.lon, lat = excluded.lat,
       approx_lon = excluded.approx_lon, approx_lat = excluded.approx_lat, location = excluded.location,
       location_score = excluded.location_score, priority_area = coalesce(excluded.priority_area, building.priority_area)
WHERE excluded.location IS NOT NULL AND (excluded.lon IS NOT NULL OR building.lon IS NULL)
  AND (building.lon, building.lat, building.approx_lon, building.approx_lat, building.location, building.location_score)
      IS DISTINCT FROM (excluded.lon, excluded.lat, excluded.approx_lon, excluded.approx_lat, excluded.location,
                        excluded.location_score)
"""
# Whether a building says anything else than where its address was found.
_DIFFERS = """
(b.lon, b.lat, b.approx_lon, b.approx_lat, b.location, b.location_score) IS DISTINCT FROM
(CASE WHEN {level} <> 'commune' THEN {0}.lon END, CASE WHEN {level} <> 'commune' THEN {0}.lat END, {0}.lon, {0}.lat, {level}, {score})
"""
# Of all rows, those whose address is no building yet, or was found elsewhere than it is written down: of the others, nothing
# would come but a lock on each building.
UNWRITTEN = f"""
(SELECT r.* FROM usable_row r WHERE NOT EXISTS (SELECT FROM building b WHERE b.address_key = r.address_key)
 UNION ALL
 SELECT r.* FROM usable_row r WHERE r.address_key IN (
   SELECT b.address_key FROM building b LEFT JOIN address_location l ON l.address_key = b.address_key
          LEFT JOIN address_point p ON p.address_key = b.address_key
   WHERE (l.id IS NOT NULL AND (p.id IS NULL OR l.score >= 1) AND {_DIFFERS.format("l", level="l.level", score="l.score")})
      OR (p.id IS NOT NULL AND {_DIFFERS.format("p", level="'point'", score="1")})))
"""
NEW_ROWS = "(SELECT r.* FROM usable_row r JOIN matched m ON m.record_id = r.id)"
# Addresses found elsewhere than they were written down: a register of points came meanwhile. Buildings speak for their rows.
FOUND_SINCE = """
(SELECT b.* FROM building b JOIN address_location f ON f.address_key = b.address_key
 WHERE (b.location, b.approx_lon, b.approx_lat) IS DISTINCT FROM (f.level, f.lon, f.lat))
"""


def write_buildings(session: Session) -> None:
    """Write down the addresses of the rows in ``matched``, and where addresses were found meanwhile."""
    _write(session, NEW_ROWS, FOUND_SINCE)


def write_all_buildings(session: Session) -> None:
    """Write down the addresses of all rows, and where they were found."""
    _write(session, UNWRITTEN)


def _write(session: Session, *sources: str) -> None:
    written = [cast("CursorResult[Any]", session.execute(text(BUILDINGS.format(rows=rows)))).rowcount for rows in sources]
    bulk.analyse_grown(session, {"building": sum(written)})
