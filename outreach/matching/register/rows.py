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

RECORDS = """
SELECT r.id AS record_id, r.list_id AS as_of, p.code AS partner, r.reference, r.given_name, r.family_name, r.birth_date, r.mobile,
       r.fixed, r.email, r.house_number, r.repetition, r.street, r.postal_code, r.city, r.building, r.staircase, r.floor, r.door
FROM usable_row r JOIN partner p ON p.id = r.partner_id WHERE {which} ORDER BY r.id
"""


def records(session: Session, which: str, values: Mapping[str, Any]) -> pa.Table:
    """The usable rows ``r`` under a condition (values bound as ``%(name)s``), with the columns of ``prepare.COLUMNS``."""
    # Numbers one slip apart are compared, so marks do not do here.
    places = {name: kind.place for name, kind in {**WAYS, "reference": REFERENCE}.items()}
    return bulk.arrow_out(session, RECORDS.format(which=which), values, COLUMNS, sealed=places)
