"""The wizard in a real browser: from a new campaign to its launch by keyboard alone; and its main path without JavaScript."""

from __future__ import annotations

import re

import pytest

from outreach.core import clock
from outreach.web.access import sessions
from tests.web.manager import way

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LONG_MS = 180_000
MOST_TABS = 400


@pytest.fixture
def served(database):
    """(address, what the cookies of both managers hold): jobs are done as they come."""
    from outreach.web.app import create_app
    from tests.web.server import running

    with clock.travel(way.DAY):
        way.settle(database)
        app = create_app(database)
        with running(app) as client:
            secrets = [way.cookie(database, code)["Cookie"].partition("=")[2] for code in ("manager", "second")]
            yield str(client.base_url), secrets
        app.state.jobs.close()


def signed_in(visit, base, secret, **options):
    """A browser of somebody signed in; the cookie is of the kind that browsers keep for secure addresses alone."""
    one = visit(base, **options)
    where = base.rstrip("/").replace("http:", "https:")
    one.context.add_cookies([{"name": sessions.COOKIE, "value": secret, "url": where, "secure": True}])
    return one


class Keys:
    """Somebody who has no mouse."""

    def __init__(self, visit):
        self.page = visit.page

    def tab_to(self, matches):
        """Tab until what has the focus matches (a name or an address); the focus can always be seen."""
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            name, seen = self.page.evaluate(
                """() => { const e = document.activeElement, s = getComputedStyle(e);
                  const labels = e.labels && e.labels.length ? e.labels[0].innerText : '';
                  return [`${e.name || ''} | ${labels} | ${e.innerText || ''} | ${e.getAttribute('href') || ''}`.replace(/\\u00a0|\\u202f/g, ' '),
                          e === document.body || e.matches('input[type=radio], input[type=checkbox], input[type=date]') || s.outlineStyle !== 'none'] }"""
            )
            assert seen, f"the focus is not seen on {name}"
            if re.search(matches, name):
                return
        pytest.fail(f"no way by keyboard to {matches}")

    def write(self, matches, words):
        """Fill a field."""
        self.tab_to(matches)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(words)

    def press(self, matches, leads_to):
        """Press a button, and wait for where it leads."""
        self.tab_to(matches)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(re.compile(leads_to), timeout=LONG_MS)


def test_a_campaign_is_launched_by_keyboard_alone(served, visit, energy_list):
    base, (mine, others) = served
    one = signed_in(visit, base, mine)
    keys = Keys(one)
    one.open("/campaigns/new")
    keys.write(r"^name ", "Hiver")
    keys.press("Commencer la préparation", "/way/list$")
    # A file is chosen in the system's own window, which no page can drive.
    keys.tab_to("^file ")
    one.page.set_input_files("#f-file", str(energy_list))
    keys.press("Regarder ce qu'elle contient", r"/way/list/(\d+|columns/.*)$")
    if "columns" in one.page.url:
        keys.press("Continuer", r"/way/list/\d+$")
    keys.press("Confirmer : ", "/way/duplicates$")
    keys.press("Rapprocher : ", "/way/duplicates$")
    one.page.wait_for_selector("button[data-key=p]", timeout=LONG_MS)
    one.page.keyboard.press("p")
    one.page.wait_for_url(re.compile(r"after=1"))
    keys.press("Étape suivante", "/way/segments$")
    keys.press("Compter", "/way/segments$")
    one.page.wait_for_selector("text=seraient contactés", timeout=LONG_MS)
    keys.press("Étape suivante", "/way/messages$")
    keys.tab_to("^text ")
    one.page.keyboard.press("End")
    one.page.keyboard.type(" ş")
    one.page.wait_for_function(
        "document.getElementById('sms-preview').innerText.includes('ş') || document.getElementById('sms-preview').innerText.includes('réécrites')"
    )
    keys.press("Étape suivante", "/way/plan$")
    keys.press("Étape suivante", "/way/rehearsal$")
    keys.write(r"^guest\.0\.name ", "Amina Essai")
    keys.write(r"^guest\.0\.phone ", "06 39 98 00 01")
    keys.press("Répéter, sans rien envoyer", "/way/rehearsal$")
    one.page.wait_for_selector("text=La dernière répétition", timeout=LONG_MS)
    keys.press("Étape suivante", "/way/launch$")
    second = signed_in(visit, base, others)
    second.open("/campaigns/hiver/way/rehearsal")
    Keys(second).press("Approuver : ", "/way/launch$")
    one.open("/campaigns/hiver/way/launch")
    assert one.axe() == []
    keys.press("Lancer : ", "/campaigns/hiver$")


def test_the_main_path_works_without_javascript(served, visit, energy_list):
    base, (mine, others) = served
    one = signed_in(visit, base, mine, java_script_enabled=False)
    page = one.page
    one.open("/campaigns/new")
    page.fill("#f-name", "Hiver")
    page.click("text=Commencer la préparation")
    page.set_input_files("#f-file", str(energy_list))
    page.click("text=Regarder ce qu'elle contient")
    page.wait_for_url(re.compile(r"/way/list/(\d+|columns/.*)$"), timeout=LONG_MS)
    if "columns" in page.url:
        page.click("text=Continuer")
        page.wait_for_url(re.compile(r"/way/list/\d+$"), timeout=LONG_MS)
    page.click("button:has-text('Confirmer')")
    page.click("button:has-text('Rapprocher')")
    page.wait_for_url(re.compile("/way/duplicates$"), timeout=LONG_MS)
    page.click("button[value=unsure]")
    assert "Réponse gardée" in page.inner_text("main")
    one.open("/campaigns/hiver/way/segments")
    page.click("button:has-text('Compter')")
    page.wait_for_url(re.compile("/way/segments$"), timeout=LONG_MS)
    one.open("/campaigns/hiver/way/messages")
    page.click("text=Enregistrer le SMS")
    assert "C'est enregistré" in page.inner_text("main")
    one.open("/campaigns/hiver/way/plan")
    page.click("text=Enregistrer le plan")
    one.open("/campaigns/hiver/way/rehearsal")
    page.fill("input[name='guest.0.name']", "Amina Essai")
    page.click("text=Répéter, sans rien envoyer")
    page.wait_for_url(re.compile("/way/rehearsal$"), timeout=LONG_MS)
    second = signed_in(visit, base, others, java_script_enabled=False)
    second.open("/campaigns/hiver/way/rehearsal")
    second.page.click("button:has-text('Approuver')")
    one.open("/campaigns/hiver/way/launch")
    page.click("button:has-text('Lancer')")
    page.wait_for_url(re.compile("/campaigns/hiver$"), timeout=LONG_MS)


@pytest.fixture(scope="module")
def energy_list(tmp_path_factory):
    """The partner's file of a small town."""
    return way.town(tmp_path_factory.mktemp("wizard"))
