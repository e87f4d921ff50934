"""Whoever runs the tests where the engine is at work loses nothing by it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
INSIDE = """
import os

def test_inside():
    assert "OUTREACH_DATABASE_URL" not in os.environ
    assert os.environ["OUTREACH_HOME"] != {home!r}
"""


def test_a_run_uses_none_of_a_real_installation_and_leaves_its_folder(tmp_path):
    home = tmp_path / "real"
    home.mkdir()
    (home / "secrets.json").write_text("{}")
    inside = tmp_path / "test_inside.py"
    inside.write_text(INSIDE.format(home=str(home)))
    real = {"OUTREACH_HOME": str(home), "OUTREACH_DATABASE_URL": "postgresql+psycopg2://someone@127.0.0.1:1/real"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "OUTREACH_"))}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.conftest", str(inside)]
    run = subprocess.run(command, env=kept | real, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert (home / "secrets.json").read_text() == "{}"
