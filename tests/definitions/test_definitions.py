"""Campaign folders: what is right passes, each mistake is named by file, line and mend."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from outreach.core import clock
from outreach.core.errors import DefinitionError, PolicyError
from outreach.core.i18n import speaking
from outreach.definitions.loader import FILES, Folder, check_folder, content_hash, read_folder
from outreach.definitions.registry import find_campaign, launch_campaign
from outreach.models import CampaignVersion

CAMPAIGNS = Path("campaigns")
IN_FORCE = clock.at(date(2026, 10, 5), "08:00")


@pytest.fixture
def folder(tmp_path):
    """A copy of the energy campaign to make mistakes in."""
    return Path(shutil.copytree(CAMPAIGNS / "energy-arrears", tmp_path / "energy-arrears"))


def spoil(folder: Path, file: str, old: str, new: str) -> list[str]:
    path = folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return [str(mistake) for mistake in check_folder(folder)[1]]


@pytest.mark.parametrize("name", ["energy-arrears", "water-meter-access"])
def test_the_campaigns_of_the_house_are_correct_and_freeze_whole(name):
    folder, mistakes = check_folder(CAMPAIGNS / name)
    assert mistakes == []
    assert folder is not None
    assert Folder.thaw(folder.definition()) == folder


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("campaign.yaml", "amount_due: {below: 50}", "amount_du: {below: 50}", "vouliez-vous « amount_due »"),
        ("campaign.yaml", "{below: 50}", "{under: 50}", "ne s'applique pas à amount_due"),
        ("campaign.yaml", "stage: limited", "stage: 3", "ne convient pas à stage"),
        ("campaign.yaml", "waves: {count: 3", "wavs: {count: 3", "clé inconnue"),
        ("campaign.yaml", "unit: household", "unit: street", "valeur inconnue"),
        (
            "campaign.yaml",
            'hours: ["14:00", "18:30"]',
            'hours: ["12:00", "18:30"]',
            "« visits » de « l8-amina » ont lieu en même temps",
        ),
        ("campaign.yaml", "ends_on: 2026-12-18", "ends_on: 2027-12-18", "sort des dates de la convention"),
        (
            "agreement.yaml",
            "allowed_channels: [letter, sms, call, visit]",
            "allowed_channels: [letter]",
            "ne permet pas le canal « sms »",
        ),
        ("agreement.yaml", "je suis {mediator}", "je suis {mediateur}", "champ inconnu {mediateur}"),
        ("agreement.yaml", "smallest_cell: 5", "smallest_cell: 2", "trop petit ; au moins 5"),
        ("agreement.yaml", "email, ", "", "ne permet pas la donnée « email »"),
        ("messages.yaml", "STOP", "", "dites comment s'opposer"),
        ("messages.yaml", "code {letter_code}", "code {lettercode}", "champ inconnu {lettercode}"),
        ("messages.yaml", "code {letter_code}", "code {letter_code:d}", "champ {letter_code} : écrivez-le seul"),
        ("messages.yaml", "code {letter_code}", "code {letter_code!r}", "champ {letter_code} : écrivez-le seul"),
        ("messages.yaml", "relire votre facture", "éviter une mise en demeure", "société de recouvrement"),
    ],
)
def test_a_mistake_says_what_to_mend(folder, file, old, new, expected):
    found = spoil(folder, file, old, new)
    assert any(expected in mistake for mistake in found), found


def test_a_mistake_names_its_line(folder):
    lines = (folder / "campaign.yaml").read_text().splitlines()
    line = next(number for number, text in enumerate(lines, 1) if "waves: {count: 3" in text)
    assert any(f"campaign.yaml:{line} " in mistake for mistake in spoil(folder, "campaign.yaml", "count: 3", "count: 0"))


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("instead_of: call}", "instead_of: visit}", "cadence.3.instead_of"),
        ("priorities_up_to: 6}", "priorities_up_to: 6, recorded: true}", "cadence.4.recorded"),
        ("priorities_up_to: 6}", "only_after: [nothing]}", "cadence.4.only_after"),
        ("{code: sms, channel: sms,", "{code: sms, channel: call, recorded: true,", "cadence.1.recorded"),
        ("ends_on: 2026-12-18", "ends_on: 2026-09-18", "ends_on"),
    ],
)
def test_a_mistake_of_the_course_names_its_step_and_its_line(folder, old, new, where):
    lines = (folder / "campaign.yaml").read_text().splitlines()
    line = next(number for number, text in enumerate(lines, 1) if old in text)
    found = spoil(folder, "campaign.yaml", old, new)
    assert any(f"campaign.yaml:{line}  {where} : " in mistake for mistake in found), found


def test_a_text_that_is_missing_is_named_by_its_place(folder):
    found = spoil(folder, "messages.yaml", "sms:", "voice:")
    assert any("  sms.fr : la campagne envoie des SMS" in mistake for mistake in found), found


@pytest.mark.parametrize(
    ("old", "new", "french", "spoken"),
    [
        ("unit: household", "unit: street", "'household' ou 'person'", "unit: unknown value; possible: 'household' or 'person'"),
        ("letters_per_day: 1500", "letters_per_day: many", "nombre entier attendu", "letters_per_day: whole number expected"),
        ("starts_on: 2026", "starts_on: after 2026", "date attendue, écrite", "starts_on: date expected, written 2026-10-05"),
    ],
)
def test_a_mistake_is_told_in_the_language_spoken(folder, old, new, french, spoken):
    assert any(french in mistake for mistake in spoil(folder, "campaign.yaml", old, new))
    with speaking("en"):
        assert any(spoken in str(mistake) for mistake in check_folder(folder)[1])


def test_a_missing_folder_and_file_are_told(tmp_path):
    with pytest.raises(DefinitionError, match="n'existe pas"):
        check_folder(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    assert len(check_folder(tmp_path / "empty")[1]) == len(FILES)


def test_launching_freezes_once_per_content(session, folder):
    with clock.travel(IN_FORCE):
        first = launch_campaign(session, read_folder(folder), actor="test")
        again = launch_campaign(session, read_folder(folder), actor="test")
        assert again.id == first.id
        spoil(folder, "campaign.yaml", "letters_per_day: 1500", "letters_per_day: 10")
        changed = launch_campaign(session, read_folder(folder), actor="test")
    assert (changed.number, session.query(CampaignVersion).count()) == (2, 2)
    assert find_campaign(session, "energy-arrears").folder.campaign.capacity.letters_per_day == 10
    assert first.content_hash == content_hash(first.definition)


def test_nothing_is_launched_outside_the_agreement(session, folder):
    with clock.travel(clock.at(IN_FORCE.date().replace(year=2028), "08:00")), pytest.raises(PolicyError, match="pas en vigueur"):
        launch_campaign(session, read_folder(folder), actor="test")


def test_a_campaign_in_force_goes_on_whose_hours_would_be_a_mistake_today(folder):
    """Launched by an older version: only what is written anew is refused."""
    mistakes = spoil(folder, "campaign.yaml", 'hours: ["14:00", "18:30"]', 'hours: ["12:00", "18:30"]')
    assert len(mistakes) == 1
    assert ":1:" not in mistakes[0], "the line of the mediator"
    written, _mistakes = check_folder(folder)
    assert Folder.thaw(written.definition()) == written
