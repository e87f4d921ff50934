"""Campaigns worked on three at a time: while one waits for the database, another computes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

ABREAST = 3
"""One more than a small machine has processors: one of three waits for its turn at a site, a lock or the disk."""


def abreast(work: Callable[[T], R], things: Iterable[T], at_once: int = ABREAST) -> Iterator[R]:
    """What ``work`` makes of each of the things, in their order; each in a copy of the caller's context.

    The first error is raised when its turn comes; what has begun then ends before.
    """
    with ThreadPoolExecutor(at_once) as workers:
        begun = [workers.submit(copy_context().run, work, thing) for thing in things]
        try:
            for one in begun:
                yield one.result()
        finally:
            workers.shutdown(cancel_futures=True)
