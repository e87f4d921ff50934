"""How each column of the extract for research becomes coarser, step by step; what it means is told in its dictionary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from outreach.definitions.agreement import ResearchDimension
from outreach.reporting.exports.anonymity import Ladder

OTHER = "other"
FREQUENT = 0.01
"""Share of the lines from which on a language is named."""
MONTHS = ("opened", "contacted", "mediated")
_AGES = {
    "under_25": "under_35", "25_34": "under_35", "35_49": "35_64", "50_64": "35_64", "65_74": "65_on", "75_on": "65_on",
}  # fmt: skip
_SIZES = {"1": "1", "2": "2_on", "3": "2_on", "4": "2_on", "5_on": "2_on"}


def ladder_of(dimension: ResearchDimension, languages: Iterable[str], k: int) -> Ladder:
    """The ladder of a dimension.

    ``languages``: of all lines, to see which are frequent: of ``k`` lines and a hundredth at least.
    """
    if dimension is ResearchDimension.AGE:
        return Ladder(dimension, (_as_found, lambda value: _AGES.get(value, value)))
    if dimension is ResearchDimension.SIZE:
        return Ladder(dimension, (_as_found, lambda value: _SIZES.get(value, value)))
    if dimension is ResearchDimension.LANGUAGE:
        counts = Counter(languages)
        least = max(k, FREQUENT * counts.total())
        named = {language for language, number in counts.items() if number >= least}
        return Ladder(
            dimension, (lambda value: value if value in named else OTHER, lambda value: value if value == "fr" else OTHER)
        )
    return Ladder(dimension, (_as_found,))


def ladder_of_months(column: str) -> Ladder:
    """Month, quarter, year."""
    return Ladder(column, (_as_found, _quarter, lambda month: month[:4]))


def _as_found(value: str) -> str:
    return value


def _quarter(month: str) -> str:
    return f"{month[:4]}-T{(int(month[5:7]) + 2) // 3}" if month else ""
