"""Addresses as offices write them, in the parts of the norm."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.intake import addresses
from outreach.intake.addresses import Door


@pytest.mark.parametrize(
    ("written", "number", "repetition", "street"),
    [
        ("12 bis, r. de l'Église", "12", "B", "RUE DE L EGLISE"),
        ("3 AV ST EXUPERY", "3", None, "AVENUE SAINT EXUPERY"),
        ("1 BD DES ETATS UNIS", "1", None, "BOULEVARD DES ETATS UNIS"),
        ("12-14 rue Neuve", "12", None, "RUE NEUVE"),
        ("12/14 rue Neuve", "12", None, "RUE NEUVE"),
        ("12 à 14 av. Foch", "12", None, "AVENUE FOCH"),
        ("12B-14 RUE NEUVE", "12", "B", "RUE NEUVE"),
        ("3B RUE NEUVE", "3", "B", "RUE NEUVE"),
        ("3 ter av gal de gaulle", "3", "T", "AVENUE GENERAL DE GAULLE"),
        ("7 QUATER CHE DU MOULIN", "7", "Q", "CHEMIN DU MOULIN"),
        ("N° 5 place Foch", "5", None, "PLACE FOCH"),
        ("5, place Bellecour", "5", None, "PLACE BELLECOUR"),
        ("0012 BVD JEAN XXIII", "12", None, "BOULEVARD JEAN XXIII"),
        ("0 rue Neuve", None, None, "RUE NEUVE"),
        ("12 R DES LILAS", "12", None, "RUE DES LILAS"),
        ("12 ALL DES FR LUMIERE", "12", None, "ALLEE DES FRERES LUMIERE"),
        ("12 RES LES LILAS", "12", None, "RESIDENCE LES LILAS"),
        ("4 ZA DES PRES", "4", None, "ZONE ARTISANALE DES PRES"),
        ("4 QU ST VINCENT", "4", None, "QUAI SAINT VINCENT"),
        ("12 rue ND de Lourdes", "12", None, "RUE NOTRE DAME DE LOURDES"),
        ("8 RUE DU COL", "8", None, "RUE DU COL"),
        ("8 RUE DU COL FABIEN", "8", None, "RUE DU COLONEL FABIEN"),
        ("12 grand'rue", "12", None, "GRANDE RUE"),
        ("LILAS (RUE DES)", None, None, "RUE DES LILAS"),
        ("RUE NEUVE 12", None, None, "RUE NEUVE 12"),
        ("Le Bourg", None, None, "LE BOURG"),
        ("Lieu-dit Le Bourg", None, None, "LE BOURG"),
        ("12 LD LE BOURG", "12", None, "LE BOURG"),
        ("B RUE NEUVE", None, None, "B RUE NEUVE"),
        ("1 d'Artagnan", "1", None, "D ARTAGNAN"),
        ("2EME ETAGE", None, None, None),
        ("BP 12", None, None, None),
        ("12 RUE NEUVE BAT B APT 3", "12", None, "RUE NEUVE"),
        ("12 RUE NEUVE 3 EME ETAGE", "12", None, "RUE NEUVE"),
        ("12, allée de la porte 3", "12", None, "ALLEE DE LA PORTE 3"),
        ("12 RUE NEUVE BP 90432", "12", None, "RUE NEUVE"),
        ("12 B", "12", "B", None),
        ("12\u00a0rue\u202fNeuve", "12", None, "RUE NEUVE"),
        ("", None, None, None),
        (" - ", None, None, None),
    ],
)
def test_street_lines(written, number, repetition, street):
    found = addresses.clean_street_line(written)
    assert (found.number, found.repetition, found.street) == (number, repetition, street)


letters = st.text("987 6543210 bisterBTKNn°ºoO.,-/&àaetETrueRUE'()\u00a0\u202f\n\tſ\u212a", max_size=25)


@settings(max_examples=500)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | letters)
def test_splitting_whole_columns_is_the_same_as_splitting_one_line(text):
    """The cleaning splits with RE2, a column at a time, and cleans each distinct part once."""
    parts = pc.extract_regex(pa.array([text]), addresses.NUMBER_LINE)[0].as_py()
    assert parts is not None, "every line matches"
    alone = addresses.clean_street_line(text)
    assert alone.number == (parts["number"] or None)
    assert alone.repetition == addresses.clean_repetition(parts["repetition"])
    assert alone.street == addresses.clean_street(parts["street"])


@settings(max_examples=300)
@given(st.text(max_size=40))
def test_no_text_breaks_a_cleaner_and_what_is_clean_stays(text):
    street = addresses.clean_street(text)
    assert street is None or re.fullmatch(r"[A-Z0-9]+( [A-Z0-9]+)*", street)
    addresses.clean_door_line(text)
    addresses.clean_door_part(text)
    addresses.clean_street_extras(text)
    addresses.clean_house_number(text)
    addresses.clean_country(text)
    city = addresses.clean_city(text)
    assert city.name is None or re.fullmatch(r"[A-Z0-9]+( [A-Z0-9]+)*", city.name)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Bât. B esc 2 3e étage pte 12", Door("B", "2", "3", "12")),
        ("esc. A, 2e étage, porte B", Door(None, "A", "2", "B")),
        ("Bât. A, esc. 1, rez-de-chaussée, porte gauche", Door("A", "1", "0", "GAUCHE")),
        ("BT A E1 RC LOGT 3", Door("A", "1", "0", "3")),
        ("Bat A - allée 2 - 2 ème étage - appt 3", Door("A", "2", "2", "3")),
        ("A/1/0/3", Door("A", "1", "0", "3")),
        ("B/2/droite", Door(None, None, "2", "DROITE")),
        ("2/gauche", Door(None, None, "2", "GAUCHE")),
        ("RDC appt 4", Door(None, None, "0", "4")),
        ("RDC gauche", Door(floor="0", door="GAUCHE")),
        ("2EME DROITE", Door(floor="2", door="DROITE")),
        ("3 EME ETAGE FACE", Door(floor="3", door="FACE")),
        ("PORTE DE GAUCHE", Door(door="GAUCHE")),
        ("APT 12", Door(door="12")),
        ("APT N°12", Door(door="12")),
        ("APT12 BATB", Door(building="B", door="12")),
        ("ETG02 APP03", Door(floor="2", door="3")),
        ("APPARTEMENT 003 ETAGE 1", Door(floor="1", door="3")),
        ("entrée 3", Door(staircase="3")),
        ("Tour B", Door(building="B")),
        ("Tour Le Belvédère 5EME", Door(floor="5", residence="TOUR LE BELVEDERE")),
        ("Bâtiment Les Acacias", Door(building="LES ACACIAS")),
        ("Résidence Les Lilas", Door(residence="RESIDENCE LES LILAS")),
        ("Résidence Les Lilas Bât A", Door(building="A", residence="RESIDENCE LES LILAS")),
        ("Résidence Le Parc A ESC 2", Door(building="A", staircase="2", residence="RESIDENCE LE PARC")),
        ("RES ST EXUPERY 1ER ETAGE", Door(floor="1", residence="RESIDENCE SAINT EXUPERY")),
        ("IMM LES ACACIAS ESC 3", Door(staircase="3", residence="IMMEUBLE LES ACACIAS")),
        ("Lieu-dit Le Bourg", Door(place="LE BOURG")),
        ("LD LE BOURG BP 12", Door(place="LE BOURG", po_box="BP 12")),
        ("BP 90 432", Door(po_box="BP 90432")),
        ("CS 20011", Door(po_box="CS 20011")),
        ("TSA 12345", Door(po_box="TSA 12345")),
        ("chez M. DUPONT", Door(care_of="CHEZ M DUPONT")),
        ("chez M. DUPONT bât. A", Door(building="A", care_of="CHEZ M DUPONT")),
        ("c/o C. Martin, apt 3", Door(door="3", care_of="CHEZ C MARTIN")),
        ("chez C. Martin", Door(care_of="CHEZ C MARTIN")),
        ("s/c UDAF du Rhône", Door(care_of="CHEZ UDAF DU RHONE")),
        ("Hébergée chez Mme DIALLO", Door(care_of="CHEZ MME DIALLO")),
        ("Domicilié au CCAS", Door(care_of="CHEZ CCAS")),
        ("CCAS de Bron", Door(care_of="CHEZ CCAS DE BRON")),
        ("chez", Door()),
        ("C 3", Door()),
        ("CODE 12A34 ETG 2", Door(floor="2")),
        ("porte de service", Door()),
        ("", Door()),
    ],
)
def test_the_way_to_the_door(written, expected):
    assert addresses.clean_door_line(written) == expected


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("RDC", "0"), ("Bât. B", "B"), ("2ème", "2"), ("2 ème étage", "2"), ("porte 12", "12"), ("APT 003", "3"), ("12 A", "12A"),
        ("Les Acacias", "LES ACACIAS"), ("gche", "GAUCHE"), ("", None), ("étage", None),
    ],
)  # fmt: skip
def test_one_cell_of_the_way_to_the_door(written, clean):
    assert addresses.clean_door_part(written) == clean


def test_a_street_line_may_say_the_door_too():
    assert addresses.clean_street_extras("12 RUE NEUVE BAT B APT 3") == Door(building="B", door="3")
    assert addresses.clean_street_extras("12 RUE NEUVE 3 EME ETAGE") == Door(floor="3")
    assert addresses.clean_street_extras("RUE NEUVE BP 90432") == Door(po_box="BP 90432")
    assert addresses.clean_street_extras("12 RUE DE LA PORTE 3") == Door()


@pytest.mark.parametrize(
    ("written", "street", "host"),
    [
        ("RUE NEUVE CHEZ MME DURAND", "RUE NEUVE", "CHEZ MME DURAND"),
        ("LE BOURG CHEZ CCAS APT 3", "LE BOURG", "CHEZ CCAS"),
        ("CHEZ BOITEAU", "CHEZ BOITEAU", None),
        ("RUE DE CHEZ GAUVIN", "RUE DE CHEZ GAUVIN", None),
        ("CHEMIN CHEZ LE ROI", "CHEMIN CHEZ LE ROI", None),
    ],
)
def test_a_street_line_may_say_behind_whose_door_and_a_hamlet_is_no_host(written, street, host):
    assert addresses.clean_street(written) == street
    assert addresses.clean_street_extras(written).care_of == host


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("LYON CEDEX 08", ("LYON", "CEDEX 08")),
        ("Paris cedex 8", ("PARIS", "CEDEX 08")),
        ("Paris La Défense Cedex", ("PARIS LA DEFENSE", "CEDEX")),
        ("LYON 8EME", ("LYON", None)),
        ("Lyon 08", ("LYON", None)),
        ("Lyon 1er arrondissement", ("LYON", None)),
        ("69008 LYON", ("LYON", None)),
        ("F-69008 Lyon", ("LYON", None)),
        ("ST-DENIS", ("SAINT DENIS", None)),
        ("Saint Denis (974)", ("SAINT DENIS", None)),
        ("STE FOY LES LYON", ("SAINTE FOY LES LYON", None)),
        ("ST SYMPHORIEN S/ COISE", ("SAINT SYMPHORIEN SUR COISE", None)),
        ("Vaulx-en-Velin", ("VAULX EN VELIN", None)),
        ("", (None, None)),
    ],
)
def test_towns(written, expected):
    found = addresses.clean_city(written)
    assert (found.name, found.cedex) == expected


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("France", None), ("FR", None), ("La Réunion", None), ("St-Pierre et Miquelon", None), ("", None), ("be", "BELGIQUE"),
        ("Belgique", "BELGIQUE"), ("PORTUGAL", "PORTUGAL"), ("Monaco", "MONACO"),
    ],
)  # fmt: skip
def test_countries(written, clean):
    assert addresses.clean_country(written) == clean


def test_a_house_number_alone():
    for written, expected in (
        ("12 bis", ("12", "B")),
        ("N° 4", ("4", None)),
        ("012", ("12", None)),
        ("12-14", ("12", None)),
        ("x", (None, None)),
    ):
        found = addresses.clean_house_number(written)
        assert (found.number, found.repetition) == expected


def test_an_address_is_known_by_its_street_or_its_place():
    assert addresses.address_key("69008", "RUE NEUVE", "12", "B") == "69008|RUE NEUVE|12|B"
    assert addresses.address_key("69590", None, None, None, "LE BOURG") == "69590|LE BOURG||"
    assert addresses.address_key("69590", "RUE NEUVE", "1", None, "LE BOURG") == "69590|RUE NEUVE|1|"
    assert addresses.address_key("69510", "RUE NEUVE", "1", None, insee="69131") == "69510|RUE NEUVE|1||69131"
    assert addresses.address_key("69008", None, "12", None) is None
    assert addresses.address_key(None, "RUE NEUVE", "12", None) is None
