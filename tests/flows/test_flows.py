"""Each flow run once by Prefect on a played campaign: what it returns, that twice adds nothing, that it keeps no person's data."""

from __future__ import annotations

import re
import sqlite3
import time
from contextlib import closing
from datetime import date
from pathlib import Path

import coolname.data
import pytest
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, PREFECT_HOME, get_current_settings, temporary_settings
from prefect.testing.utilities import prefect_test_harness
from sqlalchemy import text

from outreach.core import clock
from outreach.core.database import drop_database
from outreach.core.provider import Notice
from outreach.core.settings import settings
from outreach.core.words import NoticeKind
from outreach.flows import pipeline, tasks
from outreach.flows.catalogue import CATALOGUE
from outreach.simulation.residents import Residents
from outreach.simulation.twilio import ACCOUNT, SENDER, TOKEN, LoopbackProvider
from outreach.tracking.notices import append_notices
from tests.copies import copied
from tests.opened import in_clear

pytestmark = [pytest.mark.slow]

NEXT_MONDAY = clock.at(date(2026, 11, 9), "10:30")
CAMPAIGN = "energy-arrears"
CANARY, CANARY_PHONE = "CANARIBELLE", "06 39 98 77 0"
TABLES = (
    "list_row",
    "target_list",
    "person",
    "contact",
    "attempt",
    "event",
    "mediation",
    "mail_batch",
    "summary",
    "inbound_message",
)


@pytest.fixture(scope="module")
def prefect_store(tmp_path_factory):
    """One Prefect for the module, in a folder of its own, silent; without the beat whose end costs a second per run.

    Gives its database file.
    """
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
            url = get_current_settings().server.database.connection_url.get_secret_value()
            yield Path(url.removeprefix("sqlite+aiosqlite:///"))


@pytest.fixture(scope="module")
def engine(played, cluster, worker_id, tmp_path_factory):
    """A copy of the played database that may be written to, with the settings that flows read, and the peer for SMS."""
    name = f"flows_{worker_id}"
    played.database.dispose()
    copy = copied(cluster, name, f"played_{worker_id}")
    home = tmp_path_factory.mktemp("home")
    inbox = home / "inbox" / CAMPAIGN
    inbox.mkdir(parents=True)
    write_delta(played, inbox)
    with LoopbackProvider(Residents(3).on_sms, clock.now) as peer, pytest.MonkeyPatch.context() as patch:
        values = {
            "HOME": str(home), "OUTPUT": str(home / "out"), "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN,
            "SMS_SENDER": SENDER, "TWILIO_API_URL": peer.url, "INBOX_QUIET_SECONDS": "0",
        }  # fmt: skip
        for key, value in values.items():
            patch.setenv(f"OUTREACH_{key}", value)
        settings.cache_clear()
        patch.setattr(tasks, "database", lambda: copy)
        yield copy
    settings.cache_clear()
    copy.dispose()
    drop_database(cluster, name)


ALONE = """
SELECT min(r.reference) AS reference FROM current_row r JOIN person p ON p.id = r.person_id
  JOIN "case" c ON c.household_id = p.household_id AND c.closed_at IS NULL GROUP BY c.id HAVING count(*) = 1
"""
"""Customers whose case is open and who are the only one of their household on the list."""


def write_delta(played, folder):
    """The week after the season: three customers who enter, one who leaves; the first of them is the canary."""
    before = max(played.player.parts[0].lists.glob("*_delta.csv")).read_text(encoding="utf-8-sig").splitlines()
    full = min(played.player.parts[0].lists.glob("*_impayes.csv")).read_text(encoding="cp1252").splitlines()
    with played.database.session() as session:
        alone = set(session.scalars(in_clear(ALONE)))
    gone = next(line for line in full[2:] if line.split(";")[0] in alone)
    rows = [
        f"ENTREE;SIMUL-E9900000{number};MME;{CANARY};{name};19{number}0-02-03;{number} RUE DU LAC;;69800;ST PRIEST;;{CANARY_PHONE}{number};;"
        "310,00;2026-09-01;relance 1;N;;"
        for number, name in enumerate(("ZEPHYRINE", "OLYMPE", "ANSELME"), start=5)
    ]
    leaving = f"SORTIE;{gone}"
    (folder / "2026-11-06_delta.csv").write_text("\n".join([before[0], *rows, leaving, ""]), encoding="utf-8-sig")


def run(name, at=NEXT_MONDAY, **parameters):
    entry = next(entry for entry in CATALOGUE if entry.name == name)
    with clock.travel(at):
        return entry.load()(**parameters)


def counts_of(engine):
    with engine.session() as session:
        return {table: session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in TABLES}


@pytest.fixture(scope="module")
def first(prefect_store, engine):
    """What each flow returned when it ran for the first time; each is run a second time at once."""
    assert prefect_store.exists()
    before = counts_of(engine)
    results: dict = {"again": {}, "added": {}}
    for entry in CATALOGUE:
        results[entry.name] = run(entry.name)
        once = counts_of(engine)
        results["again"][entry.name] = run(entry.name)
        results["added"][entry.name] = {table: n - once[table] for table, n in counts_of(engine).items() if n != once[table]}
    return results | {"before": before, "after": counts_of(engine)}


def test_each_flow_returns_what_it_did(first, engine):
    taken = first["import-list"][CAMPAIGN]
    assert {name: taken[name] for name in ("new", "leaving", "withdrawn")} == {"new": 3, "leaving": 1, "withdrawn": 1}
    assert first["prepare"]["match"]["persons"] > 300
    prepared = first["prepare"][CAMPAIGN]
    assert prepared["segments"]["opened"] == 3
    assert set(prepared["closed"]) == {"withdrawn", "exhausted"}
    assert prepared["plan"]["planned"]["letter"] >= 1
    assert first["dispatch"][CAMPAIGN]["letters"] >= 1
    assert set(first["track"]) == {"provider", CAMPAIGN}
    assert set(first["track"][CAMPAIGN]) == {"withdrawn", "exhausted"}
    names = first["report"][CAMPAIGN]
    assert sorted(Path(name).suffix for name in names) == [".json", ".pdf", ".xlsx"]
    assert len([path for path in settings().output.rglob("*") if path.name in names]) == 3
    assert first["upkeep"][CAMPAIGN] == (0, 0)
    assert set(first["upkeep"]["faults"].values()) == {0}
    gained = {table: first["after"][table] - first["before"][table] for table in TABLES}
    assert (gained["target_list"], gained["list_row"], gained["mail_batch"], gained["summary"]) == (1, 4, 1, 1)
    with engine.session() as session:
        seen = session.execute(text("SELECT max(imported_at) FROM target_list")).scalar_one()
    assert seen == NEXT_MONDAY, "the travelled clock holds inside the tasks"


def test_running_a_flow_again_adds_nothing(first):
    again = first["again"]
    assert first["added"] == {entry.name: {} for entry in CATALOGUE}
    assert again["import-list"] == {CAMPAIGN: {}}
    assert again["dispatch"] == {CAMPAIGN: {"letters": 0, "sms": {}, "recorded": {}, "errors": {}}}
    assert again["report"] == first["report"]


@pytest.mark.usefixtures("first")
def test_messages_go_out_and_their_receipts_come_back():
    for day in clock.days(date(2026, 11, 10), date(2026, 11, 27)):
        run("prepare", clock.at(day, "05:00"))
        sent = run("dispatch", clock.at(day, "10:30"))[CAMPAIGN]["sms"]
        if sent:
            break
    assert sent["sent"] >= 1
    assert run("dispatch", clock.at(day, "10:30"))[CAMPAIGN]["sms"] == {}
    assert run("track", clock.at(day, "20:30"))["provider"]["receipts"] == sent["sent"]


@pytest.mark.usefixtures("first")
def test_a_campaign_that_is_not_launched_is_left_alone(engine):
    assert run("dispatch", campaign="nothing") == {}
    with engine.session() as session:
        session.execute(text("UPDATE campaign SET state = 'paused'"))
    try:
        assert run("dispatch") == {}
    finally:
        with engine.session() as session:
            session.execute(text("UPDATE campaign SET state = 'launched'"))


@pytest.mark.usefixtures("first")
def test_who_replies_to_a_campaign_that_is_paused_is_heard(engine):
    stop = Notice("twilio", NoticeKind.MESSAGE, "SMpaused", "+33639980123", {"body": "STOP", "recipient": SENDER})
    with engine.session() as session:
        append_notices(session, [stop])
        session.execute(text("UPDATE campaign SET state = 'paused'"))
    try:
        heard = run("track")
    finally:
        with engine.session() as session:
            session.execute(text("UPDATE campaign SET state = 'launched'"))
    assert set(heard) == {"provider"}
    assert heard["provider"]["replies"] == {"stop": 1}


@pytest.mark.usefixtures("first")
def test_a_provider_that_does_not_answer_keeps_no_case_open(monkeypatch):
    closed = []

    def fail(*_, **__):
        raise ValueError(CANARY)

    def close(_database, loaded, **_options):
        closed.append(loaded.campaign.code)
        return 0, 0

    monkeypatch.setattr(pipeline, "track", fail)
    monkeypatch.setattr(pipeline, "close_cases", close)
    with pytest.raises(tasks.StageError, match=r"ValueError at track.py:\d+"):
        run("track")
    assert closed == [CAMPAIGN]


@pytest.mark.usefixtures("first")
def test_an_error_does_not_carry_a_person_into_prefect(monkeypatch):
    def fail(*_, **__):
        raise ValueError(f"Key (name)=({CANARY}) already exists")

    monkeypatch.setattr(pipeline, "dispatch", fail)
    with pytest.raises(tasks.StageError, match=rf"{CAMPAIGN}: ValueError at dispatch.py:\d+") as raised:
        run("dispatch")
    assert CANARY not in str(raised.value)


@pytest.mark.usefixtures("first")
def test_a_file_that_cannot_be_read_is_told_and_does_not_stop_the_others():
    inbox = settings().home / "inbox" / CAMPAIGN
    bad = inbox / f"0000_{CANARY}.xlsx"
    bad.write_bytes(b"not a workbook")
    with pytest.raises(tasks.StageError, match="'energy-arrears': {'refused': 1}"):
        run("import-list")
    assert (inbox / "refuses" / bad.name).is_file()


def test_zz_prefect_keeps_no_person(prefect_store, first, engine):
    """Last, when all has been recorded: no name and no number in any table of Prefect's (parameters, logs, artifacts, events)."""
    assert first
    expected = {"import-list-all", "Counts of this run", "StageError", "prefect.flow-run.Completed", "does_not_read"}
    kept = recorded(prefect_store, expected)
    assert {word for word in expected if word not in kept} == set(), "Prefect's database was read"
    with engine.session() as session:
        people = session.execute(in_clear("SELECT given_name, family_name, mobile, fixed, email FROM person")).all()
    assert len(people) > 300
    assert CANARY in {person.family_name.upper() for person in people if person.family_name}
    words = set(re.findall(r"\w+", kept.lower()))
    names = {name.lower() for person in people for name in (person.given_name, person.family_name) if name and len(name) > 2}
    numbers = {number for person in people for number in (person.mobile, person.fixed) if number}
    # Prefect draws its own names for runs (jade-falcon): a word of that vocabulary tells nothing of anybody.
    assert (names & words) - set(re.findall(r"[a-z]+", repr(vars(coolname.data)))) == set()
    assert [number for number in numbers if number[3:] in kept] == []
    assert [person.email for person in people if person.email and person.email in kept] == []
    assert SENDER not in kept
    assert TOKEN not in words


def recorded(store, expected):
    """Everything in Prefect's database, once it holds what it must and grows no more (much of it is written behind)."""
    length = -1
    for _ in range(40):
        with closing(sqlite3.connect(store)) as connection:
            kept = "\n".join(connection.iterdump())
        if len(kept) == length and all(word in kept for word in expected):
            break
        length = len(kept)
        time.sleep(3)
    return kept
