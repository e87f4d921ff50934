"""Keeps the time of every stage, and the most memory: of the engine with its helpers, and of PostgreSQL beside its shared buffers."""

from __future__ import annotations

import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE") / 2**20
EVERY = 0.25
"""Seconds between two looks at the processes."""
OUTSIDE = "residents, mediators and files (not the engine)"


@dataclass
class Spent:
    """What one stage took. ``work``: how much of what it did, by name."""

    seconds: float = 0.0
    engine: float = 0.0
    server: float = 0.0
    work: dict[str, int] = field(default_factory=lambda: defaultdict(int))


class Stages:
    """Stages by name. ``postmaster``: the process of the server, whose children are watched."""

    def __init__(self, postmaster: int | None = None) -> None:
        self.spent: dict[str, Spent] = defaultdict(Spent)
        self.postmaster = postmaster
        self.now = OUTSIDE
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Stages:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()

    @contextmanager
    def stage(self, name: str) -> Iterator[Spent]:
        """Count a block for a stage; stages do not lie in each other."""
        outer, self.now = self.now, name
        begin = time.perf_counter()
        try:
            yield self.spent[name]
        finally:
            self.spent[name].seconds += time.perf_counter() - begin
            self.now = outer

    @property
    def engine_seconds(self) -> float:
        """The time of all stages of the engine."""
        return sum(spent.seconds for name, spent in self.spent.items() if name != OUTSIDE)

    def _watch(self) -> None:
        while not self._over.wait(EVERY):
            name = self.now
            engine, server = sizes(self.postmaster)
            spent = self.spent[name]
            spent.engine, spent.server = max(spent.engine, engine), max(spent.server, server)


def sizes(postmaster: int | None) -> tuple[float, float]:
    """Megabytes of this process and its helpers, and of the server's processes without what they share."""
    parents: dict[int, list[int]] = defaultdict(list)
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parents[int((folder / "stat").read_text().rpartition(")")[2].split()[1])].append(int(folder.name))
            except OSError:
                continue
    own = [os.getpid(), *_below(os.getpid(), parents)]
    served = _below(postmaster, parents) if postmaster else []
    return sum(map(_private, set(own) - set(served) - {postmaster})), sum(map(_private, served))


def _below(pid: int, parents: dict[int, list[int]]) -> list[int]:
    return [found for child in parents.get(pid, []) for found in (child, *_below(child, parents))]


def _private(pid: int) -> float:
    try:
        _size, resident, shared, *_rest = Path(f"/proc/{pid}/statm").read_text().split()
    except OSError:
        return 0.0
    return (int(resident) - int(shared)) * PAGE
