"""Cleans a column once per distinct value: names, streets, towns and dates repeat thousands of times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

MOST_REMEMBERED = 20_000
"""Distinct values of a column remembered from one chunk to the next; more would cost memory for little."""
DEAR = {"extra": 80_000}
"""Cleaners so slow that more is remembered for them: the way to the door takes twenty times as long to read as a name."""


@dataclass
class Distinct:
    """One cleaner applied to one column, chunk by chunk. ``clean`` returns a value of ``type`` or ``None``."""

    clean: Callable[[str], Any]
    type: pa.DataType = field(default_factory=pa.string)
    most: int = MOST_REMEMBERED
    memory: dict[str, Any] = field(default_factory=dict)

    def values(self, column: pa.StringArray) -> pa.Array:
        """The cleaned column."""
        coded = column.dictionary_encode()
        return pa.array(self._cleaned(coded), self.type).take(coded.indices)

    def objects(self, column: pa.StringArray) -> tuple[list[Any], np.ndarray]:
        """What ``clean`` made of each distinct value, and for each row which of these it has."""
        coded = column.dictionary_encode()
        return self._cleaned(coded), coded.indices.to_numpy(zero_copy_only=False)

    def _cleaned(self, coded: pa.DictionaryArray) -> list[Any]:
        texts = coded.dictionary.to_pylist()
        memory, clean = self.memory, self.clean
        found = [memory[text] if text in memory else clean(text) for text in texts]
        if len(memory) < self.most:
            memory.update(zip(texts, found, strict=True))
        return found


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a value was refused: a sentence, and what fills its places."""

    reason: str
    details: dict[str, Any] = field(default_factory=dict)


def attempt(clean: Callable[[str], Any]) -> Callable[[str], Any]:
    """``clean`` that returns a ``Fault`` where it would raise, and ``None`` for an empty cell."""

    def trial(text: str) -> Any:
        if not text or text.isspace():
            return None
        try:
            return clean(text)
        except ValueError as error:
            return Fault(str(error))

    return trial


def split_faults(column: pa.StringArray, checked: Distinct) -> tuple[pa.Array, list[tuple[int, Fault]]]:
    """The cleaned column of a cleaner made by ``attempt``, and (position, fault) of the cells it refused."""
    made, codes = checked.objects(column)
    bad = [index for index, value in enumerate(made) if isinstance(value, Fault)]
    clean = pa.array([None if isinstance(value, Fault) else value for value in made], checked.type)
    faults = []
    if bad:
        positions = np.flatnonzero(np.isin(codes, bad))
        faults = [(int(position), made[codes[position]]) for position in positions]
    return clean.take(pa.array(codes)), faults


def complete(column: pa.StringArray, usual: pa.Array, checked: Distinct) -> tuple[pa.Array, list[tuple[int, Fault]]]:
    """``usual``, and for the filled cells that it says nothing of, what the cleaner made by ``attempt`` says; its faults."""
    said_nothing = pc.and_(pc.is_null(usual), pc.greater(pc.binary_length(column), 0))
    left = np.flatnonzero(said_nothing.to_numpy(zero_copy_only=False))
    if not left.size:
        return usual, []
    made, faults = split_faults(column.take(pa.array(left)), checked)
    places = np.full(len(column), -1)
    places[left] = np.arange(left.size)
    filled_in = made.take(pa.array(places, mask=places < 0))
    return pc.coalesce(usual, filled_in), [(int(left[position]), fault) for position, fault in faults]
