"""A worklist is sorted into what is offered, what was promised and who waits: nobody twice, nobody lost, no day before the rules allow it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.words import Channel
from outreach.definitions.registry import terms_of
from outreach.planning.agenda import agenda_of
from outreach.planning.pasts import pasts_of
from outreach.planning.promises import open_promises
from outreach.planning.worklist import needy_cases
from outreach.policy.ruling import NO_PAST, first_day
from tests.planning.test_plan import MORNING

SPOKEN = frozenset({"fr"})
# All open cases need their next contact at once, after whatever they have been through.
FREE = (
    "UPDATE contact SET state = 'cancelled' WHERE state IN ('planned', 'claimed', 'unknown')",
    "UPDATE \"case\" SET next_at = :now, wait_reason = 'to_plan' WHERE closed_at IS NULL",
)


@pytest.fixture
def asked(played, undone):
    """What ``agenda_of`` is asked with on a morning in the middle of a campaign, without ``most``."""
    for statement in FREE:
        undone.execute(text(statement), {"now": MORNING} if ":now" in statement else {})
    with clock.travel(MORNING):
        partner, terms = terms_of(undone, played.loaded.campaign)
        cases = needy_cases(undone, played.loaded.campaign.id, MORNING + timedelta(days=7), callers=SPOKEN, visitors=SPOKEN)
        promises = {promise.case_id: promise for promise in open_promises(undone, played.loaded.campaign.id)}
        pasts = pasts_of(undone, partner, terms, cases)
    days = MORNING.date(), MORNING.date() + timedelta(days=7)
    return cases, played.loaded.folder.campaign, terms, pasts, promises, days


@pytest.mark.parametrize("most", [0, 3, 10_000])
def test_each_case_is_offered_or_promised_or_waits_once(asked, most):
    cases = asked[0]
    agenda = agenda_of(*asked, dict.fromkeys(Channel, most))
    offered = [wish.case_id for wishes in agenda.wishes.values() for wish in wishes]
    promised = [wish.case_id for _promise, wish in agenda.promised]
    assert sorted([*offered, *promised, *agenda.waiting.case_id.tolist()]) == sorted(cases["id"])
    assert all(len(wishes) <= most for wishes in agenda.wishes.values())
    order = {case: place for place, case in enumerate(cases["id"])}
    for wishes in agenda.wishes.values():
        assert [order[wish.case_id] for wish in wishes] == sorted(order[wish.case_id] for wish in wishes), "most urgent first"


def test_what_is_offered_says_of_its_person_what_the_worklist_says(asked):
    cases = asked[0].set_index("id")
    agenda = agenda_of(*asked, dict.fromkeys(Channel, 10_000))
    wishes = [wish for found in agenda.wishes.values() for wish in found]
    assert {wish.channel for wish in wishes} >= {Channel.CALL, Channel.VISIT}
    for wish in wishes:
        row = cases.loc[wish.case_id]
        assert (wish.person_id, wish.site_id, wish.priority, wish.insee) == (row.person_id, row.site_id, row.priority, row.insee)
        assert wish.language == (row.language if isinstance(row.language, str) else None)
        assert wish.reads_french == {-1: None, 0: False, 1: True}[row.reads_french]
        assert wish.has_mobile == bool(row.has_mobile)
        assert (wish.building_id is None) == (row.building_id != row.building_id)
        assert wish.call_hours == () or isinstance(row.in_vain, str)


def test_no_day_is_earlier_than_the_rules_say_of_each_alone(asked):
    _cases, _campaign, terms, pasts, _promises, (today, last) = asked
    agenda = agenda_of(*asked, dict.fromkeys(Channel, 10_000))
    living = dict(zip(asked[0]["id"], asked[0]["living"], strict=True))
    for channel, wishes in agenda.wishes.items():
        for wish in wishes:
            past = pasts.get(living[wish.case_id], NO_PAST)
            assert wish.past is past
            assert first_day(channel, wish.earliest, terms, past, wish.insee)[0] == wish.earliest
            assert today <= wish.earliest <= last
