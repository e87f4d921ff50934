"""Columns are recognised by their headers and their cells; what is unsure is asked once, what is not allowed is not stored."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from outreach.core.errors import ListRefusedError
from outreach.definitions.fields import ListField as F
from outreach.definitions.loader import read_folder
from outreach.intake import MappingNeededError, read_answer
from outreach.intake.columns import Recognition, header_key
from outreach.intake.recognise import looks_like_nir
from outreach.intake.synonyms import synonyms
from tests.intake.conftest import person

PHONES = ["06 39 98 00 01", "04 65 71 00 02", "06 39 98 00 03"]


@pytest.fixture(scope="module")
def folder():
    return read_folder(Path("campaigns") / "energy-arrears")


def recognition(folder, **more):
    return Recognition(folder.campaign.lists, list(folder.agreement.allowed_fields), **more)


def fields(mapping):
    return [column.field for column in mapping.columns]


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        (["REF_CLIENT", "NOM", "PRENOM", "TEL PORTABLE"], [F.REFERENCE, F.FAMILY_NAME, F.GIVEN_NAME, F.MOBILE]),
        (["N° client", "Nom  Prénom", "code-postal", "VILLE"], [F.REFERENCE, F.FULL_NAME, F.POSTAL_CODE, F.CITY]),
        (["Customer ID", "First name", "Last name", "Zip code"], [F.REFERENCE, F.GIVEN_NAME, F.FAMILY_NAME, F.POSTAL_CODE]),
        (["Num. client", "né(e) le", "E-MAIL", "Solde"], [F.REFERENCE, F.BIRTH_DATE, F.EMAIL, F.AMOUNT_DUE]),
        (
            ["PDL", "Adresse de consommation", "Complément d’adresse", "CP"],
            [F.REFERENCE, F.ADDRESS_LINE, F.ADDRESS_EXTRA, F.POSTAL_CODE],
        ),
    ],
)
def test_headers_are_known_whatever_their_spelling(folder, headers, found):
    assert fields(recognition(folder).map(headers, [], "x.csv")) == found


def test_every_known_word_is_its_field_and_no_two_fields_share_one():
    keys = [(header_key(word), name) for name, words in synonyms().names.items() for word in words]
    assert len({key for key, _name in keys}) == len(set(keys))


def test_two_phones_are_both_kept_and_a_second_name_is_not(folder):
    mapping = recognition(folder).map(["Réf client", "Nom", "Tél 1", "Tél 2", "Nom usuel"], [], "x.csv")
    assert fields(mapping) == [F.REFERENCE, F.FAMILY_NAME, F.PHONE, F.PHONE, None]
    assert mapping.columns[-1].why == "twice"


def test_a_column_that_only_its_cells_give_away_is_asked_about(folder):
    sample = [["A1", phone, "x"] for phone in PHONES]
    mapping = recognition(folder).map(["Réf client", "Joignable au", "Divers"], sample, "x.csv")
    assert [(question.header, question.candidate) for question in mapping.questions] == [("Joignable au", F.PHONE)]


def test_a_header_that_hints_is_sure_when_its_cells_agree(folder):
    sample = [["A1", phone, "a@b.fr"] for phone in PHONES]
    mapping = recognition(folder).map(["Réf client", "Numéro de téléphone du client", "Mail perso"], sample, "x.csv")
    assert (fields(mapping), mapping.questions) == ([F.REFERENCE, F.PHONE, F.EMAIL], ())


def test_a_header_that_its_cells_contradict_is_asked_about(folder):
    mapping = recognition(folder).map(["Réf client", "Téléphone"], [["A1", word] for word in ("oui", "non", "oui")], "x.csv")
    assert [question.candidate for question in mapping.questions] == [F.PHONE]


def test_what_the_agreement_does_not_allow_is_left_out_and_cannot_be_forced(folder):
    water = read_folder(Path("campaigns") / "water-meter-access")
    mapping = recognition(water).map(["N° locataire", "Montant dû", "Langue"], [], "x.csv")
    assert fields(mapping) == [F.REFERENCE, None, None]
    assert [column.why for column in mapping.columns[1:]] == ["not_allowed", "not_allowed"]
    with pytest.raises(ListRefusedError, match="ne permet pas la donnée « language »"):
        recognition(water, answers={"langue": F.LANGUAGE}).map(["N° locataire", "Langue"], [], "x.csv")


def nir():
    body = "2840269123456"
    return body + f"{97 - int(body) % 97:02d}"


def test_social_security_numbers_refuse_the_list(folder):
    assert looks_like_nir([nir()] * 3)
    assert not looks_like_nir(["284026912345600"] * 3)
    for header in ("N° sécu", "Divers"):
        with pytest.raises(ListRefusedError, match="sécurité sociale"):
            recognition(folder).map(["Réf client", header], [["A1", nir()]] * 3, "x.csv")


@pytest.mark.parametrize(
    ("answer", "read"), [("Tél 2=mobile", ("tel 2", F.MOBILE)), ("Divers=-", ("divers", None)), ("#3=city", ("#3", F.CITY))]
)
def test_answers_are_read(answer, read):
    assert read_answer(answer) == read


@pytest.mark.parametrize("answer", ["Tél", "=mobile", "Tél=téléphone"])
def test_an_answer_that_is_none_says_how(answer):
    with pytest.raises(ListRefusedError, match="en-tête=champ"):
        read_answer(answer)


def test_an_answer_is_asked_for_once(lists):
    header = "Réf client;Nom;Prénom;Date de naissance;Adresse;CP;Commune;Joignable au;Montant dû;Stade"
    week = [person(f"A{number}") for number in range(4)]
    with pytest.raises(MappingNeededError, match="Joignable au") as caught:
        lists.take(*week, header=header)
    assert [question.candidate for question in caught.value.questions] == [F.PHONE]
    assert lists.session.execute(text("SELECT count(*) FROM list_row")).scalar_one() == 0
    lists.take(*week, header=header, answers=dict([read_answer("Joignable au=mobile")]))
    next_week = lists.take(*week, person("A9"), header=header)
    assert next_week.counts == {"new": 1, "unchanged": 4}
    assert [column["known"] for column in next_week.columns if column["header"] == "Joignable au"] == ["saved"]


ELSEWHERE, HERE = {"montant du": F.DEBT_SINCE, "code interne": F.CITY}, {"montant du": F.STAGE}


def test_a_campaigns_own_words_come_before_what_was_learnt_in_another(folder):
    """Learnt for the partner wherever its lists were taken in: there, the same header may have meant something else."""
    read = recognition(folder, saved=ELSEWHERE).map(["Réf client", "Nom", "Montant dû", "Code interne"], [], "x.csv")
    assert fields(read) == [F.REFERENCE, F.FAMILY_NAME, F.AMOUNT_DUE, F.CITY]
    assert [column.known for column in read.columns[2:]] == ["campaign", "partner"]


def test_what_was_answered_for_this_very_campaign_comes_before_its_words(folder):
    read = recognition(folder, saved=ELSEWHERE, answered=HERE).map(["Réf client", "Nom", "Montant dû"], [], "x.csv")
    assert (read.columns[2].field, read.columns[2].known) == (F.STAGE, "saved")


def test_a_field_is_the_campaigns_column_before_one_that_was_learnt_elsewhere(folder):
    read = recognition(folder, saved={"solde actuel": F.AMOUNT_DUE})
    assert fields(read.map(["Solde actuel", "Montant dû"], [], "x.csv")) == [None, F.AMOUNT_DUE]


def test_an_answer_against_the_campaigns_own_words_is_asked_for_once(lists):
    header = "Réf client;Nom;Prénom;Date de naissance;Adresse;CP;Commune;Tél;Montant dû;Stade"
    week = [person(f"A{number}") for number in range(4)]
    lists.take(*week, header=header, answers=dict([read_answer("Stade=-")]))
    next_week = lists.take(*week, person("A9"), header=header)
    told = {column["header"]: (column["field"], column["known"]) for column in next_week.columns}
    assert told["Stade"] == (None, "saved")
    assert told["Montant dû"] == ("amount_due", "campaign")


def test_what_is_not_allowed_is_nowhere_in_the_database(lists):
    header = "Réf client;Nom;Prénom;CP;Religion"
    lists.take("A1;DUPONT;Léa;69008;CANARI", header=header)
    stored = lists.session.execute(
        text("SELECT CAST(r AS text) || CAST(l AS text) FROM list_row r JOIN target_list l ON l.id = r.list_id")
    ).scalar_one()
    assert "Religion" in stored, "that there was such a column is told"
    assert "CANARI" not in stored
