"""The randomised order of contact: inside each site and segment, a sealed shuffle deals the cases out to the waves.

The shuffle's seed is the content hash of the frozen campaign, so that it is fixed before the first contact and
anybody can replay it. Urgent segments are all in the first wave: nobody waits there for the sake of a comparison.
"""

URGENT = 2
"""Priorities up to this one are not spread over waves."""

SHUFFLE = "encode(sha256(convert_to(:seed || ':' || v.unit_id, 'UTF8')), 'hex')"
WAVE = (
    "CASE WHEN v.priority <= :urgent THEN 1 ELSE "
    f"1 + (row_number() OVER (PARTITION BY p.site_id, v.segment ORDER BY {SHUFFLE}) - 1) % :waves END"
)
