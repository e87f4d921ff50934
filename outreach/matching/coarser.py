"""A finished run joined further, where somebody says from which probability on two rows are one person."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from outreach.matching.clusters import components
from outreach.matching.engine import Matching
from outreach.matching.settle import DECISIONS


def merged_from(matching: Matching, probability: float | None) -> Matching:
    """The run with every pair from that probability on made one person, beside those that were already.

    The rules that keep relatives apart do not hold here: this is for lists of people who do not live together.
    """
    if probability is None:
        return matching
    ids = matching.persons.column("record_id").to_numpy()
    person, household = (_places(ids, table, name) for table, name in _labels(matching))
    sure = matching.links.filter(pc.greater_equal(matching.links.column("p_same"), probability))
    left, right = (np.searchsorted(ids, sure.column(side).to_numpy()).astype(np.int32) for side in ("left_id", "right_id"))
    own = np.arange(len(ids), dtype=np.int32)
    person = components(len(ids), np.concatenate([own, left]), np.concatenate([person, right]))
    household = components(len(ids), np.concatenate([own, own]), np.concatenate([person, household]))
    return replace(
        matching,
        persons=pa.table({"record_id": ids, "person_key": ids[person]}),
        households=pa.table({"record_id": ids, "household_key": ids[household]}),
        links=_decided(matching.links, ids, person),
    )


def _labels(matching: Matching) -> tuple[tuple[pa.Table, str], tuple[pa.Table, str]]:
    return (matching.persons, "person_key"), (matching.households, "household_key")


def _places(ids: NDArray[np.int64], table: pa.Table, name: str) -> NDArray[np.int32]:
    return np.asarray(np.searchsorted(ids, table.column(name).to_numpy()), dtype=np.int32)


def _decided(links: pa.Table, ids: NDArray[np.int64], person: NDArray[np.int32]) -> pa.Table:
    left, right = (np.searchsorted(ids, links.column(side).to_numpy()) for side in ("left_id", "right_id"))
    before = links.column("decision").cast(pa.string()).combine_chunks()
    words = pc.if_else(pa.array(person[left] == person[right]), DECISIONS[0], before)
    return links.set_column(links.column_names.index("decision"), "decision", words.dictionary_encode())
