"""Steps are told to who listens, in order, nested, and ended even when the work fails."""

from __future__ import annotations

import pytest

from outreach.cli.bars import Bars
from outreach.core import progress


class Heard:
    def __init__(self):
        self.said = []

    def begin(self, step, total):
        self.said.append(("begin", step, total))

    def advance(self, step, rows):
        self.said.append(("advance", step, rows))

    def end(self, step):
        self.said.append(("end", step))


def test_a_step_done_in_one_go_counts_its_rows_at_the_end():
    heard = Heard()
    with progress.listening(heard), progress.step("clean", 40):
        pass
    assert heard.said == [("begin", "clean", 40), ("advance", "clean", 40), ("end", "clean")]


def test_rows_told_on_the_way_are_not_counted_twice():
    heard = Heard()
    with progress.listening(heard), progress.step("compare", 10) as advance:
        advance(7)
        advance(3)
    assert [rows for kind, _step, *rows in heard.said if kind == "advance"] == [[7], [3]]


def test_a_step_that_fails_ends_all_the_same():
    heard = Heard()
    with pytest.raises(RuntimeError), progress.listening(heard), progress.step("read"):
        raise RuntimeError
    assert heard.said[-1] == ("end", "read")


def test_nobody_need_listen():
    heard = Heard()
    with progress.listening(heard):
        pass
    with progress.step("read", 3) as advance:
        advance(3)
    assert heard.said == [], "who no longer listens is told nothing"


def test_bars_show_rows_and_keep_only_the_outer_steps(capsys):
    with Bars() as bars, progress.listening(bars), progress.step("Jours joués", 2) as advance:
        with progress.step("SMS") as send:
            send(1200)
        advance(2)
    shown = capsys.readouterr().out
    assert "Jours joués" in shown
    assert "2 / 2" in shown
    assert "SMS" not in shown
