"""What is printed goes to the print house by itself, where one is set; not while sending is stopped, and never twice."""

from __future__ import annotations

import pytest

from outreach.channels.limits import resume_sending, stop_sending
from outreach.core.settings import settings
from outreach.flows import pipeline
from tests.channels.test_letters_runs import prepared, town

__all__ = ["prepared", "town"]


@pytest.fixture
def print_house(tmp_path, monkeypatch):
    folder = tmp_path / "print house"
    folder.mkdir()
    monkeypatch.setenv("OUTREACH_PRINT_FOLDER", str(folder))
    settings.cache_clear()
    yield folder
    monkeypatch.undo()
    settings.cache_clear()


def dispatch(town):
    return pipeline.dispatch(town.database, town.loaded, pipeline.Lines(prints=True), town.out, worker="test")


def test_a_run_is_handed_over_as_it_is_printed_and_only_once(town, print_house):
    first, again = dispatch(town), dispatch(town)
    assert first.handed_over == len(first.letters.files) > 0
    assert (again.handed_over, again.letters.letters, again.not_taken) == (0, 0, None)
    assert {path.suffix for path in print_house.iterdir()} == {".pdf", ".json"}


def test_a_run_waits_while_sending_is_stopped(town, print_house):
    printed = pipeline.dispatch_letters(town.database, town.loaded, town.out, worker="test")
    with town.database.session() as session:
        stop_sending(session, "essai", actor="test")
    held = dispatch(town)
    assert (held.handed_over, list(print_house.iterdir())) == (0, [])
    assert "arrêtés" in str(held.not_taken)
    with town.database.session() as session:
        resume_sending(session, actor="test")
    assert dispatch(town).handed_over == len(printed.files)
