"""Jobs: done once, taken over when their server is gone, told as they go on; what goes wrong is told without anybody's data."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import httpx
import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.errors import OutreachError
from outreach.core.progress import step
from outreach.core.roles import Role
from outreach.models import Association
from outreach.web import jobs
from outreach.web.jobs import runner
from outreach.web.jobs.runner import KINDS, LEASE, MOST_TRIES, give_up
from outreach.web.jobs.watching import Progress, Watcher, as_event
from tests.web.server import serving
from tests.web.tenants import account, cookie


@pytest.fixture
def people(database):
    """Two managers."""
    with database.session() as session:
        session.add(Association(code="a", name="A"))
        session.flush()
        return {code: account(session, code, Role.MANAGER, association="a").id for code in ("camille", "alix")}


@pytest.fixture
def kind(monkeypatch):
    """A kind of job that does what a test wants."""

    def of(work):
        monkeypatch.setitem(KINDS, "test", work)
        return "test"

    return of


def row(database, number):
    with database.session() as session:
        return session.execute(text("SELECT * FROM web_job WHERE id = :id"), {"id": number}).one()


def test_a_job_tells_how_far_it_is_and_where_its_result_is(database, people, kind):
    seen = []

    def work(opened, arguments, actor):
        with step("lire", 10) as told:
            told(4)
            seen.append(actor)
        return jobs.Outcome(f"/there/{arguments['what']}")

    number = jobs.start(database, kind(work), people["camille"], "fr", "/back", what="x")
    assert jobs.Runner(database).run_waiting() == 1
    done = row(database, number)
    assert (done.state, done.next_path, done.step, done.total) == ("done", "/there/x", "lire", 10)
    assert seen == ["camille"]
    assert jobs.Runner(database).run_waiting() == 0


def test_what_goes_wrong_is_told_and_nobodys_data_with_it(database, people, kind):
    def work(_opened, _arguments, _actor):
        raise ValueError("Awa DIALLO")

    number = jobs.start(database, kind(work), people["camille"], "fr", "/back", back="/back")
    jobs.Runner(database).run_waiting()
    failed = row(database, number)
    assert failed.state == "failed"
    assert "DIALLO" not in str(failed.problem)
    assert failed.problem["mend"]


def test_a_mistake_that_can_be_mended_says_how(database, people, kind):
    def work(_opened, _arguments, _actor):
        raise OutreachError("la liste est vide", place="x.csv", mend="Déposez-en une autre.")

    number = jobs.start(database, kind(work), people["camille"], "fr", "/back", back="/lists")
    jobs.Runner(database).run_waiting()
    failed = row(database, number)
    assert failed.problem == {"message": "la liste est vide", "place": "x.csv", "mend": "Déposez-en une autre."}
    assert failed.next_path == "/lists"


def test_what_a_stopped_server_left_is_done_by_the_next_one(database, people, kind):
    number = jobs.start(database, kind(lambda *_: jobs.Outcome("/there")), people["camille"], "fr", "/back")
    with database.session() as session:
        session.execute(
            text("UPDATE web_job SET state = 'running', lease_until = :lease, tries = 1"), {"lease": clock.now() + LEASE}
        )
    assert jobs.Runner(database).run_waiting() == 0, "its server may still be there"
    with clock.travel(clock.now() + LEASE + timedelta(seconds=1)):
        assert jobs.Runner(database).run_waiting() == 1
    assert row(database, number).state == "done"


def test_a_long_silent_step_is_not_done_by_another_meanwhile(database, people, kind, monkeypatch):
    monkeypatch.setattr(runner, "LEASE", timedelta(seconds=0.4))
    begun, over = [], Event()

    def work(*_given):
        begun.append(1)
        over.wait(20)
        return jobs.Outcome("/there")

    number = jobs.start(database, kind(work), people["camille"], "fr", "/back")
    with ThreadPoolExecutor(1) as server:
        doing = server.submit(jobs.Runner(database).run_waiting)
        for _look in range(5):
            time.sleep(0.3)
            assert jobs.Runner(database).run_waiting() == 0
        over.set()
        assert doing.result(20) == 1
    assert (begun, row(database, number).tries) == ([1], 1)


def test_a_job_that_stops_every_server_is_left(database, people, kind):
    number = jobs.start(database, kind(lambda *_: jobs.Outcome("/there")), people["camille"], "fr", "/back", back="/lists")
    with database.session() as session:
        values = {"most": MOST_TRIES, "lease": clock.now() + LEASE}
        session.execute(text("UPDATE web_job SET state = 'running', lease_until = :lease, tries = :most"), values)
    assert (give_up(database), row(database, number).state) == (0, "running"), "its last server may still be there"
    with clock.travel(clock.now() + LEASE + timedelta(seconds=1)):
        assert jobs.Runner(database).run_waiting() == 0
        assert give_up(database) == 1
    left = row(database, number)
    assert (left.state, left.next_path) == ("failed", "/lists")
    assert "trois fois" in left.problem["message"]


def test_a_job_is_its_owners_alone(database, people, kind):
    number = jobs.start(database, kind(lambda *_: jobs.Outcome("/there")), people["camille"], "fr", "/back")
    mine, other = cookie(database, "camille"), cookie(database, "alix")
    with serving(database) as client:
        assert client.get(f"/jobs/{number}", headers=mine).status_code == 200
        assert client.get(f"/jobs/{number}", headers=other).status_code == 404
        assert client.get(f"/jobs/{number}/stream", headers=other).status_code == 404


def test_a_stream_tells_each_change_and_ends(database, people, kind):
    number = jobs.start(database, kind(lambda *_: jobs.Outcome("/there")), people["camille"], "fr", "/back")
    mine = cookie(database, "camille")
    with serving(database) as client, client.stream("GET", f"/jobs/{number}/stream", headers=mine, timeout=10) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        told = ""
        for part in stream.iter_text():
            told += part
            if "event: message" in told and not told.endswith("done"):
                jobs.Runner(database).run_waiting()
            if "event: over" in told:
                break
    assert told.count("event: over") == 1


def test_an_event_is_its_kind_and_the_words_of_the_page():
    assert as_event(None, "") == ": alive\n\n"
    assert (
        as_event(Progress("running", "lire", 4, 10), "<p>\n\n4 sur 10</p>\n")
        == "event: message\ndata: <p>\ndata: 4 sur 10</p>\n\n"
    )
    assert as_event(Progress("failed", "lire", 4, 10), "<p>4</p>") == "event: over\ndata: <p>4</p>\n\n"


def test_a_hundred_watchers_read_as_one(database, people, kind):
    """However many pages watch: one query at a time, and none once they are gone."""
    number = jobs.start(database, kind(lambda *_: jobs.Outcome("/there")), people["camille"], "fr", "/back")

    async def watch():
        watcher = Watcher(database)
        asked = []
        states = watcher._states
        watcher._states = lambda ids: asked.append(len(ids)) or states(ids)

        async def one():
            async for progress in watcher.follow(number):
                last = progress
            return last

        watching = [asyncio.create_task(one()) for _ in range(100)]
        await asyncio.sleep(0.3)
        await asyncio.to_thread(jobs.Runner(database).run_waiting)
        done = await asyncio.wait_for(asyncio.gather(*watching), 10)
        return asked, done, watcher._watched

    # In a thread of its own: a browser of an earlier test may hold the loop of this one.
    with ThreadPoolExecutor(1) as pool:
        asked, done, left = pool.submit(lambda: asyncio.run(watch())).result()
    assert {progress.state for progress in done} == {"done"}
    assert set(asked) == {1}
    assert len(asked) < 10
    assert left == {}


def test_jobs_that_do_not_exist_are_refused(database, people):
    with pytest.raises(ValueError, match="no such kind"):
        jobs.start(database, "nothing", people["camille"], "fr", "/")
    with serving(database) as client:
        missing = client.get("/jobs/00000000-0000-0000-0000-000000000000", headers=cookie(database, "camille"))
    assert missing.status_code == 404
    assert isinstance(missing, httpx.Response)
