"""A played town with something on every page: who opens which page with what numbers, and which routes are no pages."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

from sqlalchemy import select, text

from outreach.core import clock
from outreach.core.letter_passes import pass_of
from outreach.core.roles import Role
from outreach.flows import pipeline
from outreach.models import Account
from outreach.reporting import release_summary
from outreach.web.access import accounts
from outreach.web.access.who_may import ROUTES, Open
from tests.phones import MEDIATION, Phone, tell, who
from tests.web.manager.way import NEW, Manager, town
from tests.web.tenants import PEOPLE, settle_accounts

NO_PAGES = {
    "/": "leads everybody on to their first page",
    "/partner": "leads on to the lists",
    "/today/{shift}": "leads on to the day, where the phone opens the shift",
    "/campaigns/{code}/way": "leads on to the step that is to be done",
    "/login/{association}": "leads to the identity provider of an association",
    "/login/{association}/back": "comes back from the identity provider",
    "/demo/{key}/{code}": "signs in, in the demonstration alone",
    "/api/openapi.json": "for programs",
    "/api/lists": "for programs",
    "/api/lists/{number}": "for programs",
    "/api/lists/{number}/bad-rows.xlsx": "for programs",
    "/api/events": "for programs",
    "/api/summaries": "for programs",
    "/api/summaries/{number}": "for programs",
    "/metrics": "for Prometheus",
    "/jobs/{number}/stream": "a stream of events",
    "/partner/lists/{number}/bad-rows.xlsx": "a download",
    "/partner/summaries/{number}/file.{kind}": "a download",
    "/campaigns/{code}/definition.zip": "a download",
    "/campaigns/{code}/way/list/{number}/bad-rows.xlsx": "a download",
    "/campaigns/{code}/way/messages/{language}/letter.pdf": "a download",
    "/campaigns/{code}/way/messages/{language}/letter.png": "a picture, shown in a page",
    "/admin/agreements/documents/{number}": "a download",
    "/requests/{number}/record.{kind}": "a download",
    "/privacy/register.{kind}": "a download",
    "/privacy/impact/{code}.{kind}": "a download",
    "/service-worker.js": "a script",
    "/manifest.webmanifest": "read by the browser when the page is installed",
    "/phone/day": "for the phone's application, as JSON",
}
"""GET routes that nobody looks at, each with the reason."""
DRAFT = "pages-d-essai"
RUNNING = """
INSERT INTO web_job (id, kind, account_id, language, arguments, state, step, done, total, problem, next_path, created_at, changed_at, tries, lease_until)
VALUES (:id, 'look at a list', :account, 'fr', CAST(:arguments AS jsonb), :state, 'Lecture', 40, 100, CAST(:problem AS jsonb), '/', :now, :now, 1, :lease)
"""
QUESTION = {"message": "?", "questions": [{"header": "NUM_TEL", "position": 3, "candidate": "mobile"}]}


def role_of(path):
    """The code of an account that may open a page; ``None`` where nobody needs to be signed in."""
    allowed = ROUTES[f"GET {path}"]
    if allowed is Open.ANYONE:
        return None
    return next(code for code, role in PEOPLE.items() if allowed is Open.SIGNED_IN or role in allowed)


def pages():
    """Every route that is a page."""
    return [
        route.removeprefix("GET ") for route in ROUTES if route.startswith("GET ") and route.removeprefix("GET ") not in NO_PAGES
    ]


def opened_by(code):
    """The pages of one account."""
    return [path for path in pages() if role_of(path) == code]


def address(path, numbers):
    """A page with real numbers in its places."""
    values = numbers.get(path, {})
    return re.sub(r"\{(\w+)\}", lambda place: str(values[place[1]]), path) + values.get("?", "")


def fill(played_copy, client, app, folder):
    """Something on every page; returns what stands in the places of each route."""
    database = played_copy
    settle_accounts(database)
    manager = Manager(client, app, database, "manager")
    made = manager.post("/campaigns/new", NEW | {"name": "Pages d'essai", "code": DRAFT})
    assert made.status_code == 303, made.text[:2000]
    way = f"/campaigns/{DRAFT}/way"
    file = town(folder)
    listed = manager.post(f"{way}/list", files={"file": (file.name, file.read_bytes())}).headers["location"]
    if "/columns/" in listed:
        answers = dict.fromkeys(re.findall(r'name="(column:[^"]+)"', manager.get(listed).text), "-")
        listed = manager.post(listed, answers).headers["location"]
    manager.post(f"{listed}/commit")
    manager.post(f"{way}/duplicates/match")
    manager.post(f"{way}/segments/count")
    pair = re.search(r"/duplicates/(\d+)/(\d+)", manager.get(f"{way}/duplicates").text)
    assert pair, "a pair to look at"
    officer = Manager(client, app, database, "officer")
    request = officer.post(
        "/requests", {"kind": "access", "received_on": clock.today().isoformat(), "through": "courriel"}
    ).headers["location"]
    loaded = pipeline.loaded_campaign(database, "energy-arrears")
    made = pipeline.report(database, loaded, folder, actor="test")
    with database.session() as session:
        release_summary(session, made.summary_id, actor="manager", reviewed_by="manager")
    return _numbers(database, made.summary_id, listed.rsplit("/", 1)[1], pair.groups(), request.rsplit("/", 1)[1])


def _numbers(database, released, listed, pair, request):
    loaded = pipeline.loaded_campaign(database, "energy-arrears")
    with database.session() as session:
        accounts_of = dict(session.execute(text("SELECT code, id FROM account")).all())
        secret = accounts.invite(session, session.scalar(select(Account).where(Account.code == "other-supplier")), actor="test")
        row = session.execute(
            text(
                "SELECT k.shift_id, k.case_id FROM contact k JOIN shift s ON s.id = k.shift_id WHERE k.state = 'planned' ORDER BY k.id LIMIT 1"
            )
        ).one()
        case = session.execute(
            text("SELECT c.id, c.letter_code FROM \"case\" c WHERE c.status = 'mediated' ORDER BY c.id LIMIT 1")
        ).one()
        square = pass_of(case.letter_code)
        own = session.execute(text("SELECT max(id) FROM target_list WHERE campaign_id = :c"), {"c": loaded.campaign.id}).scalar()
        jobs = {}
        for code in ("supplier", "manager", "admin"):
            base = "/partner/lists" if code == "supplier" else f"/campaigns/{DRAFT}/way/list"
            jobs[code] = SimpleNamespace(
                running=_job(session, accounts_of[code], "running", None, base),
                asking=_job(session, accounts_of[code], "failed", QUESTION, base),
            )
        _contradict(session)
    running = role_of("/jobs/{number}")
    draft = {"code": DRAFT}
    return {
        "/board": {"?": f"?shift={row.shift_id}"}, "/invitation/{secret}": {"secret": secret}, "/o/{shown}": {"shown": square},
        "/jobs/{number}": {"number": jobs[running].running}, "/cases/{number}": {"number": case.id}, "/requests/{number}": {"number": request},
        "/partner/lists/columns/{job}": {"job": jobs["supplier"].asking}, "/partner/lists/{number}": {"number": own},
        "/partner/summaries/{number}": {"number": released}, "/campaigns/{code}/summaries/{number}": {"code": "energy-arrears", "number": released},
        "/campaigns/{code}/way/list/columns/{job}": draft | {"job": jobs["manager"].asking},
        "/campaigns/{code}/way/list/{number}": draft | {"number": listed},
        "/campaigns/{code}/way/duplicates/{one}/{other}": draft | {"one": pair[0], "other": pair[1]},
        "/campaigns/{code}/way/messages/{language}": draft | {"language": "ar"},
        "/campaigns/{code}/way/segments/{part}/{rule}": draft | {"part": "segments", "rule": "heavy"},
    } | {
        path: draft if "/way" in path else {"code": "energy-arrears"} for path in pages() if re.findall(r"\{(\w+)\}", path) == ["code"]
    }  # fmt: skip


def _job(session, account, state, problem, base):
    number, now = uuid4(), clock.now()
    values = {
        "id": number,
        "account": account,
        "state": state,
        "problem": json.dumps(problem),
        "arguments": json.dumps({"base": base}),
        "now": now,
        "lease": now + timedelta(hours=2),
    }
    session.execute(text(RUNNING), values)
    return number


def _contradict(session):
    """Two phones that told different things of one call."""
    row = session.execute(
        text(
            "SELECT k.id, m.code, o.code AS other FROM contact k JOIN shift s ON s.id = k.shift_id JOIN mediator m ON m.id = s.mediator_id"
            " JOIN mediator o ON o.site_id = m.site_id AND o.id <> m.id WHERE k.state = 'planned' AND k.channel = 'visit' ORDER BY k.id LIMIT 1"
        )
    ).one()
    now = clock.now()
    tell(session, who(session, row.code), Phone().fact("result", row.id, at=now, code="refused"), now=now)
    late = Phone().fact("result", row.id, at=now + timedelta(minutes=5), code="mediated", mediation=MEDIATION)
    tell(session, who(session, row.other), late, now=now + timedelta(minutes=10))


ACCOUNTS = [None, *PEOPLE]
"""Whose pages are opened; nobody's first."""
assert set(PEOPLE.values()) == set(Role)
