"""Uploaded files: nobody else's to read, and gone after a day whatever became of them."""

from __future__ import annotations

from datetime import date, timedelta
from stat import S_IMODE

import pytest

from outreach.core import clock
from outreach.core.settings import settings
from outreach.web import uploads

NOW = clock.at(date(2026, 10, 6), "08:00")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A home of this test's own."""
    monkeypatch.setenv("OUTREACH_HOME", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def test_a_folder_is_gone_after_a_day_of_the_programs_own_time(home):
    with clock.travel(NOW):
        assert uploads.forget() == 0, "nothing was ever handed over"
        first, other = uploads.new_folder(), uploads.new_folder()
        (first / "liste.csv").write_text("A1;DUPONT")
        assert S_IMODE(first.stat().st_mode) == 0o700
        assert first != other
    with clock.travel(NOW + timedelta(hours=23)):
        last = uploads.new_folder()
        assert uploads.forget() == 0
    with clock.travel(NOW + timedelta(hours=25)):
        assert uploads.forget() == 2
    assert list((home / "uploads").iterdir()) == [last]


def test_what_does_not_say_when_it_was_made_is_gone(home):
    (home / "uploads" / "0f3c").mkdir(parents=True)
    (home / "uploads" / "ab-1").mkdir(parents=True)
    with clock.travel(NOW):
        assert uploads.forget() == 2
