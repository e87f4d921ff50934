"""Stage 3: people become cases: who is targeted, why, in which wave; and who is not, and why not."""

from outreach.definitions.sealing import Design, sealed
from outreach.segments.decide import SegmentResult, segment_campaign
from outreach.segments.waves import faults, verify

__all__ = ["Design", "SegmentResult", "faults", "sealed", "segment_campaign", "verify"]
