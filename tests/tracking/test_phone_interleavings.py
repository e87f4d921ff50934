"""Two phones, in whatever order their batches arrive and however often: no fact lost, none twice, one state in the end."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from outreach.core.words import FactStatus
from outreach.tracking.invariants import check_invariants
from tests.phones import MEDIATION, NOW, Phone, ready, state, tell, who
from tests.undoing import undone_session

DOORS = 3
CODES = ("not_home", "talked", "refused", "mediated", "no_access", "objection", "doors")


@pytest.fixture(scope="module")
def crowd(shared_database):
    """A crowd that every example starts from."""
    with undone_session(shared_database, expire_on_commit=False) as session:
        day = ready(session, DOORS)
        yield session, day, {code: who(session, code) for code in ("l8-amina", "l8-ines")}


said = st.tuples(st.integers(0, DOORS - 1), st.sampled_from(CODES), st.integers(-25, 25))
batches = st.lists(st.lists(said, min_size=1, max_size=3), max_size=3)


def written(day, told, number):
    """The facts of one phone, always the same for the same number."""
    phone, batches = Phone(), []
    for one in told:
        batch = []
        for door, code, minutes in one:
            id_ = UUID(int=number * 1000 + phone.seq + 1)
            at, contact = NOW + timedelta(minutes=minutes), day.contacts[door]
            if code == "doors":
                batch.append(phone.fact("doors", at=at, id_=id_, code="not_home", contacts=day.contacts))
            elif code == "objection":
                batch.append(phone.fact("objection", contact, at, id_=id_))
            else:
                record = {"mediation": MEDIATION} if code == "mediated" else {}
                batch.append(phone.fact("result", contact, at, id_=id_, code=code, **record))
        batches.append(batch)
    return batches


def play(session, day, people, deliveries):
    """Deliver the batches in that order; the state in the end, and every answer by fact."""
    answers = {}
    nested = session.begin_nested()
    try:
        for name, batch in deliveries:
            for answer in tell(session, people[name], *batch, now=NOW + timedelta(hours=1)):
                assert answers.setdefault(answer.id, answer) == answer, "told again, answered the same"
        kept = session.execute(
            text(
                "SELECT count(*) FILTER (WHERE kind <> 'doors'), count(*) FILTER (WHERE payload IS NOT NULL AND status <> 'conflict') FROM phone_fact"
            )
        ).one()
        counts = dict(session.execute(text("SELECT kind, count(*) FROM event GROUP BY 1")).all())
        mediations = session.execute(text("SELECT count(*) FROM mediation")).scalar()
        live = (
            session.execute(text("SELECT case_id FROM contact WHERE state IN ('planned', 'claimed', 'unknown')")).scalars().all()
        )
        broken = {found.code: found.faults for found in check_invariants(session) if not found.holds}
        return {case: state(session, case) for case in day.cases}, answers, kept, counts, mediations, live, broken
    finally:
        nested.rollback()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches, batches, st.randoms(use_true_random=False))
def test_any_interleaving_ends_in_the_same_state(crowd, one, other, random):
    session, day, people = crowd
    mine = [("l8-amina", batch) for batch in written(day, one, 1)]
    theirs = [("l8-ines", batch) for batch in written(day, other, 2)]
    agreed = play(session, day, people, [*mine, *theirs])
    mixed, left = [], [list(mine), list(theirs)]
    while any(left):
        chosen = random.choice([side for side in left if side])
        mixed.append(chosen.pop(0))
        if random.random() < 0.5:
            mixed.append(random.choice(mixed))
    played = play(session, day, people, mixed)
    assert played[0] == agreed[0]
    for statuses, answers, kept, counts, mediations, live, broken in (agreed, played):
        facts = {fact["id"]: fact for _name, batch in [*mine, *theirs] for fact in batch}
        assert set(answers) == set(facts), "every fact has its answer"
        assert not any(answer.status is FactStatus.REFUSED for answer in answers.values())
        assert kept[0] == sum(DOORS if fact["kind"] == "doors" else 1 for fact in facts.values())
        assert kept[1] == 0, "no words stay of what was applied"
        told = [fact for fact in facts.values() if fact["payload"].get("code") == "mediated"]
        assert counts.get("mediated", 0) == mediations == len(told), "each mediation counts, once"
        objected = {fact["contact_id"] for fact in facts.values() if fact["kind"] == "objection"}
        for contact, case in zip(day.contacts, day.cases, strict=True):
            assert (statuses[case] == "objected") == (contact in objected)
            assert contact not in objected or case not in live
        assert broken == {}
