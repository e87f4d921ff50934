"""The order of contact is drawn, sealed, kept, and can be proved."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from outreach.core import clock
from outreach.core.errors import PolicyError
from outreach.core.letter_codes import LETTERS, code_of, number_of
from outreach.definitions.loader import Folder, read_folder
from outreach.definitions.registry import launch_campaign
from outreach.definitions.sealing import Design, commitment_of, sealed
from outreach.segments import verify
from outreach.segments.waves import deal

DESIGN = Design(1, "hash", "seed", "salt", 3, 2, "strata", "", clock.at(date(2026, 10, 5), "08:00"))
IN_FORCE = clock.at(date(2026, 10, 5), "08:00")


def folder(**changes):
    written = read_folder(Path("campaigns/energy-arrears"))
    return Folder(written.campaign.model_copy(update=changes), written.agreement, written.messages)


def test_waves_of_a_stratum_are_of_one_size():
    assert sorted(Counter(deal(DESIGN, range(100), "1:early:7").values()).values()) == [33, 33, 34]


def test_a_lone_case_is_as_likely_in_any_wave():
    found = Counter(deal(DESIGN, [1], f"1:early:{run}")[1] for run in range(3_000))
    assert all(900 < found[wave] < 1_100 for wave in (1, 2, 3))


def test_another_seed_is_another_order():
    other = Design(1, "hash", "other", "salt", 3, 2, "strata", "", DESIGN.sealed_at)
    assert deal(DESIGN, range(200), "1:early:7") != deal(other, range(200), "1:early:7")


def test_a_launch_seals_and_a_relaunch_keeps_the_seal(session):
    with clock.travel(IN_FORCE):
        version = launch_campaign(session, folder(), actor="test")
        design = sealed(session, version.campaign_id)
        assert design.is_kept
        assert design.version_hash == version.content_hash
        parts = (design.seed, design.salt, design.version_hash, design.waves, design.urgent, design.strata)
        assert design.commitment == commitment_of(*parts)
        launch_campaign(session, folder(name="Autre nom"), actor="test")
        assert sealed(session, version.campaign_id) == design
        waves = folder().campaign.waves.model_copy(update={"count": 2})
        with pytest.raises(PolicyError, match="scellé avec 3"):
            launch_campaign(session, folder(waves=waves), actor="test")


def test_two_campaigns_draw_two_lots(session):
    with clock.travel(IN_FORCE):
        designs = [
            sealed(session, launch_campaign(session, folder(code=code), actor="test").campaign_id) for code in ("one", "two")
        ]
    assert designs[0].seed != designs[1].seed
    assert len({part for design in designs for part in (design.seed, design.salt)}) == 4


@pytest.mark.parametrize("change", ["UPDATE wave_design SET seed = 'chosen'", "DELETE FROM wave_design", "TRUNCATE wave_design"])
def test_the_database_refuses_another_seal(shared_database, session, change):
    with clock.travel(IN_FORCE):
        launch_campaign(session, folder(), actor="test")
    with pytest.raises(DBAPIError, match=r"append-only|permission denied"), session.begin_nested():
        session.execute(text(change))


def test_the_database_refuses_another_wave(undone):
    with pytest.raises(DBAPIError, match="sealed"), undone.begin_nested():
        undone.execute(text('UPDATE "case" SET wave = wave % 3 + 1'))
    undone.execute(text('UPDATE "case" SET wave = wave'))


def test_waves_are_verified_from_seed_and_salt(played, undone):
    campaign = played.loaded.campaign.id
    checked, found = verify(undone, campaign)
    assert (checked > 50, found) == (True, [])
    early = undone.execute(text("SELECT count(DISTINCT wave) FROM \"case\" WHERE segment = 'early'")).scalar_one()
    assert early == 3


def test_a_letter_code_leads_back_to_its_case():
    numbers = [*range(1, 2_000), 704_000, 31**6 - 1]
    assert [number_of(code_of(number)) for number in numbers] == numbers
    assert number_of(f" {code_of(77)[:3].lower()}-{code_of(77)[3:]} ") == 77
    assert number_of("ABC") == number_of("ABCDE0") == number_of("") == 0
    assert len(set(LETTERS)) == 31


def test_letter_codes_of_the_database_are_the_same(undone):
    rows = undone.execute(text('SELECT id, letter_code FROM "case"')).all()
    assert [row.letter_code for row in rows] == [code_of(row.id) for row in rows]
