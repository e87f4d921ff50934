"""The files of a town: reproducible, counted, marked, readable as partners write them."""

from __future__ import annotations

import hashlib
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from outreach.simulation.town import ENERGY_DELTAS, ENERGY_LIST, LANDLORD_LIST, VERSION, is_written, write_town
from tests.simulation.conftest import PEOPLE, SEED
from tests.simulation.towns import LISTS, WrittenTown, reference_of

FICTION = ("063998", "019900", "026191", "035301", "046571", "053649")


def _checksums(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _national(written: str) -> str:
    digits = re.sub(r"\D", "", written.replace("+33", "0"))
    return digits if len(digits) == 10 else f"0{digits}"


def test_same_people_and_seed_give_the_same_bytes(town: WrittenTown, tmp_path: Path) -> None:
    write_town(PEOPLE, SEED, tmp_path)
    assert _checksums(tmp_path) == _checksums(town.folder)


def test_another_seed_gives_another_town(tmp_path: Path) -> None:
    write_town(300, 1, tmp_path / "one")
    write_town(300, 2, tmp_path / "two")
    one, two = _checksums(tmp_path / "one"), _checksums(tmp_path / "two")
    assert {name for name in one if one[name] == two[name]} == {"densite.csv"}, "the communes are always the same"


def test_a_town_too_small_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="au moins 200"):
        write_town(10, 1, tmp_path)


def test_manifest_counts_and_checksums_hold(town: WrittenTown) -> None:
    manifest = town.manifest()
    assert manifest["simulated"] is True
    assert (manifest["people"], manifest["seed"], manifest["version"]) == (PEOPLE, SEED, VERSION)
    assert is_written(town.folder)
    assert not is_written(town.folder / "nowhere")
    counted = {file["path"]: file["rows"] for file in manifest["files"]}
    for file in LISTS:
        assert counted[file] == len(town.rows(file)) == len(town.truth(file))
    for name in ("ban.csv", "qpv.csv", "densite.csv"):
        assert counted[name] == len((town.folder / name).read_text(encoding="utf-8").splitlines()) - 1
    checksums = _checksums(town.folder)
    assert all(checksums[file["path"]] == file["sha256"] for file in manifest["files"])
    assert set(checksums) == set(counted) | {"manifest.json"}


def test_truth_points_at_the_lines_a_person_sees(town: WrittenTown) -> None:
    for file in LISTS:
        assert [row["row_number"] for row in town.truth(file)] == list(town.rows(file))


def test_lists_are_as_long_as_asked(town: WrittenTown) -> None:
    assert len(town.rows(ENERGY_LIST)) / PEOPLE == pytest.approx(0.62, abs=0.01)
    assert len(town.rows(LANDLORD_LIST)) / PEOPLE == pytest.approx(0.40, abs=0.01)


def test_lists_and_references_carry_the_mark(town: WrittenTown) -> None:
    for file in (ENERGY_LIST, LANDLORD_LIST):
        assert str(town.lines(file)[0][0]).startswith("LISTE SIMULÉE - personnes fictives")
    for file in LISTS:
        assert all(reference_of(file, row).startswith("SIMUL-") for row in town.rows(file).values())


def test_encodings_are_those_partners_use(town: WrittenTown) -> None:
    full = (town.folder / ENERGY_LIST).read_bytes()
    assert "SIMULÉE".encode("cp1252") in full
    with pytest.raises(UnicodeDecodeError):
        full.decode("utf-8")
    for delta in ENERGY_DELTAS:
        assert (town.folder / delta).read_bytes().startswith(b"\xef\xbb\xbf")


def test_the_sheet_has_a_blank_row_in_its_middle_and_two_kinds_of_dates(town: WrittenTown) -> None:
    lines = town.lines(LANDLORD_LIST)
    blank = [number for number, line in enumerate(lines) if number > 2 and all(cell == "" for cell in line)]
    assert len(blank) == 1
    assert blank[0] == pytest.approx(len(lines) / 2, abs=3)
    births = [row["Né(e) le"] for row in town.rows(LANDLORD_LIST).values()]
    assert any(isinstance(birth, date) for birth in births)
    assert any(isinstance(birth, str) and re.fullmatch(r"\d\d\.\d\d\.\d\d", birth) for birth in births)


def test_spreadsheet_loses_the_leading_zero_of_postal_codes(town: WrittenTown) -> None:
    codes = {row["Code postal"] for row in town.rows(LANDLORD_LIST).values()}
    assert 69200.0 in codes
    assert 1700.0 in codes


def _phones(town: WrittenTown) -> list[str]:
    written: list[Any] = []
    for file in LISTS:
        for row in town.rows(file).values():
            written += [row.get(name, "") for name in ("Tél fixe", "Tél portable", "Téléphone")]
    return [str(text) for text in written if text != ""]


def test_every_phone_of_a_small_town_is_fictional(town: WrittenTown) -> None:
    numbers = {_national(text) for text in _phones(town)}
    assert len(numbers) > 1000
    assert {number[:6] for number in numbers} <= set(FICTION)


def test_phones_come_in_five_styles(town: WrittenTown) -> None:
    styles = (r"\d\d( \d\d){4}", r"\d\d(\.\d\d){4}", r"0\d{9}", r"\+33 \d( \d\d){4}", r"[1-9]\d{8}")
    phones = _phones(town)
    counts = [sum(re.fullmatch(style, phone) is not None for phone in phones) for style in styles]
    assert min(counts) > 50
    assert sum(counts) == len(phones)


def test_postal_codes_are_those_of_the_town(town: WrittenTown) -> None:
    known = {row["code_postal"] for row in _registry(town)}
    seen = {row["CP"] for row in town.rows(ENERGY_LIST).values()}
    assert seen - known == {"ABC"}


def _registry(town: WrittenTown) -> list[dict[str, str]]:
    lines = (town.folder / "ban.csv").read_text(encoding="utf-8").splitlines()
    header = lines[0].split(";")
    return [dict(zip(header, line.split(";"), strict=True)) for line in lines[1:]]


def test_shares_of_what_is_missing_are_those_of_real_lists(town: WrittenTown) -> None:
    rows = list(town.rows(ENERGY_LIST).values())
    assert sum(not row["Date de naissance"] for row in rows) / len(rows) == pytest.approx(0.375, abs=0.03)
    without = sum(not row["Tél fixe"] and not row["Tél portable"] for row in rows) / len(rows)
    assert without == pytest.approx(0.25, abs=0.04)
    assert sum(bool(row["Langue"]) for row in rows) / len(rows) == pytest.approx(0.15, abs=0.03)
    assert sum(bool(row["Lit le français"]) for row in rows) / len(rows) == pytest.approx(0.10, abs=0.03)
