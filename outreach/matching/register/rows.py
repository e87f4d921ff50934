"""Rows in force as the records that matching compares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from outreach.core import bulk
from outreach.matching.prepare import COLUMNS
from outreach.models.base import REFERENCE, WAYS

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

MOST_NAMES = 5
"""Names that one reference of a partner may stand for: a family's contract. More are those of a residence, or of a landlord."""
HOME_OF_MANY = (
    r"\m(CCAS|CIAS|UDAF|MAIRIE|FOYER|ADOMA|SONACOTRA|COALLIA|CHRS|CADA|HUDA|EHPAD|CROUS|HOTEL|ASSOCIATION|CROIX ROUGE|SECOURS|"
    "RESIDENCE (SOCIALE|ETUDIANTE|UNIVERSITAIRE|AUTONOMIE)|CITE UNIVERSITAIRE|PENSION DE FAMILLE|MAISON (DE RETRAITE|D ARRET|RELAIS)|"
    r"CENTRE (D HEBERGEMENT|D ACCUEIL|PENITENTIAIRE|DE DETENTION)|GENS DU VOYAGE)\M"
)
"""Homes and offices where people live, or have their letters sent, who know nothing of each other. Their street door is left out of the
comparison where no door of their own is known: by it namesakes would be one household, or one person."""
# A reference of so many is nobody's customer number: by it, people of one first name would be merged whatever their surname.
# Names are told apart under those alone that stand often enough: of almost all there is one.
RECORDS = f"""
WITH often AS MATERIALIZED (
  SELECT r.partner_id, r.row_key FROM usable_row r WHERE {{which}} AND r.reference IS NOT NULL GROUP BY 1, 2 HAVING count(*) > {MOST_NAMES}),
shared AS MATERIALIZED (
  SELECT o.partner_id, o.row_key FROM often o JOIN usable_row r ON r.partner_id = o.partner_id AND r.row_key = o.row_key AND {{which}}
  GROUP BY 1, 2 HAVING count(DISTINCT lower(concat_ws('|', r.given_name, r.family_name))) > {MOST_NAMES})
SELECT r.id AS record_id, r.list_id AS as_of, p.code AS partner, CASE WHEN s.row_key IS NULL THEN r.reference END AS reference,
       r.title, r.given_name, r.family_name, r.birth_date, r.mobile,
       r.fixed, r.email, r.house_number, r.repetition,
       CASE WHEN r.door IS NOT NULL OR concat_ws(' ', r.residence, r.care_of, r.place) !~ '{HOME_OF_MANY}' THEN r.street END AS street, r.postal_code, r.city, r.building, r.staircase, r.floor, r.door
FROM usable_row r JOIN partner p ON p.id = r.partner_id LEFT JOIN shared s ON s.partner_id = r.partner_id AND s.row_key = r.row_key
WHERE {{which}} ORDER BY r.id
"""


def records(session: Session, which: str, values: Mapping[str, Any]) -> pa.Table:
    """The usable rows ``r`` under a condition (values bound as ``%(name)s``), with the columns of ``prepare.COLUMNS``."""
    # Numbers one slip apart are compared, so marks do not do here.
    places = {name: kind.place for name, kind in {**WAYS, "reference": REFERENCE}.items()}
    return bulk.arrow_out(session, RECORDS.format(which=which), values, COLUMNS, sealed=places)
