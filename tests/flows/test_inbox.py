"""The drop folder: a file still being written is left alone, each handled file goes where it belongs, with the reason."""

from __future__ import annotations

import os
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.settings import settings
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import launch_campaign
from outreach.flows import inbox, lists
from outreach.privacy import what_is_due
from outreach.reporting.watch import alerts_of, measure

CODE = "energy-arrears"
HEADER = "Réf client;Nom;Prénom;CP;Montant dû"
GOOD, BAD = f"{HEADER}\nA1;DUPONT;Léa;69008;300\n", f"{HEADER}\nA1;DUPONT;Léa;69008;300\nA2;ROUX;Max;69008;??\n"
QUESTION = "Réf client;Nom;Joignable au\nA1;B;0639980001\nA2;C;0639980002\nA3;D;0639980003\n"
FORGOTTEN = text("SELECT actor, subject, data FROM audit_entry WHERE action = 'inbox.forget'")


@pytest.fixture
def drop(database, tmp_path, monkeypatch):
    """An inbox of a launched campaign, and a function that drops a file of some age into it."""
    monkeypatch.setenv("OUTREACH_HOME", str(tmp_path))
    settings.cache_clear()
    folder = tmp_path / "inbox" / CODE
    folder.mkdir(parents=True)
    with clock.travel(clock.at(date(2026, 10, 6), "08:00")):
        with database.session() as session:
            launch_campaign(session, read_folder(Path("campaigns") / CODE), actor="test")

        def put(name, content=GOOD, age=120):
            path = folder / name
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
            written = path.stat().st_mtime - age
            os.utime(path, (written, written))
            return path

        yield put
    settings.cache_clear()


def take(database):
    return inbox.take_all(database, lists.loaded_campaign(database, CODE), CODE, actor="test")


def age(path, *, days):
    written = time.time() - days * 86_400
    os.utime(path, (written, written))


def left(tmp_path):
    folder = tmp_path / "inbox" / CODE
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_only_whole_files_are_taken(database, drop, tmp_path):
    drop("being-written.csv", age=1)
    drop("upload.csv.part")
    drop("named.csv")
    drop("named.csv.filepart")
    drop(".hidden.csv")
    drop("empty.csv", b"")
    drop("notes.doc")
    drop("whole.csv")
    assert take(database) == {"new": 1}
    assert "recus/whole.csv" in left(tmp_path)
    assert len(left(tmp_path)) == 8, "the others are where they were"


def test_each_file_goes_where_it_belongs_and_the_reason_with_it(database, drop, tmp_path):
    drop("1-good.csv")
    drop("2-bad.csv", BAD)
    drop("3-none.csv", "Bonjour,\nvoici la liste\n")
    drop("4-question.csv", QUESTION)
    counts = take(database)
    assert counts == {"new": 1, "unchanged": 1, "rejected": 1, "waiting": 1, "refused": 1}
    assert left(tmp_path) == [
        "a-corriger/2-bad-a-corriger.csv", "en-attente/4-question.csv", "en-attente/4-question.csv.txt", "recus/1-good.csv",
        "recus/2-bad.csv", "refuses/3-none.csv", "refuses/3-none.csv.txt",
    ]  # fmt: skip
    assert "Joignable au" in (tmp_path / "inbox" / CODE / "en-attente" / "4-question.csv.txt").read_text()


def test_the_same_file_dropped_again_changes_nothing(database, drop, tmp_path):
    drop("list.csv")
    take(database)
    drop("list.csv")
    assert take(database) == {}
    assert left(tmp_path) == ["recus/list-2.csv", "recus/list.csv"]
    with database.session() as session:
        assert session.execute(text("SELECT count(*), min(delivered_through) FROM target_list")).one() == (1, "inbox")


def test_handled_files_are_deleted_when_their_time_is_over(database, drop, tmp_path):
    drop("list.csv")
    take(database)
    assert inbox.purge(database, actor="test") == 0
    taken = tmp_path / "inbox" / CODE / "recus" / "list.csv"
    old = time.mktime((2020, 1, 1, 0, 0, 0, 0, 0, 0))
    os.utime(taken, (old, old))
    assert inbox.purge(database, actor="test") == 1
    assert left(tmp_path) == []
    with database.session() as session:
        assert session.execute(FORGOTTEN).all() == []


def test_a_file_that_nobody_answers_for_is_told_and_then_deleted(database, drop, tmp_path):
    """It is a list of people: it waits as long as handled files are kept, and the audit trail says that it is gone."""
    drop("question.txt", QUESTION)
    assert take(database) == {"waiting": 1}
    with database.session() as session:
        assert "files_waiting" not in [alert.code for alert in alerts_of(measure(session))]
    waiting = tmp_path / "inbox" / CODE / "en-attente" / "question.txt"
    age(waiting, days=2)
    with database.session() as session:
        assert [alert.sentence for alert in alerts_of(measure(session)) if alert.code == "files_waiting"] == [
            "Un fichier de la boîte attend une réponse depuis 2 j"
        ]
        [file] = what_is_due(session).files
    assert (file.campaign, file.path, file.deleted_on) == (CODE, waiting, clock.today() + timedelta(days=28))
    assert inbox.purge(database, actor="test") == 0
    for path in (waiting, waiting.with_name("question.txt.txt")):
        age(path, days=31)
    with database.session() as session:
        assert [file.deleted_on for file in what_is_due(session).files] == [clock.today()]
    assert inbox.purge(database, actor="test") == 2
    assert left(tmp_path) == []
    with database.session() as session:
        assert session.execute(FORGOTTEN).all() == [("test", f"inbox/{CODE}", {"files": 1})]
        assert what_is_due(session).files == []


def test_the_time_of_a_file_begins_when_it_was_handled(database, drop):
    """Programs that copy keep a file's own day, which may be years ago."""
    drop("question.csv", QUESTION, age=400 * 86_400)
    drop("list.csv", age=400 * 86_400)
    take(database)
    assert inbox.purge(database, actor="test") == 0


@pytest.mark.parametrize("state", ["launched", "paused", "draft"])
def test_old_previews_are_dropped(database, drop, state):
    """Also of a campaign that nothing is done for: a draft that was given up, one that is paused."""
    path = drop("list.csv")
    with database.session() as session:
        version = "NULL" if state == "draft" else "version_id"
        session.execute(text(f"UPDATE campaign SET state = :state, version_id = {version}"), {"state": state})
    loaded = lists.loaded_campaign(database, CODE, drafts=True)
    lists.preview_file(database, loaded, path, actor="test")
    assert lists.drop_old_previews(database, actor="test") == 0
    with clock.travel(clock.at(date(2026, 10, 20), "02:00")):
        assert lists.drop_old_previews(database, actor="test") == 1
    with database.session() as session:
        assert session.execute(text("SELECT count(*) FROM list_row")).scalar_one() == 0
