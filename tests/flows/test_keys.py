"""Sealed columns after a season: none in the clear, and all under a new key when it changes, whatever is cut off."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy import text

from outreach.core import clock, resealing, sealing
from outreach.core.errors import DatabaseError
from outreach.core.settings import settings
from outreach.flows import keys
from outreach.flows.keys import change_key, reseal_all
from outreach.models import PersonRequest
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


@pytest.mark.usefixtures("keys_again")
def test_a_key_is_changed_and_a_run_that_was_cut_off_is_finished(season, monkeypatch):
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


@pytest.mark.usefixtures("keys_again")
def test_who_begins_again_after_a_run_that_was_cut_off_loses_no_key(season, monkeypatch):
    first = sealing.ring().current

    def stops(_session, _column, _after):
        message = "the machine stops"
        raise OSError(message)

    with monkeypatch.context() as cut:
        cut.setattr(resealing, "_batch", stops)
        for _ in range(2):
            with pytest.raises(OSError, match="stops"):
                change_key(season, actor="test")
    assert first in sealing.ring().ciphers
    assert len(sealing.ring().ciphers) == 3
    assert change_key(season, actor="test")["list_row.raw"] > 0
    assert len(sealing.ring().ciphers) == 1
    assert set(clear(season).values()) == {0}


@pytest.mark.usefixtures("keys_again")
def test_what_was_sealed_before_the_change_and_comes_after_it_is_sealed_again(season):
    """A list that is being taken in writes its rows down under the key that it began with."""
    first = sealing.ring().current
    with ThreadPoolExecutor(1) as beside:
        with season.session() as slow:
            request = PersonRequest(
                kind="access", state="open", received_on=clock.today(), due_on=clock.today(), through="post", note="mots d'avant",
                recorded_at=clock.now(), recorded_by="test",
            )  # fmt: skip
            slow.add(request)
            slow.flush()
            changing = beside.submit(change_key, season, actor="test")
            for _ in range(200):
                if changing.done() or (sealing.ring().current != first and not any(clear(season).values())):
                    break
                time.sleep(0.05)
            assert not changing.done(), "it waits for what was under way"
            number = request.id
        assert changing.result(60)["person_request.note"] > 0
    assert first not in sealing.ring().ciphers
    with season.session() as session:
        assert session.get(PersonRequest, number).note == "mots d'avant"


@pytest.mark.usefixtures("keys_again")
def test_work_that_does_not_end_keeps_the_key_of_before(season, monkeypatch):
    monkeypatch.setattr(keys, "LONGEST", timedelta(seconds=0))
    first = sealing.ring().current
    with season.session() as endless:
        endless.execute(text("SELECT 1"))
        with pytest.raises(DatabaseError, match="gardée"):
            change_key(season, actor="test")
    assert first in sealing.ring().ciphers


def test_a_key_of_the_environment_is_changed_there(season, monkeypatch):
    monkeypatch.setenv("OUTREACH_FIELD_KEY", "une-longue-valeur")
    settings.cache_clear()
    try:
        with pytest.raises(DatabaseError, match="OUTREACH_FIELD_KEY"):
            change_key(season, actor="test")
    finally:
        monkeypatch.undo()
        settings.cache_clear()


def test_sealing_gives_way_to_who_holds_the_rows(season):
    held, go = Event(), Event()

    def match():
        with season.session() as session:
            session.execute(
                text("UPDATE person SET simulated = simulated WHERE id = (SELECT max(id) FROM person WHERE mobile IS NOT NULL)")
            )
            held.set()
            go.wait(30)
            # Waits for a row that sealing would hold, had it not let go.
            session.execute(text("UPDATE person SET simulated = simulated"))

    with season.session() as session:
        people = (
            session.execute(text("UPDATE person SET mobile = '+33639980001' WHERE mobile IS NOT NULL RETURNING id"))
            .scalars()
            .all()
        )
    with ThreadPoolExecutor(2) as pool:
        matching = pool.submit(match)
        held.wait(30)
        sealing_ = pool.submit(reseal_all, season)
        time.sleep(0.2)
        go.set()
        matching.result(60)
        assert sealing_.result(60)["person.mobile"] == len(people)
