"""Shifts, absences, promises, snoozes and rules on the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from xlsxwriter import Workbook

from outreach.cli.changes import change_rows
from outreach.core import clock
from outreach.core.database import drop_database
from outreach.core.errors import OutreachError
from outreach.core.words import ChangeKind, Channel
from outreach.planning.register import add_shifts, read_shifts, shifts_between
from outreach.planning.writing import Changed
from outreach.policy.windows import next_open_day
from tests.cli.test_verbs import outreach as run_in_the_cli_database
from tests.copies import copied


@pytest.fixture
def own(cluster, played, worker_id):
    """The played campaign in a database of the test's own; verbs work in it."""
    name = f"verbs_{worker_id}"
    drop_database(cluster, name)
    played.database.dispose()
    database = copied(cluster, name, played.database.engine.url.database)
    yield name, database
    database.dispose()
    drop_database(cluster, name)


def outreach(name, *arguments, check=0):
    result = subprocess.run(
        [sys.executable, "-m", "outreach.cli", *map(str, arguments)], capture_output=True, text=True, check=False,
        env={**os.environ, "OUTREACH_DATABASE_NAME": name},
    )  # fmt: skip
    assert result.returncode == check, result.stderr + result.stdout
    return result


def test_the_rules_in_force_are_shown_with_their_sources():
    shown = json.loads(run_in_the_cli_database("rules", "--json", check=0).stdout)
    assert {rule["code"] for rule in shown} >= {"hours:call", "hours:visit", "calls", "silence", "budget"}
    assert all(rule["source"] and rule["since"] for rule in shown)
    english = run_in_the_cli_database("rules", env={"OUTREACH_LANGUAGE": "en"}, check=0).stdout
    assert "stricter, never looser" in english


def test_a_promise_and_a_snooze_by_the_code_of_the_letter(own):
    name, database = own
    with database.session() as session:
        code = session.execute(text('SELECT letter_code FROM "case" WHERE closed_at IS NULL ORDER BY id LIMIT 1')).scalar_one()
    day = next_open_day(Channel.CALL, clock.today() + timedelta(days=2))
    outreach(name, "case", "promise", code, "--at", f"{day}T10:30", "--mediator", "l8-paul")
    outreach(name, "case", "promise", code, "--at", f"{day}T22:30", check=2)
    outreach(
        name, "case", "snooze", code, "--until", (clock.today() + timedelta(days=20)).isoformat(), "--reason", "hospitalisation"
    )
    with database.session() as session:
        kinds = session.execute(
            text("SELECT kind FROM event WHERE case_id = (SELECT id FROM \"case\" WHERE letter_code = :code) AND kind IN ('snoozed', 'appointed') ORDER BY 1"),
            {"code": code},
        ).scalars().all()  # fmt: skip
    assert kinds == ["appointed", "snoozed"]


def test_an_absence_is_recorded_and_shifts_come_from_a_file(own, tmp_path):
    name, database = own
    day = next_open_day(Channel.CALL, clock.today())
    path = tmp_path / "shifts.csv"
    path.write_text(
        f"mediator;kind;day;start;end\nl8-paul;call;{day};15:00;17:00\nl8-amina;desk;{day};09:00;12:00\n", encoding="utf-8"
    )
    outreach(name, "shifts", "import", path)
    outreach(name, "shifts", "absence", "l8-paul", "--from", day.isoformat(), "--to", day.isoformat(), "--reason", "maladie")
    with database.session() as session:
        found = {(one.mediator, one.kind.value): one.absent for one in shifts_between(session, day, day)}
    assert found["l8-paul", "call"] is True
    assert found["l8-amina", "desk"] is False
    assert "absent" in outreach(name, "shifts", "list", "--days", 7).stdout
    outreach(name, "shifts", "absence", "nobody", "--from", day.isoformat(), "--to", day.isoformat(), check=2)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("mediator;kind;day\nx;call;2026-11-26\n", "colonnes"),
        ("mediator;kind;day;start;end\nnobody;call;2026-11-26;10:00;12:00\n", "médiateur inconnu"),
        ("mediator;kind;day;start;end\nl8-paul;lunch;2026-11-26;10:00;12:00\n", "illisible"),
        ("mediator;kind;day;start;end\nl8-paul;call;2026-11-26;12:00;10:00\n", "heure de fin"),
        ("mediator;kind;day;start;end\nl8-paul;call\n", "illisible"),
        (
            "mediator;kind;day;start;end\nl8-paul;call;2027-03-01;10:00;12:00\nl8-paul;desk;2027-03-01;11:00;14:00\n",
            ":3.*de 10:00 à 12:00",
        ),
        (
            "\nmediator;kind;day;start;end\n\nl8-paul;call;2027-03-01;10:00;12:00\n;;;;\nl8-paul;desk;2027-03-01;11:00;14:00\n",
            ":6.*de 10:00 à 12:00",
        ),
        ("mediator;kind;day;start;end\n\n;\nnobody;call;2026-11-26;10:00;12:00\n", ":4.*médiateur inconnu"),
        (
            "mediator;kind;day;start;end\nl8-paul;call;2027-03-01;10:00;12:00\nl8-paul;call;2027-03-01;10:00;12:00\n",
            "en recouvre un autre",
        ),
    ],
)
def test_a_wrong_file_of_shifts_names_the_row_and_adds_nothing(undone, tmp_path, content, sentence):
    path = tmp_path / "shifts.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(OutreachError, match=sentence):
        add_shifts(undone, read_shifts(path), source=str(path), actor="test")


def test_a_file_of_shifts_is_read_whatever_it_was_saved_as(tmp_path):
    head, row = ["mediator", "kind", "day", "start", "end"], ["l8-désirée", "call", "2026-11-26", "10:00", "12:00"]
    text = ";".join(head) + "\n\n" + ";".join(row) + "\n"
    with Workbook(tmp_path / "book.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, head)
        sheet.write_row(2, 0, row)
    (tmp_path / "old.csv").write_bytes(text.encode("cp1252"))
    (tmp_path / "new.csv").write_bytes(text.encode("utf-8-sig"))
    for name in ("book.xlsx", "old.csv", "new.csv"):
        path = tmp_path / name
        assert read_shifts(path) == {f"{path}:3": dict(zip(head, row, strict=True))}, name


def test_a_shift_by_hand_replaces_the_one_that_begins_then_and_lies_over_no_other(undone):
    def added(start, end, kind="desk"):
        row = {"mediator": "l8-paul", "kind": kind, "day": "2027-03-01", "start": start, "end": end}
        return add_shifts(undone, {"test": row}, source="test", actor="test")

    def there():
        day = date(2027, 3, 1)
        return [(f"{one.starts_at:%H:%M}", f"{one.ends_at:%H:%M}") for one in shifts_between(undone, day, day)]

    undone.execute(text("SET LOCAL timezone = 'Europe/Paris'"))
    added("10:00", "13:00", "call")
    with pytest.raises(OutreachError, match="10:00 à 13:00"):
        added("09:00", "11:00")
    assert there() == [("10:00", "13:00")]
    added("10:00", "11:00")
    added("11:00", "12:00")
    assert there() == [("10:00", "11:00"), ("11:00", "12:00")]


REUNION = ZoneInfo("Indian/Reunion")
FAR_HOME = """
SELECT c.id, c.letter_code, h.building_id FROM "case" c JOIN person p ON p.id = c.person_id AND p.merged_into IS NULL
  JOIN household h ON h.id = p.household_id WHERE c.closed_at IS NULL ORDER BY c.id LIMIT 1
"""


def test_hours_that_are_typed_and_shown_are_those_of_the_place(own, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    name, database = own
    with database.session() as session:
        home = session.execute(text(FAR_HOME)).one()
        session.execute(text("UPDATE building SET insee = '97411' WHERE id = :id"), {"id": home.building_id})
        session.execute(text("UPDATE site SET insee = '97411' WHERE id = (SELECT site_id FROM mediator WHERE code = 'l8-paul')"))
    day = next_open_day(Channel.CALL, clock.today() + timedelta(days=2), "97411")
    told = outreach(name, "case", "promise", home.letter_code, "--at", f"{day}T15:00", "--mediator", "l8-paul").stdout
    assert f"{day:%d/%m/%Y} 15:00" in told
    refused = outreach(name, "case", "promise", home.letter_code, "--at", f"{day}T22:30", check=2).stderr
    assert f"{day:%d/%m/%Y} 22:30" in " ".join(refused.split())
    path = tmp_path / "shifts.csv"
    path.write_text(f"mediator;kind;day;start;end\nl8-paul;desk;{day};07:15;08:45\n", encoding="utf-8")
    outreach(name, "shifts", "import", path)
    assert "07:15-08:45" in outreach(name, "shifts", "list", "--first", day.isoformat(), "--days", 1).stdout
    outreach(name, "shifts", "absence", "l8-paul", "--from", f"{day}T08:00", "--to", f"{day}T12:00", "--reason", "formation")
    until = clock.today() + timedelta(days=20)
    outreach(name, "case", "snooze", home.letter_code, "--until", until.isoformat(), "--reason", "hospitalisation")
    with database.session() as session:
        promised = session.execute(text("SELECT starts_at FROM appointment WHERE case_id = :id"), {"id": home.id}).scalars().all()
        away = session.execute(text("SELECT starts_at, ends_at FROM absence WHERE reason = 'formation'")).one()
        snoozed = session.execute(text('SELECT snoozed_until FROM "case" WHERE id = :id'), {"id": home.id}).scalar_one()
        happened = session.execute(
            text("SELECT occurred_at FROM event WHERE case_id = :id ORDER BY occurred_at"), {"id": home.id}
        ).scalars().all()  # fmt: skip
    there = [datetime.combine(day, time(hour), REUNION) for hour in (15, 8, 12)]
    assert [*promised, *away, snoozed] == [*there, datetime.combine(until, time(), REUNION)]
    history = outreach(name, "mediation", "history", home.letter_code).stdout
    assert all(f"{at.astimezone(REUNION):%d/%m/%Y %H:%M}" in history for at in happened)


def test_what_a_plan_changed_is_told_by_the_clocks_of_the_place(own):
    _name, database = own
    query = "SELECT case_id FROM contact ORDER BY id LIMIT 1"
    with database.session() as session:
        found = session.execute(text(query)).one()
        session.execute(
            text("UPDATE building SET insee = '97411' WHERE id = (SELECT h.building_id FROM \"case\" c JOIN person p ON p.id = c.person_id"
                 " JOIN household h ON h.id = p.household_id WHERE c.id = :case)"), {"case": found.case_id},
        )  # fmt: skip
    change = Changed(found.case_id, None, ChangeKind.MOVED, "by_hand", clock.at(date(2026, 10, 6), "10:00"), None, "l8-paul")
    [row] = change_rows(database, [change])
    assert "06/10 12:00 l8-paul" in row
    assert change_rows(database, []) == []
