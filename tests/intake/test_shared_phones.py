"""A phone given for too many customers is nobody's: it is set aside, told, remembered; a family's stays."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.intake.result import faults_of
from outreach.intake.shared_phones import MOST
from outreach.tracking import object_by_phone
from tests.intake.conftest import person
from tests.opened import in_clear

NOBODY, OWN = "06 39 98 00 00", "06 39 98 00 07"
BOTH = "Réf client;Nom;Prénom;Date de naissance;Adresse;CP;Commune;Téléphone fixe;Montant dû;Stade"
FEW, MANY = range(MOST["mobile"]), range(MOST["mobile"] + 1)


def line(number, phone=NOBODY):
    """One customer of many."""
    return person(
        f"C{number}",
        name=f"NOM{number};Prénom{number};0{number % 9 + 1}/02/1980",
        street=f"{number + 1} R DES LILAS",
        phone=phone,
    )


def phones(lists):
    found = lists.session.execute(in_clear("SELECT reference, mobile, fixed FROM list_row ORDER BY list_id, row_number"))
    return [(row.reference, row.mobile or row.fixed) for row in found]


def test_a_phone_of_too_many_customers_is_set_aside_and_told_cell_by_cell(lists):
    result = lists.take(*map(line, MANY), line(50, OWN))
    assert result.counts == {"new": len(MANY) + 1}, "the rows are used all the same"
    assert phones(lists) == [(f"C{number}", None) for number in MANY] + [("C50", "+33639980007")]
    faults = faults_of(lists.session, result.list_id)
    assert [(fault.row, fault.column, fault.code, fault.rejects) for fault in faults] == [
        (number + 2, "Tél portable", "shared_phone", False) for number in MANY
    ]
    assert {fault.reason for fault in faults} == {
        f"numéro donné pour {len(MANY)} clients : il n'est pas gardé ; donnez celui de chacun, ou rien"
    }


def test_a_familys_phone_stays(lists):
    result = lists.take(*map(line, FEW))
    assert {phone for _reference, phone in phones(lists)} == {"+33639980000"}
    assert faults_of(lists.session, result.list_id) == []


def test_one_customer_told_many_times_is_one(lists):
    lists.take(*(person("C1", amount=f"{number},00") for number in range(1, 9)))
    assert {phone for _reference, phone in phones(lists)} == {"+33639980001"}


def test_a_later_list_with_only_one_of_them_is_known_too(lists):
    lists.take(*map(line, MANY))
    lists.take(line(90), line(91, OWN))
    assert phones(lists)[-2:] == [("C90", None), ("C91", "+33639980007")]


def test_the_line_of_a_residence_stays(lists):
    lists.take(*(line(number, "04 65 71 00 08") for number in range(20)), header=BOTH)
    assert {phone for _reference, phone in phones(lists)} == {"+33465710008"}
    lists.take(*(line(number, "04 65 71 00 09") for number in range(MOST["fixed"] + 1)), header=BOTH)
    assert {phone for _reference, phone in phones(lists)[20:]} == {None}


def test_a_phone_that_somebody_objected_with_stays_so_that_it_stops_them(lists):
    object_by_phone(lists.session, "+33639980000", actor="test", occurred_at=clock.now())
    lists.take(*map(line, MANY))
    assert {phone for _reference, phone in phones(lists)} == {"+33639980000"}


def test_what_another_partner_gave_counts_for_nothing(lists):
    lists.take(*map(line, MANY))
    lists.session.execute(text("INSERT INTO partner (code, name, kind) SELECT 'ailleurs', 'Ailleurs', kind FROM partner LIMIT 1"))
    lists.session.execute(text("UPDATE target_list SET partner_id = (SELECT id FROM partner WHERE code = 'ailleurs')"))
    lists.take(line(90))
    assert phones(lists)[-1] == ("C90", "+33639980000")


def test_a_list_that_was_dropped_or_undone_is_remembered_for_nothing(lists):
    """A number drawn down a column by mistake is still its owner's, once the file is mended."""
    mistaken = lists.preview(*map(line, MANY))
    lists.discard(mistaken.list_id)
    again = lists.take(*map(line, MANY), line(50, OWN))
    lists.undo(again.list_id)
    lists.take(line(0))
    assert phones(lists)[-1] == ("C0", "+33639980000")


@pytest.mark.parametrize("stage", ["preview", "take"])
def test_the_same_list_again_adds_nothing(lists, stage):
    lines = list(map(line, MANY))
    first = lists.take(*lines)
    again = getattr(lists, stage)(*reversed(lines))
    assert again.known or again.counts == {"unchanged": len(MANY)}
    assert lists.session.execute(
        text("SELECT count(*) FROM list_row WHERE list_id = :id"), {"id": first.list_id}
    ).scalar_one() == len(MANY)
