"""Every route and every role: what is not allowed is refused, what is not in the table is nobody's, what is another's does not exist."""

from __future__ import annotations

import random
import re
from uuid import uuid4

import httpx
import pytest
from fastapi.routing import APIRoute
from sqlalchemy import text

from outreach.core.roles import Role
from outreach.web.access.who_may import ROUTES, Open, who_may
from outreach.web.app import MODULES, create_app
from tests.copies import copied
from tests.web.server import running
from tests.web.tenants import PEOPLE, cookie, settle_accounts

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
