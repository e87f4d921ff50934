"""The parameters of the three-class model: what is shipped, saved, loaded and compared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outreach.matching.fields import FIELDS, columns

CLASSES = ("same", "household", "stranger")
SHIPPED = "parameters-2.json"
Table = Mapping[str, tuple[float, ...]]


@dataclass(frozen=True)
class Stratum:
    """One kind of pair: for each class, how frequent it is and how likely each level of each field.

    `weights` are shares of the pairs for pairs at one address; for all other pairs they are pairs *per
    record* of the classes same and household, because the number of such pairs grows with the list and not
    with its square.
    """

    weights: Mapping[str, float]
    tables: Mapping[str, Table]

    def log_tables(self) -> NDArray[np.float64]:
        """Logarithm of P(level | class): a row per class, a column per level (0 where unused)."""
        where = columns()
        logs = np.zeros((len(CLASSES), sum(len(field.levels) for field in FIELDS)))
        for row, name in enumerate(CLASSES):
            for field, shares in self.tables[name].items():
                logs[row, where[field]] = np.log(np.maximum(shares, 1e-12))
        return logs


@dataclass(frozen=True)
class Parameters:
    """Both strata and the version under which links are recorded.

    `calibration`: the odds said by the model, corrected by people's answers: log odds become offset + slope x log odds.
    """

    version: str
    near: Stratum
    far: Stratum
    calibration: tuple[float, float] = (0.0, 1.0)

    def save(self, path: Path) -> None:
        """Write readable JSON, four significant digits."""
        path.write_text(json.dumps(self.as_data(digits=4), indent=1) + "\n", encoding="utf-8")

    def as_data(self, digits: int = 17) -> dict[str, Any]:
        """As plain data for JSON; 17 digits lose nothing."""
        return _as_data(self, digits)

    @staticmethod
    def from_data(data: Mapping[str, Any]) -> Parameters:
        """What ``as_data`` gave. Raises ValueError when a field or level does not fit this engine."""
        offset, slope = data.get("calibration", (0.0, 1.0))
        return Parameters(data["version"], _stratum(data["near"]), _stratum(data["far"]), (float(offset), float(slope)))

    @staticmethod
    def load(path: Path) -> Parameters:
        """Read what `save` wrote. Raises ValueError when a field or level does not fit this engine."""
        return Parameters.from_data(json.loads(path.read_text(encoding="utf-8")))


@cache
def shipped() -> Parameters:
    """The parameters that come with the package."""
    return Parameters.from_data(json.loads(resources.files("outreach.matching").joinpath("data", SHIPPED).read_text("utf-8")))


def _as_data(parameters: Parameters, digits: int) -> dict[str, Any]:
    return {
        "version": parameters.version,
        **({} if parameters.calibration == (0.0, 1.0) else {"calibration": list(parameters.calibration)}),
        **{
            name: {
                "weights": {key: _short(value, digits) for key, value in stratum.weights.items()},
                "tables": {
                    key: {field: " ".join(str(_short(share, digits)) for share in shares) for field, shares in table.items()}
                    for key, table in stratum.tables.items()
                },
            }
            for name, stratum in (("near", parameters.near), ("far", parameters.far))
        },
    }


def _short(value: float, digits: int) -> float:
    return float(f"{value:.{digits}g}")


def _stratum(found: Mapping[str, Any]) -> Stratum:
    sizes = {field.name: len(field.levels) for field in FIELDS}
    tables: dict[str, dict[str, tuple[float, ...]]] = {}
    for name in CLASSES:
        tables[name] = {}
        for field, text in found["tables"][name].items():
            shares = tuple(float(share) for share in text.split())
            if sizes.get(field) != len(shares):
                message = f"parameters do not fit: field {field} has {len(shares)} levels, not {sizes.get(field)}"
                raise ValueError(message)
            tables[name][field] = shares
    return Stratum({name: float(share) for name, share in found["weights"].items()}, tables)
