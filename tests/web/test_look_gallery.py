"""Every shell, piece and chart in a real browser: nobody is shut out, nothing overflows, nothing is said on the console."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.web.gallery.app import PAGES, create_gallery
from tests.web.server import running

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def base():
    with running(create_gallery()) as client:
        yield str(client.base_url)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("screen", ["phone", "desk", "narrow"])
@pytest.mark.parametrize("name", PAGES)
def test_nobody_is_shut_out_and_nothing_overflows(visit, base, name, screen, dark, tmp_path):
    seen = visit(base, screen, dark=dark, language="en" if dark else "fr")
    assert seen.open(f"/{name}").ok
    assert seen.axe() == []
    assert seen.overflow() <= 0
    folder = Path(os.environ.get("OUTREACH_SHOTS") or tmp_path)
    seen.shot(folder / f"{name}-{screen}-{'dark' if dark else 'light'}.png")
