"""One rule on its page: groups and conditions come, go and change; each change is counted; what nobody touched stays to the letter."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from outreach.definitions.facts import FACTS, Fact, FactType
from outreach.definitions.rules import Rule, parse_rule
from outreach.definitions.written import rule_as_written
from outreach.web.manager.wizard import rule_tree
from tests.web.manager.way import NEW, form_of

CODE = "regles"
WAY = f"/campaigns/{CODE}/way"
HEAVY = f"{WAY}/segments/segments/heavy"


@pytest.fixture(scope="module")
def manager(desk, energy_list):
    """Somebody with a draft whose list is matched."""
    _database, manager, _second, _other = desk
    assert manager.post("/campaigns/new", NEW | {"name": "Règles", "code": CODE}).status_code == 303
    listed = manager.post(f"{WAY}/list", files={"file": (energy_list.name, energy_list.read_bytes())}).headers["location"]
    if "/columns/" in listed:
        answers = dict.fromkeys(re.findall(r'name="(column:[^"]+)"', manager.get(listed).text), "-")
        listed = manager.post(listed, answers).headers["location"]
    manager.post(f"{listed}/commit")
    manager.post(f"{WAY}/duplicates/match")
    return manager


@pytest.fixture
def stored(desk):
    """The rule of the segment « heavy », or of another, as campaign.yaml would write it."""

    def now(code="heavy", part="segments"):
        with desk[0].session() as session:
            draft = session.execute(text("SELECT draft FROM campaign WHERE code = :code"), {"code": CODE}).scalar_one()
        return rule_as_written(Rule.model_validate(next(one for one in draft["campaign"][part] if one["code"] == code)["when"]))

    return now


def form(page, where=HEAVY):
    """The form of a rule's page."""
    return form_of(page.text, where)


def taken(page):
    """The three figures of a page: taken by the rule, answering to it, contacted in all."""
    return [int(re.sub(r"\D", "", found)) for found in re.findall(r'figure-value">([^<]*)<', page.text)[:3]]


def test_a_rule_that_nobody_touched_stays_to_the_letter(manager, stored):
    before = stored()
    assert before == {
        "any": [{"amount_due": {"at_least": 600}}, {"all": [{"priority_area": True}, {"amount_due": {"at_least": 150}}]}]
    }
    page = manager.get(HEAVY)
    assert page.status_code == 200
    assert manager.post(HEAVY, form(page)).headers["location"] == f"{HEAVY}?done=saved"
    assert stored() == before


def test_a_condition_is_added_counted_and_kept(manager, stored):
    before, page = stored(), manager.get(HEAVY)
    first = taken(page)
    assert first[0] > 0
    added = manager.post(HEAVY, form(page) | {"act": "add:r.1"})
    assert "Donnez la valeur" in added.text
    assert stored() == before, "a button of the form keeps nothing"
    asked = form(added) | {"r.1.2.fact": "has_mobile", "r.1.2.operator": "is"}
    looked = manager.post(HEAVY, asked)
    assert looked.status_code == 200
    assert 'name="r.1.2.value"' in looked.text, "another thing is asked: its field is another one"
    assert stored() == before
    counted = manager.post(HEAVY, form(looked) | {"act": "look"})
    assert taken(counted)[0] <= first[0]
    assert "Pas encore enregistré" in counted.text
    assert manager.post(HEAVY, form(counted)).status_code == 303
    assert stored()["any"][1]["all"] == [{"priority_area": True}, {"amount_due": {"at_least": 150}}, {"has_mobile": True}]
    assert taken(manager.get(HEAVY)) == taken(counted), "what was counted before is what is kept"


def test_groups_come_and_go(manager, stored):
    page = manager.post(HEAVY, form(manager.get(HEAVY)) | {"act": "group:r"})
    filled = form(page) | {"r.2.0.fact": "debt_since", "r.2.0.operator": "before", "r.2.kind": "all", "r.2.not": "yes"}
    page = manager.post(HEAVY, filled)
    assert manager.post(HEAVY, form(page) | {"r.2.0.value": "60"}).status_code == 303
    assert stored()["any"][2] == {"not": {"all": [{"debt_since": {"before": "today - 60 days"}}]}}
    page = manager.post(HEAVY, form(manager.get(HEAVY)) | {"act": "remove:r.2.0"})
    assert "r.2.kind" not in page.text, "an empty group goes with its last condition"
    assert manager.post(HEAVY, form(page)).status_code == 303
    assert len(stored()["any"]) == 2
    page = manager.post(HEAVY, form(manager.get(HEAVY)) | {"r.kind": "all", "act": "look"})
    assert manager.post(HEAVY, form(page)).status_code == 303
    assert set(stored()) == {"all"}


def test_a_rule_of_one_condition_becomes_a_group(manager, stored):
    where = f"{WAY}/segments/exclusions/small_debt"
    page = manager.post(where, form(manager.get(where), where) | {"act": "add:r"})
    filled = form(page, where) | {"r.1.fact": "stage", "r.1.operator": "in"}
    page = manager.post(where, filled)
    assert page.text.count('type="checkbox" name="r.1.value"') == 4, "the stages that the lists know"
    assert manager.post(where, form(page, where) | {"r.1.value": ["reminder_1", "reminder_2"]}).status_code == 303
    assert stored("small_debt", "exclusions") == {
        "all": [{"amount_due": {"below": 50}}, {"stage": {"in": ["reminder_1", "reminder_2"]}}]
    }


def test_a_mistake_stands_at_its_condition(manager, stored):
    before, page = stored("notice"), manager.get(where := f"{WAY}/segments/segments/notice")
    page = manager.post(where, form(page, where) | {"act": "add:r"})
    filled = form(page, where) | {"r.1.fact": "stage", "r.1.operator": "is", "r.1.value": ""}
    page = manager.post(where, filled)
    wrong = manager.post(where, form(page, where) | {"r.1.value": "limited"})
    assert wrong.status_code == 422
    condition = re.search(r'name="r\.1\.held".*?</li>', wrong.text, re.DOTALL)[0]
    assert "contredit" in condition
    assert stored("notice") == before


def test_a_rule_that_goes_deeper_is_shown_as_text(desk, manager):
    deep = {
        "any": [
            {"all": [{"any": [{"all": [{"has_mobile": True}, {"has_phone": True}]}, {"located": True}]}, {"has_phone": True}]},
            {"on_list": True},
        ]
    }
    with desk[0].session() as session:
        session.execute(
            text(
                "UPDATE campaign SET draft = jsonb_set(draft, '{campaign,segments,5,when}', CAST(:rule AS jsonb)) WHERE code = :code"
            ),
            {"rule": parse_rule(deep).model_dump_json(), "code": CODE},
        )
    page = manager.get(f"{WAY}/segments/segments/other")
    assert "va plus loin que ce formulaire" in page.text
    assert "- any:" in page.text
    assert "definition.zip" in page.text
    assert manager.get(f"{WAY}/segments/segments/nothing").status_code == 404
    assert manager.get(f"{WAY}/segments/lists/impayes").status_code == 404


WORDED = {"insee": "69388", "department": "69", "language": "ar", "stage": "notice"}


def value(name: str, fact: Fact, operator: str) -> st.SearchStrategy:
    """A value that fits."""
    if operator == "known" or fact.type is FactType.FLAG:
        return st.booleans()
    if fact.type is FactType.WORD:
        words = st.sampled_from(sorted(fact.words) or [WORDED[name]])
        return st.lists(words, min_size=1, max_size=3, unique=True) if operator == "in" else words
    if operator == "within":
        return st.integers(1, 400).map(lambda days: f"{days} days")
    days = st.integers(1, 400).map(lambda back: f"today - {back} days") | st.dates().map(str) | st.just("today")
    one = days if fact.type is FactType.DATE else st.integers(-1000, 10**9) | st.floats(0, 1e6, allow_nan=False)
    return st.lists(one, min_size=2, max_size=2) if operator == "between" else one


@st.composite
def comparisons(draw):
    """One comparison."""
    name = draw(st.sampled_from(sorted(FACTS)))
    operator = draw(st.sampled_from(rule_tree.OPERATORS[FACTS[name].type]))
    held = {"fact": name, "operator": operator, "value": draw(value(name, FACTS[name], operator))}
    return Rule.model_validate({"comparison": held, "all": None, "any": None, "negated": None})


def nested(inner):
    """Groups and negations of rules."""
    group = st.lists(inner, min_size=1, max_size=3)
    return group.map(lambda parts: Rule(all=parts)) | group.map(lambda parts: Rule(any=parts))


RULES = st.recursive(
    comparisons(), lambda inner: nested(inner) | nested(inner).map(lambda rule: Rule(negated=rule)), max_leaves=8
)


@given(RULES)
def test_any_rule_that_the_form_shows_comes_back_as_it_was(rule):
    try:
        tree = rule_tree.tree_of(rule, FACTS)
    except rule_tree.NotShownError:
        return
    assert rule_tree.as_written(tree, FACTS) == rule_as_written(rule)
    shown = rule_tree.shown_tree(tree, FACTS, "segments.0.when", [])
    back = rule_tree.sent_tree(Sent(shown), FACTS)
    assert rule_tree.as_written(back, FACTS) == rule_as_written(rule)


class Sent(dict):
    """What the page of a rule sends when nobody touched it."""

    def __init__(self, shown):
        super().__init__()
        self._fill(shown)

    def _fill(self, one):
        self[f"{one.path}.kind"] = one.node.kind
        if one.node.negated:
            self[f"{one.path}.not"] = "yes"
        if not one.is_group:
            node = one.node
            self.update({f"{one.path}.fact": node.fact, f"{one.path}.operator": node.operator, f"{one.path}.value": one.fields.value,
                         f"{one.path}.to": one.fields.second or "", f"{one.path}.held": node.held, f"{one.path}.shown": one.look})  # fmt: skip
        for part in one.parts:
            self._fill(part)

    def getlist(self, name):
        """All values of a name."""
        return [self[name]]
