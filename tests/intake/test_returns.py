"""Return files: matched by reference, every row accounted for, taken in once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from outreach.core import clock
from outreach.core.errors import ListRefusedError, OutreachError
from outreach.core.words import OutcomeKind
from outreach.definitions.loader import Folder, check_folder
from outreach.definitions.outcomes import ReturnColumn
from outreach.definitions.registry import load_campaign
from outreach.intake.returns import returns_of, write_given_back
from outreach.intake.returns.columns import word_reader
from outreach.policy.outcomes import HELD_OUTCOMES
from tests.intake.returned import DAY, returned

__all__ = ["returned"]


def test_rows_are_matched_by_reference_and_all_are_accounted_for(returned):
    cases = returned.known("C1", "C2", "C3")
    returned.listed("C4")  # no case was opened for this one
    result = returned.take(
        "C1;01/11/2026;oui;120,50;tenu;maintenue",
        " C2 ;02/11/2026;Non;;;coupée",
        "C3;;;;;",
        "C4;02/11/2026;oui;;;",
        "ZZ9;02/11/2026;oui;;;",
        ";02/11/2026;oui;;;",
        "C1;30/02/2026;peut-être;-3;;",
    )
    assert result.rows == {"matched": 2, "silent": 1, "without_case": 1, "unknown": 1, "bad": 2}
    assert sum(result.rows.values()) == result.total == 7
    assert result.recorded == {"paid": {"yes": 1, "no": 1}, "plan_kept": {"yes": 1}, "supply_kept": {"yes": 1, "no": 1}}
    assert [(row.number, row.reason.split(" : ")[0]) for row in result.given_back] == [
        (6, "Réf client"),
        (7, "Réf client"),
        (8, "Constaté le"),
    ]
    held = returned.held()
    assert held == {
        (cases["C1"], "paid"): (True, 120.5), (cases["C1"], "plan_kept"): (True, None), (cases["C1"], "supply_kept"): (True, None),
        (cases["C2"], "paid"): (False, None), (cases["C2"], "supply_kept"): (False, None),
    }  # fmt: skip


def test_nothing_of_strangers_is_stored(returned):
    returned.known("C1")
    returned.take("ZZ9;02/11/2026;oui;99,00;;maintenue", "C1;02/11/2026;oui;;;")
    stored = returned.session.execute(
        text("SELECT string_agg(o::text, '') FROM partner_outcome o UNION ALL SELECT string_agg(f::text, '') FROM return_file f")
    ).scalars()
    assert all("ZZ9" not in (row or "") for row in stored)


def test_the_same_file_twice_changes_nothing_and_the_same_words_are_not_written_again(returned):
    returned.known("C1")
    path = returned.write("C1;01/11/2026;oui;10;;maintenue")
    first, again = returned.take(path=path), returned.take(path=path)
    assert (first.known, again.known, again.file_id) == (False, True, first.file_id)
    other = returned.take("C1;01/11/2026;oui;10,00 €;;maintenue")
    assert (other.recorded, other.repeated) == ({}, 2)
    assert returned.count() == 2
    assert [file.file_id for file in returns_of(returned.session, returned.loaded())] == [other.file_id, first.file_id]


def test_of_two_words_about_one_day_the_one_recorded_last_holds(returned):
    case = returned.known("C1")["C1"]
    returned.take("C1;01/11/2026;oui;10;;")
    with clock.travel(clock.at(date(2026, 11, 12), "08:00")):
        corrected = returned.take("C1;01/11/2026;non;;;")
    assert corrected.recorded == {"paid": {"no": 1}}
    assert returned.held() == {(case, "paid"): (False, None)}
    assert returned.count() == 2, "what was said before stays written"


def test_a_later_day_speaks_for_the_case_and_only_from_that_day_on(returned):
    case = returned.known("C1")["C1"]
    returned.take("C1;01/11/2026;oui;10;;", "C1;05/11/2026;non;;;")
    assert returned.held(until=date(2026, 11, 4)) == {(case, "paid"): (True, 10.0)}
    assert returned.held(until=date(2026, 11, 5)) == {(case, "paid"): (False, None)}


def test_two_contracts_of_one_home_must_both_be_paid(returned):
    returned.known("C1")
    returned.listed("C2", like="C1")
    returned.take("C1;01/11/2026;oui;10;;", "C2;01/11/2026;non;;;")
    assert [value for (_case, kind), (value, _amount) in returned.held().items() if kind == "paid"] == [False]
    returned.take("C2;03/11/2026;oui;5;;")
    assert [value for (_case, kind), value in returned.held().items() if kind == "paid"] == [(True, 15.0)]


def test_merged_persons_and_joined_cases_lead_to_the_case_that_goes_on(returned):
    cases = returned.known("C1", "C2", "C3")
    session = returned.session
    session.execute(text("UPDATE person SET merged_into = :into WHERE id = :who"),
                    {"who": returned.person["C2"], "into": returned.person["C1"]})  # fmt: skip
    returned.join("C2", "C1")
    returned.join("C3", "C2")
    returned.take("C2;01/11/2026;oui;;;", "C3;02/11/2026;oui;;;")
    assert set(session.execute(text("SELECT DISTINCT case_id FROM partner_outcome")).scalars()) == {cases["C1"]}


def test_what_was_told_of_a_case_follows_it_when_it_joins_another(returned):
    cases = returned.known("C1", "C2")
    returned.take("C2;01/11/2026;oui;;;")
    assert set(returned.held()) == {(cases["C2"], "paid")}
    returned.join("C2", "C1")
    assert set(returned.held()) == {(cases["C1"], "paid")}


def test_a_reference_that_left_the_lists_still_counts(returned):
    case = returned.known("C1")["C1"]
    returned.session.execute(text("UPDATE list_row SET superseded_by = list_id"))
    assert returned.take("C1;01/11/2026;oui;;;").rows == {"matched": 1}
    assert set(returned.held()) == {(case, "paid")}


def test_a_preview_counts_the_same_and_writes_nothing(returned):
    returned.known("C1")
    path = returned.write("C1;01/11/2026;oui;10;;", "ZZ9;;oui;;;")
    seen = returned.take(path=path, preview=True)
    assert (seen.file_id, returned.count()) == (None, 0)
    done = returned.take(path=path)
    assert (seen.rows, seen.recorded, seen.given_back) == (done.rows, done.recorded, done.given_back)
    assert done.file_id is not None


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_bad_rows_go_back_and_come_back_right(returned, tmp_path, suffix):
    returned.known("C1", "C2")
    first = returned.take("C1;01/11/2026;oui;10;;", "C2;31/11/2026;oui;12;;", "=C9;01/11/2026;oui;;;")
    back = tmp_path / f"back{suffix}"
    assert write_given_back(first, back) == 2
    again = returned.take(path=back)
    assert again.rows == {"unknown": 1, "bad": 1}, "sent back as they are, they are refused again"
    assert [row.cells[:3] for row in again.given_back] == [row.cells[:3] for row in first.given_back] or suffix == ".csv"
    if suffix == ".csv":
        back.write_text(back.read_text("utf-8-sig").replace("31/11/2026", "30/10/2026"), "utf-8-sig")
        assert returned.take(path=back).recorded == {"paid": {"yes": 1}}
    with pytest.raises(OutreachError, match="CSV ou un XLSX"):
        write_given_back(first, tmp_path / "back.txt")


def test_rows_that_contradict_each_other_all_go_back(returned):
    returned.known("C1")
    result = returned.take("C1;01/11/2026;oui;;;", "C1;01/11/2026;non;;;", "C1;02/11/2026;oui;;;")
    assert result.rows == {"matched": 1, "bad": 2}
    assert "le contraire" in result.given_back[0].reason


def test_headers_may_be_spelled_anyhow_and_other_columns_are_not_read(returned):
    returned.known("C1")
    result = returned.take("Dupont;OUI;C1", header="Nom;  FACTURE   REGLEE ;réf. CLIENT")
    assert (result.rows, result.dated, result.as_of) == ({"matched": 1}, False, DAY.date())
    assert set(result.missing) == {"plan_kept", "supply_kept"}
    assert returned.session.execute(text("SELECT observed_on FROM partner_outcome")).scalar_one() == DAY.date()


def test_a_file_may_tell_of_an_earlier_day_and_never_of_a_later_one(returned):
    returned.known("C1")
    told = returned.take("C1;;oui;;;", as_of=date(2026, 11, 3))
    assert (told.as_of, told.rows) == (date(2026, 11, 3), {"matched": 1})
    assert returned.take("C1;04/11/2026;oui;;;", as_of=date(2026, 11, 3)).rows == {"bad": 1}
    with pytest.raises(ListRefusedError, match="jour à venir"):
        returned.take("C1;;non;;;", as_of=date(2027, 1, 1))


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Nom;Facture réglée", "réf client"),
        ("Réf client;Nom", "facture réglée"),
    ],
)
def test_a_file_without_what_is_needed_is_refused(returned, header, expected):
    with pytest.raises(ListRefusedError, match=expected):
        returned.take("A;B", header=header)


def test_the_agreement_says_what_may_be_told(returned):
    returned.known("C1")
    written = returned.loaded().folder
    narrower = written.agreement.model_copy(update={"allowed_outcomes": [OutcomeKind.PAID]})
    load_campaign(returned.session, Folder(written.campaign, narrower, written.messages))
    assert returned.take("C1;01/11/2026;oui;;tenu;maintenue").recorded == {"paid": {"yes": 1}}
    none = written.agreement.model_copy(update={"allowed_outcomes": []})
    load_campaign(returned.session, Folder(written.campaign, none, written.messages))
    with pytest.raises(ListRefusedError, match="ne permet aucun"):
        returned.take("C1;02/11/2026;oui;;;")


def test_an_outcome_that_the_agreement_does_not_allow_is_a_mistake_of_the_campaign(tmp_path):
    source = Path("campaigns") / "energy-arrears"
    for path in source.iterdir():
        (tmp_path / path.name).write_text(path.read_text().replace("[paid, plan_kept, supply_kept]", "[paid, supply_kept]"))
    _folder, mistakes = check_folder(tmp_path)
    assert [(mistake.where, mistake.message) for mistake in mistakes] == [
        ("returns.reglements", "la convention ne permet pas le résultat « plan_kept »")
    ]


def test_outside_the_agreement_nothing_comes_in(returned):
    returned.known("C1")
    with clock.travel(clock.at(date(2028, 1, 3), "08:00")), pytest.raises(ListRefusedError, match="en vigueur"):
        returned.take("C1;01/11/2026;oui;;;")


@pytest.mark.parametrize("change", ["UPDATE partner_outcome SET value = NOT value", "DELETE FROM return_file"])
def test_what_was_told_cannot_be_changed(returned, change):
    returned.known("C1")
    returned.take("C1;01/11/2026;oui;;;")
    with pytest.raises(DBAPIError, match=r"append-only|permission denied"), returned.session.begin_nested():
        returned.session.execute(text(change))


def test_the_words_of_a_column_are_the_partners_own():
    cut = word_reader(ReturnColumn(headers=["coupure"], yes=["non"], no=["oui"]))
    assert (cut("NON"), cut(" Oui ")) == (True, False)
    with pytest.raises(ValueError, match="mot inconnu"):
        cut("o")
    usual = word_reader(ReturnColumn(headers=["payé"]))
    assert (usual("O"), usual("non")) == (True, False)
    with pytest.raises(ValueError, match="dit oui et non"):
        ReturnColumn(headers=["payé"], yes=["Oui"], no=["oui"])


CELLS = st.tuples(
    st.sampled_from(["C1", "C2", "C3", "ZZ", "", "C1 "]),
    st.sampled_from(["01/11/2026", "02/11/2026", "", "45", "31/02/2026"]),
    st.sampled_from(["oui", "non", "", "bof"]),
    st.sampled_from(["", "12,5", "x"]),
)


@given(rows=st.lists(CELLS, min_size=1, max_size=12))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_row_comes_to_exactly_one_thing(returned, rows):
    if not returned.person:
        returned.known("C1", "C2")
        returned.listed("C3")
    written = [";".join([*row, "", ""]) for row in rows]
    with returned.session.begin_nested() as trial:
        result = returned.take(*written)
        assert sum(result.rows.values()) == result.total
        assert result.total + result.blank + result.set_aside == len(rows)
        assert len(result.given_back) == result.rows.get("bad", 0) + result.rows.get("unknown", 0)
        news = sum(count for values in result.recorded.values() for count in values.values())
        held = returned.session.execute(text(f"SELECT count(*) FROM ({HELD_OUTCOMES}) h"), returned.values()).scalar_one()
        assert news == returned.count() == held
        trial.rollback()
