"""The page of how the engine is doing, and what Prometheus is given: counts of the network, for who may."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from outreach.core import clock
from outreach.core.live import lock_copy
from outreach.core.settings import settings
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import launch_campaign
from outreach.web.app import create_app
from tests.phones import NOW
from tests.web.server import running
from tests.web.tenants import cookie, settle_accounts

TOKEN = "a long random value for the metrics"  # noqa: S105
ALLOWED, REFUSED = ("manager", "admin"), ("supplier", "officer")


@pytest.fixture
def served(database, monkeypatch):
    monkeypatch.setenv("OUTREACH_METRICS_TOKEN", TOKEN)
    settings.cache_clear()
    with clock.travel(NOW), database.session() as session:
        launch_campaign(session, read_folder(Path("campaigns/energy-arrears")), actor="test")
    settle_accounts(database)
    with clock.travel(NOW), running(create_app(database)) as client:
        yield client, database
    monkeypatch.undo()
    settings.cache_clear()


def asked(client, **headers):
    return client.get("/metrics", headers=headers)


def test_prometheus_needs_the_token(served):
    client, database = served
    for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": ""}, cookie(database, "admin")):
        assert asked(client, **headers).status_code == 401
    answer = asked(client, authorization=f"Bearer {TOKEN}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    names = {family.name for family in text_string_to_metric_families(answer.text)}
    assert {"outreach_live_copy", "outreach_alert"} <= names


def test_without_a_token_set_nobody_gets_them(served, monkeypatch):
    client, _database = served
    monkeypatch.delenv("OUTREACH_METRICS_TOKEN")
    settings.cache_clear()
    for said in ("", "Bearer", f"Bearer {TOKEN}", "Bearer None"):
        assert asked(client, authorization=said).status_code == 401


def test_the_page_says_what_to_do_to_who_may(served):
    client, database = served
    with database.session() as session:
        lock_copy(session, reason="essai", actor="test")
    for code in ALLOWED:
        page = client.get("/status", headers=cookie(database, code))
        assert page.status_code == 200
        assert "outreach db confirm-live" in page.text
        assert "tout de suite" in page.text
    for code in REFUSED:
        assert client.get("/status", headers=cookie(database, code)).status_code == 403
