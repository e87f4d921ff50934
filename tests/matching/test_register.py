"""The register through lists, merges, decisions and partings: ids stay, histories stay, decisions hold."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from outreach.core.errors import PolicyError
from outreach.core.words import PairVerdict
from outreach.matching.register import match_people, register_file, run
from outreach.matching.register.bridges import bridges, split_at, undo_merge
from outreach.matching.register.decisions import decide, latest, withdraw
from outreach.matching.register.homes import household_members
from outreach.matching.register.pairs import review_queue, view_pair
from outreach.simulation.records.pools import given_names, surnames
from tests.intake.conftest import lists, person
from tests.opened import in_clear

__all__ = ["lists"]

TOWN = [
    person(f"T{i}", name=f"{surnames()[50 + i]};{given_names()[70 + i]};{1 + i % 28:02d}/03/19{40 + i % 50}",
           street=f"{i + 1} RUE DE LA GARE", phone=f"06 39 98 20 {i:02d}")
    for i in range(40)
]  # fmt: skip
MORE = [person(f"M{i}", name=f"{surnames()[150 + i]};{given_names()[120 + i]};11/09/1975") for i in range(20)]
LEA = person("A1", name="DUPONT;Léa;01/02/1984")
LEA_AGAIN = person("A2", name="DUPONT;Léa;01/02/1984")
LEO = person("A3", name="DUPONT;Léo;09/08/2001")


def people(session):
    """Reference -> (person, household) of the rows in force."""
    rows = session.execute(
        in_clear(
            "SELECT r.reference, r.person_id, p.household_id FROM usable_row r JOIN person p ON p.id = r.person_id ORDER BY r.id"
        )
    )
    return {row.reference: (row.person_id, row.household_id) for row in rows}


def register(session):
    """All that a merge may change, to be compared."""
    persons = session.execute(text("SELECT id, household_id, merged_into, given_name, family_name FROM person ORDER BY id")).all()
    members = session.execute(
        text("SELECT household_id, person_id FROM household_member WHERE until IS NULL ORDER BY person_id")
    ).all()
    return people(session), persons, members


def doors(session):
    """Where each household lives."""
    return session.execute(text("SELECT id, building_id, door FROM household ORDER BY id")).all()


def row_of(session, reference):
    rows = session.execute(in_clear("SELECT id, reference FROM usable_row")).all()
    return max(row.id for row in rows if row.reference == reference)


def match(session, **more):
    return match_people(session, actor="test", **more)


def test_what_is_new_is_added_to_what_is_known(lists):
    lists.take(*TOWN, LEA)
    first = match(lists.session)
    assert (first.kind, first.rows, first.new, first.persons) == ("full", 41, 41, 41)
    before = people(lists.session)
    lists.take(*TOWN, LEA, LEA_AGAIN)
    second = match(lists.session)
    assert (second.kind, second.rows, second.new, second.persons) == ("increment", 42, 1, 41)
    assert second.settled < 5
    after = people(lists.session)
    assert {reference: after[reference] for reference in before} == before
    assert after["A2"] == after["A1"]
    assert match(lists.session).settled == 0


def test_a_full_run_and_an_increment_agree_and_ids_stay(lists):
    lists.take(*TOWN, LEA)
    match(lists.session)
    lists.take(*TOWN, LEA, LEA_AGAIN, LEO)
    match(lists.session)
    before = register(lists.session)
    links = "SELECT left_row, right_row, decision, pattern FROM match_link ORDER BY 1, 2"
    linked = lists.session.execute(text(links)).all()
    assert match(lists.session, full=True).kind == "full"
    assert register(lists.session) == before
    assert lists.session.execute(text(links)).all() == linked


def test_without_the_remembered_register_everything_is_matched_anew(lists):
    lists.take(*TOWN, LEA)
    match(lists.session)
    before = register(lists.session)
    register_file(lists.session).unlink()
    assert match(lists.session).kind == "full"
    assert register(lists.session) == before


def read_by(monkeypatch):
    """The lists whose rows each match reads from the register."""
    read, really = [], run.records

    def records(session, which, values):
        read.append(values["lists"])
        return really(session, which, values)

    monkeypatch.setattr(run, "records", records)
    return read


def test_everybody_is_compared_again_without_being_read_again(lists, monkeypatch):
    """Too much is new for the model: what comes of it is what a match of everybody, read anew, would write."""
    first = lists.take(*TOWN, LEA)
    match(lists.session)
    second = lists.take(*TOWN, LEA, LEA_AGAIN, LEO, *MORE)
    read = read_by(monkeypatch)
    assert match(lists.session).kind == "full"
    assert read == [[second.list_id]]
    before = register(lists.session)
    assert match(lists.session, full=True).kind == "full"
    assert read == [[second.list_id], [first.list_id, second.list_id]]
    assert register(lists.session) == before


def test_rows_that_are_in_force_no_longer_are_read_again(lists, monkeypatch):
    first = lists.take(*TOWN, LEA)
    match(lists.session)
    second = lists.take(*TOWN, LEA, *MORE)
    lists.session.execute(text("UPDATE list_row SET state = 'rejected' WHERE id = :row"), {"row": row_of(lists.session, "T7")})
    read = read_by(monkeypatch)
    result = match(lists.session)
    assert (result.kind, result.rows) == ("full", 40 + len(MORE))
    assert read == [[second.list_id], [first.list_id, second.list_id]]


def test_a_match_of_everybody_mends_what_stands_wrongly(lists):
    """Descriptions that no row bears out, a membership that was closed, somebody merged whose rows say otherwise."""
    lists.take(*TOWN, LEA, LEO)
    match(lists.session)
    before = register(lists.session), doors(lists.session)
    ids = people(lists.session)
    for statement in (
        "UPDATE person SET given_name = 'X' WHERE id = :t1", "UPDATE household SET door = 'X' WHERE id = :h2",
        "UPDATE household_member SET until = since WHERE person_id = :t3", "UPDATE person SET merged_into = :t5 WHERE id = :t4",
    ):  # fmt: skip
        values = {"t1": ids["T1"][0], "h2": ids["T2"][1], "t3": ids["T3"][0], "t4": ids["T4"][0], "t5": ids["T5"][0]}
        lists.session.execute(text(statement), {name: value for name, value in values.items() if f":{name}" in statement})
    match(lists.session, full=True)
    assert (register(lists.session), doors(lists.session)) == before


def test_a_merge_undone_is_as_if_it_had_never_been(lists):
    """Both persons keep their numbers; so does the household of the one who was taken for the other."""
    lists.take(*TOWN, LEA, LEO)
    match(lists.session)
    before = register(lists.session)
    (lea, _home), (leo, _other) = (people(lists.session)[reference] for reference in ("A1", "A3"))
    assert lea != leo
    decide(lists.session, row_of(lists.session, "A1"), row_of(lists.session, "A3"), PairVerdict.SAME, author="lea")
    match(lists.session)
    merged = people(lists.session)
    assert merged["A1"][0] == merged["A3"][0] == min(lea, leo)
    gone = max(lea, leo)
    assert undo_merge(lists.session, gone, author="lea", note="mère et fils") == 1
    match(lists.session)
    assert register(lists.session) == before
    history = lists.session.execute(text("SELECT person_id, into_id, parted_at IS NOT NULL FROM person_merge")).all()
    assert history == [(gone, min(lea, leo), True)]
    assert match(lists.session, full=True).kind == "full"
    assert register(lists.session) == before, "a full run is bound too"


def test_three_merged_one_by_one_part_one_by_one(lists):
    trio = [person(f"A{i}", name=f"DUPONT;{name};0{i}/02/19{50 + i}") for i, name in enumerate(("Léa", "Marc", "Anouk"), 1)]
    lists.take(*TOWN, *trio)
    match(lists.session)
    before = register(lists.session)
    rows = [row_of(lists.session, f"A{i}") for i in (1, 2, 3)]
    for one, other in ((rows[1], rows[2]), (rows[0], rows[1])):
        decide(lists.session, one, other, PairVerdict.SAME, author="lea")
        match(lists.session)
    assert len({people(lists.session)[f"A{i}"][0] for i in (1, 2, 3)}) == 1
    for decision in latest(lists.session, most=2):
        withdraw(lists.session, decision.id, author="lea")
        match(lists.session)
    assert register(lists.session) == before


def test_decisions_survive_the_list_they_were_made_on(lists):
    lists.take(*TOWN, LEA)
    second = lists.take(*TOWN, LEA, LEA_AGAIN)
    match(lists.session)
    assert people(lists.session)["A1"][0] == people(lists.session)["A2"][0]
    decide(lists.session, row_of(lists.session, "A1"), row_of(lists.session, "A2"), PairVerdict.APART, author="lea")
    match(lists.session)
    assert people(lists.session)["A1"][0] != people(lists.session)["A2"][0]
    lists.undo(second.list_id)
    match(lists.session)
    lists.take(*TOWN, LEA, LEA_AGAIN)
    match(lists.session)
    assert people(lists.session)["A1"][0] != people(lists.session)["A2"][0], "the row came again: it is bound"
    lists.take(*TOWN, LEA, person("A2", name="DUPONT;Léa;01/02/1984", amount="77"))
    match(lists.session)
    assert people(lists.session)["A1"][0] != people(lists.session)["A2"][0], "so is its successor"
    match(lists.session, full=True)
    assert people(lists.session)["A1"][0] != people(lists.session)["A2"][0]
    assert review_queue(lists.session).waiting == 0, "nobody is asked again"


def test_the_same_reference_under_another_name_is_not_bound(lists):
    lists.take(*TOWN, LEA, LEA_AGAIN)
    match(lists.session)
    decide(lists.session, row_of(lists.session, "A1"), row_of(lists.session, "A2"), PairVerdict.SAME, author="lea")
    lists.take(*TOWN, LEA, person("A2", name="ROUX;Max;04/05/1970", phone="06 39 98 00 77", street="3 AV DU LAC"))
    match(lists.session)
    assert people(lists.session)["A1"][0] != people(lists.session)["A2"][0]


def test_the_latest_answer_counts_and_all_are_kept(lists):
    lists.take(*TOWN, LEA, LEO)
    match(lists.session)
    one, other = row_of(lists.session, "A1"), row_of(lists.session, "A3")
    decide(lists.session, one, other, PairVerdict.SAME, author="lea")
    decide(lists.session, other, one, PairVerdict.APART, author="max", note="père et fils")
    match(lists.session)
    assert people(lists.session)["A1"][0] != people(lists.session)["A3"][0]
    kept = latest(lists.session, most=10)
    assert [(one.verdict, one.author, one.withdrawn_by, one.note) for one in kept] == [
        ("apart", "max", None, "père et fils"),
        ("same", "lea", "max", None),
    ]
    assert {decision.applied_run for decision in kept} != {None}


def test_what_was_just_decided_is_out_of_the_queue_before_the_next_match(lists):
    doubtful = [person("A1", name="DUPONT;Léa;"), person("A2", name="DUPONT;L;", phone="06 39 98 00 02")]
    lists.take(*TOWN, *doubtful)
    match(lists.session)
    queue = review_queue(lists.session)
    assert queue.waiting == 1
    pair = queue.pairs[0]
    decide(lists.session, pair.left_row, pair.right_row, PairVerdict.UNSURE, author="lea")
    assert review_queue(lists.session).waiting == 0
    match(lists.session)
    assert review_queue(lists.session).waiting == 0
    assert people(lists.session)["A1"][0] != people(lists.session)["A2"][0]


def test_mistakes_are_told(lists):
    lists.take(*TOWN, LEA)
    row = row_of(lists.session, "A1")
    with pytest.raises(PolicyError, match="rien n'a encore été rapproché"):
        view_pair(lists.session, row, row_of(lists.session, "T1"))
    match(lists.session)
    with pytest.raises(PolicyError, match="elle-même"):
        decide(lists.session, row, row, PairVerdict.SAME, author="lea")
    with pytest.raises(PolicyError, match="plus en vigueur"):
        decide(lists.session, row, 10**9, PairVerdict.SAME, author="lea")
    with pytest.raises(PolicyError, match="n'est pas en vigueur"):
        withdraw(lists.session, 10**9, author="lea")
    with pytest.raises(PolicyError, match="n'a pas été fusionnée"):
        undo_merge(lists.session, people(lists.session)["A1"][0], author="lea")
    with pytest.raises(PolicyError, match="n'existe pas"):
        household_members(lists.session, 10**9)


def test_a_wrong_person_is_cut_at_the_weakest_bridge_first(lists):
    rows = [
        person("A1", name="DUPONT;Léa;01/02/1984"), person("A2", name="DUPONT;Léa;01/02/1984"),
        person("A3", name="DUPONT;Lea;", street="14 RUE DES LILAS", phone="06 39 98 00 01"),
    ]  # fmt: skip
    lists.take(*TOWN, *rows)
    match(lists.session)
    ids = [row_of(lists.session, f"A{i}") for i in (1, 2, 3)]
    decide(lists.session, ids[1], ids[2], PairVerdict.SAME, author="lea")
    match(lists.session)
    [whole] = {people(lists.session)[f"A{i}"][0] for i in (1, 2, 3)}
    found = bridges(lists.session, whole)
    assert len(found) == 2
    assert all(sorted((*bridge.here, *bridge.there)) == sorted(ids) for bridge in found)
    cut = next(
        rank
        for rank, bridge in enumerate(found, 1)
        if {len(bridge.here), len(bridge.there)} == {1, 2}
        and ids[2] in (*bridge.here, *bridge.there)
        and (bridge.here == (ids[2],) or bridge.there == (ids[2],))
    )
    assert split_at(lists.session, whole, cut, author="max") == 2
    match(lists.session)
    after = people(lists.session)
    assert after["A1"][0] == after["A2"][0] == whole
    assert after["A3"][0] != whole
    with pytest.raises(PolicyError, match="de ce rang"):
        split_at(lists.session, after["A3"][0], 1, author="max")


def test_who_moves_out_is_remembered_and_ties_nobody(lists):
    """Zoé lived with her parents and now lives elsewhere: her parents do not become her neighbour's household."""
    family = [person(f"F{i}", name=f"MOREAU;{name};0{i}/06/19{60 + 8 * i}", street="5 RUE DU LAC", phone="06 39 98 30 01")
              for i, name in enumerate(("Anne", "Paul", "Zoé"), 1)]  # fmt: skip
    lists.take(*TOWN, *family)
    match(lists.session)
    homes = {people(lists.session)[f"F{i}"][1] for i in (1, 2, 3)}
    assert len(homes) == 1
    moved = person("F3", name="MOREAU;Zoé;03/06/1984", street="9 AVENUE DES ARTS", phone="06 39 98 30 09")
    flatmate = person("F4", name="KONE;Awa;07/08/1985", street="9 AVENUE DES ARTS", phone="06 39 98 30 09")
    lists.take(*TOWN, *family[:2], moved, flatmate)
    match(lists.session)
    after = people(lists.session)
    assert after["F1"][1] == after["F2"][1] == homes.pop()
    assert after["F3"][1] != after["F1"][1]
    members = household_members(lists.session, after["F1"][1])
    assert [(member.given_name, member.until is None) for member in members] == [("Anne", True), ("Paul", True), ("Zoé", False)]
    assert [ground[0] for ground in members[0].tie.grounds][:2] == ["address", "family_name"]
    assert household_members(lists.session, after["F3"][1])[0].until is None


def test_explaining_pairs_that_were_kept_and_pairs_that_were_not(lists):
    lists.take(*TOWN, LEA, LEA_AGAIN)
    match(lists.session)
    same = view_pair(lists.session, row_of(lists.session, "A2"), row_of(lists.session, "A1"))
    assert same.left.id < same.right.id
    assert same.decision == "merge"
    assert same.p_same > 0.95
    assert same.why.steps[-1].p_after == pytest.approx(same.p_same, abs=1e-3)
    strangers = view_pair(lists.session, row_of(lists.session, "A1"), row_of(lists.session, "T7"))
    assert (strangers.decision, strangers.why.barred) == ("apart", "contradicted")
    assert strangers.p_same < 0.01


def test_the_links_of_both_stay_bound_to_the_rows_in_force(lists):
    lists.take(*TOWN, LEA)
    match(lists.session)
    second = lists.take(*TOWN, LEA, LEA_AGAIN)
    match(lists.session)
    lists.undo(second.list_id)
    match(lists.session)
    orphans = text(
        "SELECT count(*) FROM match_link WHERE left_row NOT IN (SELECT id FROM list_row) OR right_row NOT IN (SELECT id FROM list_row)"
    )
    assert lists.session.execute(orphans).scalar_one() == 0
    assert people(lists.session)["A1"][0] is not None


def test_a_sure_pair_that_a_third_row_holds_back_says_so(lists):
    """Jean and Julie of one contract both look like « J. »: whichever of the two is not joined waits, with the reason."""
    trio = [person("A1", name=name) for name in ("GARNIER;Jean;03/04/1950", "GARNIER;J.;", "GARNIER;Julie;30/09/1982")]
    lists.take(*TOWN, *trio)
    match(lists.session)
    [pair] = review_queue(lists.session).pairs
    assert pair.p_same > 0.99
    assert view_pair(lists.session, pair.left_row, pair.right_row).why.barred == "chained"


def test_the_number_of_a_residence_is_nobodys_reference(lists):
    """A landlord's list names the building where a customer's number should stand: those of one first name stay who they are."""
    given, names = given_names()[70:74], surnames()[50:62]
    residents = [
        person("RES12", name=f"{name};{given[place % len(given)]};", street="8 RUE DU FOYER", phone="")
        for place, name in enumerate(names)
    ]
    lists.take(*residents, LEA, LEA_AGAIN)
    found = match(lists.session)
    assert found.persons == len(residents) + 1
    lists.take(
        *residents, LEA, LEA_AGAIN, person("RES12", name=f"{surnames()[70]};{given[0]};", street="8 RUE DU FOYER", phone="")
    )
    again = match(lists.session)
    assert (again.kind, again.persons) == ("increment", len(residents) + 2)


def test_a_familys_contract_is_a_reference(lists):
    other_spelling = person("A1", name="DUPOND;Léa;", street="3 RUE NEUVE", phone="")
    lists.take(person("A1", name="DUPONT;Léa;", phone=""), person("A1", name="DUPONT;Paul;", phone=""))
    lists.take(other_spelling, person("A1", name="DUPONT;Paul;", phone=""))
    match(lists.session)
    named = lists.session.execute(text("SELECT count(DISTINCT person_id) FROM usable_row WHERE given_name = 'Léa'")).scalar_one()
    assert named == 1, "one reference, names that fit"
