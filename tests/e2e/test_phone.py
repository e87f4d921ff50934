"""The mediator's phone in a real browser: a door without a network, a killed page, the same facts sent three times, two phones at one door."""

from __future__ import annotations

import gzip
from datetime import timedelta
from http import HTTPStatus

import pytest
from sqlalchemy import make_url, text

from outreach.core import clock
from outreach.core.database import drop_database
from outreach.core.roles import Role
from outreach.flows import phone
from outreach.flows.invariants import all_invariants
from outreach.web.access import sessions
from outreach.web.app import create_app
from tests.copies import copied
from tests.played import END
from tests.web.server import running
from tests.web.tenants import PASSWORD, account

pytestmark = pytest.mark.browser
BIGGEST = 60_000
"""Bytes of the first load, compressed."""
RESTS = "SELECT (SELECT count(*) FROM event) AS events, (SELECT count(*) FROM mediation) AS mediations"
NEXT_VISITS = "SELECT min(s.day) FROM shift s JOIN contact k ON k.shift_id = s.id WHERE k.state = 'planned' AND k.channel = 'visit' AND s.day > :end"
# Whose day has a building with several doors.
MOST_DOORS = """
SELECT m.code FROM mediator m JOIN shift s ON s.mediator_id = m.id JOIN contact k ON k.shift_id = s.id AND k.state = 'planned' AND k.channel = 'visit'
WHERE s.day = :today GROUP BY m.id ORDER BY count(*) DESC, m.code LIMIT 1
"""


@pytest.fixture
def site(cluster, played, worker_id):
    """The played town on the next day with visits, served, on a copy that may be changed; with the mediator who has most doors."""
    played.database.dispose()
    database = copied(cluster, f"phones_{worker_id}", make_url(played.database.url).database)
    with database.session() as session:
        day = session.execute(text(NEXT_VISITS), {"end": END}).scalar_one()
    with clock.travel(clock.at(day, "13:30"), running=True):
        with database.session() as session:
            code = session.execute(text(MOST_DOORS), {"today": day}).scalar_one()
            if session.execute(text("SELECT 1 FROM account WHERE code = :code"), {"code": code}).first() is None:
                account(session, code, Role.MEDIATOR, association="pimms-lyon", mediator=code)
        with running(create_app(database)) as client:
            yield Site(database, str(client.base_url), code)
    database.dispose()
    drop_database(cluster, f"phones_{worker_id}")


class Site:
    """A served town, and whose phone it is about."""

    def __init__(self, database, base, code):
        self.database, self.base, self.code = database, base, code

    def one(self, query, **values):
        with self.database.session() as session:
            return session.execute(text(query), values).one()

    def faults(self):
        with self.database.session() as session:
            return [finding for finding in all_invariants(session) if not finding.holds]


def signed_in(visit, site, screen="phone"):
    """A phone whose mediator has signed in and sees the day."""
    one = visit(site.base, screen)
    one.open("/login?next=/today")
    one.page.fill("#f-login", site.code)
    one.page.fill("#f-password", PASSWORD)
    one.page.click("button.primary")
    one.page.wait_for_selector(".entry")
    one.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    one.page.wait_for_timeout(500)
    return one


def offline(one, *, is_on):
    """Take the network away from a phone, or give it back; what the browser says of it is no fault of ours."""
    one.context.set_offline(is_on)
    one.problems[:] = [
        problem for problem in one.problems if "ERR_INTERNET_DISCONNECTED" not in problem and "ERR_FAILED" not in problem
    ]


def told(one):
    """Wait until everything was told."""
    one.page.wait_for_selector("#sync:empty", state="attached")


def open_round(page):
    page.click("#thumb a")
    page.wait_for_selector(".building .entry")


def test_the_list_of_doors_names_whose_bell_it_is(site, visit):
    with site.database.session() as session:
        session.execute(text("UPDATE household SET care_of = 'CHEZ MME DURAND'"))
    one = signed_in(visit, site)
    open_round(one.page)
    assert "CHEZ MME DURAND" in one.page.text_content(".building .entry >> nth=0")
    one.page.click(".building .entry >> nth=0")
    one.page.wait_for_selector("#thumb button.primary")
    assert "CHEZ MME DURAND" in one.page.text_content("main")


def test_a_door_is_recorded_without_a_network_and_told_exactly_once(site, visit):
    one = signed_in(visit, site)
    before = site.one(RESTS)
    offline(one, is_on=True)
    one.page.reload()
    one.page.wait_for_selector(".entry")
    taps = 0
    for tap in ("#thumb a", ".building .entry >> nth=0", "#thumb button.primary", "label.chip >> nth=0", "#thumb button.primary"):
        one.page.click(tap)
        taps += 1
        one.page.wait_for_timeout(150)
    assert taps <= 8
    assert one.page.text_content(".notice.good").count("gardé sur ce téléphone") == 1
    assert "1 fiche gardée" in one.page.text_content("#sync")
    one.page.close()
    # The page is killed and opened again, still without a network: nothing is lost.
    one.page = one.context.new_page()
    one.page.goto(f"{site.base}/today")
    one.page.wait_for_selector(".entry")
    assert "1 fiche gardée" in one.page.text_content("#sync")
    kept = one.page.evaluate(
        "import('/static/phone/vault.js').then(async vault => { await vault.known(); return (await vault.waiting()).map(({seq, fact}) => ({...fact, seq})) })"
    )
    offline(one, is_on=False)
    told(one)
    after = site.one(RESTS)
    assert (after.events - before.events, after.mediations - before.mediations) == (2, 1), "the attempt and its mediation"
    for _ in range(3):
        answers = one.page.evaluate(
            "([facts, owner]) => fetch('/phone/facts', {method: 'POST', headers: {'Content-Type': 'application/json'},"
            " body: JSON.stringify({facts, owner})}).then(r => r.json())",
            [kept, site.code],
        )
        assert {answer["status"] for answer in answers["answers"]} == {"applied"}
    assert site.one(RESTS) == after
    assert site.faults() == []
    offline(one, is_on=False)


def test_a_network_that_led_nowhere_and_leads_somewhere_again_is_noticed(site, visit):
    one = signed_in(visit, site)
    one.context.route("**/phone/**", lambda route: route.abort())
    one.context.route("**/service-worker.js", lambda route: route.abort())
    one.page.evaluate("import('/static/phone/work.js').then(work => work.refresh())")
    one.page.wait_for_selector("#sync:has(svg)", state="attached")
    assert one.page.evaluate("navigator.onLine"), "the browser calls itself online all the time"
    one.context.unroute_all()
    told(one)
    one.problems[:] = [problem for problem in one.problems if "ERR_FAILED" not in problem]


def test_a_whole_building_in_one_gesture_and_back(site, visit):
    one = signed_in(visit, site)
    open_round(one.page)
    whole = one.page.locator("button:has-text('Personne :')")
    if not whole.count():
        pytest.skip("no building of several doors in this town's day")
    count = int("".join(filter(str.isdigit, whole.first.text_content())))
    whole.first.click()
    one.page.wait_for_selector(".building .entry:has-text('Personne à la porte')")
    assert one.page.locator(".building >> nth=0 >> .entry:has-text('Personne à la porte')").count() >= 1
    told(one)
    assert (
        site.one(
            "SELECT count(*) AS n FROM contact WHERE disposition = 'not_home' AND done_at > :since",
            since=clock.now() - timedelta(hours=1),
        ).n
        == count
    )


def test_two_phones_at_one_door_lose_nothing(site, visit):
    first, second = signed_in(visit, site), signed_in(visit, site)
    for one in (first, second):
        offline(one, is_on=True)
        open_round(one.page)
        one.page.click(".building .entry >> nth=0")
    first.page.click("#thumb button:has-text('Personne à la porte')")
    first.page.wait_for_selector(".notice.good")
    second.page.click("#thumb button.primary")
    second.page.click("label.chip >> nth=0")
    second.page.click("#thumb button.primary")
    second.page.wait_for_selector(".notice.good")
    before = site.one(RESTS)
    offline(first, is_on=False)
    told(first)
    offline(second, is_on=False)
    told(second)
    second.page.evaluate("location.hash = '#/'")
    second.page.wait_for_selector(".notice.warn:has-text('autre chose')")
    after = site.one(RESTS)
    assert after.mediations == before.mediations + 1, "help given is help given, whoever came later"
    who = phone.conflicts(site.database)
    assert len(who) == 1
    assert who[0].mine != who[0].theirs
    assert site.faults() == []
    for one in (first, second):
        offline(one, is_on=False)


def test_an_objection_wins_however_late(site, visit):
    first, second = signed_in(visit, site), signed_in(visit, site)
    offline(first, is_on=True)
    open_round(first.page)
    first.page.click(".building .entry >> nth=0")
    number = int(first.page.evaluate("location.hash").rpartition("/")[2])
    first.page.click("summary:has-text('Ne veut plus être contacté')")
    first.page.click("button.danger")
    first.page.wait_for_selector(".notice.good")
    open_round(second.page)
    second.page.click(".building .entry >> nth=0")
    second.page.click("#thumb button:has-text('Personne à la porte')")
    told(second)
    offline(first, is_on=False)
    told(first)
    row = site.one('SELECT c.status, (SELECT count(*) FROM contact k WHERE k.case_id = c.id AND k.state = \'planned\') AS planned'
                   ' FROM "case" c JOIN contact k ON k.case_id = c.id WHERE k.id = :id', id=number)  # fmt: skip
    assert (row.status, row.planned) == ("objected", 0)
    assert site.faults() == []


DUMP = """async () => {
  const db = await idb.openDB('outreach', 1);
  const bytes = value => typeof value === 'string' ? value : value instanceof ArrayBuffer ? new TextDecoder('latin1').decode(value)
    : value instanceof CryptoKey ? 'key ' + value.extractable : value && typeof value === 'object' ? Object.values(value).map(bytes).join(' ') : String(value);
  let all = '';
  for (const store of ['keys', 'sealed', 'facts']) for (const value of await db.getAll(store)) all += bytes(value) + '\\n';
  for (const name of await caches.keys()) for (const request of await (await caches.open(name)).keys()) all += await (await (await caches.open(name)).match(request)).text();
  return all + Object.entries(localStorage).join() + Object.entries(sessionStorage).join();
}"""


def test_what_lies_on_the_phone_is_sealed_and_gone_after_leaving(site, visit):
    one = signed_in(visit, site)
    names = one.page.evaluate(
        "import('/static/phone/work.js').then(work => [...work.contacts()].map(c => c.name.split(' ').pop()))"
    )
    assert names
    held = one.page.evaluate(DUMP)
    assert "key false" in held, "the key cannot be taken out of the browser"
    assert [name for name in names if name in held] == []
    assert "Aller vers" in held, "the application itself was looked at"
    one.page.click(".tabs a >> nth=2")
    one.page.click("#thumb button:has-text('Se déconnecter')")
    one.page.wait_for_url("**/login**")
    one.open("/login")
    left = one.page.evaluate("async () => [(await indexedDB.databases()).length, (await caches.keys()).length]")
    assert left == [0, 0]


def test_another_account_sends_nothing_of_whose_phone_it_was(site, visit):
    one = signed_in(visit, site)
    offline(one, is_on=True)
    open_round(one.page)
    one.page.click(".building .entry >> nth=0")
    one.page.click("#thumb button:has-text('Personne à la porte')")
    one.page.wait_for_selector(".notice.good")
    assert one.page.evaluate("navigator.onLine") is False
    with site.database.session() as session:
        other = session.execute(
            text("SELECT code FROM mediator WHERE code <> :code ORDER BY code LIMIT 1"), {"code": site.code}
        ).scalar_one()
        made = account(session, other, Role.MEDIATOR, association="pimms-lyon", mediator=other)
    one.context.clear_cookies()
    secret = sessions.begin(site.database, made.id, other, "password")
    one.context.add_cookies(
        [{"name": sessions.COOKIE, "value": secret, "url": site.base.replace("http:", "https:"), "secure": True}]
    )
    offline(one, is_on=False)
    one.page.wait_for_timeout(1500)
    assert (
        site.one(
            "SELECT count(*) AS n FROM contact WHERE done_at > :since AND disposition = 'not_home'",
            since=clock.now() - timedelta(minutes=30),
        ).n
        == 0
    )
    assert "autre compte" in one.page.text_content("#sync")
    one.problems.clear()


READ = "async url => [...new Uint8Array(await (await fetch(url)).arrayBuffer())]"
"""The bytes of one address."""


def test_the_first_load_is_light(site, visit):
    one = visit(site.base, "phone")
    loaded: dict[str, int] = {}

    def note(response):
        # What the service worker lays by for a door without network comes afterwards, behind the page.
        if response.request.service_worker is None:
            loaded.setdefault(response.url, response.status)

    one.context.on("response", note)
    one.open("/login?next=/today")
    one.page.fill("#f-login", site.code)
    one.page.fill("#f-password", PASSWORD)
    loaded.clear()
    one.page.click("button.primary")
    one.page.wait_for_selector(".entry")
    # The browser forgets the body of what the page before was still loading when it was left, so each is read again.
    whole = {url: one.page.evaluate(READ, url) for url, status in list(loaded.items()) if status == HTTPStatus.OK}
    assert 10_000 < sum(len(gzip.compress(bytes(body), 4)) for body in whole.values()) <= BIGGEST, list(whole)


CRAMPED = """() => {
  const main = document.getElementById("main"), row = main.querySelector(".entry");
  for (let more = 0; more < 30; more++) main.append(row.cloneNode(true));
  return [...main.querySelectorAll(".entry")].filter(one => one.scrollHeight > one.clientHeight + 1).length;
}"""
"""With a long day on the screen: rows that are lower than what they hold."""


@pytest.mark.parametrize("screen", ["phone", "narrow", "desk"])
def test_every_view_can_be_used_by_everybody(site, visit, screen):
    one = signed_in(visit, site, screen)
    found = {"today": one.axe()}
    for name, step in (("round", "#thumb a"), ("door", ".building .entry >> nth=0"), ("mediation", "#thumb button.primary")):
        one.page.click(step)
        one.page.wait_for_timeout(200)
        found[name] = one.axe()
        assert one.overflow() <= 0, name
    one.page.evaluate("location.hash = '#/desk'")
    one.page.wait_for_selector("#find")
    found["desk"] = one.axe()
    one.page.evaluate("location.hash = '#/'")
    one.page.wait_for_selector(".entry")
    assert one.page.evaluate(CRAMPED) == 0, "a long list of calls"
    assert {name: problems for name, problems in found.items() if problems} == {}
