"""A setting that will not do is named in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from outreach.core.errors import OutreachError
from outreach.core.settings import settings


@pytest.fixture
def unread():
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_a_value_that_cannot_be_is_told_with_the_variable(unread, monkeypatch):
    monkeypatch.setenv("OUTREACH_EMBEDDED_FSYNC", "perhaps")
    with pytest.raises(OutreachError, match="^OUTREACH_EMBEDDED_FSYNC : "):
        settings()


def test_a_secret_is_not_repeated(unread, monkeypatch):
    monkeypatch.setenv("OUTREACH_OBJECTION_PEPPER", "very secret")
    monkeypatch.setenv("OUTREACH_LANGUAGE", "de")
    with pytest.raises(OutreachError, match="OUTREACH_LANGUAGE") as caught:
        settings()
    assert "very secret" not in str(caught.value)


def test_the_page_says_what_the_code_says_of_each():
    from outreach.core.described import written_into
    from outreach.core.settings import Settings

    page = Path("docs/settings.md").read_text(encoding="utf-8")
    assert written_into(page) == page, "make docs"
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
