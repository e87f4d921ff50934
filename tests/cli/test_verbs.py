"""The command line as a person uses it: help, one campaign by hand, clear refusals."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from outreach.core import clock
from outreach.simulation.town import write_town

VERBS = (
    "campaign",
    "import",
    "match",
    "segment",
    "plan",
    "dispatch",
    "track",
    "report",
    "run",
    "demo",
    "doctor",
    "lists",
    "db",
    "simulate",
    "setup",
)


def outreach(*arguments, env=None, check=None):
    result = subprocess.run(
        [sys.executable, "-m", "outreach.cli", *map(str, arguments)],
        capture_output=True, text=True, check=False, env={**os.environ, "OUTREACH_DATABASE_NAME": "cli_test", **(env or {})},
    )  # fmt: skip
    if check is not None:
        assert result.returncode == check, result.stderr + result.stdout
    return result


def test_help_names_every_verb_in_the_order_of_the_pipeline():
    text = outreach("--help", check=0).stdout
    places = [text.index(f" {verb} ") for verb in ("import", "match", "segment", "plan", "dispatch", "track", "report")]
    assert places == sorted(places)
    assert all(f" {verb} " in text for verb in VERBS)


def test_help_is_light():
    code = (
        "import sys, outreach.cli.main as m; heavy = {'prefect', 'pandas', 'sqlalchemy', 'duckdb', 'twilio', 'pyvrp', 'numpy'};"
        " print(sorted(heavy & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("campaign", "launch", "campaigns/nowhere"), "n'existe pas"),
        (("import", "nobody", "x.csv"), "campagne inconnue"),
        (("db", "restore", "nothing.dump"), "n'existe pas"),
    ],
)
def test_a_wrong_argument_gets_one_sentence_and_code_two(arguments, sentence, cluster):
    result = outreach(*arguments, check=2)
    assert sentence in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert "Traceback" not in result.stderr


def test_a_fault_is_told_in_english_to_who_asks_for_it(cluster, tmp_path):
    english = {"OUTREACH_LANGUAGE": "en"}
    refused = outreach("import", "nobody", "x.csv", env=english, check=2)
    assert refused.stderr == "nobody: unknown campaign. Load it with “outreach campaign load”.\n"
    mistakes = json.loads(outreach("campaign", "check", tmp_path, "--json", env=english, check=2).stdout)
    assert {mistake["message"] for mistake in mistakes} == {"the file is missing; create it"}


def test_check_names_mistakes_and_passes_what_is_right(tmp_path):
    assert "correcte" in outreach("campaign", "check", "campaigns/energy-arrears", check=0).stdout
    found = json.loads(outreach("campaign", "check", tmp_path, "--json", check=2).stdout)
    assert {Path(mistake["file"]).name for mistake in found} == {"agreement.yaml", "campaign.yaml", "messages.yaml"}


def test_schemas_are_written_for_editors(tmp_path):
    outreach("campaign", "schema", "--out", tmp_path, check=0)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"agreement.schema.json", "campaign.schema.json", "messages.schema.json"}
    assert json.loads((tmp_path / "campaign.schema.json").read_text())["properties"]["cadence"]


def test_a_campaign_by_hand_backup_and_restore(tmp_path, cluster):
    with clock.travel(clock.at(date(2026, 10, 5), "08:00")):
        write_town(300, 5, tmp_path / "town")
    lists = tmp_path / "town" / "energie"
    assert "pas été répétée" in outreach("campaign", "launch", "campaigns/energy-arrears", check=2).stderr
    outreach("sending", "sender", "+33937000001", check=0)
    rehearsed = (
        "campaign",
        "rehearse",
        "campaigns/energy-arrears",
        "--guests",
        "campaigns/guests.csv",
        "--out",
        tmp_path / "guests",
    )
    assert json.loads(outreach(*rehearsed, "--json", check=0).stdout)["steps"]["letter"] == {"sent": 5}
    outreach("campaign", "approve", "energy-arrears", env={"OUTREACH_USER": "somebody else"}, check=0)
    outreach("campaign", "launch", "campaigns/energy-arrears", check=0)
    assert json.loads(outreach("sending", "status", "--json", check=0).stdout)["senders"][0]["value"] == "+33937000001"
    outreach("sending", "stop", "essai", check=0)
    assert json.loads(outreach("sending", "status", "--json", check=0).stdout)["stop"]["reason"] == "essai"
    outreach("sending", "resume", check=0)
    assert outreach("replies", "list", "--json", check=0).stdout.strip() == "[]"
    other = tmp_path / "notes.csv"
    other.write_text("a;b\n1;2\n")
    mixed = outreach("import", "energy-arrears", other, *sorted(lists.iterdir())[:1], "--json", check=2)
    assert "notes.csv" in mixed.stderr, "the file that cannot be taken in is named, and the other is taken in"
    [first] = json.loads(mixed.stdout)["results"]
    [again] = json.loads(outreach("import", "energy-arrears", *sorted(lists.iterdir())[:1], "--json", check=0).stdout)["results"]
    assert first["total"] == sum(first["counts"].values())
    assert (first["known"], again["known"]) == (False, True)
    matched = json.loads(outreach("match", "--json", check=0).stdout)
    assert 0 < matched["households"] <= matched["persons"] <= matched["rows"]
    assert json.loads(outreach("segment", "energy-arrears", "--json", check=0).stdout)["opened"] > 0
    assert "planned" in json.loads(outreach("plan", "energy-arrears", "--json", check=0).stdout)
    refused = outreach("dispatch", "energy-arrears", check=2)
    assert "OUTREACH_TWILIO_ACCOUNT_SID" in refused.stderr
    assert all(not finding["faults"] for finding in json.loads(outreach("doctor", "--json", check=0).stdout))
    dump = tmp_path / "copy.dump"
    outreach("db", "backup", dump, check=0)
    assert dump.stat().st_mode & 0o077 == 0, "a backup is nobody else's to read"
    outreach("db", "restore", dump, env={"OUTREACH_DATABASE_NAME": "cli_restored"}, check=0)
    restored = outreach("campaign", "status", "energy-arrears", "--json", env={"OUTREACH_DATABASE_NAME": "cli_restored"}, check=0)
    original = outreach("campaign", "status", "energy-arrears", "--json", check=0)
    assert json.loads(restored.stdout) == json.loads(original.stdout)


@pytest.mark.parametrize("day", ["2026-10-06", "2026-12-05"])
def test_a_demonstration_that_cannot_end_on_a_day_says_on_which_it_can(day, tmp_path):
    told = outreach("demo", "--people", 200, "--until", day, "--out", tmp_path, check=2).stderr
    assert "du 2026-10-12 au 2026-12-04" in told
    assert not list(tmp_path.iterdir()), "nothing was made for it"
