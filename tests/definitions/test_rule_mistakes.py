"""Mistakes in rules: each with the line of the very condition and the mend."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from outreach.definitions.loader import check_folder

EXCLUSION = "  - {code: small_debt, label: Dette de moins de 50 €, when: {amount_due: {below: 50}}}\n"
SEGMENT = "  - code: early\n"


@pytest.fixture
def folder(tmp_path):
    """A copy of the energy campaign to make mistakes in."""
    return Path(shutil.copytree("campaigns/energy-arrears", tmp_path / "energy-arrears"))


def put(folder, lines, before, file="campaign.yaml"):
    """Put a rule in, and return its first line's number with the mistakes found."""
    path = folder / file
    text = path.read_text()
    assert text.count(before) == 1
    path.write_text(text.replace(before, lines + before))
    first = text[: text.index(before)].count("\n") + 1
    return first, [(mistake.line, mistake.message) for mistake in check_folder(folder)[1]]


@pytest.mark.parametrize(
    ("lines", "at", "said"),
    [
        ("  - code: x\n    label: x\n    when:\n      all:\n        - {stage: limited}\n        - {amont_due: {below: 3}}\n", 5, "vouliez-vous « amount_due »"),
        ("  - code: x\n    label: x\n    when:\n      amount_due:\n        below: 3\n        betwen: [3, 4]\n", 5, "vouliez-vous « between »"),
        ("  - code: x\n    label: x\n    when:\n      any:\n        - {stage: limited}\n        - {stage: limted}\n", 5, "vouliez-vous « limited »"),
        ("  - code: x\n    label: x\n    when:\n      not:\n        last_outcome:\n          in: [refused, refusd]\n", 5, "vouliez-vous « refused »"),
        ("  - code: x\n    label: x\n    when:\n      amount_due:\n        between: [9, 3]\n", 4, "intervalle vide"),
        ("  - code: x\n    label: x\n    when:\n      debt_since:\n        before: 60 days\n", 4, "today - 60 days"),
        ("  - code: x\n    label: x\n    when:\n      has_mobile: maybe\n", 3, "oui ou non"),
        ("  - code: x\n    label: x\n    when:\n      all:\n        - {amount_due: {above: 600}}\n        - {stage: limited}\n        - {amount_due: {below: 60}}\n", 6, "contredit « amount_due above 600 »"),
        ("  - code: x\n    label: x\n    when:\n      amount_due:\n        above: 600\n        below: 60\n", 5, "contredit « amount_due above 600 »"),
        ("  - code: x\n    label: x\n    when:\n      any:\n        - {stage: limited}\n        - {on_list: false}\n", 5, "jamais vraie"),
        ("  - code: x\n    label: x\n    when:\n      any:\n        - {reads_french: {known: true}}\n        - {reads_french: {known: false}}\n", 3, "toujours vraie"),
        ("  - code: x\n    label: x\n    when: {stage: limited, amount_due: {below: 20}}\n", 0, None),
        ("  - code: x\n    label: x\n    when:\n      partner.tariff: tempo\n", 3, "extra_fields"),
    ],
)  # fmt: skip
def test_a_mistake_is_on_its_own_line(folder, lines, at, said):
    first, found = put(folder, lines, EXCLUSION)
    if said is None:
        assert found == []
        return
    assert [line for line, message in found if said in message] == [first + at], found


def test_every_mistake_of_a_rule_is_told_at_once(folder):
    _first, found = put(folder, "  - {code: x, label: x, when: {amount: 3, stag: 4, has_mobile: {below: 3}}}\n", EXCLUSION)
    assert len(found) == 3


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("{all: [{stage: limited}, {amount_due: {at_least: 900}}]}", "« limited » prend déjà"),
        ("{amount_due: {below: 40}}", "« small_debt » prend déjà"),
        ("{stage: {in: [limited, notice]}}", "« objection », « no_name »"),
        ("{on_list: true}", None),
    ],
)
def test_a_segment_that_gets_nobody_is_told(folder, rule, said):
    first, found = put(folder, f"  - code: x\n    label: x\n    priority: 5\n    when: {rule}\n", SEGMENT)
    if said is None:
        assert len(found) == 2, "the two after it get nobody"
        assert all("« x » prend déjà" in message for _line, message in found)
        return
    assert [(line, said in message) for line, message in found] == [(first + 3, True)]


def test_an_exclusion_that_excludes_nobody_new_is_told(folder):
    text = (
        (folder / "campaign.yaml")
        .read_text()
        .replace(EXCLUSION, EXCLUSION + EXCLUSION.replace("small_debt", "tiny").replace("50}", "40}"))
    )
    (folder / "campaign.yaml").write_text(text)
    [mistake] = check_folder(folder)[1]
    assert "« small_debt » exclut déjà" in mistake.message


def test_more_rules_than_fit_are_refused(folder):
    more = "".join(f"  - {{code: x{at}, label: x, when: {{amount_due: {{is: {at}.5}}}}}}\n" for at in range(100, 160))
    _first, found = put(folder, more, EXCLUSION)
    assert ["trop de règles" in message for _line, message in found] == [True]


def test_a_declared_field_is_a_fact_with_its_own_values(folder):
    agreement = folder / "agreement.yaml"
    agreement.write_text(
        agreement.read_text()
        + "extra_fields:\n  - {code: tariff, type: word, label: Tarif, words: {tempo: [Tempo], base: [Base]}}\n"
    )
    lines = "  - {code: x, label: x, when: {partner.tariff: tempo, amount_due: {below: 90}}}\n"
    assert put(folder, lines, EXCLUSION)[1] == []
    _first, found = put(folder, "  - {code: y, label: y, when: {partner.tariff: tempa}}\n", EXCLUSION)
    assert ["vouliez-vous « tempo »" in message for _line, message in found] == [True]
    _first, found = put(folder, "  - {code: z, label: z, when: {partner.tariff: {below: 3}, partner.tarif: base}}\n", EXCLUSION)
    assert any("ne s'applique pas à partner.tariff" in message for _line, message in found)
    assert any("vouliez-vous « partner.tariff »" in message for _line, message in found)


def test_a_column_of_an_undeclared_field_is_a_mistake(folder):
    first, found = put(folder, "    extra_columns:\n      tariff: [tarif]\n", "    required: [reference]\n")
    assert found == [(first + 1, found[0][1])]
    assert "ne déclare pas la donnée « tariff »" in found[0][1]
