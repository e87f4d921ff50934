"""The funnel: every step a part of the one before, outcomes adding up, statuses equal to the policy's."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from outreach.cli.output import funnel_rows
from outreach.core import clock
from outreach.core.i18n import english, speaking
from outreach.core.words import CaseStatus, EventKind, Unit
from outreach.policy.status import Fact, derive_status
from outreach.reporting import campaign_funnel
from outreach.reporting.figures import counted_cases
from outreach.reporting.funnel import UNIT_WORDS
from tests.reporting.campaigns import END, MEDIATED, OBJECTED, REFUSED, SENT, START, a_season, a_town


def funnel_of(town):
    with clock.travel(clock.at(END, "20:00")):
        return campaign_funnel(town.session, town.loaded)


def test_the_funnel_of_a_season(session):
    town = a_town(session)
    a_season(town)
    funnel = funnel_of(town)
    assert {step.id: step.count for step in funnel.steps} == {
        "received": 132, "usable": 130, "persons": 130, "units": 130, "targeted": 130, "contactable": 130, "solicited": 124,
        "reached": 89, "mediated": 80,
    }  # fmt: skip
    assert {step.id: step.count for step in funnel.outcomes} == {
        "mediated": 80, "refused": 9, "unreachable": 12, "wrong_data": 6, "withdrawn": 7, "objected": 2, "open": 8,
    }  # fmt: skip
    assert {step.id: step.count for step in funnel.kinds} == {"exchange": 10, "information": 30, "action": 40}
    assert funnel.conversion == 80 / 124
    assert funnel.network_conversion == 0.60
    assert sum(step.count for step in funnel.outcomes) == funnel.count("solicited")
    assert all(before.count >= after.count for before, after in pairwise(funnel.steps))
    assert all(step.definition and step.unit for step in (*funnel.steps, *funnel.outcomes, *funnel.kinds))


def test_the_funnel_is_kept_in_french_and_can_be_shown_in_english(session):
    town = a_town(session)
    a_season(town)
    with speaking("en"):
        funnel = funnel_of(town)
        rows = funnel_rows(funnel)
    texts = {
        text for step in (*funnel.steps, *funnel.kinds, *funnel.outcomes) for text in (step.label, step.unit, step.definition)
    }
    assert texts <= set(english())
    assert ["Mediation completed", 80] in rows
    assert rows[-1] == ["Mediations / solicited (network, full year: 60%)", "64.5%"]
    assert funnel_rows(funnel)[-1] == ["Médiations / sollicités (réseau, année pleine : 60 %)", "64,5 %"]


@pytest.mark.parametrize("unit", list(Unit))
def test_all_that_is_said_of_a_unit_is_in_the_catalogue(unit):
    assert set(asdict(UNIT_WORDS[unit]).values()) <= set(english())


def test_an_empty_campaign_has_a_funnel_of_zeros(session):
    funnel = funnel_of(a_town(session))
    assert {step.count for step in funnel.steps} == {0}
    assert funnel.conversion is None


def test_who_comes_before_being_solicited_is_counted_apart(session):
    town = a_town(session)
    town.case(MEDIATED)
    funnel = funnel_of(town)
    assert (funnel.count("solicited"), funnel.count("mediated"), funnel.came_unasked) == (0, 0, 1)


def test_an_objection_after_a_mediation_is_an_objection(session):
    town = a_town(session)
    town.case(SENT, MEDIATED, OBJECTED)
    funnel = funnel_of(town)
    assert {step.id for step in funnel.outcomes if step.count} == {"objected"}


def test_what_happens_after_the_instant_does_not_count(session):
    town = a_town(session)
    town.case(SENT, REFUSED)
    with clock.travel(START + timedelta(days=3)):
        funnel = campaign_funnel(session, town.loaded)
    assert {step.id for step in funnel.outcomes if step.count} == {"open"}


FACTS = st.tuples(
    st.sampled_from(list(EventKind)),
    st.sampled_from([None, "refused", "no_answer", "wrong_data", "call_back", "mediated"]),
    st.integers(0, 30),
)


@settings(max_examples=15, deadline=None)
@given(histories=st.lists(st.lists(FACTS, max_size=6), min_size=12, max_size=12))
def test_outcomes_are_those_of_the_policy(shared_database, histories):
    from sqlalchemy.orm import Session

    with shared_database.engine.connect() as connection:
        transaction = connection.begin()
        with Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as session:
            town = a_town(session)
            expected = {}
            for history in histories:
                case = town.case(*history)
                facts = [Fact(kind, code, START + timedelta(days=day)) for kind, code, day in history]
                standing = derive_status(facts)
                if standing.status is not CaseStatus.JOINED:  # counted with the case that it joined
                    expected[case.id] = (None if standing.status.is_open else str(standing.status), standing.solicited)
            with counted_cases(session, town.loaded, until=clock.at(END, "20:00")):
                found = session.execute(text("SELECT id, closing, solicited FROM case_figure")).all()
            assert {row.id: (row.closing, row.solicited) for row in found} == expected
        transaction.rollback()
