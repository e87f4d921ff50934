"""From the results of the rules to the verdict: the first exclusion that holds, else the first segment that does."""

from __future__ import annotations

from dataclasses import dataclass

from outreach.definitions.campaign import Campaign, Exclusion, Segment

NO_SEGMENT = "no_segment"
"""The reason of who is excluded by no rule but belongs to no segment."""


@dataclass(frozen=True)
class Outcome:
    """What follows from the results of all rules.

    ``reason`` is ``None`` for who is contacted; a segment may be there all the same.
    """

    reason: str | None
    segment: str | None
    priority: int | None

    @property
    def targeted(self) -> bool:
        """Whether a case is opened."""
        return self.reason is None


def parts_of(campaign: Campaign) -> list[Exclusion | Segment]:
    """Every rule of a campaign in its order: bit 0 of the results is the first exclusion."""
    return [*campaign.exclusions, *campaign.segments]


def outcome_of(campaign: Campaign, results: int) -> Outcome:
    """The verdict for these results, one bit a rule."""
    held = [bool(results >> at & 1) for at in range(len(parts_of(campaign)))]
    count = len(campaign.exclusions)
    reason = next((rule.code for rule, holds in zip(campaign.exclusions, held[:count], strict=True) if holds), None)
    chosen = next((rule for rule, holds in zip(campaign.segments, held[count:], strict=True) if holds), None)
    if chosen is None:
        return Outcome(reason or NO_SEGMENT, None, None)
    return Outcome(reason, chosen.code, chosen.priority)
