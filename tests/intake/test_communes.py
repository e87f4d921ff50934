"""Postal codes and towns that agree, and those that do not."""

from __future__ import annotations

import tracemalloc

import pytest

from outreach.intake import communes
from outreach.intake.communes import Verdict, check
from outreach.intake.distance import edits


@pytest.mark.parametrize(
    ("postal_code", "city", "insee"),
    [
        ("69008", "LYON", "69388"),
        ("69008", "Lyon 8e", "69388"),
        ("69008", "LYON 08", "69388"),
        ("69001", "LYON 1ER", "69381"),
        ("75116", "Paris", "75116"),
        ("13001", "Marseille 1er arrondissement", "13201"),
        ("69008", "LYNO", "69388"),
        ("69190", "ST FONS", "69199"),
        ("42000", "St-Étienne", "42218"),
        ("59650", "VILLENEUVE D ASCQ", "59009"),
        ("69140", "RILLEUX LA PAPPE", "69286"),
        ("69150", "DECINES", "69275"),
        ("69120", "VAULX", "69256"),
        ("69590", "ST SYMPHORIEN S/ COISE", "69238"),
        ("69510", "MESIMY", "69131"),
        ("01700", "MIRIBEL", "01249"),
        ("97139", "ABYMES", "97101"),
        ("97400", "SAINT DENIS", "97411"),
        ("98800", "NOUMEA", "98818"),
        ("01300", "ARBIGNIEU", "01015"),
    ],
)
def test_a_town_is_known_however_it_is_written(postal_code, city, insee):
    found = check(postal_code, city)
    assert (found.verdict, found.insee) == (Verdict.MATCH, insee)


@pytest.mark.parametrize(
    ("postal_code", "city", "verdict", "expected"),
    [
        ("69008", "VENISSIEUX", Verdict.OTHER_CITY, "Lyon 8e Arrondissement"),
        ("69008", "LYON 7EME", Verdict.OTHER_CITY, "Lyon 8e Arrondissement"),
        ("69510", "LYON", Verdict.OTHER_CITY, "Soucieu-en-Jarrest, Messimy, Thurins, …"),
        ("69999", "LYON", Verdict.UNKNOWN_CODE, ""),
    ],
)
def test_a_town_that_does_not_go_with_its_code_is_told_to_the_partner(postal_code, city, verdict, expected):
    found = check(postal_code, city)
    assert (found.verdict, found.expected, found.insee) == (verdict, expected, None)
    assert verdict in communes.DOUBTFUL
    assert ";" in communes.reason(found).format(expected=found.expected)


def test_a_code_alone_means_its_only_commune():
    assert (check("69008", "").insee, check("69008", None).verdict) == ("69388", Verdict.NO_CITY)
    assert check("69510", "").insee is None
    assert check("", "LYON").insee is None
    assert communes.reason(check("69008", "")) == ""


def test_a_cedex_is_never_blamed():
    assert check("69431", "LYON CEDEX 03").insee == "69383"
    assert check("69431", "LYON", "CEDEX 03").insee == "69383"
    assert check("42000", "SAINT ETIENNE CEDEX 1").insee == "42218"
    for code, city in (("92400", "PARIS LA DEFENSE CEDEX"), ("69999", "LYON CEDEX")):
        assert check(code, city).verdict == Verdict.MATCH


def test_a_commune_is_named_in_keys_only_where_its_code_is_shared():
    assert communes.key_insee("69510", "69131") == "69131"
    assert communes.key_insee("69008", "69388") is None
    assert check("69510", "MESSIMY").key_insee == "69131"
    assert check("69008", "LYON").key_insee is None


def test_the_table_is_whole_and_light():
    communes._table.cache_clear()
    tracemalloc.start()
    table = communes._table()
    held, _peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(table) > 6200
    assert held < 16e6


@pytest.mark.parametrize(
    ("left", "right", "wrong"),
    [("LYON", "LYON", 0), ("LYON", "LYNO", 1), ("LYON", "LYO", 1), ("LYON", "LIONS", 2), ("LYON", "PARIS", 3), ("", "AB", 2)],
)
def test_typing_errors_are_counted(left, right, wrong):
    assert edits(left, right, 2) == wrong
    assert edits(right, left, 2) == wrong
