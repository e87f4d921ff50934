"""Every page of the route table, in French by day and English by night, wide, on a phone and at 320 points: axe finds nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from outreach.core import clock
from outreach.web.access import sessions
from outreach.web.access.headers import LANGUAGE
from outreach.web.access.who_may import ROUTES
from tests.played import END
from tests.web.browser import LOOPBACK, PATIENCE_MS, Visit, watch
from tests.web.pages_of_roles import ACCOUNTS, NO_PAGES, address, fill, opened_by, pages
from tests.web.server import serving_a_copy
from tests.web.tenants import cookie

DAY = clock.at(END + timedelta(days=1), "10:05")
SIZES = {"desk": (1440, 900), "phone": (390, 844), "narrow": (320, 640)}
WIDEST = """() => {
  const wide = document.documentElement.clientWidth;
  const over = [...document.querySelectorAll("body *")].filter(
    (one) => one.getBoundingClientRect().right > wide && !one.parentElement.closest("svg, .scroll, .board"));
  return over.slice(0, 6).map((one) => `${one.tagName}.${one.className.baseVal ?? one.className}`).join(" ");
}"""
"""The first elements that stand out."""
OF_THE_LETTER = {"/o/{shown}", "/pourquoi"}
"""Pages that speak the language of the letter that led to them."""
LOOKS = {"french by day": ("fr", "light"), "english by night": ("en", "dark")}


@pytest.fixture(scope="module")
def served(cluster, played, worker_id, tmp_path_factory):
    """(client, database, numbers): a copy of the played campaign with something on every page."""
    with serving_a_copy(cluster, played, f"pages_{worker_id}", DAY) as (client, app, database):
        yield client, database, fill(database, client, app, tmp_path_factory.mktemp("pages"))


def test_every_route_that_somebody_looks_at_is_opened():
    gets = {route.removeprefix("GET ") for route in ROUTES if route.startswith("GET ")}
    assert set(NO_PAGES) <= gets, "no exception for a route that is gone"
    assert sorted(path for code in ACCOUNTS for path in opened_by(code)) == sorted(gets - set(NO_PAGES)) == sorted(pages())
    assert all(NO_PAGES.values()), "each exception has its reason"


@pytest.mark.browser
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("code", ACCOUNTS)
def test_pages_are_for_everybody(browser, served, code, look):
    client, database, numbers = served
    language, scheme = LOOKS[look]
    base = str(client.base_url).rstrip("/")
    context = browser.new_context(
        color_scheme=scheme, reduced_motion="reduce", locale="en-GB" if language == "en" else "fr-FR", timezone_id="Europe/Paris"
    )
    context.set_default_timeout(PATIENCE_MS)
    secure = base.replace("http:", "https:")
    context.add_cookies([{"name": LANGUAGE, "value": language, "url": secure, "secure": True}])
    if code is not None:
        secret = cookie(database, code)["Cookie"].partition("=")[2]
        context.add_cookies([{"name": sessions.COOKIE, "value": secret, "url": secure, "secure": True}])
    seen = Visit(context, context.new_page(), base)
    watch(seen)
    wrong = [one for path in opened_by(code) for one in looked_at(seen, path, address(path, numbers), language)]
    context.close()
    assert wrong == []
    assert seen.hosts <= LOOPBACK


def looked_at(seen, path, where, language):
    """What is wrong with a page, at every size."""
    seen.page.set_viewport_size({"width": 1440, "height": 900})
    answer = seen.open(where)
    if answer.status != 200:
        return [f"{path}: {answer.status}"]
    if seen.page.url.partition("#")[0] != f"{seen.base}{where}".partition("#")[0]:
        return [f"{path}: led on to {seen.page.url}"]
    wrong = []
    if path not in OF_THE_LETTER and seen.page.evaluate("document.documentElement.lang") != language:
        wrong.append(f"{path}: not in {language}")
    for size, (width, height) in SIZES.items():
        seen.page.set_viewport_size({"width": width, "height": height})
        wrong += [f"{path} {size}: {found}" for found in seen.axe()]
        if seen.overflow() > 0:
            wrong.append(f"{path} {size}: {seen.overflow()} points too wide, at {seen.page.evaluate(WIDEST)}")
    wrong += [f"{path}: {problem}" for problem in seen.problems]
    seen.problems.clear()
    return wrong
