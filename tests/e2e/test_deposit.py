"""A list dropped onto its form in a real browser: its rows are counted as the server tells it, and the page of its preview comes."""

from __future__ import annotations

import re

import pytest

from outreach.core import clock
from outreach.core.roles import Role
from outreach.web.app import create_app
from outreach.web.jobs import watching
from tests.e2e.test_wizard import signed_in
from tests.web.browser import dropped
from tests.web.manager import way
from tests.web.server import running
from tests.web.tenants import account, cookie

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LONG_MS = 120_000
COPIES = 600
SEES = """addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("progress");
  if (!place) return;
  new MutationObserver(() => {
    const told = JSON.parse(sessionStorage.getItem("told") || "[]");
    sessionStorage.setItem("told", JSON.stringify([...told, place.innerText.replace(/[\\u00a0\\u202f]/g, " ")]));
  }).observe(place, {childList: true});
});"""
"""Keeps every word of progress that a page showed after it was opened."""


@pytest.fixture
def served(database, monkeypatch):
    """(address, database): jobs are done as they come, and watched closely; a manager with a draft, and the partner's people."""
    monkeypatch.setattr(watching, "EVERY", 0.1)
    with clock.travel(way.DAY, running=True):
        way.settle(database)
        with database.session() as session:
            account(session, "hands-over", Role.PARTNER, partner="energie")
        app = create_app(database)
        with running(app) as client:
            yield str(client.base_url), database
        app.state.jobs.close()


@pytest.fixture(scope="module")
def long_list(tmp_path_factory):
    """The list of a small town many times over, each time with other references: long enough to be watched."""
    path = way.town(tmp_path_factory.mktemp("deposit"))
    head, *rows = path.read_bytes().splitlines(keepends=True)
    long = path.with_name("longue.csv")
    long.write_bytes(head + b"".join(f"{copy:03}".encode() + row for copy in range(COPIES) for row in rows))
    return long


def told(one):
    """What the pages of jobs showed, one after the other."""
    return one.page.evaluate("JSON.parse(sessionStorage.getItem('told') || '[]')")


def watched_to_its_preview(one, path):
    """Drop a list, and follow it to its preview; what was told on the way."""
    one.page.add_init_script(SEES)
    assert dropped(one, path)
    one.page.wait_for_url(re.compile(r"/jobs/"), timeout=LONG_MS)
    one.page.wait_for_url(re.compile(r"/(lists|list)/(\d+|columns/.*)$"), timeout=LONG_MS)
    if "columns" in one.page.url:
        one.page.click("button.primary")
        one.page.wait_for_url(re.compile(r"/(lists|list)/\d+$"), timeout=LONG_MS)
    return told(one)


def test_a_manager_drops_a_list_and_sees_its_rows_counted(served, visit, long_list):
    base, database = served
    one = signed_in(visit, base, cookie(database, "manager")["Cookie"].partition("=")[2])
    one.open("/campaigns/energy-arrears/way/list")
    words = watched_to_its_preview(one, long_list)
    counted = [int(found[1].replace(" ", "")) for said in words if (found := re.search(r"([\d ]+) lignes", said))]
    assert counted, words
    assert counted == sorted(counted)
    assert "Confirmer" in one.page.inner_text("main")
    assert one.axe() == []


def test_a_partner_drops_a_list_too(served, visit, long_list):
    base, database = served
    one = signed_in(visit, base, cookie(database, "hands-over")["Cookie"].partition("=")[2])
    one.open("/partner/lists")
    words = watched_to_its_preview(one, long_list)
    assert any("lignes" in said for said in words), words
    assert "Confirmer" in one.page.inner_text("main")


def test_a_file_that_misses_the_form_leaves_the_page_as_it_is(served, visit, long_list):
    base, database = served
    one = signed_in(visit, base, cookie(database, "manager")["Cookie"].partition("=")[2])
    one.open("/campaigns/energy-arrears/way/list")
    prevented = one.page.evaluate("""() => {
      const carried = new DataTransfer();
      carried.items.add(new File(["a"], "a.csv"));
      return !document.body.dispatchEvent(new DragEvent("drop", {bubbles: true, cancelable: true, dataTransfer: carried}));
    }""")
    assert prevented
    assert one.page.url.endswith("/way/list")
