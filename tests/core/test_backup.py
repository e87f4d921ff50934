"""A backup is whole, sealed, and comes back somewhere else with everything that must survive."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
import tempfile
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.backup import backup_database, read_backup, require_secrets, restore_database
from outreach.core.database import Database, create_database, drop_database, open_database
from outreach.core.embedded import EmbeddedCluster
from outreach.core.errors import DatabaseError, PolicyError
from outreach.core.live import confirm_live, lock_copy, this_copy
from outreach.core.marks import mark
from outreach.core.old_backups import remove_old
from outreach.core.postgres_tools import command_of
from outreach.core.sealed_file import SealError
from outreach.core.secrets import known
from outreach.core.settings import settings
from outreach.flows import backups

OBJECTION = """
INSERT INTO objection (id, mark, source, occurred_at, recorded_at) VALUES (gen_random_uuid(), :mark, 'sms', now(), now())
"""
HEEDED = "SELECT count(*) FROM objection WHERE mark = :mark AND lifted_at IS NULL"
PHONE = "+33639980001"


@pytest.fixture(autouse=True)
def unread():
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture
def given(monkeypatch):
    """Gives the environment a value."""

    def give(**values):
        for name, value in values.items():
            monkeypatch.setenv(f"OUTREACH_{name.upper()}", value)
        settings.cache_clear()

    return give


@pytest.fixture
def objected(database):
    """A database in which somebody objected."""
    with database.session() as session:
        session.execute(text(OBJECTION), {"mark": mark(PHONE)})
    return database


def heeded(database):
    with database.session() as session:
        return session.execute(text(HEEDED), {"mark": mark(PHONE)}).scalar_one()


def put(database, file):
    return backup_database(database, file, actor="test")


@contextmanager
def another_machine():
    """An empty installation with secrets of its own."""
    home = Path(tempfile.mkdtemp(prefix="outreach-other-"))
    home.chmod(0o711)
    cluster = EmbeddedCluster(home / "pg", fsync=False)
    cluster.open()
    try:
        create_database(cluster, "outreach")
        database = Database(cluster.url("outreach"), cluster.url("outreach", "outreach_owner"), cluster)
        yield database
        database.dispose()
    finally:
        cluster.stop()
        cluster.close()
        shutil.rmtree(home)


def test_what_is_written_is_sealed_whole_and_ones_own(objected, tmp_path):
    made = put(objected, tmp_path / "deep" / "one.backup")
    assert stat.S_IMODE(made.file.stat().st_mode) == 0o600
    assert [path.name for path in made.file.parent.iterdir()] == ["one.backup"]
    content = made.file.read_bytes()
    assert made.bytes == len(content)
    assert b"PGDMP" not in content
    contents = read_backup(objected, made.file)
    assert contents.sealed
    assert contents.entries > 300
    assert contents.told["tables"]["objection"] == 1 == made.tables["objection"]
    assert contents.told["revision"] == made.revision
    with objected.session() as session:
        row = session.execute(text("SELECT * FROM backup")).one()
        acts = session.execute(text("SELECT data FROM audit_entry WHERE action = 'database.backup'")).scalars().all()
    assert (row.sha256, row.bytes, row.made_by, row.checked_at) == (made.sha256, made.bytes, "test", None)
    assert [act["sha256"] for act in acts] == [made.sha256]


def test_a_file_that_cannot_be_finished_is_not_there(objected, tmp_path, monkeypatch):
    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("outreach.core.sealed_file.Sealer.close", full)
    with pytest.raises(DatabaseError, match="No space left"):
        put(objected, tmp_path / "one.backup")
    assert list(tmp_path.iterdir()) == []


def test_an_older_file_of_that_name_stays_until_the_new_one_is_whole(objected, tmp_path, monkeypatch):
    first = put(objected, tmp_path / "one.backup")
    monkeypatch.setattr("outreach.core.sealed_file.Sealer.close", lambda _self: (_ for _ in ()).throw(OSError(5, "broken")))
    with pytest.raises(DatabaseError):
        put(objected, first.file)
    assert read_backup(objected, first.file).sha256 == first.sha256


def test_a_backup_that_was_cut_or_changed_restores_nothing(objected, tmp_path):
    made = put(objected, tmp_path / "one.backup")
    content = made.file.read_bytes()
    with another_machine() as other:
        for damaged in (content[:-1], content[: len(content) // 2], content[:-40] + bytes(40)):
            made.file.write_bytes(damaged)
            with pytest.raises(SealError):
                restore_database(other, made.file)
            with other.session() as session:
                assert session.execute(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")).scalar_one() == 0


def test_another_machine_needs_the_key_alone_and_heeds_objections(objected, tmp_path, given):
    made = put(objected, tmp_path / "one.backup")
    key = known(objected, "backup")
    with another_machine() as other:
        with pytest.raises(SealError, match="OUTREACH_BACKUP_KEY"):
            backups.restore(other, made.file, actor="test")
        given(backup_key=key)
        assert known(other, "pepper") != known(objected, "pepper")
        backups.restore(other, made.file, actor="test")
        assert known(other, "pepper") == known(objected, "pepper")
        assert heeded(other) == 1
        assert json.loads((other.cluster.home / "secrets.json").read_text())["sealing"] == known(objected, "sealing")
        assert stat.S_IMODE((other.cluster.home / "secrets.json").stat().st_mode) == 0o600
        with other.session() as session:
            assert not this_copy(session).is_live
        with pytest.raises(DatabaseError, match="pas vide"):
            backups.restore(other, made.file, actor="test")


def test_a_secret_that_only_the_environment_knew_is_asked_for_by_name(objected, tmp_path, given, monkeypatch):
    given(objection_pepper="the pepper of a server", backup_key="the key of a server's backups")
    made = put(objected, tmp_path / "one.backup")
    assert "pepper" not in read_backup(objected, made.file).private["secrets"]
    monkeypatch.delenv("OUTREACH_OBJECTION_PEPPER")
    settings.cache_clear()
    with another_machine() as other:
        with pytest.raises(DatabaseError, match="OUTREACH_OBJECTION_PEPPER"):
            backups.restore(other, made.file, actor="test")
        given(objection_pepper="another pepper altogether")
        with pytest.raises(DatabaseError, match="OUTREACH_OBJECTION_PEPPER"):
            backups.restore(other, made.file, actor="test")
        given(objection_pepper="the pepper of a server")
        backups.restore(other, made.file, actor="test")


def test_secrets_are_not_taken_over_where_another_database_lives_with_its_own(objected, tmp_path, given):
    made = put(objected, tmp_path / "one.backup")
    given(backup_key=known(objected, "backup"))
    with another_machine() as other:
        create_database(other.cluster, "demo")
        with pytest.raises(DatabaseError, match="OUTREACH_(OBJECTION_PEPPER|FIELD_KEY|SEALING_KEY)"):
            require_secrets(other, read_backup(other, made.file))


def test_a_key_that_is_too_short_is_refused(objected, tmp_path, given):
    given(backup_key="short")
    with pytest.raises(DatabaseError, match="OUTREACH_BACKUP_KEY"):
        put(objected, tmp_path / "one.backup")
    assert list(tmp_path.iterdir()) == []


def test_an_old_archive_that_was_not_sealed_is_still_read(objected, cluster, worker_id, tmp_path):
    file = tmp_path / "old.dump"
    command, environment = command_of(objected, "pg_dump", "--format=custom", "--no-owner", f"--file={file}")
    subprocess.run(command, check=True, env=environment)
    name = f"old_{worker_id}"
    drop_database(cluster, name)
    create_database(cluster, name)
    database = Database(cluster.url(name), cluster.url(name, "outreach_owner"), cluster)
    contents, again = backups.restore(database, file, actor="test")
    assert again.people == 0
    assert not contents.sealed
    assert contents.entries > 300
    assert heeded(database) == 1
    with database.session() as session:
        assert not this_copy(session).is_live
    database.dispose()
    drop_database(cluster, name)
    file.write_bytes(b"something else")
    with pytest.raises(SealError, match="pas une sauvegarde"):
        read_backup(objected, file)


def test_a_trial_restore_counts_every_row_and_leaves_nothing(objected, cluster, tmp_path):
    made = put(objected, tmp_path / "one.backup")
    checked = backups.check_backup(objected, made.file, try_out=True)
    assert (checked.is_good, checked.tried, checked.differing, checked.faults) == (True, True, [], {})
    with objected.session() as session:
        row = session.execute(text("SELECT checked_at, tried_at FROM backup")).one()
        left = session.execute(text("SELECT count(*) FROM pg_database WHERE datname LIKE '%%_restore'")).scalar_one()
    assert row.checked_at is not None
    assert row.tried_at is not None
    assert left == 0


def test_a_trial_restore_says_which_table_differs(objected, tmp_path, monkeypatch):
    monkeypatch.setattr("outreach.core.backup.rows_by_table", lambda _connection: {"objection": 5})
    made = put(objected, tmp_path / "one.backup")
    checked = backups.check_backup(objected, made.file, try_out=True)
    assert not checked.is_good
    assert "objection" in checked.differing
    with objected.session() as session:
        assert session.execute(text("SELECT checked_at FROM backup")).scalar_one() is None


def test_old_ones_go_ours_alone_and_never_the_newest(objected, tmp_path, given):
    with clock.travel(clock.now() - timedelta(days=40)):
        oldest = put(objected, tmp_path / "oldest.backup")
        given(installation="another")
        theirs = put(objected, tmp_path / "theirs.backup")
        given(installation="ours")
        mine = put(objected, tmp_path / "mine.backup")
    (tmp_path / "note.backup").write_text("no backup")
    with clock.travel(clock.now() - timedelta(days=5)):
        recent = put(objected, tmp_path / "recent.backup")
        newest = put(objected, tmp_path)
    assert newest.file.name.startswith("ours-")
    assert remove_old(objected, newest.file, 30, actor="test") == ["mine.backup"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [oldest.file.name, theirs.file.name, "note.backup", recent.file.name, newest.file.name]
    )
    assert remove_old(objected, newest.file, 1, actor="test") == ["recent.backup"]
    assert not mine.file.exists()
    with objected.session() as session:
        gone = session.execute(text("SELECT file FROM backup WHERE removed_at IS NOT NULL ORDER BY id")).scalars().all()
        kept = session.execute(text("SELECT made_at FROM backup WHERE removed_at IS NULL ORDER BY made_at")).scalars().all()
    assert [Path(file).name for file in gone] == ["mine.backup", "recent.backup"]
    assert (kept[0], kept[-1]) == (oldest.made_at, newest.made_at), "the files of others are not ours to remove"


def test_a_copy_that_is_not_live_removes_no_backup(objected, tmp_path):
    with clock.travel(clock.now() - timedelta(days=40)):
        old = put(objected, tmp_path / "old.backup")
    new = put(objected, tmp_path / "new.backup")
    with objected.session() as session:
        lock_copy(session, reason="test", actor="test")
    with pytest.raises(PolicyError):
        remove_old(objected, new.file, 30, actor="test")
    assert old.file.exists()


def test_who_connects_under_another_name_is_another_installation(objected, given):
    given(database_url=objected.url, database_owner_url=objected.owner_url, installation="staging")
    staging = open_database()
    with objected.session() as session:
        assert this_copy(session).is_live
    with staging.session() as session:
        copy = this_copy(session)
        assert not copy.is_live
        assert "OUTREACH_INSTALLATION" in copy.why_not
        confirm_live(session, "Nadia", reason="test", actor="test")
        assert this_copy(session).is_live
    with objected.session() as session:
        assert not this_copy(session).is_live
    staging.dispose()


def test_keys_that_were_replaced_survive_too(objected, tmp_path, given):
    """Words that are still sealed by the key before the present one can be read on another machine."""
    objected.cluster.adopt({"fields_before": "a key of words from before"})
    try:
        made = put(objected, tmp_path / "one.backup")
        given(backup_key=known(objected, "backup"))
        with another_machine() as other:
            backups.restore(other, made.file, actor="test")
            assert known(other, "fields_before") == "a key of words from before"
            assert known(other, "fields") == known(objected, "fields")
    finally:
        objected.cluster.adopt({"fields_before": ""})


def test_keys_that_were_replaced_again_since_are_recognised_one_by_one(objected, tmp_path, given):
    given(objection_pepper="pepper of a server", sealing_key="sealing of a server", field_key="second", field_keys_before="first")
    made = put(objected, tmp_path / "one.backup")
    given(field_key="third", field_keys_before="second first")
    assert require_secrets(objected, read_backup(objected, made.file)) == {}
    given(field_keys_before="second")
    with pytest.raises(DatabaseError, match="OUTREACH_FIELD_KEYS_BEFORE"):
        require_secrets(objected, read_backup(objected, made.file))


def test_a_key_that_was_replaced_since_the_backup_is_recognised_among_those_before(objected, tmp_path, given):
    given(field_key="the key of then, long enough", objection_pepper="pepper of a server", sealing_key="sealing of a server")
    made = put(objected, tmp_path / "one.backup")
    given(field_key="the key of today, long enough", field_keys_before="thekeyofthen")
    with pytest.raises(DatabaseError, match="OUTREACH_FIELD_KEY"):
        require_secrets(objected, read_backup(objected, made.file))
    given(field_key="thekeyofthen", field_keys_before="")
    made = put(objected, tmp_path / "two.backup")
    given(field_key="the key of today, long enough", field_keys_before="thekeyofthen")
    assert require_secrets(objected, read_backup(objected, made.file)) == {}
