"""Return files on the command line, in French, in a database of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from sqlalchemy.orm import Session

from outreach.core import clock
from tests.intake.returned import HEADER, Returned


def run(name, *arguments, check=0):
    result = subprocess.run(
        [sys.executable, "-m", "outreach.cli", *map(str, arguments)], capture_output=True, text=True, check=False,
        env={**os.environ, "OUTREACH_DATABASE_NAME": name},
    )  # fmt: skip
    assert result.returncode == check, result.stderr + result.stdout
    return result.stdout


def test_a_return_file_is_previewed_taken_in_and_shown(database, tmp_path):
    with clock.travel(clock.at(clock.today(), "06:00")), Session(database.engine) as session, session.begin():
        Returned(session, tmp_path).known("C1", "C2")
    name = database.engine.url.database
    path = tmp_path / "retour.csv"
    path.write_text(f"{HEADER}\nC1;;oui;1234,5;;\nC2;;bof;;;\nZZ;;oui;;;\n", encoding="utf-8")
    assert "aperçu, rien n'est écrit" in run(name, "returns", "import", "energy-arrears", path, "--preview")
    done = run(name, "returns", "import", "energy-arrears", path)
    assert "facture réglée" in done
    assert "de référence inconnue" in done
    assert (tmp_path / "retour-a-corriger.xlsx").exists()
    again = json.loads(run(name, "returns", "import", "energy-arrears", path, "--json"))
    assert (again["known"], again["rows"]) == (True, {"matched": 1, "unknown": 1, "bad": 1})
    shown = run(name, "returns", "show", "energy-arrears")
    assert "retour.csv" in shown
    assert "1\u202f234,50" in shown
    run(name, "returns", "import", "energy-arrears", tmp_path / "absent.csv", check=2)
