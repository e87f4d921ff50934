"""What reports count from: a line a case by one statement from its events, and sums of lines that are kept up to date.

``rebuild_figures`` counts all anew; ``refresh_figures`` only what changed. Both end with the same figures, to the unit.
"""

from outreach.reporting.figures.keeping import look_again, rebuild_figures, refresh_figures, to_look_at

__all__ = ["look_again", "rebuild_figures", "refresh_figures", "to_look_at"]
