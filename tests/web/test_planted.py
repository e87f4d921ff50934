"""Names, notes and answers that are markup: shown as words on every page of every role, run on none."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from outreach.core import sealing
from tests.web.pages_of_roles import ACCOUNTS, address, fill, opened_by
from tests.web.server import serving_a_copy
from tests.web.tenants import cookie
from tests.web.test_every_page import DAY

EVIL = "<script>alert(1)</script>"
QUOTE = '"><img src=x onerror=alert(1)>'
LINK = "javascript:alert(1)"
PLANTED = {
    "person": "given_name = :evil, family_name = :quote, email = :sealed_link, email_mark = 'x'",
    "list_row": "given_name = :evil, family_name = :quote, street = :evil, reference = CASE WHEN row_key IS NOT NULL THEN :sealed_reference END",
    "building": "street = :evil, city = :quote, place = :evil",
    "household": "door = :evil, floor = :quote, residence = :evil",
    "target_list": "file_name = :evil || id, delivered_by = :quote",
    "site": "name = :evil || id, address = :quote, phone = :link",
    "mediator": "name = :evil || id",
    "partner": "name = :quote || id",
    "association": "name = :evil || id",
    "campaign": "name = :quote || id",
    "account": "name = :evil",
    "private_note": "body = :sealed_note",
    "wording": "said = :sealed_said",
    "inbound_message": "body = :sealed_body, handled_at = NULL, sender = :sealed_sender, sender_mark = 'x'",
    "appointment": "note = :sealed_appointment",
    "call_skip": "words = :sealed_words",
    "absence": "reason = :evil",
    "partner_question": "question = :evil",
    "person_request": "note = :sealed_request, through = :quote",
    "row_issue": "value = :sealed_value, column_name = :quote",
    "agreement_document": "name = :evil",
}  # fmt: skip
FRAGMENTS = {"progress.js": "a line of our own server, whose template escapes it"}
"""Scripts that put markup into a page, each with whose it is."""


class Running(HTMLParser):
    """Collects what a browser would run: scripts without the page's nonce, handlers, addresses that are programs."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "script" and not (given.get("nonce") or given.get("src", "").startswith("/static/")):
            self.found.append(f"<{tag} {given}>")
        self.found += [f"<{tag} {name}>" for name in given if name.startswith("on")]
        self.found += [
            f"<{tag} {name}={value}>"
            for name, value in given.items()
            if str(value).strip().lower().startswith("javascript:") and name in PROGRAMS
        ]


PROGRAMS = {"href", "src", "action", "formaction", "xlink:href", "data"}


def running_in(page):
    """What of a page would run that is not ours."""
    parser = Running()
    parser.feed(page)
    return parser.found


@pytest.fixture(scope="module")
def served(cluster, played, worker_id, tmp_path_factory):
    """(client, database, numbers): something hostile in every text that somebody outside can write, on every page."""
    with serving_a_copy(cluster, played, f"planted_{worker_id}", DAY) as (client, app, database):
        numbers = fill(database, client, app, tmp_path_factory.mktemp("planted"))
        plant(database)
        yield client, database, numbers


def plant(database):
    places = {
        "note": "private_note.body", "said": "wording.said", "body": "inbound_message.body", "appointment": "appointment.note",
        "words": "call_skip.words", "request": "person_request.note", "value": "row_issue.value",
    }  # fmt: skip
    values = (
        {"evil": EVIL, "quote": QUOTE, "link": LINK}
        | {f"sealed_{name}": sealing.seal(EVIL, place) for name, place in places.items()}
        | {
            "sealed_link": sealing.seal(LINK, sealing.EMAIL),
            "sealed_reference": sealing.seal(QUOTE, sealing.REFERENCE),
            "sealed_sender": sealing.seal(QUOTE, sealing.PHONE),
        }
    )
    with create_engine(database.owner_url).begin() as connection:
        for table, changes in PLANTED.items():
            used = {name: value for name, value in values.items() if f":{name}" in changes}
            connection.execute(text(f"UPDATE {table} SET {changes}"), used)


@pytest.mark.parametrize("code", ACCOUNTS)
def test_what_somebody_wrote_runs_nowhere(served, code):
    client, database, numbers = served
    headers = cookie(database, code) if code else {}
    shown, found = 0, []
    for path in opened_by(code):
        answer = client.get(address(path, numbers), headers=headers, follow_redirects=True)
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        shown += "&lt;script&gt;alert" in answer.text or "&#34;&gt;&lt;img" in answer.text
        found += [f"{path}: {one}" for one in running_in(answer.text)]
    assert found == []
    assert shown or code in {None, "l8-amina", "auditor", "admin"}, "what was planted is seen, as words"


def test_what_mediators_phones_are_told_is_data_alone(served):
    client, database, _numbers = served
    answer = client.get("/phone/day", headers=cookie(database, "l8-amina"))
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_no_script_of_ours_writes_markup():
    """Pages are changed by nodes and texts; the one library that swaps markup takes it from our own server."""
    scripts = [path for path in Path("outreach/web/static").rglob("*.js") if "vendor" not in path.parts]
    assert scripts
    writing = re.compile(r"\.(?:innerHTML|outerHTML)\s*[+]?=|insertAdjacentHTML|document\.write|\beval\(|new Function\(")
    assert [
        f"{path.name}: {match.group(0)}"
        for path in scripts
        if path.name not in FRAGMENTS
        for match in writing.finditer(path.read_text())
    ] == []


@pytest.mark.parametrize(
    "page", ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<a href=' JavaScript:alert(1)'>x</a>"]
)
def test_what_runs_would_be_found(page):
    assert running_in(page)
