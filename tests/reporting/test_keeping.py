"""Figures counted by several workers: the same as by one, whole again after an end in the middle, nothing lost beside writers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy import text

from outreach.core.words import EventKind
from outreach.reporting.figures import counting, keeping
from outreach.reporting.figures.keeping import refresh_all, refresh_figures, start_over
from outreach.tracking import NewEvent, append_events
from tests.reporting.campaigns import MEDIATED, REFUSED, SENT, START, a_season, a_town
from tests.reporting.test_figures import kept

LARGE = {"event", "contact", "case", "person", "household", "building", "mediation", "case_figure"}


@pytest.fixture
def seasoned(database, monkeypatch):
    """A committed season, counted in many small ranges by four workers."""
    for module in (counting, keeping):
        monkeypatch.setattr(module, "MANY", 20)
    monkeypatch.setattr(keeping, "MOST", 15)
    monkeypatch.setattr(keeping, "WORKERS", 4)
    with database.session() as session:
        a_season(a_town(session))
    return database


def counted(database):
    with database.session() as session:
        return kept(session)


def alone(database):
    """What one worker counts anew, without keeping it."""
    with database.session() as session:
        start_over(session)
        refresh_all(session)
        found = kept(session)
        session.rollback()
    return found


def test_many_workers_count_what_one_counts(seasoned):
    with seasoned.session() as session:
        assert len(keeping._ranges(session, 4)) >= 8
    cases = refresh_figures(seasoned)
    assert counted(seasoned) == alone(seasoned)
    assert len(counted(seasoned)["case_figure"]) == cases
    assert refresh_figures(seasoned) == 0
    assert keeping.rebuild_figures(seasoned) == cases
    assert counted(seasoned) == alone(seasoned)


def test_many_cases_read_no_table_again_for_each_of_them(seasoned, monkeypatch):
    refresh_figures(seasoned)
    read_again, gather = [], counting._gather

    def explained(session, table, query, values):
        [[[plan]]] = session.execute(text(f"EXPLAIN (FORMAT json) {query}"), values).all()
        read_again.extend((table, name) for name in again_for_each(plan["Plan"]))
        gather(session, table, query, values)

    monkeypatch.setattr(counting, "_gather", explained)
    monkeypatch.setattr(keeping, "MOST", 10_000)
    with seasoned.session() as session:
        # A good half, which is many, and not all of any range.
        half = "INSERT INTO figure_due (case_id, since) SELECT id, '-infinity' FROM \"case\" WHERE id % 5 < 3"
        assert session.execute(text(half)).rowcount >= counting.MANY
        assert counting.are_many(session, session.execute(text("SELECT count(*) FROM figure_due")).scalar_one())
        assert refresh_all(session) < len(counted(seasoned)["case_figure"])
    assert read_again == []
    assert counted(seasoned) == alone(seasoned)


def again_for_each(node, *, inside=False):
    """The tables of any size that a plan reads whole, once for each row of something else."""
    if inside and node["Node Type"] == "Seq Scan" and node["Relation Name"] in LARGE:
        yield node["Relation Name"]
    for part in node.get("Plans", []):
        yield from again_for_each(
            part, inside=inside or (node["Node Type"] == "Nested Loop" and part["Parent Relationship"] == "Inner")
        )


@pytest.mark.parametrize("place", [0, 1, 5])
def test_what_was_not_counted_when_it_ended_in_the_middle_is_still_due(seasoned, monkeypatch, place):
    ranges = iter(range(100))

    def fails_once(session, chosen, turn=None):
        if next(ranges) == place:
            message = "the machine stops"
            raise OSError(message)
        return counting.count_cases(session, chosen, turn)

    monkeypatch.setattr(keeping, "count_cases", fails_once)
    with pytest.raises((OSError, RuntimeError)):
        refresh_figures(seasoned)
    refresh_figures(seasoned)
    assert counted(seasoned) == alone(seasoned)


def test_months_not_counted_when_it_ended_are_counted_next_time(seasoned, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(keeping, "count_months", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            refresh_figures(seasoned)
    assert counted(seasoned)["figure_work"] == []
    refresh_figures(seasoned)
    assert counted(seasoned) == alone(seasoned)


def test_an_event_that_is_being_written_while_its_case_is_counted_is_not_lost(seasoned):
    refresh_figures(seasoned)
    with seasoned.session() as session:
        case = (
            session.execute(text("SELECT case_id FROM case_figure WHERE ended_as IS NULL AND mediated_at IS NULL"))
            .scalars()
            .first()
        )
        append_events(session, [refusal(case, "before", "call_back")])
    written, may_end = Event(), Event()

    def writer():
        with seasoned.session() as session:
            append_events(session, [refusal(case, "beside", "refused")])
            written.set()
            may_end.wait(20)

    with ThreadPoolExecutor(2) as pool:
        writing = pool.submit(writer)
        written.wait(20)
        recount = pool.submit(refresh_figures, seasoned)
        wait([recount], timeout=1)
        may_end.set()
        writing.result()
        recount.result()
    refresh_figures(seasoned)
    with seasoned.session() as session:
        query = text("SELECT ended_as FROM case_figure WHERE case_id = :case")
        assert session.execute(query, {"case": case}).scalar_one() == "refused"
    assert counted(seasoned) == alone(seasoned)


def refusal(case, source, code):
    return NewEvent(case, EventKind.ATTEMPTED, source, START + timedelta(days=9), "test", "call", code)


def test_cases_opened_later_are_counted_by_their_numbers(seasoned):
    refresh_figures(seasoned)
    with seasoned.session() as session:
        town = a_town(session)
        town.rows = 10_000
        town.many(40, SENT, MEDIATED)
        town.many(3, SENT, REFUSED)
    assert refresh_figures(seasoned) == 43
    assert counted(seasoned) == alone(seasoned)
