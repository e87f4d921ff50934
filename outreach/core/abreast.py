"""Work done three at a time: while one waits for the database, another computes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from threading import Condition
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

ABREAST = 3
"""One more than a small machine has processors: one of three waits for a lock or the disk."""


def abreast(
    work: Callable[[T], R],
    things: Iterable[T],
    at_once: int = ABREAST,
    *,
    uses: Callable[[T], Collection[Hashable]] = lambda _thing: (),
) -> Iterator[R]:
    """What ``work`` makes of each of the things, in their order; each in a copy of the caller's context.

    ``uses``: what a thing needs for itself, such as the sites of a campaign; of two that need the same, one begins when the other
    is over, and a third that needs something else is taken before. The first error is raised when its turn comes; what has
    begun then ends before.
    """
    turns = _Turns({place: (thing, frozenset(uses(thing))) for place, thing in enumerate(things)})
    results: list[Future[R]] = [Future() for _ in range(len(turns))]

    def one() -> None:
        place, thing = turns.take()
        try:
            results[place].set_result(work(thing))
        except BaseException as error:  # noqa: BLE001  (raised again where its result is asked for)
            results[place].set_exception(error)
        finally:
            turns.over(place)

    with ThreadPoolExecutor(at_once) as workers:
        for _ in results:
            workers.submit(copy_context().run, one)
        try:
            for result in results:
                yield result.result()
        finally:
            workers.shutdown(cancel_futures=True)


def in_steps(
    steps: Sequence[Callable[[T], R]],
    things: Sequence[T],
    at_once: int = ABREAST,
    *,
    uses: Callable[[T], Collection[Hashable]] = lambda _thing: (),
    goes_on: Callable[[R], bool] = lambda _made: True,
) -> list[list[R]]:
    """What each step, one after the other, makes of each of the things; while one thing is at one step, others are at another.

    ``uses``: what a thing needs for itself at its last step; ``goes_on``: whether, after what a step made, the next is taken. If it
    is not, that stands for the rest. The first error is raised when its turn comes; no further step is taken with its thing.
    """
    over: dict[int, R] = {}
    failed: dict[int, BaseException] = {}

    def one(turn: tuple[int, int]) -> R:
        step, place = turn
        if place in failed:
            raise failed[place]
        if place in over:
            return over[place]
        try:
            made = steps[step](things[place])
        except BaseException as error:
            failed[place] = error
            raise
        if not goes_on(made):
            over[place] = made
        return made

    def needs(turn: tuple[int, int]) -> set[Hashable]:
        step, place = turn
        own: Hashable = ("itself", place)
        return {own, *uses(things[place])} if step == len(steps) - 1 else {own}

    turns = [(step, place) for step in range(len(steps)) for place in range(len(things))]
    made = list(abreast(one, turns, at_once, uses=needs))
    return [made[place :: len(things)] for place in range(len(things))]


@contextmanager
def beside(work: Callable[..., R], *given: object) -> Iterator[Future[R]]:
    """Have something done by another worker while the block lasts, in a copy of the caller's context; wait for it at its end.

    Its error is raised there, unless the block has one of its own. What it uses, such as a session, the block leaves alone.
    """
    with ThreadPoolExecutor(1) as worker:
        done = worker.submit(copy_context().run, work, *given)
        yield done
        done.result()


class _Turns(Generic[T]):
    """Which of the things is begun next: the first that needs nothing of what is in use."""

    def __init__(self, waiting: dict[int, tuple[T, frozenset[Hashable]]]) -> None:
        self._waiting, self._in_use = waiting, dict[int, frozenset[Hashable]]()
        self._changed = Condition()

    def __len__(self) -> int:
        return len(self._waiting)

    def take(self) -> tuple[int, T]:
        """Take the next one, once there is one that may begin. To be called at most once for each of the things."""
        with self._changed:
            while (place := self._free()) is None:
                self._changed.wait()
            thing, self._in_use[place] = self._waiting.pop(place)
            return place, thing

    def over(self, place: int) -> None:
        """What it used may be used again."""
        with self._changed:
            del self._in_use[place]
            self._changed.notify_all()

    def _free(self) -> int | None:
        used = frozenset[Hashable]().union(*self._in_use.values())
        return next((place for place, (_thing, needs) in self._waiting.items() if used.isdisjoint(needs)), None)
