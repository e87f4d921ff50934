"""Any list of people: columns, dates, phones and addresses of any country, and the mapping file."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest
import yaml

from outreach.core.errors import ListRefusedError, OutreachError
from outreach.intake import anylist
from outreach.intake.anylist.dates import read_dates
from outreach.intake.anylist.fullnames import split_name
from outreach.intake.anylist.meanings import recognised
from outreach.intake.anylist.numbers import Phones
from outreach.intake.anylist.places import Line, read_line

FEBRL = "rec_id, given_name, surname, street_number, address_1, address_2, suburb, postcode, state, date_of_birth, soc_sec_id"


def written(folder, text, name="list.csv", encoding="utf-8"):
    path = folder / name
    path.write_text(text, encoding=encoding)
    return path


def read(path, country="FR", mapping=None):
    asked = anylist.read_mapping(mapping) if mapping else anylist.Asked()
    return anylist.read_people(path, asked, anylist.country(country))


def fields(headers, country="FR", sample=(), said=None):
    used = recognised(headers, sample, said or {}, anylist.country(country), "x.csv")
    return [column.field for column in used]


@pytest.mark.parametrize(
    ("texts", "usual", "days"),
    [
        (["03/04/1980", "25/12/1979"], "mdy", [date(1980, 4, 3), date(1979, 12, 25)]),
        (["03/04/1980", "12/25/1979"], "dmy", [date(1980, 3, 4), date(1979, 12, 25)]),
        (["03/04/1980"], "mdy", [date(1980, 3, 4)]),
        (["03/04/1980"], "dmy", [date(1980, 4, 3)]),
        (["19811025", "19990101"], "dmy", [date(1981, 10, 25), date(1999, 1, 1)]),
        (["25101981", "01021999"], "dmy", [date(1981, 10, 25), date(1999, 2, 1)]),
        (
            ["1981-10-25", "1981-1-2T00:00:00", "1981-10-25 00:00:00"],
            "mdy",
            [date(1981, 10, 25), date(1981, 1, 2), date(1981, 10, 25)],
        ),
        (["12 mars 1980", "March 3rd, 1980", "12-Aug-80"], "dmy", [date(1980, 3, 12), date(1980, 3, 3), date(1980, 8, 12)]),
        (["25.12.79", "1.2.03"], "dmy", [date(1979, 12, 25), date(2003, 2, 1)]),
        (["29221"], "dmy", [date(1980, 1, 1)]),
        (["1981", "never", "31/02/1980", "19991332", "01/01/2999", ""], "dmy", [None] * 6),
    ],
)
def test_dates_are_read_in_the_order_that_the_column_shows(texts, usual, days):
    assert read_dates(pa.array(texts), usual).days.to_pylist() == days


def test_a_date_that_only_another_order_makes_one_is_read_in_it():
    found = read_dates(pa.array(["25/12/1979", "13/01/1980", "12/25/1979", "03/04/1980"]), "dmy")
    assert found.days.to_pylist() == [date(1979, 12, 25), date(1980, 1, 13), date(1979, 12, 25), date(1980, 4, 3)]
    assert found.order == {"apart 4": "dmy"}


def test_unread_dates_are_told_and_empty_ones_are_not():
    assert read_dates(pa.array(["", "soon", "1/1/1980", " "]), "dmy").unread.tolist() == [1]


@pytest.mark.parametrize(
    ("text", "country", "found"),
    [
        ("06 39 98 00 01", "FR", "+33639980001"),
        ("+33 (0)6 39 98 00 01", "FR", "+33639980001"),
        ("(415) 555-0132 ext. 12", "US", "+14155550132"),
        ("020 7946 0018", "GB", "+442079460018"),
        ("+44 20 7946 0018", "FR", "+442079460018"),
        ("0000000000", "FR", None),
        ("call me", "FR", None),
        ("12", "US", None),
    ],
)
def test_phones_of_any_country(text, country, found):
    numbers, _mobile, bad = Phones(anylist.country(country)).read(pa.array([text]))
    assert (numbers.to_pylist(), len(bad)) == ([found], int(found is None))


def test_a_number_nobody_has_is_still_compared_by_its_digits():
    numbers, mobile, bad = Phones(anylist.country("FR")).read(pa.array(["+33 6 39 98 00 01 2345", "0699"]))
    assert numbers.to_pylist() == ["+336399800012345", None]
    assert (mobile.to_pylist()[0], bad.tolist()) == (None, [1])


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("12a High Street", Line("12", "A", "HIGH STREET")),
        ("Flat 3, 12 High Street", Line("12", None, "HIGH STREET", "3")),
        ("12 E Main St #4B", Line("12", None, "E MAIN ST", "4B")),
        ("Hauptstraße 12", Line("12", None, "HAUPTSTRASSE")),
        ("Calle Mayor, nº 7", Line("7", None, "CALLE MAYOR")),
        ("gatliff place", Line(street="GATLIFF PLACE")),
        ("", Line()),
    ],
)
def test_lines_of_addresses(text, line):
    assert read_line(text) == line


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("John Smith", ("Smith", "John")),
        ("Smith, John", ("Smith", "John")),
        ("SMITH John", ("SMITH", "John")),
        ("Dr. Jan Willem van der Berg Jr.", ("van der Berg", "Jan Willem")),
        ("Smith, Jr.", ("Smith", None)),
        ("Madonna", ("Madonna", None)),
        ("", (None, None)),
    ],
)
def test_names_of_other_countries(text, parts):
    assert split_name(text) == parts


def test_columns_of_french_english_and_synthetic_lists():
    assert fields(["NOM", "Prénom", "Né(e) le", "Tél 1", "Tél 2", "CP", "Partenaire", "Observations"]) == [
        "family_name", "given_name", "birth_date", "phone", "phone", "postal_code", "partner", None,
    ]  # fmt: skip
    assert fields(["First name", "Name", "DOB", "Phone 3", "Zip code", "Street"], "US") == [
        "given_name", "family_name", "birth_date", "phone", "postal_code", "address_line",
    ]  # fmt: skip
    assert fields(FEBRL.split(", ")) == [
        None, "given_name", "family_name", "house_number", "address_line", "address_extra", "city", "postal_code", None,
        "birth_date", "reference",
    ]  # fmt: skip


def test_cells_decide_where_a_header_only_hints():
    sample = [["a@example.com", "1/2/1980", "x"], ["b@example.com", "3/2/1981", "y"], ["c@example.com", "3/4/1981", "z"]]
    assert fields(["Contact", "Birth info", "Autre"], "US", sample) == ["email", "birth_date", None]


def test_a_second_column_of_one_field_is_not_compared_but_the_first():
    assert fields(["Nom", "Nom", "Téléphone", "Téléphone"]) == ["family_name", None, "phone", "phone"]


def test_social_security_numbers_of_this_country_are_refused():
    with pytest.raises(ListRefusedError, match="sécurité sociale"):
        fields(["Nom", "NIR"], sample=[["A", "1"]])
    assert fields(["Surname", "Social security number"], "US", [["A", "1"]]) == ["family_name", None]


def test_a_list_in_which_nothing_tells_people_apart_is_refused():
    with pytest.raises(ListRefusedError, match="qui sont les personnes"):
        fields(["Ville", "Montant"])


def test_an_unknown_country_is_refused_and_the_usual_other_name_is_not():
    assert anylist.country("uk").code == "GB"
    with pytest.raises(OutreachError, match="pays est inconnu"):
        anylist.country("XX")


def test_a_mapping_names_columns_several_ways(tmp_path):
    path = written(tmp_path, "A;B;B;C;D;E\nDupont;0639980001;0639980002;25;12;1980\n")
    mapping = written(tmp_path, "columns: {surname: a, phone: B, date of birth: ['#4', D, E]}\n", "m.yaml")
    people = read(path, mapping=mapping)
    assert [column.field for column in people.used] == ["family_name", "phone", "phone", "birth_date", "birth_date", "birth_date"]
    assert people.table.select(["record_id", "family_name", "mobile", "fixed", "birth_date"]).to_pylist() == [
        {
            "record_id": 2,
            "family_name": "Dupont",
            "mobile": "+33639980001",
            "fixed": "+33639980002",
            "birth_date": date(1980, 12, 25),
        }
    ]


def test_a_mapping_may_be_short_and_ignore_all_else(tmp_path):
    path = written(tmp_path, "Nom;Prénom;CP\nDupont;Jean;69001\n")
    people = read(path, mapping=written(tmp_path, "family_name: Nom\nignore: ['*']\n", "m.yaml"))
    assert people.fields == {"family_name"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "ne dit aucune colonne"),
        ("- a\n", "ne dit aucune colonne"),
        ("a: [b\n", "m.yaml, ligne 2 : ce fichier n'est pas du YAML"),
        ("columns: Nom\n", "« columns » ne dit aucune colonne"),
        ("columns: {family_name: Nom}\nfoo: 1\n", "« foo » est inconnu ici"),
        ("familly_name: Nom\n", "Est-ce « family_name » ?"),
        ("family_name: Nome\n", "le fichier n'a pas de colonne « Nome » (family_name). Est-ce « Nom » ?"),
        ("family_name: Nom\ngiven_name: Nom\n", "« Nom » est donnée deux fois"),
        ("family_name: Nom\nignore: [Nom]\n", "« Nom » est donnée deux fois"),
        ("family_name: {a: b}\n", "attend un en-tête"),
        ("family_name: Nom\ndates: jma\n", "l'ordre des dates « jma » est inconnu"),
        ("family_name: Nom\nread: {sheets: 1}\n", "« read » ne comprend pas « sheets »"),
        ("family_name: Nom\nread: {header_row: un}\n", "« read » ne comprend pas « header_row »"),
        ("family_name: '#7'\n", "pas de colonne « #7 »"),
    ],
)
def test_a_mistake_in_a_mapping_is_one_sentence(tmp_path, text, said):
    path = written(tmp_path, "Nom;Prénom\nDupont;Jean\n")
    with pytest.raises(ListRefusedError) as refused:
        read(path, mapping=written(tmp_path, text, "m.yaml"))
    assert said in str(refused.value)
    assert "m.yaml" in str(refused.value)


def test_a_mapping_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ListRefusedError, match="n'existe pas"):
        anylist.read_mapping(tmp_path / "none.yaml")


def test_what_is_recognised_can_be_written_corrected_and_given_back(tmp_path):
    path = written(tmp_path, "Nom;Prénom;Tél;Tél;;Divers\nDupont;Jean;0639980001;;x;y\n")
    used = anylist.look_at(path, anylist.Asked(), anylist.country("FR"))
    mapping = tmp_path / "m.yaml"
    anylist.write_mapping(mapping, [(column.header, column.field) for column in used], "FR", None)
    content = yaml.safe_load(mapping.read_text())
    assert content["columns"] == {"given_name": "Prénom", "family_name": "Nom", "phone": ["#3", "#4"]}
    assert content["ignore"] == ["#5", "Divers"]
    assert [(column.header, column.field) for column in read(path, mapping=mapping).used] == [
        (one.header, one.field) for one in used
    ]


def test_what_cannot_be_read_is_left_out_counted_and_nothing_is_lost(tmp_path):
    path = written(
        tmp_path, "Nom;Né le;Tél;CP;Courriel\nDupont;99/99/9999;oui;ABC;x\n;;;;\nMartin;01/02/1980;#N/A;69001;a@example.com\n"
    )
    people = read(path)
    assert {name: (found.count, found.rows) for name, found in people.unread.items()} == {
        "birth_date": (1, [2]), "phone": (1, [2]), "postal_code": (1, [2]), "email": (1, [2]),
    }  # fmt: skip
    assert (people.table.column("record_id").to_pylist(), people.blank) == ([2, 4], 1)


def test_a_foreign_list_keeps_its_postal_codes(tmp_path):
    path = written(tmp_path, "Surname,Post code,Address\nSmith,SW1A 1AA,10 High St\nJones,12345-6789,Flat 2 10 High St\n")
    assert read(path, "GB").table.column("postal_code").to_pylist() == ["SW1A1AA", "123456789"]
    people = read(path, "US")
    assert people.table.column("postal_code").to_pylist() == ["SW1A1AA", "12345"]
    assert people.table.column("door").to_pylist() == [None, "2"]
