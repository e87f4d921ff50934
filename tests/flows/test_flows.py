"""Each flow run once by Prefect on a played campaign: what it returns, that twice adds nothing, that it keeps no person's data."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from datetime import date
from pathlib import Path

import pytest
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, PREFECT_HOME, get_current_settings, temporary_settings
from prefect.testing.utilities import prefect_test_harness
from sqlalchemy import text

from outreach.core import clock
from outreach.core.database import Database, create_database, drop_database
from outreach.core.settings import settings
from outreach.flows import tasks
from outreach.flows.catalogue import CATALOGUE
from outreach.simulation.provider import ACCOUNT, SENDER, TOKEN, LoopbackProvider
from outreach.simulation.residents import Residents

pytestmark = [pytest.mark.slow]

NEXT_MONDAY = clock.at(date(2026, 11, 9), "10:30")
CAMPAIGN = "energy-arrears"
CANARY, CANARY_PHONE = "CANARIBELLE", "06 39 98 77 0"
TABLES = ("list_row", "target_list", "person", "contact", "attempt", "event", "mediation", "mail_batch", "summary", "inbound_message")


@pytest.fixture(scope="module")
def prefect_home(tmp_path_factory):
    """One Prefect for the module, in a folder of its own, silent; without the beat whose end costs a second per run."""
    home = tmp_path_factory.mktemp("prefect")
    quiet = {"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "PREFECT_HOME": str(home)}
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PREFECT_API_URL", raising=False)
        for name, value in quiet.items():
            patch.setenv(name, value)
        with (
            temporary_settings({PREFECT_HOME: home, PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}),
            prefect_test_harness(server_startup_timeout=120),
        ):
            yield home


@pytest.fixture(scope="module")
def engine(played, cluster, worker_id, tmp_path_factory):
    """A copy of the played database that may be written to, with the settings that flows read, and the peer for SMS."""
    name = f"flows_{worker_id}"
    played.database.dispose()
    create_database(cluster, name, f"played_{worker_id}")
    copy = Database(cluster.url(name), cluster.url(name, "outreach_owner"), cluster)
    home = tmp_path_factory.mktemp("home")
    inbox = home / "inbox" / CAMPAIGN
    inbox.mkdir(parents=True)
    write_delta(played, inbox)
    with LoopbackProvider(Residents(3).on_sms, clock.now) as peer, pytest.MonkeyPatch.context() as patch:
        values = {
            "HOME": str(home), "OUTPUT": str(home / "out"), "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN,
            "SMS_SENDER": SENDER, "TWILIO_API_URL": peer.url,
        }  # fmt: skip
        for key, value in values.items():
            patch.setenv(f"OUTREACH_{key}", value)
        settings.cache_clear()
        patch.setattr(tasks, "database", lambda: copy)
        yield copy
    settings.cache_clear()
    copy.dispose()
    drop_database(cluster, name)


def write_delta(played, folder):
    """The week after the season: three customers who enter, one who leaves; the first of them is the canary."""
    before = sorted(played.player.lists.glob("*_delta.csv"))[-1].read_text(encoding="utf-8-sig").splitlines()
    gone = next(line for line in before[1:] if line.startswith("MODIF"))
    rows = [
        f"ENTREE;SIMUL-E9900000{number};MME;{CANARY};{name};19{number}0-02-03;{number} RUE DU LAC;;69800;ST PRIEST;;{CANARY_PHONE}{number};;"
        "310,00;2026-09-01;relance 1;N;;"
        for number, name in enumerate(("ZEPHYRINE", "OLYMPE", "ANSELME"), start=5)
    ]
    leaving = gone.replace("MODIF", "SORTIE", 1)
    (folder / "2026-11-06_delta.csv").write_text("\n".join([before[0], *rows, leaving, ""]), encoding="utf-8-sig")


def test_show(prefect_home, engine, played):
    for entry in CATALOGUE:
        with clock.travel(NEXT_MONDAY):
            print(entry.name, entry.load()())
            print(entry.name, entry.load()())
    print(get_current_settings().home, prefect_home, list(Path(prefect_home).rglob("*")), os.environ.get("PREFECT_API_DATABASE_CONNECTION_URL"))
    print(get_current_settings().server.database.connection_url)
    assert 0
