"""Which counts are about a handful of people. What else must be hidden so that nobody works them out: ``secrecy``."""

from __future__ import annotations

OTHERS = "Autres"
"""The line of a table that gathers what is too small to stand alone."""


def is_small(count: int, threshold: int) -> bool:
    """Whether a count says something about a handful of people."""
    return 0 < count < threshold
