"""Sealed columns after a season: none in the clear, and all under a new key when it changes, whatever is cut off."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from outreach.core import resealing, sealing
from outreach.core.errors import DatabaseError
from outreach.core.settings import settings
from outreach.flows.keys import change_key, reseal_all
from outreach.models.sealed import sealed_columns
from tests.privacy.season import copied


@pytest.fixture
def season(played, cluster, worker_id):
    with copied(played, cluster, worker_id) as database:
        yield database


def clear(database):
    """Values in the clear, or under another key, by column."""
    with database.session() as session:
        return {column.place: resealing.pending(session, column) for column in sealed_columns()}


def test_nothing_of_a_season_stands_in_the_clear(season):
    found = clear(season)
    assert set(found.values()) == {0}
    with season.session() as session:
        filled = {
            column.place: session.execute(
                text(f'SELECT count(*) FROM "{column.table}" WHERE "{column.name}" IS NOT NULL')
            ).scalar_one()
            for column in sealed_columns()
        }
        kept = session.execute(text("SELECT raw FROM list_row WHERE raw <> '' LIMIT 5")).scalars().all()
    assert filled["list_row.raw"] > 100
    assert filled["mail_letter.content"] > 100
    assert filled["private_note.body"] > 0
    assert all(sealing.SEALED.match(one) for one in kept)


def test_words_from_before_are_sealed_and_read_the_same(season, monkeypatch):
    monkeypatch.setattr(resealing, "BATCH", 7)
    with season.session() as session:
        session.execute(text("UPDATE list_row SET raw = 'en clair ' || id"))
        session.execute(text("""UPDATE mail_letter SET content = '{"subject": "en clair"}'"""))
        rows = session.execute(text("SELECT count(*) FROM list_row")).scalar_one()
    done = reseal_all(season)
    assert done["list_row.raw"] == rows
    assert set(clear(season).values()) == {0}
    assert set(reseal_all(season).values()) == {0}
    with season.session() as session:
        one = session.execute(text("SELECT id, raw FROM list_row ORDER BY id LIMIT 1")).one()
        assert sealing.opened(one.raw, "list_row.raw") == f"en clair {one.id}"
        kept = session.execute(text("SELECT content FROM mail_letter LIMIT 1")).scalar_one()
        assert sealing.opened_data(kept, "mail_letter.content") == {"subject": "en clair"}


def test_a_key_is_changed_and_a_run_that_was_cut_off_is_finished(season, cluster, monkeypatch):
    before = dict(cluster._secrets)
    try:
        old = sealing.ring().current
        whole = resealing._batch
        left = iter(range(3))

        def stops(session, column, after):
            if next(left, None) is None:
                message = "the machine stops"
                raise OSError(message)
            return whole(session, column, after)

        monkeypatch.setattr(resealing, "_batch", stops)
        with pytest.raises(OSError, match="stops"):
            change_key(season, actor="test")
        monkeypatch.undo()
        assert sealing.ring().current != old
        assert old in sealing.ring().ciphers, "both keys are known meanwhile"
        assert sum(reseal_all(season).values()) > 0
        assert set(clear(season).values()) == {0}
        middle = sealing.ring().current
        assert sum(change_key(season, actor="test").values()) > 0
        assert sealing.ring().ciphers.keys().isdisjoint({old, middle})
        with season.session() as session:
            kept = session.execute(text("SELECT raw FROM list_row WHERE raw <> '' LIMIT 1")).scalar_one()
            assert sealing.opened(kept, "list_row.raw")
    finally:
        cluster.adopt({"fields": before["fields"], "fields_before": before.get("fields_before", "")})


def test_a_key_of_the_environment_is_changed_there(season, monkeypatch):
    monkeypatch.setenv("OUTREACH_FIELD_KEY", "une-longue-valeur")
    settings.cache_clear()
    try:
        with pytest.raises(DatabaseError, match="OUTREACH_FIELD_KEY"):
            change_key(season, actor="test")
    finally:
        monkeypatch.undo()
        settings.cache_clear()
