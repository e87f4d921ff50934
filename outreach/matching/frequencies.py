"""How often strangers agree by chance, counted from the values of the list itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import numpy as np
from numpy.typing import NDArray

from outreach.matching.fields import UNKNOWN_DAY
from outreach.matching.sampling import Levels, random_levels

# The number of agreeing pairs of all records for the values of some columns.
EQUAL_PAIRS = """
SELECT coalesce(sum(c * (c - 1) / 2), 0)::DOUBLE, coalesce(sum(c), 0)::DOUBLE
FROM (SELECT count(*) AS c FROM prepared WHERE {filled} GROUP BY {values})
"""
NEIGHBOURS = """
SELECT coalesce(sum(c * (c - 1) / 2), 0)::DOUBLE
FROM (SELECT count(*) AS c FROM prepared WHERE crowd IS NOT NULL GROUP BY postcode, street, number)
"""
NAME_COUNTS = """
SELECT coalesce(count(*) FILTER ({name} IS NOT NULL) OVER (PARTITION BY {name}), 0)::DOUBLE AS c
FROM prepared ORDER BY id
"""
# Two people who share a phone and a surname are rarely strangers: their pairs are left out of the chance
# rate.
EXACT: Mapping[str, tuple[tuple[str, ...], tuple[str, ...] | None]] = {
    "given_name": (("given",), None),
    "family_name": (("surname",), None),
    "birth_date": (("born", f"nullif(born % 10000, {UNKNOWN_DAY})"), None),
    "mobile": (("mobile",), ("mobile", "surname")),
    "fixed": (("fixed",), ("fixed", "surname")),
    "email": (("email",), ("email", "surname")),
    "partner": (("partner",), None),
    "postal_code": (("postcode",), None),
    "street": (("postcode", "street"), ("postcode", "street", "number")),
}


@dataclass(frozen=True)
class Chance:
    """Pairs that agree on a field by chance, out of the pairs that have the field on both sides."""

    equal: float
    possible: float

    def rate(self, prior: float, prior_pairs: float) -> float:
        """The rate blended with a known rate that weighs as much as `prior_pairs` pairs; never 0."""
        return max((self.equal + prior * prior_pairs) / (self.possible + prior_pairs), 1e-9)


@dataclass(frozen=True)
class ListChances:
    """What strangers of one list agree on: exact agreements of all pairs, levels of a sample of pairs.

    `at_one_address` is the number of pairs at one address, compared or not.
    """

    exact: Mapping[str, Chance]
    levels: Levels
    at_one_address: float


def list_chances(connection: duckdb.DuckDBPyConnection, total: int, pairs: int) -> ListChances:
    """Count exact agreements of all `total` records; sample `pairs` random pairs for the finer levels."""
    neighbours = connection.execute(NEIGHBOURS).fetchall()[0][0]
    return ListChances(_exact_chances(connection), random_levels(connection, total, pairs), float(neighbours))


def _exact_chances(connection: duckdb.DuckDBPyConnection) -> dict[str, Chance]:
    """The chance of agreement for each of EXACT."""
    return {name: _chance(connection, values, kin) for name, (values, kin) in EXACT.items()}


def _chance(connection: duckdb.DuckDBPyConnection, values: tuple[str, ...], kin: tuple[str, ...] | None) -> Chance:
    equal, filled = _equal_pairs(connection, values)
    related = _equal_pairs(connection, kin)[0] if kin else 0.0
    return Chance(equal=max(equal - related, 0.0), possible=filled * (filled - 1) / 2)


def _equal_pairs(connection: duckdb.DuckDBPyConnection, values: tuple[str, ...]) -> tuple[float, float]:
    filled = " AND ".join(f"{value} IS NOT NULL" for value in values)
    query = EQUAL_PAIRS.format(filled=filled, values=", ".join(values))
    equal, total = connection.execute(query).fetchall()[0]
    return float(equal), float(total)


@dataclass(frozen=True)
class NameAverages:
    """What an agreement on an average name of a list is worth: log(sum c^2 / sum c), with c the count of a name.

    The average is taken over agreements, because the chance rate it corrects is that arithmetic mean.
    """

    given: float
    surname: float


@dataclass(frozen=True)
class NameRarity:
    """Per record id: what an agreement on its name says beyond an agreement on an average name, in nats."""

    given: NDArray[np.float32]
    surname: NDArray[np.float32]

    @property
    def largest(self) -> float:
        """The most that a pair can gain."""
        return max(0.0, float(self.given.max(initial=0.0))) + max(0.0, float(self.surname.max(initial=0.0)))


def name_averages(connection: duckdb.DuckDBPyConnection) -> NameAverages:
    """The averages of `prepared`."""
    return NameAverages(_average(name_counts(connection, "given")), _average(name_counts(connection, "surname")))


def name_rarity(connection: duckdb.DuckDBPyConnection, averages: NameAverages) -> NameRarity:
    """Count the names of `prepared`."""
    given, surname = name_counts(connection, "given"), name_counts(connection, "surname")
    return NameRarity(given=rarity(given, averages.given), surname=rarity(surname, averages.surname))


def name_counts(connection: duckdb.DuckDBPyConnection, name: str) -> NDArray[np.float64]:
    """Per record id how many records bear its name; 0 where it has none."""
    counts: NDArray[np.float64] = connection.sql(NAME_COUNTS.format(name=name)).to_arrow_table().column("c").to_numpy()
    return counts


def rarity(counts: NDArray[np.float64], average: float) -> NDArray[np.float32]:
    """The rarity of names that so many records bear; that of a nameless record is never asked for."""
    return np.asarray(average - np.log(np.maximum(counts, 1)), dtype=np.float32)


def _average(counts: NDArray[np.float64]) -> float:
    # Summed over records, count is sum c^2 over names; a nameless record counts 0.
    return float(np.log(counts.sum() / np.count_nonzero(counts))) if counts.any() else 0.0
