"""`outreach setup` on a real Prefect server: twice gives what once gave, and what a person paused stays paused."""

from __future__ import annotations

import asyncio

import pytest
from prefect import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

from outreach.core.errors import OutreachError
from outreach.core.settings import settings
from outreach.flows.catalogue import CATALOGUE, ENVIRONMENT, POOL
from outreach.flows.setup import AUTOMATION, SILENCE, setup_server
from tests.flows.server import running_server


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("prefect-server")) as url, temporary_settings({PREFECT_API_URL: url}):
        yield url


def state_of_server():
    """Everything on the server that belongs to us, in a form that two runs can be compared by."""
    with get_client(sync_client=True) as client:
        deployments = client.read_deployments()
        flows = {flow.id: flow.name for flow in client.read_flows()}
        pools = client.read_work_pools()
    return {
        "pools": [(pool.name, pool.type) for pool in pools if pool.name != "default-agent-pool"],
        "flows": sorted(flows.values()),
        "deployments": {
            flows[found.flow_id]: (
                found.id,
                found.name,
                found.description,
                found.entrypoint,
                found.work_pool_name,
                found.global_concurrency_limit.limit,
                found.concurrency_options.collision_strategy.value,
                found.job_variables,
                sorted(found.parameter_openapi_schema["properties"]),
            )
            for found in deployments
        },
        "schedules": {
            (flows[found.flow_id], schedule.slug): (
                schedule.id,
                schedule.schedule.cron,
                schedule.schedule.timezone,
                schedule.active,
            )
            for found in deployments
            for schedule in found.schedules
        },
    }


def automations():
    async def read():
        async with get_client() as client:
            return await client.read_automations()

    return asyncio.run(read())


def pause(flow, slug):
    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name(f"{flow}/{flow}")
        [schedule] = [found for found in deployment.schedules if found.slug == slug]
        client.request("PATCH", f"/deployments/{deployment.id}/schedules/{schedule.id}", json={"active": False})


def add_by_hand(flow, cron):
    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name(f"{flow}/{flow}")
        schedule = {"schedule": {"cron": cron, "timezone": "Europe/Paris"}, "active": True}
        client.request("POST", f"/deployments/{deployment.id}/schedules", json=[schedule])


@pytest.mark.slow
@pytest.mark.usefixtures("server")
def test_setting_up_twice_changes_nothing_and_respects_what_was_paused():
    result = setup_server()
    once, watchers = state_of_server(), automations()
    pause("dispatch", "saturday")
    paused = state_of_server()
    add_by_hand("report", "0 0 1 1 *")
    assert setup_server() == result
    assert state_of_server() == paused, "and what is not in the catalogue is gone"
    assert automations() == watchers

    assert once["pools"] == [(POOL, "process")]
    assert once["flows"] == sorted(entry.name for entry in CATALOGUE)
    assert {name: found[1:8] for name, found in once["deployments"].items()} == {
        entry.name: (entry.name, entry.description, entry.entrypoint, POOL, 1, entry.collision, {"env": ENVIRONMENT})
        for entry in CATALOGUE
    }
    assert once["deployments"]["dispatch"][8] == ["campaign"], "the server's form asks for the parameters"
    assert {key: found[1:] for key, found in once["schedules"].items()} == {
        (entry.name, schedule.slug): (schedule.cron, "Europe/Paris", True) for entry in CATALOGUE for schedule in entry.schedules
    }
    still = {key for key, found in paused["schedules"].items() if not found[3]}
    assert still == {("dispatch", "saturday")}
    [watcher] = watchers
    assert watcher.name == AUTOMATION
    assert watcher.enabled
    assert watcher.trigger.within == SILENCE
    assert SILENCE.total_seconds() >= 3 * int(ENVIRONMENT["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"]), "one late beat is not death"
    assert watcher.trigger.match.root == {"prefect.resource.id": "prefect.flow-run.*"}


@pytest.mark.slow
@pytest.mark.usefixtures("server")
def test_more_hosts_share_dispatch_and_fewer_take_it_back(monkeypatch):
    def shared_by(hosts):
        monkeypatch.setenv("OUTREACH_HOSTS", str(hosts))
        settings.cache_clear()
        setup_server()
        state = state_of_server()
        slugs = sorted(slug for flow, slug in state["schedules"] if flow == "dispatch")
        limits = {name: found[5] for name, found in state["deployments"].items()}
        return slugs, limits["dispatch"], limits["track"], limits["prepare"]

    many = ["saturday", "saturday-2", "saturday-3", "weekday", "weekday-2", "weekday-3"]
    assert shared_by(3) == shared_by(3) == (many, 3, 3, 1)
    assert shared_by(1) == (["saturday", "weekday"], 1, 1, 1)
    monkeypatch.undo()
    settings.cache_clear()


def test_setting_up_without_a_server_says_what_is_missing():
    with temporary_settings(restore_defaults={PREFECT_API_URL}), pytest.raises(OutreachError, match="PREFECT_API_URL"):
        setup_server()
