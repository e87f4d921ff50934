"""What long work says while it goes on: the step it is at, and the rows done. Nobody listens unless asked to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class Listener(Protocol):
    """Shows progress: a step begins (``total`` rows if known), goes on by some rows, ends."""

    def begin(self, step: str, total: int | None) -> None:
        """A step begins."""

    def advance(self, step: str, rows: int) -> None:
        """Some more rows of the step are done."""

    def end(self, step: str) -> None:
        """The step is over, well or not."""


_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Tell ``listener`` what the work of this block does."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


@contextmanager
def step(name: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """One step of long work; call what it yields with rows as they are done.

    A step that handles its ``total`` rows in one go need not call: they count as done at its end.
    """
    listener = _listener.get()
    if listener is None:
        yield lambda _rows: None
        return
    told = 0

    def advance(rows: int) -> None:
        nonlocal told
        told += rows
        listener.advance(name, rows)

    listener.begin(name, total)
    try:
        yield advance
        if total is not None and told < total:
            advance(total - told)
    finally:
        listener.end(name)
