"""Every route and every role: what is not allowed is refused, what is not in the table is nobody's, what is another's does not exist."""

from __future__ import annotations

import random
import re
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from fastapi.routing import APIRoute
from sqlalchemy import text

from outreach.core import clock
from outreach.core.roles import OF_THE_NETWORK, Role
from outreach.web.access.bodies import FILES
from outreach.web.access.who_may import ROUTES, Open, who_may
from outreach.web.app import MODULES, create_app
from tests.copies import copied
from tests.played import END
from tests.web.server import running, serving_a_copy
from tests.web.tenants import PEOPLE, cookie, settle_accounts

MORNING = clock.at(END + timedelta(days=1), "10:05")
NEEDS_NOBODYS_THING = {"/sending/stop", "/sending/resume"}
"""Routes that ask for no thing of anybody's."""
DEMO = "GET /demo/{key}/{code}"
"""In the table, and served by ``--demo`` alone."""
FILLED = {
    "number": "999999",
    "code": "none",
    "secret": "none",
    "file_name": "x.csv",
    "kind": "pdf",
    "role": "999999",
    "association": "none",
}


def routes():
    """(method, path) of every route."""
    return sorted(
        (method, route.path)
        for module in MODULES
        for route in module.router.routes
        if isinstance(route, APIRoute)
        for method in route.methods
    )


def filled(path, **more):
    """A path with something in every place."""
    values = FILLED | {"job": str(uuid4())} | more
    if path.startswith("/jobs/"):
        values["number"] = str(uuid4())
    return re.sub(r"\{(\w+)\}", lambda place: values.get(place[1], "none"), path)


@pytest.fixture(scope="module")
def app_routes():
    return routes()


def test_nothing_is_served_beside_the_modules_routes(shared_database):
    app = create_app(shared_database)
    served = [getattr(one, "original_router", one) for one in app.routes]
    assert served[:-1] == [module.router for module in MODULES]
    assert served[-1].name == "static"
    assert all(isinstance(route, APIRoute) for module in MODULES for route in module.router.routes)


def test_every_route_is_in_the_table_and_nothing_over(app_routes):
    assert {f"{method} {path}" for method, path in app_routes} == set(ROUTES) - {DEMO}


def test_what_is_not_in_the_table_is_nobodys():
    assert who_may("GET", "/nowhere") == frozenset()
    assert who_may("DELETE", "/campaigns") == frozenset()
    assert who_may("HEAD", "/campaigns") == ROUTES["GET /campaigns"]


@pytest.fixture(scope="module")
def empty(cluster, template, worker_id):
    """A served database with accounts and nothing else, and the cookie of each role."""
    from outreach.core.database import drop_database
    from outreach.models import Association, Mediator, Partner, Site

    name = f"roles_{worker_id}"
    drop_database(cluster, name)
    database = copied(cluster, name, template)
    with database.session() as session:
        association = Association(code="pimms-lyon", name="PIMMS Lyon")
        session.add_all([association, Partner(code="energie", name="Énergie", kind="energy")])
        session.flush()
        site = Site(
            association_id=association.id,
            code="s",
            name="S",
            address="1 rue",
            phone="04 65 71 00 08",
            insee="69388",
            lon=4.8,
            lat=45.7,
        )
        session.add(site)
        session.flush()
        session.add(Mediator(site_id=site.id, code="l8-amina", name="Amina B.", languages=["fr"], travel_mode="foot"))
    settle_accounts(database)
    with running(create_app(database)) as client:
        yield client, database, {role: cookie(database, code) for code, role in PEOPLE.items()}
    database.dispose()
    drop_database(cluster, name)


def is_refused(response: httpx.Response) -> bool:
    """Whether somebody was told to sign in, or that their role may not."""
    return response.status_code in {401, 403} or response.headers.get("location", "").startswith("/login")


def test_the_matrix_of_routes_and_roles(empty, app_routes):
    client, _database, cookies = empty
    wrong = []
    for method, path in app_routes:
        who = who_may(method, path)
        if who is Open.TOKEN or path.startswith(("/login", "/logout", "/account/sessions")):
            continue
        for role in (None, *Role):
            headers = cookies.get(role, {}) | {"Sec-Fetch-Site": "same-origin"}
            if path == "/sending/stop" and role is Role.MANAGER:
                continue
            response = client.request(method, filled(path), headers=headers, follow_redirects=False)
            assert response.status_code < 500, f"{method} {path} as {role}"
            refused = is_refused(response)
            allowed = who is Open.ANYONE or (role is not None and (who is Open.SIGNED_IN or role in who))
            if refused is allowed:
                wrong.append(f"{method} {path} as {role}")
    assert wrong == []


def test_programs_need_a_token(empty, app_routes):
    client, _database, cookies = empty
    for method, path in app_routes:
        if who_may(method, path) is Open.TOKEN:
            headers = cookies[Role.ADMINISTRATOR] | {"Sec-Fetch-Site": "same-origin"}
            assert client.request(method, filled(path), headers=headers).status_code == 401, path


OF_OTHERS = ("other-manager", "other-mediator", "other-supplier")


@pytest.fixture(scope="module")
def others(played):
    """The played town, and people who have nothing to do with it."""
    settle_accounts(played.database)
    with running(create_app(played.database)) as client:
        yield client, {code: cookie(played.database, code) for code in OF_OTHERS}


def objects(database):
    """Numbers of things of the played association, by the table that they are of."""
    tables = ("case", "contact", "target_list", "summary", "mediation", "inbound_message", "wording")
    with database.session() as session:
        return {table: session.execute(text(f'SELECT id FROM "{table}" LIMIT 300')).scalars().all() for table in tables}


def test_ten_thousand_requests_for_anothers_things_find_nothing(others, played, app_routes):
    """At random: a route, somebody of elsewhere, a number that really exists. Nothing but refusals, and no name in any of them."""
    client, cookies = others
    chance = random.Random(20261128)
    things = objects(played.database)
    numbers = [str(number) for found in things.values() for number in found]
    with played.database.session() as session:
        names = [
            name
            for name in session.execute(text("SELECT family_name FROM person WHERE length(family_name) > 5 LIMIT 400")).scalars()
            if name
        ]
        before = session.execute(
            text('SELECT (SELECT count(*) FROM event), (SELECT max(closed_at) FROM "case"), (SELECT count(*) FROM absence)')
        ).one()
    named = re.compile(r"\b(" + "|".join(sorted(set(map(re.escape, names)))) + r")\b")
    ours = [(method, path) for method, path in app_routes if isinstance(who_may(method, path), frozenset) and "{" in path]
    leaks = []
    for _ in range(10_000):
        method, path = chance.choice(ours)
        who = chance.choice(OF_OTHERS)
        target = filled(path, number=chance.choice(numbers), code="energy-arrears", kind=chance.choice(("pdf", "xlsx", "json")))
        response = client.request(
            method, target, headers=cookies[who] | {"Sec-Fetch-Site": "same-origin"}, follow_redirects=False
        )
        if response.status_code not in {401, 403, 404, 422} or named.search(response.text):
            leaks.append(f"{method} {target} as {who}: {response.status_code}")
    assert leaks == []
    with played.database.session() as session:
        after = session.execute(
            text('SELECT (SELECT count(*) FROM event), (SELECT max(closed_at) FROM "case"), (SELECT count(*) FROM absence)')
        ).one()
    assert after == before


@pytest.fixture(scope="module")
def neighbours(cluster, played, worker_id):
    """A copy of the played town, and a manager, a mediator with a phone and a partner who have nothing to do with it."""
    with serving_a_copy(cluster, played, f"neighbours_{worker_id}", MORNING) as (client, _app, database):
        settle_accounts(database)
        with database.session() as session:
            session.execute(text(ELSEWHERE))
        yield client, database, {code: cookie(database, code) for code in OF_OTHERS}


ELSEWHERE = """
WITH place AS (
  INSERT INTO site (association_id, code, name, address, phone, insee, lon, lat)
  SELECT id, 'ailleurs', 'Ailleurs', '1 rue', '04 65 71 00 09', '69388', 4.8, 45.7 FROM association WHERE code = 'ailleurs' RETURNING id
), person AS (
  INSERT INTO mediator (site_id, code, name, languages, travel_mode) SELECT id, 'other-mediator', 'O', '{fr}', 'foot' FROM place RETURNING id
)
UPDATE account SET mediator_id = person.id FROM person WHERE account.code = 'other-mediator'
"""
KEPT_BY_US = ("audit_entry", "rate_bucket", "web_session", "phone_fact")
"""What every request may write, also a refused one."""


def everything(database):
    """A sum over every row of every table but ours."""
    with database.session() as session:
        names = session.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")).scalars().all()
        sums = [
            f"SELECT '{name}', count(*), sum(hashtext(t::text)) FROM \"{name}\" t" for name in names if name not in KEPT_BY_US
        ]
        return sorted(map(tuple, session.execute(text(" UNION ALL ".join(sums)))))


def facts_about(contact, case):
    """A fact of each kind about somebody else's contact and case."""
    payloads = {
        "result": {"code": "no_answer"}, "doors": {"contacts": [contact], "code": "no_answer"}, "objection": {}, "neighbour": {},
        "promise": {"starts_at": MORNING.isoformat(), "channel": "call"}, "snooze": {"until": MORNING.isoformat(), "reason": "x"}, "skip": {"reason": "other"},
        "walk_in": {"kind": "exchange", "themes": ["energy"]}, "correction": {"fact": str(uuid4())}, "undo": {"fact": str(uuid4())},
    }  # fmt: skip
    return [
        {
            "id": str(uuid4()), "kind": kind, "contact_id": contact, "case_id": case, "seq": seq, "at_device": MORNING.isoformat(), "base_version": 0,
            "payload": payload,
        }
        for seq, (kind, payload) in enumerate(payloads.items())
    ]  # fmt: skip


def test_things_of_others_named_in_forms_do_not_exist(neighbours, app_routes):
    """Each route that does something is sent everything that any of them asks for, and all of it is another's."""
    client, database, cookies = neighbours
    with database.session() as session:
        shift, contact, case, person, site = session.execute(
            text('SELECT k.shift_id, k.id, k.case_id, c.person_id, c.site_id FROM contact k JOIN "case" c ON c.id = k.case_id'
                 " WHERE k.state = 'planned' AND k.shift_id IS NOT NULL ORDER BY k.id LIMIT 1")
        ).one()  # fmt: skip
    day = MORNING.date().isoformat()
    form = {
        "contact": contact, "shift": shift, "person": person, "site": site, "case": case, "mediator": "l8-amina", "campaign": "energy-arrears",
        "agreement": "energie-2026", "origin": "energy-arrears", "name": "À nous", "code": "a-nous", "unit": "household", "starts": day, "ends": "18:00",
        "kind": "call", "day": day, "begins": "10:00", "since": day, "until": day, "at": "14:30", "channel": "call", "reason": "à nous", "first": day, "last": day,
        "answer": "oui", "question": "pourquoi ?", "written": "x", "meaning": "stop", "keep": "mine", "removals": "yes", "verdict": "same", "send": "yes",
    }  # fmt: skip
    told = {"shift": shift, "contact": contact, "said": "a e", "facts": facts_about(contact, case), "owner": "other-mediator"}
    ours = [path for method, path in app_routes if method == "POST" and isinstance(who_may(method, path), frozenset)]
    ours = [path for path in ours if path not in NEEDS_NOBODYS_THING and not who_may("POST", path) <= OF_THE_NETWORK]
    numbers = {name: str(case) for name in ("one", "other", "decision")} | {"fact": str(uuid4())}
    before, wrong = everything(database), []
    for path in ours:
        for who in OF_OTHERS:
            target = filled(
                path, number=str(case), code="energy-arrears", rule="0", part="rules", channel="sms", language="fr", **numbers
            )
            sent = {"json": told} if path.startswith("/phone/") else {"data": form}
            if FILES.match(target):
                sent["files"] = [(name, ("x.csv", b"a;b")) for name in ("file", "files")]
            headers = cookies[who] | {"Sec-Fetch-Site": "same-origin"}
            answer = client.post(target, headers=headers, follow_redirects=False, **sent)
            if answer.status_code >= 500 or "manque ou ne se lit pas" in answer.text:
                wrong.append(f"{path} as {who}: {answer.status_code} {answer.text[-200:]}")
            if path == "/phone/facts" and answer.status_code == 200:
                wrong += [str(one) for one in answer.json()["answers"] if one["status"] != "refused"]
    assert wrong == [], "each was read to its end"
    assert everything(database) == before


def test_lists_of_others_are_empty(others):
    client, cookies = others
    for who, path in (
        ("other-manager", "/campaigns"),
        ("other-manager", "/replies"),
        ("other-supplier", "/partner/lists"),
        ("other-supplier", "/partner/summaries"),
    ):
        page = client.get(path, headers=cookies[who])
        assert page.status_code == 200
        assert "Impayés d" not in page.text
        assert "impayes.csv" not in page.text
    found = client.post("/search", data={"asked": "a e"}, headers=cookies["other-manager"] | {"Sec-Fetch-Site": "same-origin"})
    assert "/cases/" not in found.text
