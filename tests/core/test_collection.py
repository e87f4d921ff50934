"""Processes that work on many rows look rarely for what refers to itself alone."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest

from outreach.cli import main
from outreach.core.collection import RARELY


@pytest.fixture
def threshold():
    """What this process does by itself, afterwards too."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


def test_a_process_of_flows_looks_rarely():
    code = "import gc, outreach.flows.tasks; print(gc.get_threshold())"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == str(RARELY)


@pytest.mark.usefixtures("threshold")
def test_the_command_line_looks_rarely(monkeypatch):
    found = []
    monkeypatch.setattr(main, "app", lambda: found.append(gc.get_threshold()))
    main.run()
    assert found == [RARELY]
