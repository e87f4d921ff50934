"""A database is backed up, tried out, restored elsewhere and confirmed by the command line alone, as an association does it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest


@pytest.fixture
def machines():
    """Two empty machines: folders of their own, each with its own PostgreSQL and secrets."""
    homes = []

    def machine(**given):
        home = Path(tempfile.mkdtemp(prefix="outreach-machine-"))
        home.chmod(0o711)
        homes.append(home)
        environment = os.environ | {"OUTREACH_HOME": str(home), "OUTREACH_USER": "nadia"} | given

        def outreach(*arguments, code=0):
            command = [sys.executable, "-m", "outreach.cli", *arguments]
            done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
            assert done.returncode == code, done.stderr
            return done

        return outreach

    yield machine
    for home in homes:
        shutil.rmtree(home)


def test_from_one_machine_to_another(machines, tmp_path):
    first = machines()
    first("db", "upgrade")
    made = json.loads(first("db", "backup", str(tmp_path), "--keep", "30", "--json").stdout)
    assert made["removed"] == []
    file = made["file"]
    tried = json.loads(first("db", "verify", file, "--restore-try", "--json").stdout)
    assert (tried["sealed"], tried["tried"], tried["differing"], tried["faults"]) == (True, True, [], {})
    shown = dict(line.split("=", 1) for line in first("db", "secrets").stdout.splitlines())
    assert {"OUTREACH_BACKUP_KEY", "OUTREACH_OBJECTION_PEPPER", "OUTREACH_SEALING_KEY"} <= set(shown)
    first("db", "lock", "une autre machine prend la suite")

    second = machines()
    refused = second("db", "restore", file, code=2)
    assert "OUTREACH_BACKUP_KEY" in refused.stderr
    second = machines(OUTREACH_BACKUP_KEY=shown["OUTREACH_BACKUP_KEY"])
    assert json.loads(second("db", "restore", file, "--json").stdout)["live"] is False
    kept = dict(line.split("=", 1) for line in second("db", "secrets").stdout.splitlines())
    assert kept == shown
    confirmed = json.loads(second("db", "confirm-live", "Nadia Martin", "--json").stdout)
    assert confirmed["live"] is True
    assert "not-left" in second("db", "confirm-live", "Nadia", "--letters", "perhaps", code=2).stderr


def test_a_file_that_is_no_backup_is_one_sentence(machines, tmp_path):
    first = machines()
    first("db", "upgrade")
    (tmp_path / "x").write_text("x")
    for verb in ("verify", "restore"):
        said = first("db", verb, str(tmp_path / "x"), code=2).stderr
        assert said.count("\n") == 1
