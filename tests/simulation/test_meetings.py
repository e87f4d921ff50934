"""What is said in a synthetic meeting: always a record that can be kept, the same whenever asked, in plausible shares."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.core.words import MediationKind
from outreach.policy.dispositions import DISPOSITIONS
from outreach.simulation.hindsight import SLIPS, written, written_down
from outreach.simulation.meetings import (
    ENERGY,
    ILLITERATE_ONLINE,
    PLACES,
    TALKS,
    TROUBLE_WITH_FRENCH,
    WATER,
    Party,
    meeting,
    neighbour,
)
from outreach.simulation.phrases import COMPLAINTS, NOTES, SUGGESTIONS, rewritten, said
from outreach.simulation.residents import DECEASED, KINDS, NO_SUCH_DOOR, THIRD_PARTY, Residents
from outreach.tracking.mediations import check
from outreach.tracking.wordings import TELLING

DAY = date(2026, 10, 20)
ENERGY_THEMES, WATER_THEMES = ("energie", "budget"), ("logement", "eau")
MANY = range(4_000)


def party(occasion, **what):
    known = {
        "occasion": occasion, "person": occasion + 7, "language": "fr", "reads_french": None, "given_name": "Awa",
        "amount_due": Decimal("240.50"), "others": (occasion + 9,),
    }  # fmt: skip
    return Party(**(known | what))


def season(themes=ENERGY_THEMES, medium="call", **what):
    return [meeting(Residents(5), party(number, **what), medium, DAY, themes) for number in MANY]


def share(records, found):
    return sum(bool(found(record)) for record in records) / len(records)


parties = st.builds(
    Party, st.integers(1, 10**9), st.integers(1, 10**9), st.sampled_from(["fr", "ar", "tr", "pt-BR"]), st.sampled_from([True, False, None]),
    st.sampled_from(["Awa", "R", None]), st.none() | st.decimals(50, 5_000, places=2), st.lists(st.integers(1, 10**9), max_size=3),
)  # fmt: skip


@given(parties, st.integers(0, 50), st.sampled_from(list(PLACES)), st.sampled_from([ENERGY_THEMES, WATER_THEMES, ()]))
def test_every_meeting_can_be_recorded_and_is_the_same_whenever_asked(who, seed, medium, themes):
    record = meeting(Residents(seed), who, medium, DAY, themes)
    check(record)
    assert record == meeting(Residents(seed), who, medium, DAY, themes)
    assert not themes or record.themes[0] == themes[0]
    assert bool(record.actions) == (record.kind is MediationKind.ACTION)
    assert who.reads_french in {None, record.reads_french}, "nobody unlearns to read"
    check(written_down(Residents(seed), who.occasion, record))
    check(neighbour(Residents(seed), who.occasion, themes))


def test_causes_come_as_often_as_their_sources_say():
    records = season(reads_french=True)
    assert share(records, lambda record: "digital" in record.barriers) == pytest.approx(ILLITERATE_ONLINE, abs=0.02)
    assert not any("language" in record.barriers for record in records)
    assert share(season(reads_french=False), lambda record: "language" in record.barriers) == pytest.approx(0.8, abs=0.02)
    told = [record.reads_french for record in season() if record.reads_french is not None]
    assert told.count(False) / len(told) == pytest.approx(TROUBLE_WITH_FRENCH, abs=0.03)


def test_actions_fit_what_the_campaign_is_about():
    energy = Counter(code for record in season() for code in record.actions)
    water = Counter(code for record in season(WATER_THEMES, "visit") for code in record.actions)
    assert energy.most_common(1)[0][0] == "payment_plan"
    assert water.most_common(1)[0][0] == "appointment"
    assert "payment_plan" not in water
    plans = [record.actions["payment_plan"] for record in season() if "payment_plan" in record.actions]
    assert {plan["amount"] for plan in plans} == {"240.50"}
    assert len({plan["instalments"] for plan in plans}) > 5


def test_shares_of_one_choice_add_up():
    for shares in (KINDS, *(part for talk in (ENERGY, WATER, *TALKS.values()) for part in (talk.actions, talk.themes))):
        assert sum(part for part, _thing in shares) == pytest.approx(1)


def test_rare_things_are_said_and_done_too():
    records = season(medium="visit")
    assert 0.04 < share(records, lambda record: record.complaint is not None) < 0.12
    assert 0.10 < share(records, lambda record: record.people) < 0.20
    assert {record.anonymous for record in records} == {0, 1}
    assert {record.place for record in records} == {"doorstep", "home"}
    assert {record.interpreter for record in records} == {None}
    assert {record.interpreter for record in season(language="ar")} >= {"mediator", "relative", "phone"}


def test_some_of_what_people_say_tells_who_they_are_and_can_be_written_without():
    told = {said(Residents(number), sentences, "Awa", number) for number in range(300) for sentences in (COMPLAINTS, SUGGESTIONS)}
    assert any("Awa" in sentence for sentence in told)
    assert any(TELLING.search(sentence) for sentence in told)
    for sentence in told:
        anew = rewritten(sentence)
        assert anew is not None
        assert "Awa" not in anew
        assert not TELLING.search(anew)
    assert rewritten("De quoi parlez-vous ?") is None
    assert any("{name}" in note for note in NOTES)


def test_who_has_no_first_name_does_not_say_one():
    told = {said(Residents(number), COMPLAINTS, name, number) for number in range(100) for name in (None, "R")}
    assert not any("R," in sentence or "None" in sentence for sentence in told)


def test_a_slip_is_a_result_that_could_have_been():
    for truth, slip in SLIPS.items():
        assert DISPOSITIONS[truth].channels & DISPOSITIONS[slip].channels
    residents = Residents(5)
    slips = [number for number in MANY if written(residents, number, "call", "call_back") != "call_back"]
    assert 0.01 < len(slips) / len(MANY) < 0.05
    assert {written(residents, number, "call", "refused") for number in slips} == {"refused"}


def test_the_new_results_come_now_and_then():
    residents = Residents(5)
    calls = Counter(residents.on_call(number, number) for number in MANY)
    doors = Counter(residents.on_visit(number, number) for number in MANY)
    for channel, results in (("call", calls), ("visit", doors)):
        assert all(channel in DISPOSITIONS[code].channels for code in results)
    answered = sum(calls[code] for code in ("third_party", "refused", "no_need", "call_back", "mediated"))
    assert calls["third_party"] / answered == pytest.approx(THIRD_PARTY, abs=0.02)
    assert doors["no_such_door"] / len(MANY) == pytest.approx(NO_SUCH_DOOR, abs=0.005)
    many = [residents.on_visit(number, number) for number in range(20_000)]
    assert 0 < many.count("deceased") / len(many) < 2 * DECEASED
    assert 0 < many.count("unsafe") < 60
