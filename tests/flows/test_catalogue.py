"""The catalogue, prefect.yaml and the command line agree; nothing of Prefect is loaded where it is not needed."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

from outreach.flows.catalogue import CATALOGUE, ENVIRONMENT, POOL, TIMEZONE

ROOT = Path(__file__).parents[2]
HEAVY = ("prefect", "pandas", "sqlalchemy", "duckdb", "fastapi", "twilio", "pyvrp", "numpy")

# Runs in a Python of its own: no name but loopback's may be looked up, no connection made, and little be imported.
ASK_FOR_HELP = f"""
import json, socket, sys
def no_network(*arguments, **options):
    raise AssertionError(f"the network was asked for: {{arguments}}")
socket.socket.connect = socket.getaddrinfo = socket.create_connection = no_network
import outreach.cli.main
sys.argv = ["outreach", *json.loads(sys.argv[1])]
code = 0
try:
    outreach.cli.main.run()
except SystemExit as end:
    code = end.code
sys.stderr.write(json.dumps([code, [name for name in {HEAVY!r} if name in sys.modules]]))
"""


@pytest.fixture(scope="module")
def deployments():
    return yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]


def test_prefect_yaml_says_what_the_catalogue_says(deployments):
    written = {found["name"]: found for found in deployments}
    assert list(written) == [entry.name for entry in CATALOGUE]
    for entry in CATALOGUE:
        assert written[entry.name] == {
            "name": entry.name,
            "description": entry.description,
            "entrypoint": entry.entrypoint,
            "work_pool": {"name": POOL, "job_variables": {"env": ENVIRONMENT}},
            "concurrency_limit": {"limit": 1, "collision_strategy": entry.collision},
            "schedules": [{"slug": item.slug, "cron": item.cron, "timezone": TIMEZONE} for item in entry.schedules],
        }


def test_schedules_have_slugs_that_keep_them_and_never_switch_themselves_on(deployments):
    for found in deployments:
        slugs = [schedule["slug"] for schedule in found["schedules"]]
        assert slugs, found["name"]
        assert len(slugs) == len(set(slugs)), found["name"]
        assert not any("active" in schedule for schedule in found["schedules"]), "a paused schedule would be resumed"


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.name)
def test_every_entry_is_a_flow_that_says_what_it_does(entry):
    from prefect import Flow

    loaded = entry.load()
    assert isinstance(loaded, Flow)
    assert loaded.name == entry.name
    assert loaded.description
    assert loaded.retries == 0, "a retried run would hold its only slot; the next schedule takes up what is left"
    assert loaded.persist_result is False


def test_no_secret_stands_in_the_deployments():
    text = (ROOT / "prefect.yaml").read_text()
    assert "{{" not in text, "expanded when deployed, and kept on the server in clear"
    assert list(ENVIRONMENT) == ["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"]


def test_the_server_of_prefect_can_be_imported():
    ran = subprocess.run([sys.executable, "-c", "import prefect.server.api.server"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert tuple(map(int, version("fastapi").split(".")[:2])) < (0, 151), "newer ones break that import"


@pytest.mark.parametrize(
    "arguments", [["--help"], ["run", "--help"], ["campaign", "--help"], ["db", "--help"], ["dispatch", "--help"]]
)
def test_help_loads_nothing_heavy_and_asks_nobody(arguments):
    command = [sys.executable, "-c", ASK_FOR_HELP, json.dumps(arguments)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert json.loads(ran.stderr) == [0, []]
    assert "Usage" in ran.stdout


def test_the_stages_run_without_prefect():
    """What the command line calls for the stages is the plain pipeline: no server, no second of import."""
    script = "import sys; import outreach.flows.pipeline; sys.exit('prefect' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False, cwd=ROOT).returncode == 0
