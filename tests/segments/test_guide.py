"""The guide says what the code does: every fact, every condition, and examples that are right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from outreach.definitions.agreement import PartnerField
from outreach.definitions.facts import FACTS, TYPES
from outreach.definitions.rules import OPERATORS, place_rule

GUIDE = Path("docs/segments.md").read_text(encoding="utf-8")


def table_of(head):
    """The rows of the table that begins with that head."""
    lines = GUIDE[GUIDE.index(head) :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_fact_is_in_the_guide_as_it_is():
    told = [(row[0].strip("`"), row[1], row[2]) for row in table_of("| fait | type |")]
    assert told == [(name, TYPES[fact.type], fact.label) for name, fact in FACTS.items()]


@pytest.mark.parametrize("row", table_of("| fait | type |"), ids=lambda row: row[0])
def test_the_values_told_are_the_values_known(row):
    words = FACTS[row[0].strip("`")].words
    if words and row[0] != "`on_list`":
        assert re.findall(r"`(\w+)`", row[3]) == list(words)


def test_every_condition_is_in_the_guide():
    told = {row[0]: re.findall(r"`(\w+)", row[1]) for row in table_of("| type | conditions |")}
    assert told == {TYPES[kind]: list(allowed) for kind, allowed in OPERATORS.items()}


def test_the_examples_are_right():
    rules, fields = GUIDE.split("```yaml\n")[1].split("```")[0], GUIDE.split("# agreement.yaml\n")[1].split("# campaign.yaml")[0]
    written = yaml.safe_load(rules)
    assert [place_rule(part["when"]) for part in written["exclusions"] + written["segments"]]
    assert [PartnerField.model_validate(part) for part in yaml.safe_load(fields)["extra_fields"]]
