"""The status of a case follows from its events, in whatever order they arrive."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.core.words import CaseStatus, EventKind
from outreach.policy.dispositions import DISPOSITIONS
from outreach.policy.status import Fact, derive_status

START = datetime(2026, 10, 5, tzinfo=UTC)


def fact(kind, code=None, day=0):
    return Fact(EventKind(kind), code, START + timedelta(days=day))


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ([fact("opened")], CaseStatus.WAITING),
        ([fact("sent", "letter")], CaseStatus.SOLICITED),
        ([fact("attempted", "no_answer")], CaseStatus.SOLICITED),
        ([fact("attempted", "call_back")], CaseStatus.REACHED),
        ([fact("attempted", "wrong_number")], CaseStatus.SOLICITED),
        ([fact("attempted", "refused")], CaseStatus.REFUSED),
        ([fact("sent"), fact("mediated", "action", 2)], CaseStatus.MEDIATED),
        ([fact("mediated", "action", 2), fact("withdrawn", "left_the_list", 3)], CaseStatus.MEDIATED),
        ([fact("withdrawn", "left_the_list", 1), fact("mediated", "action", 2)], CaseStatus.MEDIATED),
        ([fact("exhausted", "no_answer", 1), fact("mediated", "action", 2)], CaseStatus.MEDIATED),
        ([fact("joined", day=1), fact("mediated", "action", 2)], CaseStatus.JOINED),
        ([fact("attempted", "no_need")], CaseStatus.REFUSED),
        ([fact("attempted", "deceased")], CaseStatus.WRONG_DATA),
        ([fact("attempted", "third_party")], CaseStatus.SOLICITED),
        ([fact("mediated", "action", 2), fact("objected", None, 3)], CaseStatus.OBJECTED),
        ([fact("sent"), fact("joined", day=1)], CaseStatus.JOINED),
        ([fact("sent"), fact("joined", day=1), fact("parted", day=2)], CaseStatus.SOLICITED),
        ([fact("joined", day=1), fact("parted", day=2), fact("joined", day=3)], CaseStatus.JOINED),
        ([fact("exhausted", "wrong_data")], CaseStatus.WRONG_DATA),
        ([fact("exhausted", "no_answer")], CaseStatus.UNREACHABLE),
    ],
)
def test_a_history_has_one_status(facts, status):
    assert derive_status(facts).status is status


CODES = [None, *DISPOSITIONS]
FACTS = st.builds(fact, st.sampled_from(list(EventKind)), st.sampled_from(CODES), st.integers(0, 60))


@given(st.lists(FACTS, max_size=12), st.randoms())
def test_neither_order_of_arrival_nor_repeats_matter(facts, random):
    shuffled = [*facts, *facts[: len(facts) // 2]]
    random.shuffle(shuffled)
    assert derive_status(shuffled) == derive_status(facts)


@given(st.lists(FACTS, max_size=12))
def test_an_objection_closes_above_everything(facts):
    assert derive_status([*facts, fact("objected", day=30)]).status is CaseStatus.OBJECTED


@given(st.lists(FACTS, max_size=12))
def test_closed_cases_say_when_and_why(facts):
    standing = derive_status(facts)
    assert (standing.closed_at is None) is standing.status.is_open
