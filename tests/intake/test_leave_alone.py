"""What a list says itself against writing to somebody: in a column, as a stage or movement, or in the middle of a name."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.errors import PolicyError
from outreach.definitions.facts import vocabulary
from outreach.intake import MappingNeededError
from outreach.intake.leave_alone import SUSPECT, told_by_name
from outreach.intake.result import faults_of
from outreach.matching.register import match_people
from outreach.segments import segment_campaign
from outreach.segments.facts import fact_query
from outreach.segments.judge import clear
from outreach.tracking import withdraw_departed
from tests.intake.conftest import HEADER, person
from tests.opened import in_clear

LEA, ZOE = "DUPONT;Léa;01/02/1984", "DUPONT;Zoé;05/06/1986"


def told(lists, header, *cells, reference="A{}"):
    """What becomes of one customer a cell, in a list with one column more."""
    lines = [
        f"{person(reference.format(number), name=f'NOM{number};Ana;')};{cell}" for number, cell in enumerate(cells)
    ]  # fmt: skip
    result = lists.take(*lines, header=f"{HEADER};{header}")
    rows = lists.session.execute(
        text("SELECT state, leave_reason FROM list_row WHERE list_id = :list ORDER BY row_number"), {"list": result.list_id}
    )
    return [row.leave_reason or row.state for row in rows]


@pytest.mark.parametrize(
    ("header", "cells", "become"),
    [
        ("Ne pas contacter", ["OUI", "", "non", "12/03/2026", "peut-être"], ["partner_objection", "new", "new", "partner_objection", "rejected"]),
        ("Opposition", ["x", "0", "refus", "00/00/0000"], ["partner_objection", "new", "partner_objection", "new"]),
        ("Accord de contact", ["Oui", "", "N", "01/09/2026", "refus"], ["new", "new", "partner_objection", "new", "partner_objection"]),
        ("Date de décès", ["", "03/09/2026", "31/12/9999", "01/01/1900", "DCD"], ["new", "deceased", "new", "new", "deceased"]),
    ],
)  # fmt: skip
def test_a_column_of_its_own_takes_the_customer_off(lists, header, cells, become):
    """A word that nobody knows may be a yes: the row is sent back instead of being written to."""
    assert told(lists, header, *cells) == become


def test_any_of_several_columns_is_enough(lists):
    lines = [f"{person('A1')};NON;NON;", f"{person('A2', name=ZOE)};NON;OUI;", f"{person('A3', name='ROUX;Max;')};OUI;;O"]
    result = lists.take(*lines, header=f"{HEADER};Opposition;Refus de contact;Décédé(e) le")
    assert result.counts == {"new": 1, "leaving": 2}
    assert result.findings == {"suppressed:partner_objection": 1, "suppressed:deceased": 1}, "death goes before all"


def test_a_header_that_only_sounds_so_is_asked(lists):
    for header, field in (
        ("Bloctel", "objection"),
        ("Consentement", "consent"),
        ("Opt-in SMS", "consent"),
        ("Opt-out SMS", "objection"),
    ):
        with pytest.raises(MappingNeededError, match=f"« {header} » \\({field} \\?\\)"):
            lists.take(f"{person('A1')};O", header=f"{HEADER};{header}")


def test_a_list_that_would_leave_nearly_everybody_alone_is_held(lists):
    """A consent to advertising is no consent to be helped: a person says what the column means."""
    lines = [f"{person(f'A{number}', name=f'NOM{number};Ana;')};OUI" for number in range(25)]
    held = lists.preview(*lines, header=f"{HEADER};Opposition")
    with pytest.raises(PolicyError, match="25 clients sur 25"):
        lists.commit(held.list_id)
    assert lists.commit(held.list_id, accept_removals=True).counts == {"leaving": 25}


def test_a_stage_or_a_movement_says_it_too(lists):
    lists.take(person("A1"), person("A2", name=ZOE), person("A3", name="ROUX;Max;"))
    dead = person("A1").replace("relance 1", "Décédée")
    result = lists.take(dead, person("A2", name=ZOE), person("A3", name="ROUX;Max;"))
    assert result.counts == {"leaving": 1, "unchanged": 2}
    assert not faults_of(lists.session, result.list_id)
    delta = f"Mouvement;{HEADER}"
    lists.take(f"Opposition;{person('A2', name=ZOE)}", f"DCD;{person('A3', name='ROUX;Max;')}", header=delta)
    assert lists.in_force() == []


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("SUCCESSION DUPONT Jean", "deceased"), ("M. DUPONT Jean (DCD)", "deceased"), ("DUPONT décédée", "deceased"),
        ("HÉRITIERS DUPONT", "deceased"), ("Feu M. DUPONT", "deceased"), ("DUPONT Jean †", "deceased"), ("SUCC DUPONT", "deceased"),
        ("HOIRIE DUPONT", "deceased"), ("S.C.I. LES LILAS", "no_person"), ("SCI LES LILAS", "no_person"), ("Association Les Lilas", "no_person"),
        ("MAIRIE DE BRON", "no_person"), ("VILLE DE LYON", "no_person"), ("Sté DUPONT", None), ("SYNDICAT DES COPROPRIÉTAIRES", "no_person"),
        ("INDIVISION DUPONT", "no_person"), ("UDAF DU RHÔNE pour DUPONT", "guardian"), ("DUPONT Jean sous tutelle", "guardian"),
        ("DUPONT", None), ("Lefeuvre", None), ("FEU", None), ("Maire", None), ("Villeneuve", None), ("LHÉRITIER", None), ("DUPONT née FEU", None),
        ("de La Ville Marie", None), ("Sas", None), ("L'HERITIER Paul", None), ("Syndic", None), ("Dupont ep. Commune", None),
    ],
)  # fmt: skip
def test_a_name_says_more_than_a_name(cell, says):
    assert told_by_name(cell) == says


def test_every_word_that_says_more_is_looked_at():
    """The quick look passes over nothing that the closer one would see."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from outreach.intake import leave_alone as table

    words = [*table._OF_THE_DEAD, *table._OF_GUARDIANS, *table._OF_ORGANISATIONS]
    accented = [
        "Décédé",
        "DÉCÉDÉE",
        "De\u0301ce\u0301de\u0301",
        "Défunt",
        "HÉRITIERS",
        "Société",
        "Établissements",
        "COPROPRIÉTÉ",
        "Décès",
    ]
    cells = [
        *words,
        *(word.upper() for word in words),
        *accented,
        "Feu M. X",
        "SUCC X",
        "Ville de X",
        "Commune de X",
        "X †",
        "Sté",
        " SA ",
        "soc.",
        "S.C.I. X",
    ]
    missed = pc.filter(pa.array(cells), pc.invert(pc.match_substring_regex(pa.array(cells), SUSPECT))).to_pylist()
    assert missed == []
    assert all(told_by_name(word) for word in [*words, *accented])


def test_rows_of_the_dead_leave_and_those_of_organisations_are_sent_back(lists):
    lists.take(person("A1"), person("A2", name=ZOE))
    result = lists.take(
        person("A1", name="DUPONT (DCD);Léa;01/02/1984"), person("A2", name=ZOE), person("A3", name="SARL DUPONT;;"),
        person("A4", name="UDAF 69;MARTIN Jean;"),
    )  # fmt: skip
    assert result.counts == {"leaving": 1, "unchanged": 1, "rejected": 2}
    assert sorted((fault.row, fault.column, fault.code, fault.rejects) for fault in faults_of(lists.session, result.list_id)) == [
        (2, "Nom", "deceased", False), (4, "Nom", "no_person", True), (5, "Nom", "guardian", True),
    ]  # fmt: skip
    assert lists.in_force() == [("A2", 300.0)]


def test_a_title_says_that_it_is_no_person(lists):
    lines = [f"{person('A1')};Mme", f"{person('A2', name='LILAS;;')};Sté", f"{person('A3', name='STE MARIE;Ana;')};Mme"]
    assert lists.take(*lines, header=f"{HEADER};Civilité").counts == {"new": 2, "rejected": 1}


@pytest.mark.parametrize("reference", ["1,23457E+11", "1.2E+09", "9e+15"])
def test_a_reference_that_a_spreadsheet_cut_short_is_sent_back(lists, reference):
    """Other customers would have the same: results would go to whoever comes first."""
    result = lists.take(person(reference), person("12E45", name=ZOE))
    assert result.counts == {"rejected": 1, "new": 1}
    assert [fault.code for fault in faults_of(lists.session, result.list_id)] == ["spoilt_reference"]


def open_cases(lists):
    match_people(lists.session, actor="test")
    return segment_campaign(lists.session, lists.loaded(), actor="test").opened


def cases(lists):
    query = in_clear(
        'SELECT p.given_name, c.status, e.code FROM "case" c JOIN person p ON p.id = c.person_id'
        " LEFT JOIN event e ON e.case_id = c.id AND e.kind = 'withdrawn' ORDER BY 1"
    )
    return [tuple(row) for row in lists.session.execute(query)]


def test_a_case_ends_though_somebody_else_of_the_home_is_listed(lists):
    """The letter would be addressed to whoever said no, or is dead."""
    lea, zoe = person("A1", phone=""), person("A2", name=ZOE, amount="100", phone="")
    lists.take(lea, zoe)
    assert open_cases(lists) == 1
    assert [(name, status) for name, status, _code in cases(lists)] == [("Léa", "waiting")], "she owes most, and is addressed"
    lists.take(f"{lea};OUI", f"{zoe};", header=f"{HEADER};Opposition")
    assert withdraw_departed(lists.session, lists.loaded(), actor="test") == 1
    assert cases(lists) == [("Léa", "withdrawn", "partner_objection")]
    assert withdraw_departed(lists.session, lists.loaded(), actor="test") == 0
    assert open_cases(lists) == 0, "their home is left alone in this campaign"


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_people_under_one_reference_whoever_is_dead_goes_alone(lists, order):
    lea, zoe = person("A1", phone=""), person("A1", name=ZOE, amount="100", phone="")
    lists.take(lea, zoe)
    lines = [f"{lea};OUI", f"{zoe};"][::order]
    assert lists.take(*lines, header=f"{HEADER};Décédé").counts == {"leaving": 1, "unchanged": 1}
    assert lists.in_force() == [("A1", 100.0)]


@pytest.mark.parametrize("order", [1, -1])
def test_an_estate_takes_nobody_off_of_whom_the_list_has_a_line(lists, order):
    lea, zoe = person("A1"), person("A1", name=ZOE, amount="100")
    lists.take(lea, zoe)
    lines = [person("A1", name="SUCCESSION DUPONT;;"), zoe][::order]
    assert lists.take(*lines).counts == {"leaving": 1, "unchanged": 1}
    assert lists.in_force() == [("A1", 100.0)]


def test_an_objection_holds_in_whatever_order_the_lines_of_one_customer_come(lists):
    lines = [f"{person('A1')};OUI", f"{person('A1', amount='80')};"]
    assert lists.take(*lines, header=f"{HEADER};Opposition").counts == {"leaving": 1, "new": 1}
    assert lists.in_force() == []


def test_an_undone_list_took_nobody_off(lists):
    lists.take(person("A1"))
    assert open_cases(lists) == 1
    taken = lists.take(f"{person('A1')};OUI", header=f"{HEADER};Opposition")
    lists.undo(taken.list_id)
    assert withdraw_departed(lists.session, lists.loaded(), actor="test") == 0
    assert lists.in_force() == [("A1", 300.0)]


def addressed(lists):
    """Whom the rules would address now, by first name."""
    folder = lists.loaded().folder
    known = vocabulary(folder.campaign, folder.agreement)
    clear(lists.session)
    query = fact_query(folder.campaign, lists.loaded().campaign.id, {"on_list"}, known, today=clock.today(), few=True)
    for statement in query.before:
        lists.session.execute(text(statement), query.values)
    people = [row.person_id for row in lists.session.execute(text(query.sql), query.values)]
    return list(lists.session.execute(text("SELECT given_name FROM person WHERE id = ANY(:ids)"), {"ids": people}).scalars())


def test_somebody_else_of_the_home_is_addressed_for_whoever_has_died(lists):
    lists.take(person("A1", phone=""), person("A2", name=ZOE, amount="100", phone=""))
    assert open_cases(lists) == 1
    assert addressed(lists) == ["Léa"], "she owes most"
    lists.session.execute(
        text(
            "INSERT INTO contact (campaign_id, case_id, person_id, step, attempt, channel, language, state, due_at, useful_until, done_at, disposition)"
            " SELECT campaign_id, id, person_id, 'call', 1, 'call', 'fr', 'done', :now, :now, :now, 'deceased' FROM \"case\""
        ),
        {"now": clock.now()},
    )
    assert addressed(lists) == ["Zoé"]
