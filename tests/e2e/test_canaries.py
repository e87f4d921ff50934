"""After a played season, nobody of it is found where nobody may be: the audit trail, metrics, logs of the engine and of PostgreSQL."""

from __future__ import annotations

import io
import logging
import re
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from outreach.core import clock
from outreach.core.logs import set_up_logs
from outreach.core.settings import settings
from outreach.reporting.watch import exposition, measure
from outreach.web.app import create_app
from tests.opened import in_clear
from tests.played import END
from tests.web.server import running
from tests.web.tenants import cookie, settle_accounts

TRAILS = ("audit_entry", "segment_run", "plan_run", "plan_change", "match_run", "retention_run", "summary", "released_figure",
          "campaign_board", "figure_list", "quota_use", "provider_health")  # fmt: skip
"""Tables that tell of the work, and never of whom it was for."""


@pytest.fixture
def people(played):
    """(numbers and addresses of e-mail, full names) of everybody in the register."""
    with played.database.session() as session:
        rows = session.execute(in_clear("SELECT given_name, family_name, mobile, fixed, email FROM person")).all()
        senders = session.execute(text("SELECT string_agg(CAST(v AS text), ' ') FROM campaign_version v")).scalar_one()
    contacts = {value for row in rows for value in (row.mobile, row.fixed, row.email) if value}
    names = {f"{row.given_name} {row.family_name}".lower() for row in rows if row.given_name and row.family_name}
    assert len(contacts) > 200
    return contacts, {name for name in names if name not in senders.lower()}


def found(words, people):
    """Whoever is told of in some words."""
    contacts, names = people
    digits, said = re.sub(r"[ .-]", "", words), words.lower()
    national = {f"0{one[3:]}" for one in contacts if one.startswith("+33")}
    return sorted(
        {one for one in contacts | national if one in digits or one in words} | {name for name in names if name in said}
    )


def test_what_tells_of_the_work_tells_of_nobody(played, people):
    with played.database.session() as session:
        for table in TRAILS:
            told = session.execute(text(f"SELECT coalesce(string_agg(CAST(t AS text), ' '), '') FROM {table} t")).scalar_one()
            assert found(told, people) == [], table
        assert session.execute(text("SELECT count(*) FROM audit_entry")).scalar_one() > 50


def test_metrics_count_and_name_nobody(played, people):
    with clock.travel(clock.at(END, "12:00")), played.database.session() as session:
        told = exposition(measure(session)).decode()
    assert "outreach_" in told
    assert found(told, people) == []


def test_pages_of_people_leave_nothing_of_them_in_the_log(played, people, monkeypatch):
    monkeypatch.setenv("OUTREACH_LOG", "json")
    settings.cache_clear()
    settle_accounts(played.database)
    heard, root = io.StringIO(), logging.getLogger()
    handlers, level = list(root.handlers), root.level
    with played.database.session() as session:
        cases = list(session.execute(text('SELECT id FROM "case" ORDER BY id LIMIT 5')).scalars())
        phone = session.execute(in_clear("SELECT mobile FROM person WHERE mobile IS NOT NULL LIMIT 1")).scalar_one()
    try:
        set_up_logs(heard)
        with running(create_app(played.database)) as client:
            headers = cookie(played.database, "manager")
            for case in cases:
                assert client.get(f"/cases/{case}", headers=headers).status_code == 200
            client.get("/search", params={"words": phone}, headers=headers)
            client.get(f"/o/{phone}")
            # A fault whose own words are somebody's.
            logging.getLogger("outreach.web").error("could not write to %s", phone, exc_info=ValueError(phone))
    finally:
        root.handlers, root.level = handlers, level
        monkeypatch.undo()
        settings.cache_clear()
    assert "[phone]" in heard.getvalue()
    assert found(heard.getvalue(), people) == []


def test_a_fault_of_the_database_tells_nobody_to_its_log(played, cluster, people):
    with pytest.raises(DBAPIError) as raised, played.database.session() as session:
        session.execute(
            text(
                "INSERT INTO person (id, family_name, mobile, mobile_mark, simulated, created_at)"
                " SELECT id, family_name, mobile, mobile_mark, simulated, created_at FROM person"
            )
        )
    assert found(str(raised.value), people) == []
    log = Path(cluster.home / "run" / "server.log").read_text(errors="replace")
    assert found(log, people) == []
