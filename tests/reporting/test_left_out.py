"""Whom a campaign misses, how long it takes, what it costs: figures for managers."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from outreach.core import clock
from outreach.core.words import MediationKind
from outreach.models import Contact, Person
from outreach.reporting import campaign_funnel
from outreach.reporting.costs import campaign_costs
from outreach.reporting.credits import campaign_credits
from outreach.reporting.curves import aalen_johansen, curve
from outreach.reporting.left_out import left_out, wilson
from outreach.reporting.network import network_figures
from outreach.tracking import MediationRecord, record_neighbour
from tests.journeys import journeys_of
from tests.reporting.campaigns import END, MEDIATED, REFUSED, SENT, START, UNREACHABLE, a_town


def at_the_end():
    return clock.travel(clock.at(END, "20:00"))


@given(st.integers(0, 400), st.integers(0, 400))
def test_an_interval_holds_its_share_and_stays_between_none_and_all(first, second):
    part, whole = sorted((first, second))
    share = wilson(part, whole)
    if whole:
        assert 0 <= share.low <= share.rate + 1e-12
        assert share.rate - 1e-12 <= share.high <= 1
        assert wilson(10 * part, 10 * whole).high - wilson(10 * part, 10 * whole).low < share.high - share.low


def test_the_interval_is_the_one_of_the_textbooks():
    # 15 of 148: Newcombe, « Two-sided confidence intervals for the single proportion », 1998, table I, method 3.
    share = wilson(15, 148)
    assert (round(share.low, 4), round(share.high, 4)) == (0.0624, 0.1605)


def test_who_is_reached_less_is_named_and_who_may_be_by_chance_is_not(session):
    town = a_town(session)
    speaks(town, town.many(120, SENT, MEDIATED), "fr")
    speaks(town, town.many(40, SENT, UNREACHABLE), "fr")
    speaks(town, town.many(5, SENT, MEDIATED), "ar")
    speaks(town, town.many(35, SENT, UNREACHABLE), "ar")
    speaks(town, town.many(2, SENT, UNREACHABLE), "tr")
    with at_the_end():
        found = {group.value: group for group in left_out(session, [town.loaded.campaign.id]) if group.dimension == "language"}
    assert {value: group.missed for value, group in found.items()} == {"fr": False, "ar": True, "tr": False}
    assert (found["ar"].mediated.part, found["ar"].mediated.whole) == (5, 40)


def speaks(town, cases, language):
    people = [case.person_id for case in cases]
    town.session.execute(Person.__table__.update().where(Person.id.in_(people)).values(language=language))


def test_the_curve_without_anybody_still_open_is_the_share_itself():
    found = aalen_johansen([(3, "hoped", 2), (5, "other", 1), (9, "hoped", 1)])
    assert found.points == ((3, 0.5), (9, 0.75))
    assert (found.median, found.cases, found.came) == (3, 4, 3)


def test_cases_that_are_still_open_count_as_long_as_they_were_watched():
    # By hand: at day 2, 1 of 4; then two are watched no longer; at day 6, 1 of 1 of those that had not come: 0.25 + 0.75.
    found = aalen_johansen([(2, "hoped", 1), (4, "", 2), (6, "hoped", 1)])
    assert found.share(1) == 0
    assert found.share(2) == 0.25
    assert found.share(6) == pytest.approx(1.0)


@given(st.lists(st.tuples(st.integers(0, 60), st.sampled_from(["hoped", "other", ""]), st.integers(1, 9)), max_size=12))
def test_a_curve_never_falls_and_never_passes_one(watched):
    shares = [share for _day, share in aalen_johansen(watched).points]
    assert shares == sorted(shares)
    assert all(0 <= share <= 1 + 1e-9 for share in shares)


def test_the_curve_of_a_campaign(session):
    town = a_town(session)
    town.many(4, SENT, MEDIATED)
    town.many(4, SENT, REFUSED)
    with at_the_end():
        campaign_costs(session, town.loaded)
        contact, mediation = (curve(session, [town.loaded.campaign.id], clock_of) for clock_of in ("contact", "mediation"))
    assert (contact.median, contact.share(1)) == (1, 1.0)
    assert (mediation.median, mediation.share(7), mediation.share(8)) == (8, 0.0, pytest.approx(0.5))


def contacted(town, case, *contacts):
    for place, (channel, day, disposition) in enumerate(contacts):
        moment = START + timedelta(days=day)
        town.session.add(
            Contact(
                campaign_id=case.campaign_id, case_id=case.id, person_id=case.person_id, step=f"s{place}", attempt=1, channel=channel,
                language="fr", state="sent" if channel in {"letter", "sms"} else "done", due_at=moment, useful_until=moment,
                disposition=disposition, done_at=moment,
            )
        )  # fmt: skip
    town.session.flush()


def test_three_rules_of_credit_each_add_up_and_are_never_mixed(session):
    town = a_town(session)
    first, second, alone = town.many(3, SENT, MEDIATED)
    contacted(town, first, ("letter", 1, None), ("sms", 4, None), ("call", 7, "no_answer"))
    contacted(town, second, ("letter", 1, None), ("call", 5, "dead_number"), ("visit", 20, "not_home"))
    contacted(town, alone, ("letter", -40, None))
    with at_the_end():
        found = campaign_credits(session, town.loaded)
        journeys = [list(journeys_of(session, case.id).values()) for case in (first, second, alone)]
    # A dead number told them nothing; a visit after the mediation led to nothing; a letter of 49 days before is forgotten.
    told = [[[channel for _contact, channel in steps] for steps in of_case] for of_case in journeys]
    assert told == [[["letter", "sms", "call"]], [["letter"]], []]
    assert found.first == {"letter": 2, "sms": 0, "call": 0}
    assert found.last == {"letter": 1, "sms": 0, "call": 1}
    assert found.shared == {"letter": Fraction(4, 3), "sms": Fraction(1, 3), "call": Fraction(1, 3)}
    assert sum(found.first.values()) == sum(found.last.values()) == sum(found.shared.values()) == 2


def test_costs_add_up_whatever_they_are_split_by(session):
    town = a_town(session)
    for case in town.many(4, SENT, MEDIATED):
        contacted(town, case, ("letter", 1, None), ("call", 9, "no_answer"))
    with at_the_end():
        found = campaign_costs(session, town.loaded)
    capacity, prices = town.loaded.folder.campaign.capacity, town.loaded.folder.campaign.costs
    minutes = 4 * capacity.minutes_per_call + 4 * 12
    euros = 4 * (prices.letter + prices.call) + prices.mediator_hour * minutes / 60
    assert (found.all.contacts, found.all.minutes, found.all.mediations) == (8, minutes, 4)
    assert found.all.euros == euros.quantize(Decimal("0.01"))
    assert found.all.per_mediation == (found.all.euros / 4).quantize(Decimal("0.01"))
    for parts in (found.channels, found.sites, found.languages):
        assert sum(cost.minutes for cost in parts.values()) == minutes
        assert abs(sum(cost.euros for cost in parts.values()) - found.all.euros) <= Decimal("0.05")


def test_campaigns_side_by_side_and_neighbours_apart(session):
    town = a_town(session)
    case = town.many(4, SENT, MEDIATED)[0]
    contacted(town, case, ("visit", 9, "not_home"))
    door = session.execute(text("SELECT id FROM contact")).scalar_one()
    record = MediationRecord(MediationKind.INFORMATION, ("energie",), "fr", 5)
    record_neighbour(session, door, record, actor="test", occurred_at=START)
    with at_the_end():
        found = network_figures(session)
        mine = network_figures(session, town.loaded.folder.agreement.association.code)
        assert network_figures(session, "another") == []
        assert campaign_funnel(session, town.loaded).count("visit") == 1
    assert found == mine
    assert [(line.code, line.tally.mediated, line.neighbours) for line in found] == [("energy-arrears", 4, 1)]
