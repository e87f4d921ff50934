"""What the truth says of the lists: planted faults, repeats, second rows, weekly movements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from outreach.simulation.town import ENERGY_DELTAS, ENERGY_LIST, LANDLORD_LIST
from tests.simulation.towns import LISTS, WrittenTown, reference_of

FULL_LISTS = (ENERGY_LIST, LANDLORD_LIST)


@pytest.mark.parametrize("file", FULL_LISTS)
def test_second_rows_of_a_person_are_six_to_eight_per_cent(town: WrittenTown, file: str) -> None:
    persons = [row["person_id"] for row in town.truth(file) if row["expected"] != "repeat"]
    assert 0.06 <= 1 - len(set(persons)) / len(persons) <= 0.08


@pytest.mark.parametrize("file", FULL_LISTS)
def test_repeats_copy_an_earlier_row_exactly(town: WrittenTown, file: str) -> None:
    rows = town.rows(file)
    repeats = [row for row in town.truth(file) if row["expected"] == "repeat"]
    assert len(repeats) >= 2
    for repeat in repeats:
        number = repeat["row_number"]
        same = [other for other, row in rows.items() if row == rows[number]]
        assert min(same) < number


@pytest.mark.parametrize("file", FULL_LISTS)
def test_references_name_one_row_each_but_for_repeats(town: WrittenTown, file: str) -> None:
    repeats = {row["row_number"] for row in town.truth(file) if row["expected"] == "repeat"}
    kept = [reference_of(file, row) for number, row in town.rows(file).items() if number not in repeats]
    assert len(kept) == len(set(kept))


def test_faults_stand_where_the_truth_says(town: WrittenTown) -> None:
    checks: dict[tuple[str, str], Callable[[dict[str, Any]], bool]] = {
        (ENERGY_LIST, "reject:name"): lambda row: not row["Nom"] and not row["Prénom"],
        (ENERGY_LIST, "reject:postal_code"): lambda row: row["CP"] == "ABC",
        (ENERGY_LIST, "reject:amount"): lambda row: row["Montant dû"] == "??",
        (ENERGY_LIST, "reject:date"): lambda row: row["Date première facture impayée"] == "31/02/2026",
        (LANDLORD_LIST, "reject:name"): lambda row: not row["Nom et prénom occupant"],
        (LANDLORD_LIST, "reject:postal_code"): lambda row: row["Code postal"] == "ABC",
        (LANDLORD_LIST, "reject:date"): lambda row: row["Né(e) le"] == "31.02.84",
    }
    for file in FULL_LISTS:
        rows = town.rows(file)
        expected = {row["row_number"]: row["expected"] for row in town.truth(file)}
        for (listed, reason), holds in checks.items():
            if listed == file:
                faulty = {number for number, row in rows.items() if holds(row)}
                assert faulty
                assert faulty == {number for number, said in expected.items() if said == reason}
        rejected = sum(said.startswith("reject:") for said in expected.values())
        assert rejected / len(rows) == pytest.approx(0.005, abs=0.002)


def test_nobody_under_age_stands_on_a_list(town: WrittenTown) -> None:
    adults = {row["person_id"] for row in town.parquet("residents.parquet") if row["adult"]}
    assert {row["person_id"] for row in town.parquet("truth.parquet")} <= adults


def test_partners_share_people(town: WrittenTown) -> None:
    energy, landlord = ({row["person_id"] for row in town.truth(file)} for file in FULL_LISTS)
    assert len(energy & landlord) / len(landlord) > 0.5
    assert landlord - energy


def test_truth_agrees_with_the_residents_on_households(town: WrittenTown) -> None:
    home = {row["person_id"]: row["household_id"] for row in town.parquet("residents.parquet")}
    assert all(home[row["person_id"]] == row["household_id"] for row in town.parquet("truth.parquet"))


def test_weekly_movements_follow_from_the_list_before(town: WrittenTown) -> None:
    rejected = {row["row_number"] for row in town.truth(ENERGY_LIST) if row["expected"] != "ok"}
    first = town.rows(ENERGY_LIST)
    known = {row["Réf client"] for number, row in first.items() if number not in rejected}
    amounts = {row["Réf client"]: row["Montant dû"] for row in first.values()}
    size = len(known)
    for delta in ENERGY_DELTAS:
        rows = list(town.rows(delta).values())
        moved = Counter(row["Mouvement"] for row in rows)
        assert moved["ENTREE"] / size == pytest.approx(0.01, abs=0.003)
        assert moved["SORTIE"] / size == pytest.approx(0.03, abs=0.005)
        assert moved["MODIF"] / size == pytest.approx(0.01, abs=0.003)
        for row in rows:
            reference = row["Réf client"]
            assert (reference in known) == (row["Mouvement"] != "ENTREE")
            assert row["Mouvement"] != "SORTIE" or row["Montant dû"] == "0,00"
            assert row["Mouvement"] != "MODIF" or row["Montant dû"] != amounts[reference]
            amounts[reference] = row["Montant dû"]
        known |= {row["Réf client"] for row in rows if row["Mouvement"] == "ENTREE"}
        known -= {row["Réf client"] for row in rows if row["Mouvement"] == "SORTIE"}


def test_a_reference_stays_with_its_person(town: WrittenTown) -> None:
    holder: dict[str, int] = {}
    for file in (ENERGY_LIST, *ENERGY_DELTAS):
        rows = town.rows(file)
        for said in town.truth(file):
            reference = reference_of(file, rows[said["row_number"]])
            assert holder.setdefault(reference, said["person_id"]) == said["person_id"]


def test_every_list_is_in_the_truth(town: WrittenTown) -> None:
    assert {row["file"] for row in town.parquet("truth.parquet")} == set(LISTS)
