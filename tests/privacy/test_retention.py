"""Retention: nothing before its day, everything after it, and the same figures to the unit."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from outreach.core import clock
from outreach.flows import forgetting, pipeline
from outreach.flows.invariants import all_invariants
from outreach.policy.retention import ends_on
from outreach.privacy import what_is_due
from outreach.privacy.due import gather
from outreach.reporting import rebuild_figures
from outreach.reporting.lists import listed
from tests.opened import in_clear
from tests.privacy.season import copied, figures, telling, traces, while_somebody_is_matched

AFTER = date(2029, 3, 1)
"""When the agreement's two years are over for everybody, and the agreement itself too."""


@pytest.fixture
def season(played, cluster, worker_id):
    with copied(played, cluster, worker_id) as database:
        yield database


@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)), st.integers(1, 24))
def test_months_are_counted_as_people_count_them(day, months):
    end = ends_on(day, months)
    assert (end.year * 12 + end.month) - (day.year * 12 + day.month) == months
    assert end.day == day.day or (end + timedelta(days=1)).day == 1


def test_the_database_counts_months_as_python_does(session):
    for day in (date(2026, 8, 31), date(2024, 2, 29), date(2026, 1, 30), date(2026, 10, 25)):
        for months in (1, 6, 12, 18, 24):
            query = "SELECT CAST(CAST(:day AS date) + make_interval(months => :months) AS date)"
            assert session.execute(text(query), {"day": day, "months": months}).scalar_one() == ends_on(day, months)


def test_nothing_is_due_before_its_day(season):
    with season.session() as session:
        due = what_is_due(session, date(2028, 9, 1))
        last = session.execute(
            text("SELECT max(occurred_at) FROM event WHERE kind IN ('sent', 'attempted', 'replied', 'mediated', 'appointed')")
        )
        day = last.scalar_one().astimezone(clock.PARIS).date()
    assert (due.cases, due.rows, due.people) == (0, 0, 0)
    assert day < date(2026, 11, 1)


def test_a_case_falls_due_two_years_after_its_last_contact_and_not_the_day_before(season):
    query = """SELECT c.id, max(e.occurred_at) AS at FROM "case" c JOIN event e ON e.case_id = c.id AND e.kind IN ('sent', 'attempted', 'replied',
               'mediated', 'appointed') WHERE c.closed_at IS NOT NULL GROUP BY 1 ORDER BY 1 LIMIT 5"""
    with season.session() as session:
        for row in session.execute(text(query)).all():
            end = ends_on(row.at.astimezone(clock.PARIS).date(), 24)
            for day, due in ((end - timedelta(days=1), False), (end, True)):
                gather(session, day)
                found = session.execute(
                    text("SELECT closed AND ends_on <= :day FROM case_clock WHERE id = :id"), {"day": day, "id": row.id}
                )
                assert found.scalar_one() is due


def test_nobody_is_forgotten_while_somebody_is_matched(season):
    """A new list's row would else be found to be somebody of whom nothing is kept a moment later."""
    with season.session() as session:
        everybody = list(session.execute(text("SELECT id FROM person ORDER BY id")).scalars())
    with clock.travel(clock.at(AFTER, "04:00")):
        done, early = while_somebody_is_matched(season, everybody, lambda: forgetting.retain(season, actor="test"))
    assert not early
    assert done.people > 20


def test_the_dry_run_says_what_the_wet_run_does_and_changes_nothing(season):
    with season.session() as session:
        before = session.execute(text("SELECT sum(hashtext(CAST(r AS text))) FROM list_row r")).scalar_one()
        due = what_is_due(session, AFTER)
        after = session.execute(text("SELECT sum(hashtext(CAST(r AS text))) FROM list_row r")).scalar_one()
    assert before == after
    assert due.cases > 20
    held = sum(one.held for one in due.now)
    with clock.travel(clock.at(AFTER, "04:00")):
        done = forgetting.retain(season, actor="test")
    assert held > 0, "some cases were open"
    assert done.cases == due.cases + held
    assert (done.rows, done.people) >= (due.rows, due.people)
    with clock.travel(clock.at(AFTER, "05:00")):
        again = forgetting.retain(season, actor="test")
    assert (again.cases, again.rows, again.people) == (0, 0, 0)


def test_after_the_wet_run_nobody_is_left_and_every_figure_is_the_same(season):
    with season.session() as session:
        ids = list(session.execute(text("SELECT id FROM person WHERE merged_into IS NULL")).scalars())
        words = telling(session, ids)
        names = list(session.execute(text("SELECT DISTINCT street FROM list_row WHERE length(street) > 8")).scalars())
        references = sorted(
            set(session.execute(in_clear("SELECT reference FROM list_row WHERE reference IS NOT NULL")).scalars())
        )
    assert len(words) > 100
    loaded = pipeline.loaded_campaign(season, "energy-arrears")
    with clock.travel(clock.at(AFTER, "03:00")):
        # Cases of an agreement that is over are closed first: that is what happened, not what forgetting does.
        with season.session() as session:
            from outreach.privacy import outlived_cases
            from outreach.tracking import close_outlived

            close_outlived(session, outlived_cases(session), actor="test")
        rebuild_figures(season)
        with season.session() as session:
            before, lists = figures(session), listed(session, loaded, date(2026, 10, 31))
        forgetting.retain(season, actor="test")
        with season.session() as session:
            assert figures(session) == before
        rebuild_figures(season)
        with season.session() as session:
            session.execute(text("DELETE FROM figure_list"))
            assert figures(session) == before, "counted again from what is left"
            assert listed(session, loaded, date(2026, 10, 31)) == lists
            assert traces(session, words) == set()
            assert traces(session, references) == set()
            assert traces(session, names) <= {
                "address_point.street",
                "address_point.address_key",
                "priority_street.street",
                "site.address",
            }
            assert [finding.code for finding in all_invariants(session) if finding.faults] == []
            assert session.execute(text("SELECT count(*) FROM person WHERE anonymised_at IS NULL")).scalar_one() == 0
            waiting = session.execute(text("SELECT count(*) FROM provider_erasure WHERE gone_at IS NULL")).scalar_one()
            sent = session.execute(
                text(
                    "SELECT count(*) FROM attempt a JOIN contact k ON k.id = a.contact_id WHERE a.provider_ref IS NOT NULL AND k.channel IN ('sms', 'call')"
                )
            ).scalar_one()
            assert waiting >= sent > 0


def test_a_run_that_was_cut_off_is_finished_by_the_next(season, monkeypatch):
    from outreach.privacy import retention

    monkeypatch.setattr(retention, "PIECE", 7)
    pieces = iter(range(1000))
    whole = retention.anonymise_rows

    def stops(session, ids):
        whole(session, ids)
        if next(pieces) == 2:
            message = "the machine stops"
            raise OSError(message)

    monkeypatch.setattr(retention, "anonymise_rows", stops)
    with clock.travel(clock.at(AFTER, "04:00")):
        with pytest.raises(OSError, match="stops"):
            forgetting.retain(season, actor="test")
        with season.session() as session:
            kept = session.execute(text("SELECT count(*) FROM list_row WHERE anonymised_at IS NULL")).scalar_one()
            assert kept > 0
            assert [finding.code for finding in all_invariants(session) if finding.faults] == []
        forgetting.retain(season, actor="test")
        with season.session() as session:
            assert what_is_due(session).people == 0
            assert session.execute(text("SELECT count(*) FROM list_row WHERE anonymised_at IS NULL")).scalar_one() == 0


def test_the_journal_only_grows_and_events_are_changed_by_nothing_else(season):
    with clock.travel(clock.at(AFTER, "04:00")):
        forgetting.retain(season, actor="test")
    for statement in (
        "UPDATE retention_run SET actor = 'nobody'", "DELETE FROM retention_run", "UPDATE event SET actor = 'nobody'",
        "SET LOCAL outreach.forgetting = 'on'; UPDATE event SET actor = 'nobody'",
        "SET LOCAL outreach.forgetting = 'on'; UPDATE audit_entry SET actor = 'nobody'",
    ):  # fmt: skip
        with pytest.raises(DBAPIError), season.session() as session:
            session.execute(text(statement))


def test_matching_forgets_what_it_remembered_beside_the_database(season):
    from outreach.matching.register import register_file

    with season.session() as session:
        path = register_file(session)
    path.parent.mkdir(parents=True, exist_ok=True)
    # The last two are what a run leaves that is ended while it writes.
    left = [path, *(path.with_suffix(suffix) for suffix in (".part", ".part.wal"))]
    for file in left:
        file.write_bytes(b"names")
    with clock.travel(clock.at(AFTER, "04:00")):
        forgetting.retain(season, actor="test")
    assert not any(file.exists() for file in left)
    with clock.travel(clock.at(AFTER, "05:00")):
        assert pipeline.match(season, actor="test").rows == 0


def test_files_with_people_go_with_them_and_others_stay(season, tmp_path, monkeypatch):
    from outreach.core.settings import settings

    monkeypatch.setenv("OUTREACH_OUTPUT", str(tmp_path))
    settings.cache_clear()
    with season.session() as session:
        run = session.execute(text("SELECT file_name FROM mail_batch ORDER BY id LIMIT 1")).scalar_one()
    gone = [
        tmp_path / "letters" / run,
        tmp_path / "tournee-2026-10-12-l8-amina.pdf",
        tmp_path / "sheets" / "appels-2026-10-12-l8-amina.pdf",
    ]
    kept = [
        tmp_path / "bilan.pdf",
        tmp_path / f"tournee-{AFTER}-l8-amina.pdf",
        tmp_path / "courriers-x-2026-10-12-01.pdf",
        tmp_path / "appels.pdf",
    ]
    for path in gone + kept:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"%PDF")
    try:
        with clock.travel(clock.at(AFTER, "04:00")):
            forgetting.retain(season, actor="test")
    finally:
        monkeypatch.undo()
        settings.cache_clear()
    assert [path.name for path in gone if path.exists()] == []
    assert [path.name for path in kept if not path.exists()] == []
