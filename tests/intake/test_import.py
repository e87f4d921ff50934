"""Files as partners send them: every row accounted for, the same file twice adds nothing, the latest word counts."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from sqlalchemy import text

from outreach.core import clock
from outreach.core.errors import ListRefusedError
from outreach.core.i18n import _, speaking
from outreach.core.sealing import opened
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import find_campaign, launch_campaign
from outreach.intake import import_list
from tests.opened import in_clear

DAY = clock.at(date(2026, 10, 6), "08:00")
HEADER = "Réf client;Nom;Prénom;Adresse;CP;Commune;Tél portable;Montant dû;Stade;Fumeur"
ROWS = [
    "A1;DUPONT;Léa;12 R DES LILAS;69008;LYON;06 39 98 00 01;1 234,56;relance 1;O",
    "A2;MARTIN;Zoé;3 BD DES ÎLES;69008;LYON;0639980002;80;avis de coupure;N",
    "A3;;;3 BD DES ILES;69008;LYON;;80;relance 1;N",
    "A4;PETIT;Ana;1 RUE X;ABC;LYON;;80;relance 1;N",
    "A1;DUPONT;Léa;12 R DES LILAS;69008;LYON;06 39 98 00 01;1 234,56;relance 1;O",
]


@pytest.fixture
def campaigns(session):
    """Both campaigns, launched."""
    with clock.travel(DAY):
        for code in ("energy-arrears", "water-meter-access"):
            launch_campaign(session, read_folder(Path("campaigns") / code), actor="test")
        yield session


def write(path, lines, encoding="cp1252"):
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return path


def take(session, path, code="energy-arrears"):
    return import_list(session, find_campaign(session, code), path, actor="test")


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("title", [[], ["LISTE SIMULÉE - personnes fictives", ""]])
def test_a_csv_in_any_encoding_with_or_without_a_title(campaigns, tmp_path, encoding, title):
    result = take(campaigns, write(tmp_path / "list.csv", [*title, HEADER, *ROWS, "", ""], encoding))
    assert result.counts == {"new": 2, "rejected": 2, "duplicate": 1}
    assert (result.total, result.blank) == (5, 1)
    assert result.simulated is bool(title)
    assert result.left_out == ["Fumeur"], "what the agreement does not allow is not stored"
    row = next(one for one in campaigns.execute(in_clear("SELECT * FROM list_row")).mappings() if one["reference"] == "A2")
    assert (row["family_name"], row["street"], row["stage"]) == ("Martin", "BOULEVARD DES ILES", "notice")
    assert "Fumeur" not in row["raw"]


def test_a_quoted_cell_may_hold_lines_and_delimiters(campaigns, tmp_path):
    cell = ROWS[0].replace("12 R DES LILAS", '"12 R DES LILAS\r\nBAT B; ESC 2"')
    result = take(campaigns, write(tmp_path / "list.csv", [HEADER, cell, ROWS[1]]))
    assert result.counts == {"new": 2}


def test_each_rejected_row_says_where_what_and_how_to_mend_it(campaigns, tmp_path):
    take(campaigns, write(tmp_path / "list.csv", ["Un titre", HEADER, *ROWS]))
    found = campaigns.execute(text("SELECT row_number, column_name, value, reason FROM row_issue WHERE rejects ORDER BY 1")).all()
    assert [(row.row_number, row.column_name, opened(row.value, "row_issue.value")) for row in found] == [
        (5, "Nom", ""),
        (6, "CP", "ABC"),
    ]
    assert all(";" in row.reason for row in found)


def test_reasons_are_kept_in_french_whoever_imports_and_can_be_shown_in_english(campaigns, tmp_path):
    with speaking("en"):
        take(campaigns, write(tmp_path / "list.csv", [HEADER, *ROWS]))
        reasons = campaigns.execute(text("SELECT reason FROM row_issue WHERE rejects ORDER BY row_number")).scalars().all()
        shown = [_(reason) for reason in reasons]
    assert reasons[0] == "le nom et le prénom manquent ; complétez-les"
    assert shown == ["family name and given name are missing; fill them in", "invalid postal code; five digits expected"]


def test_the_same_rows_add_nothing_whatever_their_order_or_file(campaigns, tmp_path):
    first = take(campaigns, write(tmp_path / "list.csv", [HEADER, *ROWS]))
    again = take(campaigns, write(tmp_path / "copy.csv", [HEADER, *ROWS]))
    shuffled = take(campaigns, write(tmp_path / "shuffled.csv", [HEADER, *reversed(ROWS)], "utf-8"))
    assert again.known
    assert shuffled.known
    assert {again.list_id, shuffled.list_id} == {first.list_id}
    assert campaigns.execute(text("SELECT count(*) FROM list_row")).scalar_one() == 5


def test_a_delta_changes_adds_and_takes_away(campaigns, tmp_path):
    take(campaigns, write(tmp_path / "list.csv", [HEADER, *ROWS]))
    delta = [
        "Mouvement;" + HEADER,
        "MODIF;" + ROWS[0].replace("1 234,56", "900,00"),
        "SORTIE;" + ROWS[1],
        "ENTREE;B9;ROUX;Max;5 RUE NEUVE;69008;LYON;;300;relance 2;N",
    ]
    result = take(campaigns, write(tmp_path / "delta.csv", delta, "utf-8-sig"))
    assert result.counts == {"changed": 1, "leaving": 1, "new": 1}
    current = campaigns.execute(in_clear("SELECT reference, amount_due FROM current_row ORDER BY amount_due DESC")).all()
    assert [(row.reference, float(row.amount_due)) for row in current] == [("A1", 900.0), ("B9", 300.0)]


def test_a_full_list_that_no_longer_names_a_customer_removes_him(campaigns, tmp_path):
    take(campaigns, write(tmp_path / "first.csv", [HEADER, *ROWS]))
    second = take(campaigns, write(tmp_path / "second.csv", [HEADER, ROWS[0]]))
    assert (second.counts, second.removed) == ({"unchanged": 1}, 1)


def test_a_workbook_with_merged_titles_a_gap_and_lost_zeros(campaigns, tmp_path):
    path = tmp_path / "list.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.merge_range("A1:H2", "Habitat des Deux Rives")
    headers = ["N° locataire", "Nom et prénom occupant", "Né(e) le", "N°", "Voie", "Code postal", "Ville", "Téléphone"]
    sheet.write_row(2, 0, headers)
    sheet.write_row(3, 0, ["L1", "DUPONT Marie", "05.10.84", 12, "AV. FOCH", 1700, "MIRIBEL", "04.65.71.00.08"])
    sheet.write_row(5, 0, ["L2", "DIALLO Awa", "", "4 bis", "Rue Neuve", 69008, "LYON", 465710009])
    book.close()
    result = take(campaigns, path, "water-meter-access")
    assert (result.total, result.blank, result.counts) == (2, 1, {"new": 2})
    rows = campaigns.execute(in_clear("SELECT * FROM list_row ORDER BY row_number")).mappings().all()
    assert [row["row_number"] for row in rows] == [4, 6], "as the sheet counts them"
    assert (rows[0]["postal_code"], rows[0]["birth_date"], rows[0]["fixed"]) == ("01700", date(1984, 10, 5), "+33465710008")
    assert (rows[1]["house_number"], rows[1]["repetition"], rows[1]["fixed"]) == ("4", "B", "+33465710009")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("empty.csv", b"", "fichier est vide"),
        ("letter.csv", b"Bonjour,\nvoici la liste", "aucune ligne d'en-t"),
        ("binary.csv", b"\x00\x01\x02" * 100, "ni un texte ni un classeur"),
        ("broken.xlsx", b"PK\x03\x04 not a workbook", "abîmé"),
        ("noref.csv", "Nom;Prénom;CP\nA;B;69008".encode(), "Réf client|réf client"),
    ],
)
def test_what_is_no_list_is_refused_in_one_sentence(campaigns, tmp_path, name, content, sentence):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ListRefusedError, match=sentence):
        take(campaigns, path)


def test_nothing_is_taken_outside_the_agreement(campaigns, tmp_path):
    path = write(tmp_path / "list.csv", [HEADER, *ROWS])
    with clock.travel(clock.at(date(2028, 1, 3), "08:00")), pytest.raises(ListRefusedError, match="pas en vigueur"):
        take(campaigns, path)
