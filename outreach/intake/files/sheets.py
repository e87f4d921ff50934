"""Workbooks and Parquet, read by a child process: it may run out of memory, crash or hang, and only the file is refused."""

from __future__ import annotations

import dataclasses
import json
import os
import resource
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

import outreach
from outreach.core.errors import ListRefusedError
from outreach.intake.files import header
from outreach.intake.files.child import wire
from outreach.intake.files.model import HEAD_ROWS, Block, Choices, Limits, Notice, Row
from outreach.intake.files.words import notice, refusal

FILES = Path(__file__).parent
BOOT = """
import sys, types
for name, folder in (("outreach", {root!r}), ("outreach.intake", {intake!r}), ("outreach.intake.files", {files!r})):
    package = sys.modules[name] = types.ModuleType(name)
    package.__path__ = [folder]
from outreach.intake.files.child.run import main
main()
"""
"""The packages above the child's are not run: they would load the whole house, which takes over a second."""
KEPT = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "PYTHONHOME", "VIRTUAL_ENV", "TZDIR", "SYSTEMROOT")
SPARING = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "PYTHONUTF8": "1",
}
PIECE = 1 << 20
MOST_COVERS = 5
"""Sheets looked at when the first has no known header."""
LOOK_AGAIN = 100
"""Milliseconds between two looks at a child that is silent."""
LARGEST_MESSAGE = 1 << 30
OUT_OF_MEMORY = {-signal.SIGABRT, -signal.SIGKILL}
OUT_OF_TIME = {-signal.SIGXCPU}


class ChildFeed:
    """A workbook's sheet or a Parquet file, as its child tells it."""

    encoding: str | None = None
    delimiter: str | None = None
    is_clean = False

    def __init__(self, path: Path, name: str, kind: str, choices: Choices, limits: Limits) -> None:
        self.name, self.kind, self.limits = name, kind, limits
        order = {
            "path": str(path), "kind": kind, "sheet": choices.sheet, "rows": limits.rows, "columns": limits.columns,
            "memory": limits.child_memory, "seconds": limits.child_seconds, "parent": os.getpid(),
        }  # fmt: skip
        paths = {"root": str(Path(outreach.__file__).parent), "intake": str(FILES.parent), "files": str(FILES)}
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", BOOT.format(**paths), json.dumps(order)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={key: os.environ[key] for key in KEPT if key in os.environ} | SPARING,
        )
        try:
            self._start(choices)
        except BaseException:
            self.close()
            raise

    def _start(self, choices: Choices) -> None:
        letter, payload = self._message()
        if letter != wire.START:
            raise refusal("no_rows_in_sheets", self.name)
        start: dict[str, Any] = json.loads(payload)
        self.sheet: str | None = start.get("sheet")
        self.sheets: list[str] = start["sheets"]
        self.visible: list[str] = start.get("visible", [])
        self.fixed_headers: list[str] | None = start.get("headers")
        self.notices: list[Notice] = [
            notice(code, **values) for code, values in start["notices"] if not (choices.skip_hidden and code == "hidden_rows")
        ]
        self.hidden: frozenset[int] = (
            frozenset(number for first, last in start["hidden"] for number in range(first, last + 1))
            if choices.skip_hidden
            else frozenset()
        )
        self._first: list[Block] = []
        self._rest = self._blocks()
        rows = 0
        while rows < HEAD_ROWS and (block := next(self._rest, None)):
            self._first.append(block)
            rows += len(block.numbers)
        self.head: list[Row] = [row for block in self._first for row in _rows(block, HEAD_ROWS)][:HEAD_ROWS]

    def blocks(self, after: int) -> Iterator[Block]:
        """The rows as they come; those up to the header are left out."""
        first, self._first = self._first, []
        for block in first:
            kept = int(np.searchsorted(block.numbers, after, side="right"))
            if kept < len(block.numbers):
                surplus = [item for item in block.surplus if item[0] > after]
                yield Block(block.numbers[kept:], [column.slice(kept) for column in block.columns], surplus)
        yield from self._rest

    def _blocks(self) -> Iterator[Block]:
        while True:
            letter, payload = self._message()
            if letter == wire.END:
                return
            with pa.ipc.open_stream(payload) as reader:
                batch = reader.read_next_batch()
            numbers = batch.column(0).to_numpy()
            columns = batch.columns[1:]
            surplus: list[tuple[int, int]] = []
            if batch.schema.names[1:2] == [wire.ODD]:
                counts = columns.pop(0).to_pylist()
                surplus = [(number, lost) for number, lost in zip(numbers.tolist(), counts, strict=True) if lost]
            yield Block(numbers, columns, surplus)

    def _message(self) -> tuple[bytes, bytes]:
        letter, length = wire.HEADER.unpack(self._read(wire.HEADER.size))
        if length > LARGEST_MESSAGE:
            raise refusal("damaged", self.name)
        payload = self._read(length)
        if letter == wire.ERROR:
            code, values = json.loads(payload)
            raise self._refusal(code, values)
        return letter, payload

    def _read(self, size: int) -> bytes:
        """So many bytes, or the reason why there are none."""
        assert self.process.stdout is not None  # noqa: S101  (for the type checker: a pipe was asked for)
        descriptor = self.process.stdout.fileno()
        parts = bytearray()
        until = time.monotonic() + self.limits.child_seconds
        poll = select.poll()
        poll.register(descriptor, select.POLLIN | select.POLLHUP)
        while len(parts) < size:
            while not poll.poll(LOOK_AGAIN):
                if self._resident() > self.limits.child_memory:
                    raise self._refusal("memory", {})
                if time.monotonic() > until:
                    raise self._refusal("time", {})
            piece = os.read(descriptor, min(PIECE, size - len(parts)))
            if not piece:
                raise self._refusal(self._cause_of_death(), {})
            parts += piece
            until = time.monotonic() + self.limits.child_seconds
        return bytes(parts)

    def _resident(self) -> int:
        """Bytes of memory that the child holds."""
        try:
            pages = Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii").split()[1]
        except (OSError, IndexError):
            return 0
        return int(pages) * resource.getpagesize()

    def _cause_of_death(self) -> str:
        """Killed by the kernel or by its own allocator: memory. By its clock: time. Else the file broke its reader."""
        code = self.process.wait()
        if code in OUT_OF_MEMORY:
            return "memory"
        return "time" if code in OUT_OF_TIME else "crash"

    def _refusal(self, code: str, values: dict[str, Any]) -> Exception:
        limits = {"memory": self.limits.child_memory // 1_000_000, "time": round(self.limits.child_seconds)}
        return refusal(code, self.name, **({"limit": limits[code]} if code in limits else {}), **values)

    def finish(self) -> None:
        """The child said all at its start."""

    def close(self) -> None:
        """The child ends with the file, in every case."""
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


def open_sheet(
    path: Path, name: str, kind: str, score: Callable[[list[str]], int], choices: Choices, limits: Limits
) -> ChildFeed:
    """The first visible sheet with rows, unless only a later one has a header with known names: a cover sheet is no list."""
    feed = ChildFeed(path, name, kind, choices, limits)
    if choices.sheet is not None or choices.header_row is not None or _is_known(feed, score):
        return feed
    for other in [sheet for sheet in feed.visible if sheet != feed.sheet][:MOST_COVERS]:
        try:
            second = ChildFeed(path, name, kind, dataclasses.replace(choices, sheet=other), limits)
        except ListRefusedError:
            continue
        if _is_known(second, score):
            feed.close()
            return second
        second.close()
    return feed


def _is_known(feed: ChildFeed, score: Callable[[list[str]], int]) -> bool:
    position, is_guessed = header.find(feed.head, score)
    return position is not None and not is_guessed


def _rows(block: Block, most: int) -> list[Row]:
    cells = zip(*(column.slice(0, most).to_pylist() for column in block.columns), strict=True)
    return [(number, list(row)) for number, row in zip(block.numbers[:most].tolist(), cells, strict=True)]
