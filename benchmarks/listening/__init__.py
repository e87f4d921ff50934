"""Listens to the steps of the engine's work and keeps their seconds, and the most memory of each."""

from __future__ import annotations

import time
from pathlib import Path


class Steps:
    """``rows``: (step, seconds, MB), in the order in which steps ended."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, float, float]] = []
        self._begun: dict[str, float] = {}

    @property
    def seconds(self) -> dict[str, float]:
        """The seconds of each step."""
        return {step: seconds for step, seconds, _ in self.rows}

    def begin(self, step: str, _total: int | None) -> None:
        """A step begins: the mark of the most memory is set back."""
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        self._begun[step] = time.perf_counter()

    def advance(self, _step: str, _rows: int) -> None:
        """Nothing to keep."""

    def end(self, step: str) -> None:
        """A step is over."""
        status = Path("/proc/self/status").read_text(encoding="ascii")
        most = int(status.split("VmHWM:")[1].split()[0]) / 1024
        self.rows.append((step, time.perf_counter() - self._begun[step], most))
