"""``outreach lists`` as a person types it: no database is started, refusals are one sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

ROWS = "First name,Surname,Birth date,Phone\nAnn,Smith,12/25/1980,(415) 555-0132\nAnn,Smyth,12/25/1980,415-555-0132\n"


@pytest.fixture
def outreach(tmp_path):
    """The command in a home of its own, which a database would leave a folder in."""
    home = tmp_path / "home"

    def run(*arguments, check):
        result = subprocess.run(
            [sys.executable, "-m", "outreach.cli", "lists", *map(str, arguments)],
            capture_output=True, text=True, check=False, env={**os.environ, "OUTREACH_HOME": str(home)},
        )  # fmt: skip
        assert result.returncode == check, result.stderr + result.stdout
        assert not home.exists(), "no database was started"
        return result

    (tmp_path / "list.csv").write_text(ROWS)
    return run


def test_a_list_is_deduplicated_without_database(outreach, tmp_path):
    told = outreach("dedupe", tmp_path / "list.csv", "--country", "US", "--out", tmp_path / "out.csv", check=0).stdout
    assert "paires à vérifier" in told
    assert "mois, jour, année" in told
    assert (tmp_path / "out.csv").read_text().splitlines()[1].startswith("Ann,Smith,12/25/1980,(415) 555-0132,2,2,2,0.9")
    found = json.loads(
        outreach("dedupe", tmp_path / "list.csv", "--country", "US", "--out", tmp_path / "out.csv", "--json", check=0).stdout
    )
    assert (found["rows"], found["persons"]) == (2, 1)


def test_two_lists_are_linked_and_a_mapping_is_sketched(outreach, tmp_path):
    (tmp_path / "b.csv").write_text(ROWS)
    linked = json.loads(
        outreach("link", tmp_path / "list.csv", tmp_path / "b.csv", "--out", tmp_path / "p.csv", "--json", check=0).stdout
    )
    assert linked["linked"] == 4
    assert "prénom" in outreach("mapping", tmp_path / "list.csv", "--out", tmp_path / "m.yaml", check=0).stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["dedupe", "none.csv", "--out", "out.csv"], "n'existe pas"),
        (["dedupe", "list.csv", "--out", "out.doc"], "CSV ou un XLSX"),
        (["dedupe", "list.csv", "--out", "out.csv", "--country", "ZZ"], "pays est inconnu"),
        (["link", "list.csv", "none.csv", "--out", "out.csv"], "n'existe pas"),
    ],
)
def test_a_mistake_is_one_sentence_and_code_two(outreach, tmp_path, arguments, said):
    at_home = [str(tmp_path / word) if word.endswith((".csv", ".doc")) else word for word in arguments]
    result = outreach(*at_home, check=2)
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
