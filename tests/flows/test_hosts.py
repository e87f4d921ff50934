"""Files for workers on other hosts can be read, name what exists, and hold no secret; one flow is shared as often as there are hosts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from outreach.core.settings import Settings
from outreach.flows.catalogue import CATALOGUE, POOL

ROOT = Path(__file__).parents[2]
OPERATIONS = ROOT / "docs" / "operations"
COMPOSE, WORKER = OPERATIONS / "docker" / "compose.yml", OPERATIONS / "kubernetes" / "worker.yaml"
SECRET = re.compile(r"(URL|PEPPER|KEY|TOKEN|SID|PASSWORD|AUTH_STRING)$")
OPEN = {"PREFECT_API_URL", "OUTREACH_PUBLIC_URL"}
"""Addresses without an account in them."""
SETTINGS = {f"OUTREACH_{name.upper()}" for name in Settings.model_fields}


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load(COMPOSE.read_text())


@pytest.fixture(scope="module")
def kinds():
    return {found["kind"]: found for found in yaml.safe_load_all(WORKER.read_text())}


def given(service):
    """The environment of a service."""
    return service.get("environment", {})


def test_services_are_complete_and_name_settings_that_exist(compose):
    services = compose["services"]
    assert set(services) == {"postgres", "prefect", "setup", "web", "worker"}
    for name, service in services.items():
        assert service["image"], name
        assert set(service.get("depends_on", {})) <= set(services), name
        ours = {variable for variable in given(service) if variable.startswith("OUTREACH_")}
        assert ours <= SETTINGS, name
        assert {volume.split(":")[0] for volume in service.get("volumes", [])} <= set(compose["volumes"]), name
    for name in ("setup", "web", "worker"):
        assert {"OUTREACH_DATABASE_URL", "OUTREACH_OBJECTION_PEPPER", "PREFECT_API_URL"} <= set(given(services[name])), name
    assert all(port.startswith("127.0.0.1:") for service in services.values() for port in service.get("ports", []))
    build = services["worker"]["build"]
    assert (COMPOSE.parent / build["context"]).resolve() == ROOT
    assert (ROOT / build["dockerfile"]).is_file()


def test_no_secret_stands_in_a_file(compose, kinds):
    for service in compose["services"].values():
        for variable, value in given(service).items():
            if SECRET.search(variable) and variable not in OPEN:
                assert re.fullmatch(r"\$\{\w+:[?-]\}", str(value)), f"{variable} comes from the environment"
    for variable in kinds["Deployment"]["spec"]["template"]["spec"]["containers"][0]["env"]:
        if SECRET.search(variable["name"]) and variable["name"] not in OPEN:
            assert "secretKeyRef" in variable["valueFrom"], variable["name"]
    for file in (COMPOSE, WORKER, COMPOSE.with_name("Dockerfile")):
        assert not re.search(r"(postgresql|https?)(\+\w+)?://[^/\s]*:[^/\s]*@", file.read_text()), file.name


def test_the_worker_of_a_cluster_is_complete(kinds):
    assert set(kinds) == {"Deployment", "PersistentVolumeClaim"}
    spec = kinds["Deployment"]["spec"]
    assert kinds["Deployment"]["apiVersion"] == "apps/v1"
    assert spec["selector"]["matchLabels"].items() <= spec["template"]["metadata"]["labels"].items()
    pod = spec["template"]["spec"]
    [container] = pod["containers"]
    names = {variable["name"] for variable in container["env"]}
    assert {name for name in names if name.startswith("OUTREACH_")} <= SETTINGS
    assert {"OUTREACH_DATABASE_URL", "OUTREACH_OBJECTION_PEPPER", "OUTREACH_FIELD_KEY", "PREFECT_API_URL"} <= names
    assert "OUTREACH_PUBLIC_URL" in names, "letters printed here lead to the page where one objects"
    assert container["image"] == "outreach:local"
    volumes = {volume["name"]: volume["persistentVolumeClaim"]["claimName"] for volume in pod["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == set(volumes)
    assert set(volumes.values()) == {kinds["PersistentVolumeClaim"]["metadata"]["name"]}
    assert pod["securityContext"]["runAsNonRoot"] is True


def test_workers_join_the_pool_under_names_of_their_own(compose, kinds):
    [pod] = kinds["Deployment"]["spec"]["template"]["spec"]["containers"]
    for command in (compose["services"]["worker"]["command"][-1], pod["command"][-1]):
        assert f"--pool {POOL} " in command
        assert re.search(r"--name \$", command)


@pytest.mark.parametrize("hosts", [1, 2, 4])
def test_what_is_shared_has_a_schedule_for_each_host(hosts):
    for entry in CATALOGUE:
        slugs = [item.slug for item in entry.schedules_on(hosts)]
        assert len(slugs) == len(set(slugs)) == len(entry.schedules) * (hosts if entry.shared else 1)
        assert slugs[: len(entry.schedules)] == [item.slug for item in entry.schedules]
    assert {entry.name for entry in CATALOGUE if entry.shared} == {"dispatch", "track"}
