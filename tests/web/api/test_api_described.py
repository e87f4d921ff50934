"""The API as its description says it is: every operation, with whatever somebody may send; and what each token is good for."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from sqlalchemy import text

from outreach.core import clock
from outreach.core.errors import OutreachError
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import launch_campaign
from outreach.flows import lists
from outreach.web.access import limits
from outreach.web.api.description import describe
from outreach.web.app import create_app
from tests.copies import copied
from tests.played import END
from tests.privacy.season import copied as season_copied
from tests.web.server import running, serving

ALL = ("lists", "events", "summaries")
schema = schemathesis.openapi.from_dict(describe())


@pytest.fixture(scope="module")
def api(cluster, template, worker_id):
    """A served API with one campaign, a token for all of it, and room for many requests."""
    from outreach.core.database import drop_database

    name = f"api_{worker_id}"
    drop_database(cluster, name)
    database = copied(cluster, name, template)
    with clock.travel(clock.at(date(2026, 10, 6), "08:00")):
        with database.session() as session:
            launch_campaign(session, read_folder(Path("campaigns/energy-arrears")), actor="test")
        loaded = lists.loaded_campaign(database, "energy-arrears")
        token = lists.create_delivery_token(database, loaded, name="all", days=30, actor="test", scopes=ALL)
        with running(create_app(database)) as client:
            yield str(client.base_url), {"Authorization": f"Bearer {token}"}
    database.dispose()
    drop_database(cluster, name)


@schema.parametrize()
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_sent_the_server_answers(case, api, monkeypatch):
    monkeypatch.setattr(limits, "API", limits.Allowance("api", 1_000_000, timedelta(seconds=1)))
    address, headers = api
    response = case.call(base_url=address, headers=headers)
    case.validate_response(response, checks=[not_a_server_error])


def test_the_description_is_served_to_anybody(api):
    import httpx

    address, _headers = api
    described = httpx.get(f"{address}/api/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    assert set(described["paths"]) == set(describe()["paths"])
    assert all("401" in operation["responses"] for path in described["paths"].values() for operation in path.values())
    assert "/login" not in described["paths"], "pages are not an interface"


@pytest.mark.parametrize(("scope", "path"), [("lists", "/api/lists"), ("events", "/api/events"), ("summaries", "/api/summaries")])
def test_a_token_is_good_for_its_scopes_alone(database, scope, path):
    with clock.travel(clock.at(date(2026, 10, 6), "08:00")):
        with database.session() as session:
            launch_campaign(session, read_folder(Path("campaigns/energy-arrears")), actor="test")
        loaded = lists.loaded_campaign(database, "energy-arrears")
        token = lists.create_delivery_token(database, loaded, name="one", days=30, actor="test", scopes=[scope])
        with serving(database) as client:
            headers = {"Authorization": f"Bearer {token}"}
            answers = {other: client.get(f"/api/{other}", headers=headers).status_code for other in ALL}
    assert answers == {other: 200 if other == scope else 403 for other in ALL}
    assert path.endswith(scope)


def test_a_scope_that_does_not_exist_is_refused(database):
    with clock.travel(clock.at(date(2026, 10, 6), "08:00")), database.session() as session:
        launch_campaign(session, read_folder(Path("campaigns/energy-arrears")), actor="test")
    with clock.travel(clock.at(date(2026, 10, 6), "08:00")), pytest.raises(OutreachError, match="n'existe pas"):
        loaded = lists.loaded_campaign(database, "energy-arrears")
        lists.create_delivery_token(database, loaded, name="x", days=1, actor="test", scopes=["all"])


@pytest.fixture
def season(played, cluster, worker_id):
    """A copy of the played campaign, the morning after its last day."""
    with season_copied(played, cluster, worker_id) as database, clock.travel(clock.at(END + timedelta(days=1), "08:00")):
        yield database


@pytest.fixture
def followed(played, season):
    """Ask for events after a mark."""
    token = lists.create_delivery_token(season, played.loaded, name="events", days=30, actor="test", scopes=["events"])
    with serving(season) as client:
        yield lambda **query: client.get("/api/events", params=query, headers={"Authorization": f"Bearer {token}"})


def test_events_come_in_the_order_of_recording_and_every_one_once(season, followed):
    seen, after = [], None
    while True:
        answer = followed(most="700", **({"after": after} if after else {})).json()
        if not answer["events"]:
            break
        seen += answer["events"]
        after = answer["after"]
    assert followed(after="rubbish").status_code == 422
    with season.session() as session:
        expected = session.execute(text("SELECT count(*) FROM event")).scalar_one()
    assert len(seen) == len({event["id"] for event in seen}) == expected
    assert [event["recorded_at"] for event in seen] == sorted(event["recorded_at"] for event in seen)


def test_no_event_is_told_while_one_that_was_recorded_before_is_not_in_yet(season, followed):
    """Whoever went on after a mark would never see what was still being written then."""
    add = text(
        "INSERT INTO event (id, case_id, kind, occurred_at, recorded_at, actor, source, data)"
        " SELECT :id, min(id), 'withdrawn', :at, :at, 'test', 'test', '{}' FROM \"case\""
    )
    slow, quick = uuid4(), uuid4()
    last = ""
    while (answer := followed(most="1000", **({"after": last} if last else {})).json())["events"]:
        last = answer["after"]

    def told():
        return [event["id"] for event in followed(after=last).json()["events"]]

    with season.engine.connect() as one, season.engine.connect() as other:
        undo = one.begin()
        one.execute(add, {"id": slow, "at": clock.now() - timedelta(seconds=2)})
        with other.begin():
            other.execute(add, {"id": quick, "at": clock.now() - timedelta(seconds=1)})
        assert told() == []
        undo.commit()
    assert told() == [str(slow), str(quick)]
