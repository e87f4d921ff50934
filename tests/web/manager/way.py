"""A small town, a draft on its way, and two managers: what tests of the wizard stand on."""

from __future__ import annotations

import html
import re
from datetime import date
from pathlib import Path
from uuid import UUID

from sqlalchemy import text

from outreach.channels.senders import set_sender
from outreach.core import clock
from outreach.core.roles import Role
from outreach.core.words import Channel
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import load_campaign
from outreach.simulation.town import ENERGY_LIST, write_town
from outreach.simulation.twilio import SENDER
from outreach.web.app import create_app
from tests.web.server import running
from tests.web.tenants import account, cookie, settle_accounts

DAY = clock.at(date(2026, 9, 21), "09:00")
PEOPLE = 400
SAME = {"Sec-Fetch-Site": "same-origin"}
NEW = {
    "agreement": "energie-2026", "origin": "energy-arrears", "name": "Impayés d'énergie, hiver", "code": "", "unit": "household",
    "starts": "2026-10-05", "ends": "2026-12-18",
}  # fmt: skip
CODE = "impayes-d-energie-hiver"
WAY = f"/campaigns/{CODE}/way"
GUEST = {"guest.0.name": "Amina Essai", "guest.0.phone": "06 39 98 00 01", "guest.0.language": "ar", "guest.0.reads_french": "non",
         "guest.1.name": "Paul Essai", "guest.1.phone": "06 39 98 00 02"}  # fmt: skip


def settle(database):
    """The association's agreement and an older draft under it, a sender, and the accounts."""
    with database.session() as session:
        load_campaign(session, read_folder(Path("campaigns/energy-arrears")))
        set_sender(session, Channel.SMS, SENDER, actor="test")
    with database.session() as session:
        session.execute(
            text("INSERT INTO association (code, name) SELECT 'ailleurs', 'PIMMS d''ailleurs' ON CONFLICT DO NOTHING")
        )
        session.execute(
            text("INSERT INTO partner (code, name, kind) SELECT 'autre', 'Un autre partenaire', 'water' ON CONFLICT DO NOTHING")
        )
    settle_accounts(database)
    with database.session() as session:
        account(session, "second", Role.MANAGER, association="pimms-lyon")


class Manager:
    """Somebody at a desk: follows links, fills forms, waits for jobs."""

    def __init__(self, client, app, database, code="manager"):
        self.client, self.app, self.headers = client, app, cookie(database, code) | SAME

    def get(self, path, **more):
        """A page."""
        return self.client.get(path, headers=self.headers, **more)

    def post(self, path, data=None, **more):
        """A form that was sent; where it led when it did not lead to a job, else where the job led."""
        answer = self.client.post(path, data=data or {}, headers=self.headers, **more)
        where = answer.headers.get("location", "")
        if not where.startswith("/jobs/"):
            return answer
        UUID(where.removeprefix("/jobs/"))
        self.app.state.jobs.run_waiting()
        return self.client.get(where, headers=self.headers)


def town(folder):
    """The list of a small town, which is written once."""
    path = folder / "town"
    if not path.exists():
        write_town(PEOPLE, 3, path)
    return path / ENERGY_LIST


def serving(database):
    """The application with its accounts, served on the day of the preparation."""
    app = create_app(database)
    # Work is done when a test says so.
    app.state.jobs.wake = lambda: None
    return app, running(app)


def form_of(page, action):
    """The values that a form of a page would send by the key Enter; several values of one name as a list."""
    body = re.search(rf'<form[^>]*action="{re.escape(action)}"[^>]*>(.*?)</form>', page, re.DOTALL)[1]
    found = {}
    for tag in re.findall(r"<input[^>]*>", body):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        written = html.unescape(value[1]) if value else ""
        if name and 'type="checkbox"' in tag:
            if " checked" in tag:
                found.setdefault(name[1], []).append(written)
        elif name:
            found[name[1]] = written
    for name, options in re.findall(r'<select name="([^"]*)"[^>]*>(.*?)</select>', body, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        found[name] = html.unescape(chosen[1]) if chosen else ""
    for name, written in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', body, re.DOTALL):
        found[name] = html.unescape(written)
    return found
