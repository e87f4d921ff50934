"""Helpers: what is asked is answered or raised as if it had been done here, and one that was ended is replaced."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from outreach.core.errors import OutreachError
from outreach.planning.rounds import InfeasiblePlanError
from outreach.planning.rounds.helpers import MOST, Helpers


def test_many_ask_at_once_and_no_more_helpers_are_begun_than_allowed():
    with closing(Helpers()) as helpers, ThreadPoolExecutor(6) as askers:
        answers = list(askers.map(lambda number: helpers.ask(divmod, number, 7), range(40)))
        assert answers == [divmod(number, 7) for number in range(40)]
        assert 1 <= len({helpers.ask(os.getpid) for _ in range(8)}) <= MOST
        assert helpers.are_there
    assert not helpers.are_there


def test_what_is_raised_there_is_raised_here():
    with closing(Helpers()) as helpers:
        with pytest.raises(ZeroDivisionError):
            helpers.ask(divmod, 1, 0)
        with pytest.raises(OutreachError) as refused:
            helpers.ask(refuse, "la tournée")
        assert (refused.value.place, refused.value.mend) == ("Lyon", "Relancez.")
        assert helpers.ask(divmod, 9, 2) == (4, 1), "it goes on"


def test_one_that_was_ended_by_somebody_is_replaced():
    with closing(Helpers()) as helpers:
        first = helpers.ask(os.getpid)
        os.kill(first, signal.SIGKILL)
        assert helpers.ask(os.getpid) != first


def refuse(what: str) -> None:
    raise InfeasiblePlanError(what, place="Lyon", mend="Relancez.")
