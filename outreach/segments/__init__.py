"""Stage 3: people become cases: who is targeted, why, in which wave; and who is not, and why not."""

from outreach.segments.decide import SegmentResult, segment_campaign

__all__ = ["SegmentResult", "segment_campaign"]
