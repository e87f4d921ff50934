"""From the list to the household: homes and offices where many have their letters sent, and behind whose door somebody lives."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from outreach.matching.register import match_people
from tests.intake.conftest import HEADER, lists, person

assert lists  # the fixture
PLACED = f"{HEADER};Complément"
NAMESAKES = ("DIALLO;Awa;", "DIALLO;Moussa;", "DIALLO;Samba;")


def homes(lists, extra):
    """How many households namesakes of one street door are, and what is known of the way to it."""
    lines = [f"{person(f'A{number}', name=name, phone='')};{extra}" for number, name in enumerate(NAMESAKES)]
    lists.take(*lines, header=PLACED)
    match_people(lists.session, actor="test")
    return lists.session.execute(
        text(
            "SELECT DISTINCT h.id, h.residence, h.care_of, h.door FROM person p JOIN household h ON h.id = p.household_id ORDER BY 1"
        )
    ).all()


@pytest.mark.parametrize("extra", ["", "Résidence Les Lilas", "Chez Mme Durand"])
def test_people_of_one_surname_at_one_street_door_are_a_household(lists, extra):
    assert len(homes(lists, extra)) == 1


@pytest.mark.parametrize("extra", ["Foyer Adoma", "Domicilié au CCAS", "Résidence sociale Les Lilas", "c/o Association Relais"])
def test_in_a_home_of_many_they_are_strangers(lists, extra):
    assert len(homes(lists, extra)) == len(NAMESAKES)


def test_whoever_shares_a_room_there_still_lives_together(lists):
    found = homes(lists, "Foyer Adoma apt 12")
    assert [(row.residence, row.door) for row in found] == [("FOYER ADOMA", "12")]


def test_a_household_knows_behind_whose_door_it_lives(lists):
    assert [row.care_of for row in homes(lists, "Chez Mme Durand")] == ["CHEZ MME DURAND"]
