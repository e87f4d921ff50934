"""``outreach exports`` as a person uses it: what it says when it may not, and where it writes when it may."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_verbs import outreach

OWN = {"OUTREACH_DATABASE_NAME": "cli_exports"}


@pytest.mark.parametrize("verb", ["canvass", "research"])
def test_an_unknown_campaign_is_one_sentence(verb, cluster):
    refused = outreach("exports", verb, "nobody", env=OWN, check=2)
    assert "campagne inconnue" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1


def test_contacts_are_written_and_the_extract_needs_its_clause(cluster, tmp_path):
    from outreach.core.database import Database
    from outreach.definitions.loader import read_folder
    from outreach.definitions.registry import launch_campaign

    outreach("exports", "canvass", "nobody", env=OWN, check=2)
    database = Database(
        cluster.url(OWN["OUTREACH_DATABASE_NAME"]), cluster.url(OWN["OUTREACH_DATABASE_NAME"], "outreach_owner"), cluster
    )
    with database.session() as session:
        launch_campaign(session, read_folder(Path("campaigns/energy-arrears")), actor="test")
    database.dispose()
    path = tmp_path / "canvasses.json"
    path.touch(mode=0o644)
    told = json.loads(outreach("exports", "canvass", "energy-arrears", "--out", path, "--json", env=OWN, check=0).stdout)
    assert told["canvasses"] == json.loads(path.read_text())["total_records"] == 0
    assert path.stat().st_mode & 0o077 == 0, "nobody else's to read"
    english = OWN | {"OUTREACH_LANGUAGE": "en"}
    refused = outreach("exports", "research", "energy-arrears", "--out", tmp_path, env=english, check=2)
    assert refused.stderr.startswith("energie-2026: the agreement allows no extract for research. It needs a clause")
