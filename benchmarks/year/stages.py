"""Keeps of every stage the time, the processor seconds and the most memory.

Memory is that of the engine with its helpers, and of PostgreSQL beside its shared buffers.
"""

from __future__ import annotations

import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

PAGE = os.sysconf("SC_PAGE_SIZE") / 2**20
TICKS = os.sysconf("SC_CLK_TCK")
EVERY = 1.0
"""Seconds between two looks at the processes."""
OUTSIDE = "residents, mediators and files (not the engine)"


@dataclass
class Spent:
    """What one stage took. ``work``: how much of what it did, by name."""

    seconds: float = 0.0
    cpu: float = 0.0
    engine: float = 0.0
    server: float = 0.0
    work: dict[str, int] = field(default_factory=lambda: defaultdict(int))


class Parts:
    """Seconds of the steps that the engine says it is at, by stage and step, each without what lies in it."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._begun: list[tuple[str, float]] = []
        self._lock = threading.Lock()

    def begin(self, step: str, _total: int | None) -> None:
        """A step begins."""
        self._begun.append((step, time.perf_counter()))

    def advance(self, _step: str, _rows: int) -> None:
        """Nothing to keep."""

    def end(self, step: str) -> None:
        """A step is over."""
        _step, begin = self._begun.pop()
        seconds = time.perf_counter() - begin
        self.seconds[step] += seconds
        if self._begun:
            self.seconds[self._begun[-1][0]] -= seconds

    def add(self, other: Parts) -> None:
        """What another kept beside this one."""
        with self._lock:
            for step, seconds in other.seconds.items():
                self.seconds[step] += seconds


class Stages:
    """Stages by name. ``cluster``: the server whose processes are watched."""

    def __init__(self, cluster: Any) -> None:
        self.spent: dict[str, Spent] = defaultdict(Spent)
        self.postmaster = int((cluster.data / "postmaster.pid").read_text().split()[0]) if cluster else None
        self.now = OUTSIDE
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()

    @contextmanager
    def stage(self, name: str) -> Iterator[Spent]:
        """Count a block for a stage; stages do not lie in each other."""
        outer, self.now = self.now, name
        begin, worked = time.perf_counter(), processor_seconds(self.postmaster)
        try:
            yield self.spent[name]
        finally:
            self.spent[name].seconds += time.perf_counter() - begin
            self.spent[name].cpu += processor_seconds(self.postmaster) - worked
            self.now = outer

    @property
    def engine_seconds(self) -> float:
        """The time of all stages of the engine."""
        return sum(spent.seconds for name, spent in self.spent.items() if name != OUTSIDE)

    @property
    def engine_cpu(self) -> float:
        """The processor seconds of all stages of the engine: what it needs whatever else the machine does."""
        return sum(spent.cpu for name, spent in self.spent.items() if name != OUTSIDE)

    def _watch(self) -> None:
        while not self._over.wait(EVERY):
            name = self.now
            engine, server = sizes(self.postmaster)
            spent = self.spent[name]
            spent.engine, spent.server = max(spent.engine, engine), max(spent.server, server)


def processor_seconds(postmaster: int | None) -> float:
    """Processor seconds so far of this process, of its helpers, and of the server with all its processes."""
    times = os.times()
    own = times.user + times.system + times.children_user + times.children_system
    own += sum(_worked(pid, is_parent=False) for task in Path("/proc/self/task").iterdir() for pid in _children(str(task)))
    if postmaster is None:
        return own
    served = [postmaster, *_children(f"/proc/{postmaster}/task/{postmaster}")]
    return own + sum(_worked(pid, is_parent=pid == postmaster) for pid in served)


def _children(task: str) -> list[int]:
    """The processes that a thread began and that are still there."""
    return [int(child) for child in _read(f"{task}/children").split()]


def _read(path: str) -> bytes:
    """What the kernel says there, of a process that may have ended; without what files need, for it is asked at each stage."""
    try:
        opened = os.open(path, os.O_RDONLY)
    except OSError:
        return b""
    try:
        return os.read(opened, 1 << 16)
    except OSError:
        return b""
    finally:
        os.close(opened)


def _worked(pid: int, *, is_parent: bool) -> float:
    """Of one process of the server; the postmaster knows what its children that ended have worked."""
    fields = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    return sum(int(ticks) for ticks in fields[11 : 15 if is_parent else 13]) / TICKS


def sizes(postmaster: int | None) -> tuple[float, float]:
    """Megabytes of this process and its helpers, and of the server's processes without what they share."""
    own = {os.getpid(), *_below(os.getpid())}
    served = set(_below(postmaster)) if postmaster else set()
    return sum(map(_private, own - served - {postmaster})), sum(map(_private, served))


def _below(pid: int) -> list[int]:
    """The processes that one began, and theirs, as far as they are there."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return []
    return [found for task in tasks for child in _children(str(task)) for found in (child, *_below(child))]


def _private(pid: int) -> float:
    _size, resident, shared, *_rest = _read(f"/proc/{pid}/statm").split() or (0, 0, 0)
    return (int(resident) - int(shared)) * PAGE
