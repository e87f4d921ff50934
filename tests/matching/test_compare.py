"""Each field's levels, as pairs of rows show them."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.matching.compare import compare_pairs
from outreach.matching.fields import FIELDS, pack, unpack
from outreach.matching.prepare import load
from outreach.matching.session import MatchSettings, database
from tests.matching.rows import HOME, rows


@pytest.fixture(scope="module")
def levels_of() -> Iterator[Callable[[dict[str, Any], dict[str, Any]], dict[str, int]]]:
    """The levels of a pair of rows, by field."""
    with database(MatchSettings(threads=1)) as connection:

        def compared(left: dict[str, Any], right: dict[str, Any]) -> dict[str, int]:
            load(connection, rows(left, right))
            pair = compare_pairs(connection, np.array([0], dtype=np.int32), np.array([1], dtype=np.int32))
            return {name: int(level[0]) for name, level in unpack(pair.column("pattern").to_numpy()).items()}

        yield compared


@pytest.mark.parametrize(
    ("field", "left", "right", "level"),
    [
        ("given_name", "Éloïse", "ELOISE", 5),
        ("given_name", "Jean-Pierre", "JEAN PIERRE", 5),
        ("given_name", "Catherine", "Catherne", 4),
        ("given_name", "Zoé", "Zeo", 3),
        ("given_name", "Mohamed", "Muhammad", 3),
        ("given_name", "Youssef", "Yusuf", 3),
        ("given_name", "Abdelkader", "Abd El Kader", 3),
        ("given_name", "Christian", "Christiane", 4),
        ("given_name", "Jean", "Jeanne", 3),
        ("given_name", "Léa", "Luc", 0),
        ("given_name", "Jean", "Jean-Pierre", 2),
        ("given_name", "J.", "Jean", 1),
        ("given_name", "Paul", "Nadia", 0),
        ("given_name", "Paul", None, -1),
        ("given_name", "Paul", "...", -1),
        ("family_name", "Lefœvre", "LEFOEVRE", 4),
        ("family_name", "Dupont", "Durand Dupont", 1),
        ("family_name", "Martin", "Cissé", 0),
        ("birth_date", date(1980, 2, 12), date(1980, 2, 12), 3),
        ("birth_date", date(1980, 2, 12), date(1980, 12, 2), 2),
        ("birth_date", date(1980, 2, 12), date(1980, 2, 21), 2),
        ("birth_date", date(1980, 2, 12), date(1981, 2, 12), 2),
        ("birth_date", date(1980, 2, 12), date(1980, 7, 30), 1),
        ("birth_date", date(1980, 2, 12), date(1955, 7, 30), 0),
        ("birth_date", date(1970, 1, 1), date(1970, 1, 1), -1),
        ("birth_date", date(1970, 1, 1), date(1971, 1, 1), 0),
        ("birth_date", date(1970, 1, 1), date(1970, 3, 14), 1),
        ("mobile", "+33639980012", "+33639980012", 2),
        ("mobile", "+33639980012", "+33639980021", 1),
        ("mobile", "+33639980012", "+33639980045", 0),
        ("email", "P.Martin@example.org", "p.martin@example.org", 1),
        ("email", "p.martin12@example.org", "p.martin13@example.org", -1),
        ("email", "p.martin@example.org", "p.martin@example.com", -1),
        ("email", "p.martin12@example.org", "p.martin4051@example.org", 0),
        ("email", "zorro@example.org", "p.martin@example.org", 0),
    ],
)
def test_levels(levels_of, field, left, right, level):
    assert levels_of({field: left}, {field: right})[field] == level
    assert levels_of({field: right}, {field: left})[field] == level


@pytest.mark.parametrize(
    ("left", "right", "given_level", "surname_level"),
    [
        (("Paul", "Martin"), ("Martin", "Paul"), 5, 4),
        (("Paule", "Martine"), ("Martin", "Paul"), 4, 3),
        (("Tuncay", "Akin"), ("Akin", "T."), 1, 4),
        (("Monique", "Dos Santos"), ("Santos Monique", "Dos"), 5, 4),
    ],
)
def test_names_in_each_others_place(levels_of, left, right, given_level, surname_level):
    found = levels_of(*({"given_name": given, "family_name": surname} for given, surname in (left, right)))
    assert (found["given_name"], found["family_name"]) == (given_level, surname_level)


@pytest.mark.parametrize(
    ("change", "level"),
    [
        ({}, 3),
        ({"street": "AVENUE DES LILAS"}, 3),
        ({"street": "RUE DES LILLAS"}, 3),
        ({"street": "RUE DES LILACS BLANCS"}, 1),
        ({"repetition": "BIS"}, 3),
        ({"house_number": "14"}, 2),
        ({"street": "RUE VICTOR HUGO"}, 1),
        ({"postal_code": "75011"}, 0),
        ({"postal_code": None}, -1),
    ],
)
def test_address_levels(levels_of, change, level):
    assert levels_of(HOME, HOME | change)["address"] == level


def test_two_streets_that_begin_alike_are_two_streets(levels_of):
    left, right = (HOME | {"street": f"RUE DU GENERAL {name}"} for name in ("LECLERC", "LEFEVRE"))
    assert levels_of(left, right)["address"] == 1
    assert levels_of(left, HOME | {"street": "RUE DU GAL LECLERC"})["address"] == 3


def test_where_a_door_is_written_there_are_many(levels_of):
    assert levels_of(HOME, HOME)["crowd"] == 0
    assert levels_of(HOME | {"door": "3"}, HOME)["crowd"] == 3


def test_two_repetitions_are_two_houses(levels_of):
    assert levels_of(HOME | {"repetition": "B"}, HOME | {"repetition": "T"})["address"] == 2


@pytest.mark.parametrize(
    ("left", "right", "level"),
    [
        ({"door": "12"}, {"door": "012"}, 1),
        ({"door": "12"}, {"door": "14"}, 0),
        ({"door": "12", "building": "A"}, {"door": "12", "building": "B"}, 0),
        ({"floor": "2"}, {"floor": "3", "door": "4"}, 0),
        ({"floor": "2"}, {"floor": "2"}, -1),
    ],
)
def test_flat_levels(levels_of, left, right, level):
    assert levels_of(HOME | left, HOME | right)["flat"] == level
    assert levels_of(left, right)["flat"] == -1


def test_references_are_compared_inside_one_partner_only(levels_of):
    edf, water = {"partner": "EDF", "reference": "C-12"}, {"partner": "EAU", "reference": "C-12"}
    assert levels_of(edf, edf | {"reference": "c 12"})["reference"] == 1
    assert levels_of(edf, edf | {"reference": "C-13"})["reference"] == 0
    assert levels_of(edf, water)["reference"] == -1
    assert levels_of(edf, water)["partner"] == 0
    assert levels_of(edf, edf)["partner"] == -1


def test_a_line_is_the_same_line_in_either_column(levels_of):
    assert levels_of({"mobile": "+33199000001"}, {"fixed": "+33199000001"})["fixed"] == 2


@given(st.fixed_dictionaries({field.name: st.integers(-1, len(field.levels) - 1) for field in FIELDS}))
def test_patterns_are_unpacked_as_they_were_packed(levels):
    packed = pack(levels)
    assert 0 <= packed < 2**31
    assert {name: int(level[0]) for name, level in unpack(np.array([packed], dtype=np.int32)).items()} == levels
