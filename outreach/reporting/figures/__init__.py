"""Counts over a campaign's cases."""

from outreach.reporting.figures.old import BEGINNING, COHORT, LISTED, counted_cases, counts, one

__all__ = ["BEGINNING", "COHORT", "LISTED", "counted_cases", "counts", "one"]
