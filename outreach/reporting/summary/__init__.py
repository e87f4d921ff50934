"""What partners receive: aggregates only, under disclosure control; produced, reviewed, released, corrected."""

from outreach.reporting.summary.producing import (
    SummaryResult,
    check_period,
    files_of,
    last_whole_period,
    partner_summary,
    release_summary,
)

__all__ = ["SummaryResult", "check_period", "files_of", "last_whole_period", "partner_summary", "release_summary"]
