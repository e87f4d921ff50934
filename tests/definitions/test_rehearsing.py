"""A campaign is launched as it was rehearsed, and a large one when somebody else agrees."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.errors import OutreachError, PolicyError
from outreach.core.words import CampaignState
from outreach.definitions.guests import read_guests
from outreach.definitions.loader import Folder, content_hash, read_folder
from outreach.definitions.rehearsing import approve, launch_rehearsed, store_rehearsal

DAY = clock.at(date(2026, 10, 5), "09:00")


@pytest.fixture
def folder():
    return read_folder(Path("campaigns/energy-arrears"))


@pytest.fixture
def rehearsed(session, folder):
    """Rehearsed by one person, for a number of contacts that needs no second one."""
    with clock.travel(DAY):
        yield store_rehearsal(session, folder, content_hash([]), contacts=120, report={}, actor="first")


def test_what_was_rehearsed_is_launched(session, folder, rehearsed):
    assert launch_rehearsed(session, folder, actor="first").number == 1
    assert session.execute(text("SELECT state FROM campaign")).scalar_one() == CampaignState.LAUNCHED


def test_what_was_not_rehearsed_is_not(session, folder):
    with clock.travel(DAY), pytest.raises(PolicyError, match="pas été répétée"):
        launch_rehearsed(session, folder, actor="first")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            lambda f: replace(f, messages=f.messages.model_copy(update={"sms": f.messages.sms | {"fr": "{association} STOP !"}})),
            "textes",
        ),
        (lambda f: replace(f, agreement=f.agreement.model_copy(update={"smallest_cell": 11})), "convention"),
        (lambda f: replace(f, campaign=f.campaign.model_copy(update={"pause_after_conversation": 20})), "campagne"),
        (lambda f: replace(f, letter_template="#let x = 1"), "modèle"),
    ],
)
def test_any_change_after_it_asks_for_another(session, folder, rehearsed, change, why):
    with pytest.raises(PolicyError, match=why):
        launch_rehearsed(session, change(folder), actor="first")


def test_a_list_that_came_after_it_too(session, folder, rehearsed):
    session.execute(
        text(
            "INSERT INTO target_list (campaign_id, agreement_id, partner_id, state, list_code, scope, mode, file_name, sha256, content_hash,"
            " simulated, delivered_by, delivered_through, imported_at, total, blank, set_aside, counts, detection, columns, notices,"
            " columns_left_out, basis) SELECT c.id, c.agreement_id, a.partner_id, 'committed', 'x', 'x', 'full', 'x.csv', 'x', 'x', true, 'x',"
            " 'command', :now, 0, 0, 0, '{}', '{}', '[]', '[]', '{}', '' FROM campaign c JOIN agreement a ON a.id = c.agreement_id"
        ),
        {"now": DAY},
    )
    with pytest.raises(PolicyError, match="listes ont changé"):
        launch_rehearsed(session, folder, actor="first")


@pytest.mark.parametrize("contacts", [0, 501])
def test_a_large_one_or_one_without_a_list_needs_a_second_person(session, folder, contacts):
    with clock.travel(DAY):
        store_rehearsal(session, folder, content_hash([]), contacts=contacts, report={}, actor="first")
        with pytest.raises(PolicyError, match="deuxième personne"):
            launch_rehearsed(session, folder, actor="first")
        with pytest.raises(PolicyError, match="first a fait la répétition"):
            approve(session, folder.campaign.code, actor="first")
        approve(session, folder.campaign.code, actor="second")
        assert launch_rehearsed(session, folder, actor="first").number == 1


def test_a_template_of_its_own_is_part_of_the_definition(folder):
    own = replace(folder, letter_template="#let x = 1")
    assert Folder.thaw(own.definition()) == own
    assert "letter_template" not in folder.definition(), "what has none keeps the hash that it had"


def test_the_guests_that_ship_with_the_campaigns_can_be_read():
    guests = read_guests(Path("campaigns/guests.csv"))
    assert [guest.language for guest in guests] == ["ar", "fr", "tr", "fr", "pt"]
    assert guests[0].phone == "+33639980001"
    assert [guest.reads_french for guest in guests] == [False, True, None, False, True]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "ligne d'en-têtes"),
        ("nom\nA", "ligne d'en-têtes"),
        ("name,phone\n,06 39 98 00 01\n", ":2 .*pas de nom"),
        ("name;phone\nA B;06 39 98 00 01\nC D;abc\n", ":3 .*ne se lit pas"),
        ("name,reads_french\nA B,peut-être\n", ":2 .*oui ou non"),
        ("name,phone\n\nA B,06 39 98 00 01\n,\nC D,abc\n", ":5 .*ne se lit pas"),
    ],
)
def test_a_guest_list_with_a_mistake_names_its_line(tmp_path, content, why):
    path = tmp_path / "guests.csv"
    path.write_text(content)
    with pytest.raises(OutreachError, match=why):
        read_guests(path)
