"""Processes that are killed have no embedded PostgreSQL of their own: its secrets come to them by the environment."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest

from outreach.core.settings import settings

SECRETS = {"OUTREACH_OBJECTION_PEPPER": "test", "OUTREACH_FIELD_KEY": "a key of words about people, for tests"}


@pytest.fixture(autouse=True)
def secrets(monkeypatch):
    """For this process and those that it starts."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def tmp_path():
    """A folder beside pytest's own, which any other run of it closes to everybody but root: PostgreSQL is not root."""
    home = Path(tempfile.mkdtemp(prefix="outreach-faults-"))
    home.chmod(0o711)
    yield home
    shutil.rmtree(home)
