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


def test_the_menu_opens_without_javascript(visit, base):
    seen = visit(base, "phone", java_script_enabled=False)
    seen.open("/desk")
    assert not seen.page.get_by_role("link", name="Planning").is_visible()
    seen.page.get_by_role("link", name="Menu").click()
    assert seen.page.get_by_role("link", name="Planning").is_visible()
    assert seen.page.locator("#menu").get_by_role("button", name="Se déconnecter").is_visible()


def test_the_keyboard_comes_to_the_content_first(visit, base):
    seen = visit(base)
    seen.open("/pieces")
    seen.page.keyboard.press("Tab")
    seen.page.keyboard.press("Enter")
    seen.page.keyboard.press("Tab")
    assert seen.page.evaluate("document.activeElement.textContent").strip() == "Enregistrer"
    assert seen.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_a_date_inside_arabic_is_read_from_the_day_to_the_year(visit, base):
    seen = visit(base)
    seen.open("/pieces")
    places = seen.page.evaluate("""() => {
        const text = document.querySelectorAll('[dir="rtl"] bdi')[1].firstChild;
        const left = (from, to) => { const r = document.createRange(); r.setStart(text, from); r.setEnd(text, to); return r.getBoundingClientRect().left; };
        return [left(0, 2), left(3, 5), left(6, 10)];
    }""")
    assert places == sorted(places)


def test_the_thumb_reaches_one_button(visit, base):
    seen = visit(base, "phone")
    seen.open("/phone")
    (button,) = seen.page.locator(".button.primary").all()
    box = button.bounding_box()
    assert box["height"] >= 48
    assert box["y"] > 844 / 2


def test_a_hidden_amount_shows_when_tapped(visit, base):
    seen = visit(base, "phone")
    seen.open("/call")
    amount = seen.page.get_by_text("312")
    assert not amount.is_visible()
    seen.page.get_by_text("Montant dû").tap()
    assert amount.is_visible()


def test_a_drawing_shows_its_figures_on_a_tap(visit, base):
    seen = visit(base, "phone")
    seen.open("/charts")
    assert not seen.page.get_by_role("table", name="De la liste à la médiation").is_visible()
    seen.page.get_by_text("Voir les chiffres").first.tap()
    assert seen.page.get_by_role("table", name="De la liste à la médiation").is_visible()
