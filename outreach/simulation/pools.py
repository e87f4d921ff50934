"""What the generator draws with: random streams, the files of pools, and work on columns of text."""

from __future__ import annotations

import csv
import unicodedata
import zlib
from collections.abc import Callable, Sequence
from importlib import resources
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Texts: TypeAlias = npt.NDArray[np.object_]
"""A column of text (elements are ``str``, a missing value is ``""``)."""
Numbers: TypeAlias = npt.NDArray[np.int64]
Reals: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]
Dates: TypeAlias = npt.NDArray[np.datetime64]

# Letters that Unicode does not decompose into a base letter and an accent.
_SINGLE_LETTERS = str.maketrans({"ı": "i", "Œ": "OE", "œ": "oe", "ø": "o", "ß": "ss", "’": "'"})


def stream(seed: int, step: str) -> np.random.Generator:
    """One random stream for each step, so that changing a step leaves the others' draws as they were."""
    return np.random.default_rng([seed, zlib.crc32(step.encode())])


def read_data(name: str) -> list[dict[str, str]]:
    """Rows of a CSV file (UTF-8, comma, header) of the package's data folder."""
    text = (resources.files("outreach.simulation") / "data" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def texts(values: Sequence[str]) -> Texts:
    """A column of text from any sequence of strings."""
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def blank(size: int) -> Texts:
    """A column of ``size`` empty texts."""
    return np.full(size, "", dtype=object)


def each(values: Texts, change: Callable[[str], str]) -> Texts:
    """Apply ``change`` once to each distinct text of a column (columns repeat names and streets a lot)."""
    changed = {value: change(value) for value in set(values.tolist())}
    return texts([changed[value] for value in values.tolist()])


def unaccent(text: str) -> str:
    """Plain ASCII letters: ``Gonçalves`` becomes ``Goncalves``."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_SINGLE_LETTERS))
    return decomposed.encode("ascii", "ignore").decode()


def mail_word(name: str) -> str:
    """The letters of a name as they stand in an e-mail address: ``Gonçalves`` becomes ``goncalves``."""
    return "".join(letter for letter in unaccent(name).lower() if letter.isalpha())


def zipf(size: int, exponent: float = 0.9) -> Reals:
    """Weights falling with rank, the shape that names and streets have in a population (sums to 1)."""
    weights = 1.0 / np.arange(1, size + 1, dtype=np.float64) ** exponent
    total: float = weights.sum()
    return weights / total


def draw(rng: np.random.Generator, weights: Sequence[float] | Reals, size: int) -> Numbers:
    """``size`` ranks drawn by weight (weights need not sum to 1)."""
    cumulated = np.cumsum(np.asarray(weights, dtype=np.float64))
    ranks: Numbers = np.searchsorted(cumulated, rng.random(size) * cumulated[-1], side="right").astype(np.int64)
    return ranks


def pick(rng: np.random.Generator, choices: Sequence[str], weights: Sequence[float], size: int) -> Texts:
    """``size`` texts drawn by weight among ``choices``."""
    return texts(choices)[draw(rng, weights, size)]


def chance(rng: np.random.Generator, rate: float | Reals, size: int) -> Flags:
    """``size`` flags, each true at ``rate`` (one rate, or one for each element)."""
    return rng.random(size) < rate


def place_in_group(starts: Flags) -> Numbers:
    """For runs marked by ``starts``: the place 0, 1, 2 … of each element in its run."""
    positions = np.arange(starts.size, dtype=np.int64)
    return positions - np.maximum.accumulate(np.where(starts, positions, 0))


def starts_of(groups: Numbers) -> Flags:
    """True where a sorted column of groups changes value (and at its first element)."""
    starts = np.ones(groups.size, dtype=np.bool_)
    starts[1:] = groups[1:] != groups[:-1]
    return starts
