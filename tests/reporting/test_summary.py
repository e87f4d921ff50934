"""The partner's summary: versions, equal figures in both files, nothing small, nothing personal."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from zipfile import ZipFile

import jsonschema
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from outreach.core import clock
from outreach.core.errors import OutreachError
from outreach.core.typesetting import printable
from outreach.core.words import EventKind
from outreach.models import AuditEntry, Mediation, Summary, Wording
from outreach.reporting import partner_summary, release_summary
from outreach.reporting.summary.learning import MOST, learning
from tests.reporting.campaigns import END, SENT, a_season, a_town

BEGIN = date(2026, 10, 5)


@pytest.fixture
def town(session):
    town = a_town(session)
    a_season(town)
    return town


def told(town, tmp_path, **period):
    with clock.travel(clock.at(END, "21:00")):
        return partner_summary(town.session, town.loaded, **({"start": BEGIN, "end": END} | period), out=tmp_path, actor="test")


def cells(path):
    book = CalamineWorkbook.from_path(str(path))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def figures(rows):
    return {row[0]: row[1] for row in rows if len(row) > 1 and row[0] and row[1] != ""}


def test_many_complaints_leave_room_for_what_was_suggested(town):
    mediation = town.session.scalars(select(Mediation.id).order_by(Mediation.id)).first()
    for kind, count in (("complaint", 2 * MOST), ("suggestion", 2)):
        for number in range(count):
            town.session.add(
                Wording(
                    campaign_id=town.loaded.campaign.id, mediation_id=mediation, kind=kind, said="dit",
                    said_at=clock.at(END, "10:00"), released=f"{kind} {number}", decided_at=clock.at(END, "11:00"), decided_by="test",
                )
            )  # fmt: skip
    town.session.flush()
    found = learning(town.session, town.loaded.campaign.id, {"mediated": 0}, start=BEGIN, end=END)
    texts = {part["id"]: len(part["texts"]) for part in found["wordings"]}
    assert texts == {"complaint": MOST - 2, "suggestion": 2}


def test_the_first_summary_is_version_one_and_the_same_content_stays_it(town, tmp_path):
    first, again = told(town, tmp_path), told(town, tmp_path)
    assert (first.version, first.is_new, again.version, again.is_new) == (1, True, 1, False)
    assert first.summary_id == again.summary_id
    assert [path.name for path in first.files] == [
        "bilan-energy-arrears-2026-12-18-v1.xlsx",
        "bilan-energy-arrears-2026-12-18-v1.pdf",
        "bilan-energy-arrears-2026-12-18-v1.json",
    ]
    assert town.session.scalar(select(func.count()).select_from(Summary)) == 1
    told_once = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "summary.produce")
    assert town.session.scalar(told_once) == 1


def test_new_content_is_the_next_version_beside_the_first(town, tmp_path):
    told(town, tmp_path)
    town.many(9, SENT)
    second = told(town, tmp_path)
    assert (second.version, second.is_new) == (2, True)
    assert len(list(tmp_path.glob("bilan-*"))) == 6


def test_both_files_have_the_same_bytes_each_time(town, tmp_path):
    first = [path.read_bytes() for path in told(town, tmp_path).files]
    second = [path.read_bytes() for path in told(town, tmp_path).files]
    assert first[1] == second[1]
    assert first[0] == second[0]


def test_the_workbook_has_the_stored_figures_to_the_unit(town, tmp_path):
    result = told(town, tmp_path)
    content = town.session.get_one(Summary, result.summary_id).content
    sheets = cells(result.files[0])
    assert list(sheets) == ["Synthèse", "Répartitions", "Qualité de la liste"]
    synthesis = figures(sheets["Synthèse"])
    for step in (*content["funnel"], *content["kinds"]):
        if step["id"] != "mediated":
            assert synthesis[step["label"]] == ("n.c." if step["count"] is None else step["count"])
    assert synthesis["Médiations sur sollicités"] == content["conversion"] == 64.5
    spread = sheets["Répartitions"]
    for table in content["breakdowns"]:
        for row in table["rows"]:
            hidden = lambda value: "n.c." if value is None else value  # noqa: E731
            assert [row["label"], hidden(row["solicited"]), hidden(row["mediated"])] in [line[:3] for line in spread]
    quality = figures(sheets["Qualité de la liste"])
    assert quality["Lignes reçues"] == content["quality"]["received"] == 132
    assert quality["Rejetées"] == 1


def test_the_document_is_made_from_the_stored_content(town, tmp_path):
    result = told(town, tmp_path)
    content = town.session.get_one(Summary, result.summary_id).content
    assert printable({"a": [3, None, "n'est"]}) == {"a": [3, None, "n’est"]}
    pages = len(re.findall(rb"/Type\s*/Page\b", result.files[1].read_bytes()))
    assert pages <= 2
    assert len(content["sentences"]) == 4
    assert "124" in content["sentences"][0]
    assert "64,5" in content["sentences"][1]


def test_charts_are_native_and_texts_are_never_formulas(town, tmp_path):
    path = told(town, tmp_path).files[0]
    with ZipFile(path) as archive:
        names = archive.namelist()
        sheets = b"".join(archive.read(name) for name in names if name.startswith("xl/worksheets/sheet"))
        strings = archive.read("xl/sharedStrings.xml")
    assert any(name.startswith("xl/charts/chart") for name in names)
    assert b"<f>" not in sheets
    assert b"=trop court" in strings


def test_no_small_count_and_no_personal_word_leaves(town, tmp_path):
    result = told(town, tmp_path)
    content = town.session.get_one(Summary, result.summary_id).content
    people = [step["count"] for step in (*content["funnel"], *content["outcomes"], *content["kinds"])]
    people += [row[key] for table in content["breakdowns"] for row in table["rows"] for key in ("solicited", "mediated")]
    people += [row["count"] for table in content["answers"] for row in table["rows"]]
    assert all(count is None or count == 0 or count >= 5 for count in people)
    outcomes = {part["id"]: part["count"] for part in content["outcomes"]}
    assert outcomes["objected"] is None
    assert sum(count is None for count in outcomes.values()) >= 2
    assert "Essai" not in str(content)
    assert "ne sort jamais" not in str(content)
    assert "639980001" not in str(content)


def test_outcomes_that_are_not_hidden_add_up(session, tmp_path):
    town = a_town(session)
    town.many(12, SENT, (EventKind.MEDIATED, "exchange", 5))
    town.many(20, SENT)
    content = session.get_one(Summary, told(town, tmp_path).summary_id).content
    assert sum(part["count"] for part in content["outcomes"]) == content["solicited"] == 32


def test_a_hidden_number_of_mediations_does_not_show_elsewhere(session, tmp_path):
    town = a_town(session)
    town.many(40, SENT, (EventKind.MEDIATED, "action", 5), kind="action")
    town.many(2, SENT)
    content = session.get_one(Summary, told(town, tmp_path).summary_id).content
    assert content["mediated"] is None
    assert content["conversion"] is None
    groups = [row for table in content["breakdowns"] for row in table["rows"]]
    assert {row["mediated"] for row in groups} == {row["rate"] for row in groups} == {None}
    assert {row["count"] for part in (*content["answers"], {"rows": content["kinds"]}) for row in part["rows"]} <= {None, 0}
    assert "40" not in " ".join(content["sentences"][:2])


def test_a_period_counts_who_was_first_solicited_in_it(town, tmp_path):
    result = told(town, tmp_path, start=date(2026, 11, 1))
    content = town.session.get_one(Summary, result.summary_id).content
    assert content["solicited"] == 8
    assert content["mediated"] == 0


def test_a_campaign_without_anything_yet_still_has_a_summary(session, tmp_path):
    result = told(a_town(session), tmp_path)
    content = session.get_one(Summary, result.summary_id).content
    assert "personne" in content["sentences"][0]
    assert all(path.stat().st_size > 1000 for path in result.files)


@pytest.mark.parametrize(
    "period",
    [{"start": date(2026, 12, 19)}, {"end": date(2026, 11, 12)}, {"end": date(2026, 12, 31)}],
    ids=["empty", "mid", "future"],
)
def test_a_period_that_cannot_be_told_is_refused_with_its_mend(session, tmp_path, period):
    with pytest.raises(OutreachError):
        told(a_town(session), tmp_path, **period)


def test_the_json_keeps_its_schema_and_says_what_the_stored_content_says(town, tmp_path):
    result = told(town, tmp_path)
    written = json.loads(result.files[2].read_text(encoding="utf-8"))
    jsonschema.validate(written, json.loads(Path("docs/summary.schema.json").read_text(encoding="utf-8")))
    content = town.session.get_one(Summary, result.summary_id).content
    assert written == {name: part for name, part in content.items() if name != "ledger"} | {"version": 1}


def released(town, tmp_path, **period):
    result = told(town, tmp_path, **period)
    with clock.travel(clock.at(END, "21:30")):
        release_summary(town.session, result.summary_id, actor="manager", reviewed_by="colleague")
    return result


def test_a_released_summary_stays_and_a_correction_says_why(town, tmp_path):
    first = released(town, tmp_path)
    before = town.session.get_one(Summary, first.summary_id).content
    town.many(30, SENT, (EventKind.MEDIATED, "exchange", 9))
    again = told(town, tmp_path)
    assert (again.summary_id, again.is_new) == (first.summary_id, False), "nothing changes silently"
    second = told(town, tmp_path, reason="une liste est arrivée en retard")
    assert (second.version, second.is_new) == (2, True)
    after = town.session.get_one(Summary, second.summary_id).content
    assert after["solicited"] == before["solicited"] + 30
    with clock.travel(clock.at(END, "22:00")):
        release_summary(town.session, second.summary_id, actor="manager", reviewed_by="colleague")
    assert town.session.get_one(Summary, first.summary_id).state == "corrected"


def test_a_correction_by_a_handful_keeps_what_was_published(town, tmp_path):
    first = released(town, tmp_path)
    before = town.session.get_one(Summary, first.summary_id).content
    town.many(3, SENT, (EventKind.MEDIATED, "exchange", 9))
    second = told(town, tmp_path, reason="trois médiations notées en retard")
    after = town.session.get_one(Summary, second.summary_id).content
    told_before = {row["key"]: row["count"] for row in before["figures"]}
    assert all(told_before.get(row["key"]) in {None, row["count"]} for row in after["figures"] if row["count"] is not None)


def test_a_summary_made_before_another_was_released_is_made_again(town, tmp_path):
    october = told(town, tmp_path, end=date(2026, 10, 31))
    released(town, tmp_path)
    with pytest.raises(OutreachError, match="depuis"):
        release_summary(town.session, october.summary_id, actor="manager", reviewed_by="colleague")
    fresh = told(town, tmp_path, end=date(2026, 10, 31))
    assert fresh.version == 2
    release_summary(town.session, fresh.summary_id, actor="manager", reviewed_by="colleague")


def test_two_periods_together_tell_no_handful(town, tmp_path):
    """October, then October to December: what is between must not be a handful, whatever is shown."""
    town.many(3, (EventKind.SENT, None, 45), city="VENISSIEUX", area="QP069")
    shown = {}
    for end in (date(2026, 10, 31), END):
        content = town.session.get_one(Summary, released(town, tmp_path, end=end).summary_id).content
        shown[end] = {
            (row["counts"]["dimension"], tuple(row["counts"]["groups"]), row["counts"]["measure"]): row["count"]
            for row in content["figures"] if row["counts"]["measure"] == "solicited" and not row["counts"]["until"]
        }  # fmt: skip
    both = set(shown[date(2026, 10, 31)]) & set(shown[END])
    steps = [abs(shown[END][key] - shown[date(2026, 10, 31)][key]) for key in both
             if None not in (shown[END][key], shown[date(2026, 10, 31)][key])]  # fmt: skip
    assert steps
    assert all(step == 0 or step >= 5 for step in steps)


def test_earlier_released_periods_are_compared_with(town, tmp_path):
    released(town, tmp_path, end=date(2026, 10, 31))
    content = town.session.get_one(Summary, told(town, tmp_path, start=date(2026, 11, 1)).summary_id).content
    assert [(part["start"], part["end"]) for part in content["comparison"]] == [("2026-10-05", "2026-10-31")]
