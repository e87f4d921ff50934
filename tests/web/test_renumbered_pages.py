"""Pages say the same where everybody and every home has another number: a person's is shown nowhere, and nobody is looked for under the old one."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from outreach.core import clock
from tests.planning.test_plan import MORNING
from tests.renumbering import renumber_everybody
from tests.web.server import serving_a_copy
from tests.web.tenants import cookie, settle_accounts

# What is different with each answer.
CHANGES = re.compile(r'nonce="[^"]*"')


@pytest.fixture(scope="module")
def pages(cluster, played, worker_id):
    """The pages of each role before and after, by their addresses."""
    with serving_a_copy(cluster, played, f"renumbered_{worker_id}", MORNING) as (client, _app, database):
        settle_accounts(database)
        before = read(client, database)
        with database.session() as session:
            renumber_everybody(session)
        yield before, read(client, database)


def read(client, database):
    with database.session() as session:
        cases = session.execute(text('SELECT id FROM "case" ORDER BY id LIMIT 60')).scalars().all()
        names = session.execute(
            text(
                "SELECT DISTINCT family_name FROM person WHERE merged_into IS NULL AND family_name IS NOT NULL ORDER BY 1 LIMIT 10"
            )
        ).scalars()
        addresses = {
            "manager": [*(f"/cases/{case}" for case in cases), *(f"/search?q={name}" for name in names), "/campaigns/energy-arrears",
                        "/campaigns/energy-arrears/cases", "/board", "/conflicts", "/replies"],
            "l8-amina": ["/today", "/phone/day", *(f"/cases/{case}" for case in cases[:20])],
            "officer": ["/requests", "/privacy"], "supplier": ["/partner", "/partner/lists"],
        }  # fmt: skip
    found = {}
    with clock.travel(MORNING):
        for who, asked in addresses.items():
            client.cookies.clear()
            client.headers.update(cookie(database, who))
            found |= {(who, address): answered(client.get(address)) for address in asked}
    return found


def answered(response):
    return response.status_code, CHANGES.sub("", response.text)


def test_every_page_says_the_same(pages):
    before, after = pages
    assert {status for status, _text in before.values()} <= {200, 303, 403, 404}
    assert sum(status == 200 for status, _text in before.values()) > 80
    different = [address for address, answer in before.items() if after[address] != answer]
    assert different == []
