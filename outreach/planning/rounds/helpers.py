"""Processes of our own that plan rounds: begun with the first cities worth one, kept until this process ends.

The solver keeps Python to itself while it searches: beside it, planners of other campaigns would wait. A helper is a Python of
its own that knows nothing but rounds (a fifth of a second, 60 MB); what it is asked and what it answers are pickled through its
pipes, and it ends with whoever began it, however that ends.
"""

from __future__ import annotations

import atexit
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Lock
from typing import Any, BinaryIO, cast

MOST = min(2, os.cpu_count() or 1)
"""Helpers at most, however many planners ask at once."""


class Helpers:
    """Up to ``MOST`` helpers, shared by the threads of this process."""

    def __init__(self) -> None:
        self._idle: SimpleQueue[subprocess.Popen[bytes] | None] = SimpleQueue()
        """Those that wait for work; nothing for one that is gone, so that whoever waits for it begins another."""
        self._begun: list[subprocess.Popen[bytes]] = []
        self._lock = Lock()

    @property
    def are_there(self) -> bool:
        """Whether any was begun: the next city finds it warm."""
        return bool(self._begun)

    def ask(self, work: Callable[..., Any], *given: Any) -> Any:
        """What ``work`` returns in a helper, or what it raises there. Both have to be picklable, as what is ``given``.

        A helper that was ended by somebody else is replaced, and asked again, once.
        """
        try:
            return self._asked(work, given)
        except (BrokenPipeError, EOFError, pickle.UnpicklingError):
            return self._asked(work, given)

    def _asked(self, work: Callable[..., Any], given: tuple[Any, ...]) -> Any:
        helper = self._take()
        try:
            pickle.dump((work, given), cast("BinaryIO", helper.stdin))
            cast("BinaryIO", helper.stdin).flush()
            is_well, answer = pickle.load(cast("BinaryIO", helper.stdout))  # noqa: S301  (our own process wrote it)
        except BaseException:
            self._drop(helper)
            raise
        self._idle.put(helper)
        if is_well:
            return answer
        raise answer

    def _take(self) -> subprocess.Popen[bytes]:
        while True:
            with self._lock:
                if self._idle.empty() and len(self._begun) < MOST:
                    self._begun.append(_begin())
                    return self._begun[-1]
            helper = self._idle.get()
            if helper is not None:
                return helper

    def _drop(self, helper: subprocess.Popen[bytes]) -> None:
        with self._lock:
            self._begun.remove(helper)
        _end(helper)
        self._idle.put(None)

    def close(self) -> None:
        """End those that are idle."""
        with self._lock:
            while not self._idle.empty():
                helper = self._idle.get()
                if helper is not None:
                    self._begun.remove(helper)
                    _end(helper)


def _begin() -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "outreach.planning.rounds.helper"]
    # A session of its own: Ctrl-C is for whoever began it, with whom it ends.
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)


def _end(helper: subprocess.Popen[bytes]) -> None:
    helper.kill()
    for pipe in (helper.stdin, helper.stdout):
        with suppress(BrokenPipeError):
            cast("BinaryIO", pipe).close()
    helper.wait()


HELPERS = Helpers()
atexit.register(HELPERS.close)
