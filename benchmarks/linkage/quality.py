"""What an answer is worth against the truth: pairs inside clusters, automatic merges, review, calibration, households."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from linkage.measured import read_arrow
from outreach.matching.clusters import components

BINS = (0.2, 0.5, 0.8, 0.9, 0.95, 0.99, 1.01)
PEER_THRESHOLDS = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99)


def pairs(labels: np.ndarray) -> float:
    """The number of pairs of rows with one label."""
    counts = np.unique(labels, return_counts=True)[1].astype(float)
    return float((counts * (counts - 1) / 2).sum())


def both(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """One label for two."""
    return one.astype(np.int64) * (int(other.max()) + 1) + other


def clustered(truth: np.ndarray, found: np.ndarray) -> dict[str, float]:
    """Precision, recall and F1 over all pairs inside the clusters."""
    right, said, there = pairs(both(truth, found)), pairs(found), pairs(truth)
    precision, recall = right / max(said, 1.0), right / max(there, 1.0)
    return {"P": precision, "R": recall, "F1": 2 * precision * recall / max(precision + recall, 1e-9)}


def of_engine(folder: Path, figures: dict[str, Any]) -> dict[str, Any]:
    """Everything about this engine's answer in a folder."""
    truth = pd.read_parquet(folder / "truth.parquet")
    person, place = (pd.factorize(truth[name])[0] for name in ("person", "record_id"))
    row = pd.Series(place, truth["record_id"])
    found = keys(folder, "persons", truth)
    links = read_arrow(folder / "links.arrow").to_pandas()
    left, right = (row[links[side]].to_numpy(np.int32) for side in ("left_id", "right_id"))
    p_same, decision = links["p_same"].to_numpy(), links["decision"].astype(str).to_numpy()
    true = person[left] == person[right]
    kept = p_same >= figures["label_free"]
    reviewed = (decision == "merge") | ((decision == "review") & true)
    automatic = clustered(person, found)
    result = {
        "label-free": clustered(person, components(len(row), left[kept], right[kept])),
        "automatic": automatic,
        "review per 100": 100 * float((decision == "review").mean()) * len(links) / len(row),
        "review lift": clustered(person, components(len(row), left[reviewed], right[reviewed]))["F1"] - automatic["F1"],
        "bins": calibration(p_same, true),
    }
    if "household" in truth:
        household, address = (pd.factorize(truth[name])[0] for name in ("household", "address"))
        result["households"] = clustered(household, keys(folder, "households", truth))
        for name, home in (("wrong at one address", address), ("wrong in one household", both(household, address))):
            merged = pairs(both(home, found)) - pairs(both(both(home, found), person))
            result[name] = merged / max(pairs(home) - pairs(both(home, person)), 1.0)
    return result


def keys(folder: Path, name: str, truth: pd.DataFrame) -> np.ndarray:
    """The cluster of each row of the truth."""
    table = read_arrow(folder / f"{name}.arrow").to_pandas()
    return np.asarray(pd.factorize(table.set_index("record_id").iloc[:, 0].loc[truth["record_id"]])[0])


def calibration(p_same: np.ndarray, true: np.ndarray) -> list[dict[str, float]]:
    """Per bin: pairs, what the model says on average, what is true."""
    rows = []
    for low, high in pairwise(BINS):
        inside = (p_same >= low) & (p_same < high)
        if inside.any():
            rows.append(
                {
                    "from": low,
                    "pairs": int(inside.sum()),
                    "said": float(p_same[inside].mean()),
                    "seen": float(true[inside].mean()),
                }
            )
    return rows


def of_peer(folder: Path, figures: dict[str, Any]) -> dict[str, Any]:
    """The peer's answer at its own label-free threshold, and at the best of several, chosen with the truth in its favour."""
    truth = pd.read_parquet(folder / "truth.parquet")
    person = pd.factorize(truth["person"])[0]
    row = pd.Series(np.arange(len(truth)), truth["record_id"])
    scored = pd.read_parquet(folder / "pairs.parquet")
    left, right = (row[scored[side]].to_numpy(np.int32) for side in ("left_id", "right_id"))
    p = scored["p"].to_numpy()
    at = {
        threshold: clustered(person, components(len(row), left[p >= threshold], right[p >= threshold]))
        for threshold in (figures["label_free"], *PEER_THRESHOLDS)
    }
    best = max(at, key=lambda threshold: at[threshold]["F1"])
    return {"label-free": at[figures["label_free"]], "best": {**at[best], "at": best}, ".95": at[0.95]}
