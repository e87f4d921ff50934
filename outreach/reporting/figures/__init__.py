"""What reports count from: a line a case by one statement from its events, and sums of lines that are kept up to date.

``rebuild_figures`` counts all anew; ``refresh_figures`` only what changed. Both end with the same figures, to the unit.
"""

from outreach.reporting.figures.keeping import look_again, look_at_news, rebuild_figures, refresh_figures, under_way

__all__ = ["look_again", "look_at_news", "rebuild_figures", "refresh_figures", "under_way"]
