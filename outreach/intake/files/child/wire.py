"""What the child tells its parent: messages of one letter, a length, and JSON or Arrow."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

START, BLOCK, ERROR, END = b"S", b"B", b"E", b"Z"
HEADER = struct.Struct("<cQ")
ODD = "surplus"
"""Name of the column that counts filled cells beyond the widest list allowed."""


class RefusedError(Exception):
    """The file cannot be read; ``code`` names the sentence, which the parent says."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.code, self.values_ = code, values


class Wire:
    """The child's end."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def send(self, letter: bytes, payload: Any = None) -> None:
        """A message with JSON."""
        self._write(letter, json.dumps(payload).encode())

    def block(self, numbers: Sequence[int], columns: list[pa.StringArray], surplus: Sequence[int] | None = None) -> None:
        """Rows, by column."""
        arrays = [pa.array(numbers, pa.int64())] + ([pa.array(surplus, pa.int64())] if surplus else []) + columns
        names = ["number"] + ([ODD] if surplus else []) + [str(position) for position in range(len(columns))]
        batch = pa.RecordBatch.from_arrays(arrays, names)
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema) as writer:
            writer.write_batch(batch)
        self._write(BLOCK, sink.getvalue())

    def _write(self, letter: bytes, payload: Any) -> None:
        for part in (HEADER.pack(letter, len(payload)), payload):
            view = memoryview(part)
            while view:
                view = view[os.write(self.descriptor, view) :]
