"""A partner's own fields: declared in the agreement, cleaned by type, kept per row, and asked about by rules."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.sealing import opened
from outreach.definitions.agreement import PartnerField
from outreach.definitions.facts import FactType
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import find_campaign, launch_campaign
from outreach.intake import import_list
from outreach.intake.own import cleaner_of
from outreach.segments import segment_campaign
from outreach.segments.letter import paragraph
from outreach.segments.why import why_reference
from tests.opened import in_clear

FIELDS = """extra_fields:
  - {code: tariff, type: word, label: Tarif, words: {tempo: [Tempo, option tempo], base: [Base]}}
  - {code: tenure, type: word, label: Statut d'occupation}
  - {code: smart_meter, type: flag, label: Compteur communicant}
  - {code: consumption, type: number, label: Consommation annuelle}
  - {code: moved_in, type: date, label: Arrivée dans le logement}
"""
COLUMNS = """    extra_columns:
      tariff: [tarif, option tarifaire]
      tenure: [occupation]
      smart_meter: [linky]
      consumption: [conso]
      moved_in: [arrivée]
    required: [reference]
"""
RULE = "  - {code: big, label: Grande consommation, when: {partner.tariff: tempo, partner.consumption: {at_least: 9000}, partner.moved_in: {before: today - 1 days}, partner.smart_meter: true}}\n"
ROWS = """réf client;nom;prénom;solde;tarif;occupation;linky;conso;arrivée;secret
A1;DUPONT;Jeanne;120,00;Option Tempo;locataire « HLM »;O;"12 345,5";01/02/2020;x
A2;DURAND;Paul;80,00;base;;N;;;x
A3;MARTIN;Léa;90,00;Trempo;;peut-être;beaucoup;31/02/2020;x
A4;PETIT;Luc;95,00;;;;;;x
"""


@pytest.fixture
def loaded(session, tmp_path):
    folder = Path(shutil.copytree("campaigns/energy-arrears", tmp_path / "c"))
    agreement, campaign = folder / "agreement.yaml", folder / "campaign.yaml"
    agreement.write_text(agreement.read_text() + FIELDS)
    before = "  - {code: small_debt,"
    written = campaign.read_text().replace("    required: [reference]\n", COLUMNS, 1)
    campaign.write_text(written.replace(before, RULE + before))
    with clock.travel(clock.at(date(2026, 10, 5), "08:00")):
        launch_campaign(session, read_folder(folder), actor="test")
        yield find_campaign(session, "energy-arrears")


def take(session, loaded, tmp_path, content=ROWS):
    path = tmp_path / "list.csv"
    path.write_text(content, encoding="utf-8")
    return import_list(session, loaded, path, actor="test", accept_removals=True)


def test_declared_fields_are_kept_by_type_and_no_other(session, loaded, tmp_path):
    result = take(session, loaded, tmp_path)
    assert result.counts == {"new": 4}
    assert result.left_out == ["secret"]
    found = dict(session.execute(in_clear("SELECT reference, extra FROM list_row")).all())
    assert found["A1"] == {
        "tariff": "tempo", "tenure": "locataire « HLM »", "smart_meter": True, "consumption": 12345.5, "moved_in": "2020-02-01",
    }  # fmt: skip
    assert found["A2"] == {"tariff": "base", "smart_meter": False}
    assert found["A3"] is None
    assert found["A4"] is None
    faults = session.execute(text("SELECT column_name, rejects FROM row_issue ORDER BY 1")).all()
    assert [tuple(fault) for fault in faults] == [("arrivée", False), ("conso", False), ("linky", False), ("tarif", False)]
    raw = next(row.raw for row in session.execute(in_clear("SELECT reference, raw FROM list_row")) if row.reference == "A4")
    assert "x" not in opened(raw, "list_row.raw")


def test_a_changed_own_field_is_a_change(session, loaded, tmp_path):
    take(session, loaded, tmp_path)
    again = take(session, loaded, tmp_path, ROWS.replace("Option Tempo", "Base"))
    assert again.counts == {"changed": 1, "unchanged": 3}


def test_what_a_column_means_is_not_remembered_as_left_out(session, loaded, tmp_path):
    take(session, loaded, tmp_path)
    assert session.execute(text("SELECT count(*) FROM column_mapping WHERE header = 'tarif'")).scalar_one() == 0


def test_a_member_is_always_json():
    member = cleaner_of(PartnerField(code="note", type=FactType.WORD, label="Note"))
    for hostile in ('a"b', "\\", "}{", "é ☂", '", "x": "y'):
        assert json.loads("{" + str(member(hostile)) + "}") == {"note": hostile}
    assert member("  ") is None
    with pytest.raises(ValueError, match="trop long"):
        member("x" * 101)


def test_rules_ask_about_own_fields_and_decisions_keep_them(session, loaded, tmp_path):
    take(session, loaded, tmp_path)
    session.execute(text("INSERT INTO household (created_at) SELECT '2026-10-05' FROM generate_series(1, 4)"))
    session.execute(
        text(
            "INSERT INTO person (household_id, family_name, simulated, created_at) SELECT id, 'P', true, '2026-10-05' FROM household"
        )
    )
    session.execute(
        text(
            "UPDATE list_row r SET person_id = p.id FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM person) p"
            " WHERE p.n = r.row_number - (SELECT min(row_number) FROM list_row) + 1"
        )
    )
    result = segment_campaign(session, loaded, actor="test")
    assert result.excluded["big"] == 1
    why = why_reference(session, "energy-arrears", "A1", actor="test")
    assert (why.targeted, why.same) == (False, True)
    assert "Option tarifaire" not in (told := paragraph(why))
    assert "Tarif : Tempo" in told
    [kept] = session.execute(text("SELECT extra FROM decision WHERE reason = 'big'")).scalars()
    assert kept == {"tariff": "tempo", "consumption": 12345.5, "moved_in": "2020-02-01", "smart_meter": True}, (
        "only what rules asked"
    )
