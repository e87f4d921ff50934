"""Short hand-made lists and measures of quality."""

from typing import Any

import numpy as np
import pandas as pd

from outreach.matching.engine import Matching

HOME = {"house_number": "12", "street": "RUE DES LILAS", "postal_code": "33210", "city": "LANGON"}


def rows(*people: dict[str, Any], **common: Any) -> pd.DataFrame:
    """Records numbered from 1; `common` holds for all of them unless a row says otherwise."""
    return pd.DataFrame([{"record_id": number, **common, **person} for number, person in enumerate(people, 1)])


def person_keys(matching: Matching) -> list[int]:
    """The person of each record, by record_id."""
    return list(matching.persons.sort_by("record_id").column("person_key").to_pylist())


def household_keys(matching: Matching) -> list[int]:
    """The household of each record, by record_id."""
    return list(matching.households.sort_by("record_id").column("household_key").to_pylist())


def quality(truth: list[int] | pd.Series, found: list[int]) -> tuple[float, float, float]:
    """Precision, recall and F1 over all pairs of rows inside the groups."""
    both = pd.DataFrame({"truth": np.asarray(truth), "found": found})
    right = _pairs(both.groupby(["truth", "found"]).size())
    precision = right / _pairs(both.groupby("found").size())
    recall = right / _pairs(both.groupby("truth").size())
    return precision, recall, 2 * precision * recall / (precision + recall)


def _pairs(sizes: pd.Series) -> float:
    return float((sizes * (sizes - 1) / 2).sum())
