"""The register of people: what matching found written down, asked about, decided on and taken back."""

from outreach.matching.register.run import (
    MatchResult,
    forget_remembered,
    hold_matching,
    match_people,
    register_file,
    register_records,
)

__all__ = ["MatchResult", "forget_remembered", "hold_matching", "match_people", "register_file", "register_records"]
