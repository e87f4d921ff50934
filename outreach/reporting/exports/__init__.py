"""What leaves by other doors than the partner's: contacts for the association's own systems, cases for researchers. No names, no notes."""

from outreach.reporting.exports.canvass import write_canvasses
from outreach.reporting.exports.research import Extract, write_extract

__all__ = ["Extract", "write_canvasses", "write_extract"]
