"""The wizard in a real browser: from a new campaign to its launch by keyboard alone, by mouse with every action counted; its main path without JavaScript."""

from __future__ import annotations

import re
import sys
import time

import pytest

from outreach.core import clock
from outreach.core.settings import settings
from outreach.web.access import sessions
from tests.web.browser import dropped
from tests.web.manager import way

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LONG_MS = 60_000
MOST_TABS = 400
MOST_ACTIONS = 40
"""Clicks, fields and drops of somebody who changes one thing on every page; at a quarter of a minute each it is ten minutes."""


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


class Hands:
    """Somebody at a desk with a mouse and a keyboard; every click, field and drop is counted."""

    def __init__(self, visit):
        self.page, self.actions = visit.page, 0

    def click(self, name, role="button", leads_to=None, within=None):
        """Click what has this name, and wait for where it leads."""
        (within or self.page.locator("main")).get_by_role(role, name=re.compile(name)).first.click()
        self.actions += 1
        if leads_to is not None:
            self.page.wait_for_url(re.compile(leads_to), timeout=LONG_MS)

    def write(self, place, words):
        """Fill a field, and leave it by the key Tab."""
        field = self.page.locator(place).first
        field.fill(words)
        field.press("Tab")
        self.actions += 1

    def choose(self, place, value):
        """Choose from a list, or tick a box."""
        field = self.page.locator(place).first
        field.select_option(value) if value is not None else field.click()
        self.actions += 1

    def open(self, words):
        """Open what shows more on demand."""
        self.page.locator("summary", has_text=words).first.click()
        self.actions += 1

    def sees(self, words):
        """Wait for words on the page."""
        self.page.wait_for_selector(f"main :text('{words}')", timeout=LONG_MS)


def put_in_the_list(one, hands, path):
    """Dropped, looked at, confirmed; who is behind the rows, and one pair decided."""
    assert dropped(one, path)
    hands.actions += 1
    one.page.wait_for_url(re.compile(r"/way/list/(\d+|columns/.*)$"), timeout=LONG_MS)
    if "columns" in one.page.url:
        hands.click("Continuer", leads_to=r"/way/list/\d+$")
    hands.click("Confirmer : ", leads_to="/way/duplicates$")
    hands.click("Rapprocher : ", leads_to="/way/duplicates$")
    hands.click("^Une seule personne", leads_to="decided=")
    hands.click("Étape suivante", "link", "/way/segments$")


def change_a_rule(one, hands):
    """A value changed, and seen to count before it is kept."""
    hands.click("Compter", leads_to="/way/segments$")
    hands.sees("seraient contactés")
    hands.click("changer la règle : Dette de 600", "link", "/segments/segments/heavy$")
    hands.write("[id='r.0.value']", "400")
    hands.sees("Pas encore enregistré")
    assert one.page.evaluate("document.activeElement !== document.body"), "who goes by Tab is not thrown back to the start"
    assert one.axe() == []
    hands.click("Enregistrer la règle", leads_to="done=saved$")
    hands.click("Toutes les règles", "link", "/way/segments#rules$")
    hands.click("Étape suivante", "link", "/way/messages$")


def change_a_text(one, hands):
    """An SMS, seen as it would arrive."""
    hands.write("#sms-text", "{association} peut vous aider pour votre énergie. Appelez le {site_phone}. STOP")
    one.page.wait_for_selector("#sms-preview:has-text('pour votre énergie')")
    hands.click("Enregistrer le SMS", leads_to="done=sms")
    hands.click("Étape suivante", "link", "/way/plan$")


def change_the_plan(one, hands):
    """One more step in the course, one mediator fewer."""
    hands.open("Ajouter une étape")
    hands.choose("select[name='new.channel']", "call")
    hands.click("Ajouter cette étape", leads_to="done=saved#step-5$")
    assert one.axe() == []
    hands.click("Choisir sites et médiateurs", "link", "/plan/people$")
    hands.choose("input[name='person.vx-marc']", None)
    hands.click("Enregistrer qui prend part", leads_to="people.done=saved$")
    assert one.axe() == []
    hands.click("Revenir au plan", "link", "/way/plan$")
    hands.click("Compter", leads_to="/way/plan$")
    hands.sees("La charge, si personne ne répondait")
    hands.click("Étape suivante", "link", "/way/rehearsal$")


def rehearse(hands):
    """With two guests; nothing leaves."""
    hands.write("input[name='guest.0.name']", "Amina Essai")
    hands.write("input[name='guest.0.phone']", "06 39 98 00 01")
    hands.write("input[name='guest.1.name']", "Paul Essai")
    hands.click("Répéter, sans rien envoyer", leads_to="/way/rehearsal$")
    hands.sees("Une deuxième personne doit lire ce rapport")


def test_a_new_manager_launches_a_campaign(served, visit, energy_list, monkeypatch, capsys):
    """The whole way with everything changed once: a rule, a text, the course, the people; a second person approves."""
    monkeypatch.setattr(settings(), "approval_above", 10)
    base, (mine, others) = served
    one, began = signed_in(visit, base, mine), time.perf_counter()
    hands = Hands(one)
    one.open("/campaigns")
    hands.click("Nouvelle campagne", "link", "/campaigns/new$")
    hands.write("#f-name", "Hiver")
    hands.click("Commencer la préparation", leads_to="/way/list$")
    put_in_the_list(one, hands, energy_list)
    change_a_rule(one, hands)
    change_a_text(one, hands)
    change_the_plan(one, hands)
    rehearse(hands)
    second = signed_in(visit, base, others)
    second.open("/campaigns/hiver/way/rehearsal")
    agreeing = Hands(second)
    agreeing.click("Approuver : ", leads_to="/way/launch$")
    hands.click("Étape suivante", "link", "/way/launch$")
    hands.click("Lancer : ", leads_to="/campaigns/hiver$")
    assert hands.actions <= MOST_ACTIONS
    assert agreeing.actions == 1
    with capsys.disabled():
        took = time.perf_counter() - began
        sys.stdout.write(
            f"\na campaign is launched in {hands.actions} actions, and one of a second person; {took:.1f} s by machine\n"
        )


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
    page.click("button[value='down.0']")
    assert "D'abord : SMS" in page.inner_text("main")
    page.click("button.primary:has-text('Enregistrer le plan')")
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
