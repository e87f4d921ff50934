"""A backup from before an erasure brings nobody back: the marks kept beside it do it again, to that person and nobody else."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.backup import backup_database
from outreach.core.database import Database, create_database, drop_database
from outreach.core.errors import OutreachError
from outreach.core.settings import settings
from outreach.flows import backups, forgetting
from outreach.flows.erased_again import ErasedAgain, _meant, erase_again
from outreach.flows.erasures_kept import FILE, keep_erasures, kept_erasures
from tests.opened import in_clear
from tests.played import END
from tests.privacy.season import copied, telling, traces
from tests.privacy.test_erasure import WHO, others

BEFORE, AFTER = "2026-11-02T10:00:00+01:00", "2026-11-03T10:00:00+01:00"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """An installation's folder of this test's own."""
    place = tmp_path / "home"
    place.mkdir()
    monkeypatch.setenv("OUTREACH_HOME", str(place))
    settings.cache_clear()
    yield place
    settings.cache_clear()


def test_a_restored_backup_from_before_an_erasure_brings_nobody_back(played, cluster, worker_id, home, tmp_path):
    folder, name = tmp_path / "backups", f"restored_{worker_id}"
    folder.mkdir()
    with clock.travel(clock.at(END, "20:30")):
        with copied(played, cluster, worker_id) as lost:
            with lost.session() as session:
                somebody = session.execute(in_clear(WHO)).one()
                words, before = telling(session, [somebody.id]), others(session, somebody.id)
            older = backups.back_up(lost, folder / "older.backup", actor="test")
            assert not kept_erasures()
            forgetting.erase_person(lost, somebody.id, actor="test")
            assert len(kept_erasures()) >= 3
            backups.back_up(lost, folder / "newer.backup", actor="test")
        for file in (home / FILE, folder / FILE):
            assert file.stat().st_mode & 0o777 == 0o600
            assert not any(word in file.read_text() for word in words), "marks alone"
        # The machine is gone; what is left are the backups, with what lies beside them.
        (home / FILE).unlink()
        drop_database(cluster, name)
        create_database(cluster, name)
        restored = Database(cluster.url(name), cluster.url(name, "outreach_owner"), cluster)
        try:
            _contents, again = backups.restore(restored, older.file, actor="test")
            assert again == ErasedAgain(people=1, waiting=0)
            with restored.session() as session:
                assert others(session, somebody.id) == before
                alone = [word for word in words if not _said_of_others(session, word, somebody.id)]
                assert alone
                assert traces(session, alone) == set()
                assert session.scalar(text("SELECT anonymised_at FROM person WHERE id = :id"), {"id": somebody.id})
            assert erase_again(restored, kept_erasures(folder / FILE), actor="test") == ErasedAgain(), "once"
        finally:
            restored.dispose()
            drop_database(cluster, name)


def test_erasures_that_cannot_be_read_are_told_before_anything_is_restored(played, cluster, worker_id, tmp_path):
    name = f"restored_{worker_id}"
    # Of a copy: that a backup was made is kept, and others measure the played campaign.
    with copied(played, cluster, worker_id) as database:
        made = backup_database(database, tmp_path / "one.backup", actor="test")
    (tmp_path / FILE).write_text("neither mark nor moment\n")
    drop_database(cluster, name)
    create_database(cluster, name)
    empty = Database(cluster.url(name), cluster.url(name, "outreach_owner"), cluster)
    try:
        with pytest.raises(OutreachError, match=f"{FILE} : 1"):
            backups.restore(empty, made.file, actor="test")
        (tmp_path / FILE).unlink()
        backups.restore(empty, made.file, actor="test")
    finally:
        empty.dispose()
        drop_database(cluster, name)


def test_marks_lie_beside_backups_and_are_never_forgotten_by_a_copy_that_has_none(shared_database, tmp_path, home):
    beside = tmp_path / "backups" / FILE
    beside.parent.mkdir()
    (home / FILE).write_text(f"m1\treference\t{BEFORE}\n")
    keep_erasures(shared_database, beside)
    assert "m1\treference" in beside.read_text()
    (home / FILE).unlink()
    keep_erasures(shared_database, beside)
    assert "m1" in kept_erasures(), "what only the backups knew is taken over"


def test_a_line_that_is_none_of_ours_is_named(home):
    (home / FILE).write_text(f"m1\treference\t{BEFORE}\nm2 reference\n")
    with pytest.raises(OutreachError, match=f"{FILE} : 2"):
        kept_erasures()


def test_a_namesake_at_the_same_address_is_not_erased_for_another():
    marks = {"ref": ("reference", BEFORE), "born": ("birth", BEFORE), "home": ("home", BEFORE), "only": ("any_home", AFTER)}
    assert _meant(marks, [(1, "ref"), (1, "home"), (2, "home")]) == ({1}, 0)
    assert _meant(marks, [(2, "home")]) == (set(), 0), "who was erased came after this backup"
    assert _meant(marks, [(1, "born"), (2, "born")]) == (set(), 1), "two as likely: a person decides"
    assert _meant(marks, [(3, "only")]) == ({3}, 0), "nothing more was known of them"
    assert _meant(marks, [(1, "ref"), (3, "only")]) == ({1, 3}, 0)


def _said_of_others(session, word, person):
    return any(word == str(part) for row in others(session, person) for part in row[1:5])
