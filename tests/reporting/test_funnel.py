"""The funnel: every step a part of the one before, outcomes adding up, statuses equal to the policy's."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from itertools import pairwise

import pytest

from outreach.cli.output import funnel_rows
from outreach.core import clock
from outreach.core.i18n import english, speaking
from outreach.core.words import EventKind, Unit
from outreach.reporting import campaign_funnel
from outreach.reporting.figures.reading import Span
from outreach.reporting.funnel import UNIT_WORDS
from tests.reporting.campaigns import END, MEDIATED, OBJECTED, SENT, a_season, a_town


def funnel_of(town):
    with clock.travel(clock.at(END, "20:00")):
        return campaign_funnel(town.session, town.loaded)


def test_the_funnel_of_a_season(session):
    town = a_town(session)
    a_season(town)
    funnel = funnel_of(town)
    assert {step.id: step.count for step in funnel.steps} == {
        "received": 132, "usable": 130, "persons": 130, "units": 130, "targeted": 130, "contactable": 130, "solicited": 124,
        "reached": 89, "accepted": 80, "mediated": 80,
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


def test_a_span_of_months_tells_where_cases_stood_when_it_ended(session):
    town = a_town(session)
    town.case(SENT, (EventKind.ATTEMPTED, "refused", 40))
    with clock.travel(clock.at(END, "20:00")):
        october = campaign_funnel(session, town.loaded, Span(date(2026, 10, 1), date(2026, 10, 1)))
        now = campaign_funnel(session, town.loaded)
    assert {step.id for step in october.outcomes if step.count} == {"open"}
    assert {step.id for step in now.outcomes if step.count} == {"refused"}


def test_every_rate_names_its_numerator_and_denominator_among_the_counts(session):
    town = a_town(session)
    a_season(town)
    funnel = funnel_of(town)
    for rate in funnel.rates:
        assert rate.definition
        if not rate.id.startswith("mature"):
            assert rate.value == funnel.count(rate.numerator) / funnel.count(rate.denominator)
    # Sixty days before the middle of December nobody had been contacted for a whole month.
    assert funnel.mature.solicited == 0
