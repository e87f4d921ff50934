"""Keeps of every stage the time, the processor seconds and the most memory.

Memory is that of the engine with its helpers, and of PostgreSQL beside its shared buffers. Of stages that go on at the same time
(``Lanes``) each gets its part of the clock, and what its threads and their connections have worked.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import event

if TYPE_CHECKING:
    from sqlalchemy import Engine

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
        self._lanes: Lanes | None = None
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

    @contextmanager
    def together(self, engine: Engine, others: str) -> Iterator[None]:
        """Count a block whose threads are each at a stage (``lane``), working with connections of this engine.

        ``others``: the stage of the threads that do not say theirs.
        """
        begin, worked = time.perf_counter(), processor_seconds(self.postmaster)
        with Lanes(engine, others).followed() as self._lanes:
            yield
        seconds, cpu = self._lanes.shares(time.perf_counter() - begin, processor_seconds(self.postmaster) - worked)
        self._lanes = None
        for name in seconds:
            self.spent[name].seconds += seconds[name]
            self.spent[name].cpu += cpu[name]

    @contextmanager
    def lane(self, name: str) -> Iterator[None]:
        """Count what this thread does in a block for a stage of those that go on ``together``."""
        if self._lanes is None:
            raise RuntimeError(name)
        with self._lanes.lane(name):
            yield

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
            lanes = self._lanes
            names = [self.now] if lanes is None else lanes.under_way()
            engine, server = sizes(self.postmaster)
            for spent in map(self.spent.__getitem__, names):
                spent.engine, spent.server = max(spent.engine, engine), max(spent.server, server)


class Lanes:
    """Threads that are at different stages at the same time."""

    def __init__(self, engine: Engine, others: str) -> None:
        self._engine, self._others = engine, others
        self._lock = threading.Lock()
        self._at = threading.local()
        self._active: Counter[str] = Counter()
        self._seconds: dict[str, float] = defaultdict(float)
        self._cpu: dict[str, float] = defaultdict(float)
        self._told = time.perf_counter()

    @contextmanager
    def followed(self) -> Iterator[Self]:
        """While the block lasts, what connections work is counted for the stage of the thread that has them."""
        listened = (("checkout", self._taken), ("checkin", self._given_back))
        for name, heard in listened:
            event.listen(self._engine, name, heard)
        try:
            yield self
        finally:
            for name, heard in listened:
                event.remove(self._engine, name, heard)

    @contextmanager
    def lane(self, name: str) -> Iterator[None]:
        """This thread is at a stage. Of the clock, all that are at one get equal parts."""
        self._at.name, worked = name, time.thread_time()
        self._turn(name, 1)
        try:
            yield
        finally:
            self._turn(name, -1)
            with self._lock:
                self._cpu[name] += time.thread_time() - worked
            del self._at.name

    def under_way(self) -> list[str]:
        """The stages that somebody is at."""
        with self._lock:
            return [name for name, threads in self._active.items() if threads]

    def shares(self, seconds: float, cpu: float) -> tuple[dict[str, float], dict[str, float]]:
        """Seconds and processor seconds of each stage, of those of the whole.

        What belongs to nobody (helpers, the server's own processes) is shared out as the rest is.
        """
        return _scaled(self._seconds, seconds), _scaled(self._cpu, cpu)

    def _turn(self, name: str, threads: int) -> None:
        with self._lock:
            now = time.perf_counter()
            for at, many in self._active.items():
                self._seconds[at] += (now - self._told) * many / max(self._active.total(), 1)
            self._told = now
            self._active[name] += threads

    def _taken(self, connection: Any, record: Any, _proxy: object) -> None:
        record.info["worked"] = _served(connection)

    def _given_back(self, connection: Any, record: Any) -> None:
        before = record.info.pop("worked", None)
        if before is not None and connection is not None:
            with self._lock:
                self._cpu[getattr(self._at, "name", self._others)] += _served(connection) - before


def _scaled(parts: Mapping[str, float], whole: float) -> dict[str, float]:
    """The parts, made to add up to the whole."""
    total = sum(parts.values()) or 1.0
    return {name: part * whole / total for name, part in parts.items()}


def _served(connection: Any) -> float:
    """Processor seconds so far of the server's process behind a connection."""
    return int((_read(f"/proc/{connection.info.backend_pid}/schedstat").split() or (b"0",))[0]) / 1e9


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
