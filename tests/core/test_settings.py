"""A setting that will not do is named in one sentence."""

from __future__ import annotations

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
