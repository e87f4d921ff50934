"""A list is looked at, put in force, changed by the next one, taken back: what each row is, and what is in force after."""

from __future__ import annotations

import shutil

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.errors import PolicyError
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import find_campaign, launch_campaign
from outreach.intake import changes_of, findings_of, import_list, removed_of
from outreach.matching.register import match_people
from outreach.segments import segment_campaign
from tests.intake.conftest import DAY, HEADER, person
from tests.opened import in_clear

DELTA = "Mouvement;" + HEADER


def state_of(session):
    """Everything that is in force, and every row kept."""
    rows = session.execute(text("SELECT row_key, content_hash, person_id FROM current_row ORDER BY id")).all()
    kept = session.execute(text("SELECT count(*), count(superseded_by) FROM list_row")).one()
    return [tuple(row) for row in rows], tuple(kept)


def test_nothing_counts_before_the_commit_and_the_preview_is_what_the_commit_does(lists):
    lists.take(person("A1"), person("A2"), person("A3"))
    seen = lists.preview(person("A1"), person("A2", amount="90"), person("B1"), person("B1"), person("B2", amount="??"))
    assert lists.in_force() == [("A1", 300.0), ("A2", 300.0), ("A3", 300.0)]
    assert seen.counts == {"new": 1, "changed": 1, "unchanged": 1, "duplicate": 1, "rejected": 1}
    assert (seen.removed, seen.state) == (1, "previewed")
    done = lists.commit(seen.list_id)
    assert (done.counts, done.removed, done.state) == (seen.counts, seen.removed, "committed")
    assert lists.in_force() == [("A1", 300.0), ("A2", 90.0), ("B1", 300.0)]
    assert lists.commit(seen.list_id).state == "committed", "a second click changes nothing"


def test_changes_are_told_field_by_field(lists):
    lists.take(person("A1"))
    seen = lists.preview(person("A1", amount="80", phone="06 39 98 00 99"))
    told = [(change.row, change.field, change.old, change.new) for change in changes_of(lists.session, seen.list_id)]
    assert told == [(2, "amount_due", "300.00", "80.00"), (2, "mobile", "+33639980001", "+33639980099")]


def test_a_preview_that_has_aged_is_not_committed(lists):
    seen = lists.preview(person("A1"))
    lists.take(person("A2"))
    with pytest.raises(PolicyError, match="Refaites l'aperçu"):
        lists.commit(seen.list_id)


def test_a_discarded_preview_leaves_no_row(lists):
    seen = lists.preview(person("A1"))
    assert lists.discard(seen.list_id).state == "discarded"
    assert lists.session.execute(text("SELECT count(*) FROM list_row")).scalar_one() == 0
    with pytest.raises(PolicyError, match="annulée"):
        lists.commit(seen.list_id)
    assert lists.take(person("A1")).counts == {"new": 1}, "the file may come again"


def test_undoing_restores_what_was_in_force(lists):
    lists.take(person("A1"), person("A2"))
    before = state_of(lists.session)
    second = lists.take(person("A1", amount="50"), person("B1"))
    assert lists.in_force() == [("A1", 50.0), ("B1", 300.0)]
    undone = lists.undo(second.list_id)
    assert (undone.state, state_of(lists.session)) == ("undone", before)
    assert lists.undo(second.list_id).state == "undone"
    assert lists.take(person("A1", amount="50"), person("B1")).known is False, "an undone file may be taken in again"


def test_undoing_after_matching_forgets_the_people_it_brought(lists):
    lists.take(person("A1"))
    match_people(lists.session, actor="test")
    before = lists.session.execute(text("SELECT count(*) FROM person")).scalar_one()
    second = lists.take(person("A1"), person("B1", name="ROUX;Max;04/05/1970", phone="06 39 98 00 77"))
    match_people(lists.session, actor="test")
    lists.undo(second.list_id)
    assert lists.session.execute(text("SELECT count(*) FROM person")).scalar_one() == before
    assert match_people(lists.session, actor="test").persons == before


def test_undoing_is_refused_when_later_work_rests_on_it_and_says_what(lists):
    roux = person("A2", name="ROUX;Max;04/05/1970", phone="06 39 98 00 77", street="3 AV DU LAC")
    first = lists.take(person("A1"), roux)
    second = lists.take(person("A1", amount="70"), roux)
    with pytest.raises(PolicyError, match=r"1 liste\(s\) importée\(s\) depuis"):
        lists.undo(first.list_id)
    lists.undo(second.list_id)
    match_people(lists.session, actor="test")
    segment_campaign(lists.session, lists.loaded(), actor="test")
    with pytest.raises(PolicyError, match=r"2 dossier\(s\) ouvert\(s\)"):
        lists.undo(first.list_id)


def test_undoing_is_refused_also_when_those_whom_it_brought_have_another_number_since(lists):
    """A case keeps the number that its person had; rows have the one of now."""
    first = lists.take(person("A1"))
    match_people(lists.session, actor="test")
    segment_campaign(lists.session, lists.loaded(), actor="test")
    columns = "created_at, household_id, simulated, given_name, family_name"
    living = text(f"INSERT INTO person ({columns}) SELECT {columns} FROM person RETURNING id")
    new = lists.session.execute(living).scalar_one()
    lists.session.execute(text("UPDATE person SET merged_into = :new WHERE id <> :new"), {"new": new})
    lists.session.execute(text("UPDATE list_row SET person_id = :new"), {"new": new})
    with pytest.raises(PolicyError, match=r"1 dossier\(s\) ouvert\(s\)"):
        lists.undo(first.list_id)


def test_a_full_list_that_drops_most_customers_waits_for_a_person(lists):
    many = [person(f"A{number}") for number in range(30)]
    lists.take(*many)
    seen = lists.preview(*many[:10])
    assert seen.removed == 20
    with pytest.raises(PolicyError, match="retirerait 20 clients sur 30"):
        lists.commit(seen.list_id)
    assert lists.commit(seen.list_id, accept_removals=True).removed == 20


def test_a_rejected_row_still_names_its_customer(lists):
    lists.take(person("A1"), person("A2"))
    second = lists.take(person("A1"), person("A2", amount="??"))
    assert (second.counts, second.removed) == ({"unchanged": 1, "rejected": 1}, 0)
    assert [reference for reference, _ in lists.in_force()] == ["A1", "A2"]


def test_two_people_of_one_contract_are_two_rows(lists):
    lists.take(person("A1", name="DUPONT;Léa;01/02/1984"), person("A1", name="DUPONT;Zoé;05/06/1986"))
    second = lists.take(person("A1", name="DUPONT;Léa;01/02/1984"), person("A1", name="DUPONT;Zoé;05/06/1986", amount="80"))
    assert second.counts == {"unchanged": 1, "changed": 1}
    assert lists.in_force() == [("A1", 80.0), ("A1", 300.0)] or lists.in_force() == [("A1", 300.0), ("A1", 80.0)]
    third = lists.take(person("A1", name="DUPONT;Zoé;05/06/1986", amount="80"))
    assert (third.counts, third.removed) == ({"unchanged": 1}, 1)
    assert lists.in_force() == [("A1", 80.0)]


def test_columns_in_another_order_and_another_writing_change_nothing(lists):
    lists.take(person("A1"))
    header = "Nom;Réf client;Prénom;Date de naissance;CP;Commune;Adresse;Stade;Tél portable;Montant dû"
    again = lists.take("Dupont;A1;LEA;1984-02-01;69008;Lyon;12, rue des Lilas;Relance 1;+33639980001;300", header=header)
    assert again.counts in ({"unchanged": 1}, {"changed": 1})
    told = [(change.field, change.old, change.new) for change in changes_of(lists.session, again.list_id)]
    assert all(field == "given_name" for field, _old, _new in told), "only the lost accent differs"


@pytest.mark.parametrize(
    ("movement", "amount", "reason"),
    [("SORTIE", "300", "left_the_list"), ("MODIF", "0", "settled"), ("MODIF", "-12,50", "settled")],
)
def test_who_leaves_or_owes_nothing_any_more_is_off_the_list(lists, movement, amount, reason):
    lists.take(person("A1"), person("A2"))
    result = lists.take(f"{movement};{person('A1', amount=amount)}", header=DELTA)
    assert result.counts == {"leaving": 1}
    assert [reference for reference, _ in lists.in_force()] == ["A2"]
    assert lists.session.execute(text("SELECT leave_reason FROM list_row WHERE state = 'leaving'")).scalars().all() == [reason]


def test_who_enters_and_leaves_in_one_delta_is_gone(lists):
    lists.take(person("A1"))
    lists.take(f"ENTREE;{person('B1')}", f"SORTIE;{person('B1')}", header=DELTA)
    assert [reference for reference, _ in lists.in_force()] == ["A1"]


def test_who_leaves_and_comes_back_in_one_delta_is_in_force(lists):
    lists.take(person("A1"))
    lists.take(f"SORTIE;{person('A1')}", f"ENTREE;{person('A1', amount='50')}", header=DELTA)
    assert lists.in_force() == [("A1", 50.0)]


def test_a_changed_row_keeps_its_person_until_matching_unless_somebody_else_took_over(lists):
    lists.take(person("A1"), person("A2", name="ROUX;Max;04/05/1970", phone="06 39 98 00 77"))
    match_people(lists.session, actor="test")
    lists.take(person("A1", amount="50"), person("A2", name="PETIT;Ana;02/02/1990", phone="06 39 98 00 55"))
    rows = sorted(
        lists.session.execute(in_clear("SELECT reference, person_id FROM current_row")).all(), key=lambda row: row.reference
    )
    assert rows[0].person_id is not None
    assert rows[1].person_id is None


def test_without_references_people_are_told_apart_by_who_and_where_they_are(session, tmp_path):
    shutil.copytree("campaigns/energy-arrears", tmp_path / "campaign")
    written = tmp_path / "campaign" / "campaign.yaml"
    written.write_text(written.read_text().replace("required: [reference]", "required: []"))
    with clock.travel(DAY):
        launch_campaign(session, read_folder(tmp_path / "campaign"), actor="test")
        header, lea, max_ = (
            "Nom;Prénom;Date de naissance;Adresse;CP;Montant dû",
            "DUPONT;Léa;01/02/1984;1 R X;69008",
            "ROUX;Max;;2 R X;69008",
        )
        counts = []
        for number, lines in enumerate(([f"{lea};10", f"{max_};20"], [f"{lea};10", f"{max_};25", "NEUF;Ana;;3 R X;69008;5"])):
            path = tmp_path / f"{number}.csv"
            path.write_text("\n".join([header, *lines]), encoding="utf-8")
            counts.append(import_list(session, find_campaign(session, "energy-arrears"), path, actor="test").counts)
    assert counts == [{"new": 2}, {"new": 1, "changed": 1, "unchanged": 1}]


def test_known_people_objections_and_closed_cases_are_told_before_the_commit(lists):
    lists.take(person("A1"), person("A2", name="ROUX;Max;04/05/1970", phone="06 39 98 00 77"))
    match_people(lists.session, actor="test")
    from outreach.tracking import record_objection

    roux = lists.session.execute(text("SELECT id FROM person WHERE family_name = 'Roux'")).scalar_one()
    record_objection(lists.session, roux, source="desk", actor="test", occurred_at=clock.now())
    seen = lists.preview(
        f"ENTREE;{person('Z1')}",
        f"ENTREE;{person('Z2', name='Roux;MAX;', phone='06 39 98 00 77')}",
        f"ENTREE;{person('Z3', name='NEUF;Ana;', phone='06 39 98 00 44')}",
        f"MODIF;{person('A1', amount='0')}",
        header=DELTA,
    )
    assert seen.findings == {
        "known:name_birth": 1, "known:name_phone": 1, "suppressed:objection": 1, "suppressed:settled": 1,
    }  # fmt: skip


def test_whose_case_is_closed_is_told_and_not_reopened(lists):
    roux = person("A2", name="ROUX;Max;04/05/1970", phone="06 39 98 00 77", street="3 AV DU LAC")
    lists.take(person("A1"), roux)
    match_people(lists.session, actor="test")
    segment_campaign(lists.session, lists.loaded(), actor="test")
    lists.session.execute(
        text(
            "UPDATE \"case\" SET closed_at = :now, closed_reason = 'x', status = 'refused' WHERE person_id IN (SELECT id FROM person WHERE given_name = 'Max')"
        ),
        {"now": clock.now()},
    )
    again = lists.take(person("A1", amount="70"), roux, roux.replace("A2", "B9"))
    assert again.findings == {"known:name_birth": 1, "suppressed:closed_case": 2}, "under his own reference and a new one"
    match_people(lists.session, actor="test")
    assert segment_campaign(lists.session, lists.loaded(), actor="test").opened == 0


@pytest.mark.parametrize(
    ("word", "state", "reason"),
    [
        ("Ajout", "changed", None),
        ("", "changed", None),
        ("SUPPRESSION", "leaving", "left_the_list"),
        ("Soldé", "leaving", "settled"),
        ("déménagement", "leaving", "moved"),
        ("Litige", "leaving", "dispute"),
        ("ZZ9", "rejected", None),
    ],
)
def test_movements_are_understood_or_sent_back(lists, word, state, reason):
    """A word nobody knows may mean that the customer has paid: the row waits, instead of keeping or stopping anybody."""
    lists.take(person("A1"))
    result = lists.take(f"{word};{person('A1', amount='90')}", header=DELTA)
    assert result.counts == {state: 1}
    told = lists.session.execute(
        text("SELECT leave_reason FROM list_row WHERE list_id = :id"), {"id": result.list_id}
    ).scalar_one()
    assert told == reason


def test_a_preview_names_whom_it_knows_and_whom_it_removes(lists):
    lists.take(person("A1"), person("A2", name="ROUX;Max;04/05/1970", phone="06 39 98 00 77"))
    match_people(lists.session, actor="test")
    seen = lists.preview(person("Z1"))
    assert [(one.row, one.code, one.person) for one in findings_of(lists.session, seen.list_id)] == [
        (2, "known:name_birth", "Léa Dupont")
    ]
    assert removed_of(lists.session, seen.list_id) == ["A1 · Léa Dupont", "A2 · Max Roux"]
    lists.commit(seen.list_id)
    assert removed_of(lists.session, seen.list_id) == ["A1 · Léa Dupont", "A2 · Max Roux"], "after the commit as before"


def test_two_full_lists_of_a_campaign_do_not_touch_each_other(session, tmp_path):
    shutil.copytree("campaigns/energy-arrears", tmp_path / "campaign")
    written = tmp_path / "campaign" / "campaign.yaml"
    words = written.read_text()
    # The delta now amends one of two full lists, and has to say which.
    words = words.replace("  - code: delta\n    mode: delta\n", "  - code: delta\n    mode: delta\n    amends: impayes\n")
    north = "  - {code: nord, mode: full, columns: {reference: [dossier nord], family_name: [nom]}, required: [reference]}\n"
    written.write_text(words.replace("\nexclusions:", f"\n{north}\nexclusions:", 1))
    with clock.travel(DAY):
        launch_campaign(session, read_folder(tmp_path / "campaign"), actor="test")

        def take(name, *lines):
            (tmp_path / name).write_text("\n".join(lines), encoding="utf-8")
            loaded = find_campaign(session, "energy-arrears")
            return import_list(session, loaded, tmp_path / name, actor="test")

        south = take("south.csv", "Réf client;Nom;CP", "A1;DUPONT;69008", "A2;ROUX;69008")
        first = take("north.csv", "Dossier nord;Nom", "A1;DUPONT", "N2;PETIT")
        assert (first.list_code, first.counts, first.removed) == ("nord", {"new": 2}, 0), "A1 of the north is another row"
        assert take("south2.csv", "Réf client;Nom;CP", "A2;ROUX;69008").removed == 1
        left = "SELECT r.reference, l.scope FROM current_row r JOIN target_list l ON l.id = r.list_id"
        assert sorted(tuple(row) for row in session.execute(in_clear(left))) == [
            ("A1", "nord"),
            ("A2", "impayes"),
            ("N2", "nord"),
        ]
    assert south.list_code == "impayes"
