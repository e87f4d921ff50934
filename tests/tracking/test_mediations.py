"""The mediation record: everything that was said is kept where it belongs, what cannot be is refused with place and mend."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from outreach.core.errors import OutreachError
from outreach.core.sealing import opened
from outreach.core.words import MediationKind
from outreach.models.base import SealedText
from outreach.policy.mediation.actions import ACTIONS, Type, checked
from outreach.tracking import AttemptResult, MediationRecord, record_attempts, record_neighbour, record_walk_in

FULL = MediationRecord(
    MediationKind.ACTION, ("energie", "budget"), "ar", 30,
    {
        "payment_plan": {"amount": "240,50", "instalments": 6}, "extension": {"until": "2026-12-01"}, "voucher_used": {"amount": 150},
        "fsl_decided": {"granted": True, "amount": "300"}, "referral": {"to": "ccas"}, "complaint": {}, "saving_advice": {},
    },
    barriers=("language", "digital"), obstacles=("only_online",), place="home", interpreter="relative", reads_french=False,
    autonomy="helped", anonymous=2, complaint="Personne ne répond au téléphone.", suggestion="Un guichet le samedi.",
    private_note="Le fils traduit, rappeler après 18 h.",
)  # fmt: skip


def one(session, query, **values):
    return session.execute(text(query), values).mappings().first()


@pytest.fixture
def call(undone):
    return one(
        undone,
        'SELECT k.id, k.case_id, k.due_at, k.person_id FROM contact k JOIN "case" c ON c.id = k.case_id'
        " WHERE k.state = 'planned' AND k.channel = 'call' AND c.closed_at IS NULL LIMIT 1",
    )


def test_everything_said_is_kept_where_it_belongs(undone, call):
    other = one(undone, "SELECT id FROM person WHERE id <> :id AND merged_into IS NULL LIMIT 1", id=call["person_id"])["id"]
    record = replace(FULL, people=(call["person_id"], other))
    record_attempts(undone, [AttemptResult(call["id"], "mediated", "tester", call["due_at"], record)])
    kept = one(undone, "SELECT * FROM mediation WHERE contact_id = :id", id=call["id"])
    assert (kept["place"], kept["interpreter"], kept["reads_french"], kept["autonomy"], kept["anonymous"]) == (
        "home", "relative", False, "helped", 2,
    )  # fmt: skip
    assert kept["actions"]["payment_plan"] == {"amount": "240.50", "instalments": 6}
    assert kept["actions"]["extension"] == {"until": "2026-12-01"}
    assert (kept["themes"], kept["barriers"], kept["obstacles"]) == (
        ["energie", "budget"],
        ["language", "digital"],
        ["only_online"],
    )
    people = (
        undone.execute(text("SELECT person_id FROM mediation_person WHERE mediation_id = :id"), {"id": kept["id"]})
        .scalars()
        .all()
    )
    assert sorted(people) == sorted([call["person_id"], other])
    note = one(undone, "SELECT body FROM private_note WHERE mediation_id = :id", id=kept["id"])["body"]
    assert opened(note, "private_note.body") == FULL.private_note
    said = undone.execute(
        text("SELECT kind, said, released FROM wording WHERE mediation_id = :id ORDER BY kind").columns(
            said=SealedText("wording.said")
        ),
        {"id": kept["id"]},
    ).all()
    assert [tuple(row) for row in said] == [("complaint", FULL.complaint, None), ("suggestion", FULL.suggestion, None)]
    assert one(undone, "SELECT reads_french FROM person WHERE id = :id", id=call["person_id"])["reads_french"] is False


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"themes": ("magie",)}, "themes: magie"),
        ({"barriers": ("rain",)}, "barriers: rain"),
        ({"obstacles": ("rain",)}, "obstacles: rain"),
        ({"place": "moon"}, "place: moon"),
        ({"minutes": 0}, "minutes: 0"),
        ({"minutes": 481}, "minutes: 481"),
        ({"anonymous": -1}, "anonymous: -1"),
        ({"actions": {}}, "actions"),
        ({"actions": {"magic": {}}}, "magic"),
        ({"actions": {"payment_plan": {"colour": 1}}}, "payment_plan.colour"),
        ({"actions": {"payment_plan": {"instalments": 1}}}, "payment_plan.instalments"),
        ({"actions": {"payment_plan": {"amount": "NaN"}}}, "payment_plan.amount"),
        ({"actions": {"referral": {}}}, "referral.to"),
        ({"actions": {"referral": {"to": "aunt"}}}, "referral.to"),
        ({"actions": {"fsl_decided": {"granted": "oui"}}}, "fsl_decided.granted"),
        ({"actions": {"extension": {"until": "demain"}}}, "extension.until"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place_and_nothing_is_kept(undone, call, change, place):
    before = one(undone, "SELECT count(*) AS n FROM mediation")["n"]
    with pytest.raises(OutreachError) as refused:
        record_attempts(undone, [AttemptResult(call["id"], "mediated", "tester", call["due_at"], replace(FULL, **change))])
    assert refused.value.place == place
    assert one(undone, "SELECT count(*) AS n FROM mediation")["n"] == before
    assert one(undone, "SELECT state FROM contact WHERE id = :id", id=call["id"])["state"] == "planned"


VALUES = {
    Type.MONEY: st.decimals(0, 1_000_000, places=2).map(str),
    Type.COUNT: st.integers(2, 60),
    Type.DAY: st.dates().map(str),
    Type.YES_NO: st.booleans(),
}


@given(st.data())
def test_whatever_the_table_allows_is_kept_and_kept_again_alike(data):
    action = data.draw(st.sampled_from(list(ACTIONS.values())))
    details = {
        detail.code: data.draw(VALUES[detail.type] if detail.type in VALUES else st.sampled_from(list(detail.choices or {})))
        for detail in action.details if detail.required or data.draw(st.booleans())
    }  # fmt: skip
    kept = checked({action.code: details})
    assert set(kept[action.code]) == set(details)
    assert checked(kept) == kept


def test_somebody_comes_again_and_both_mediations_are_kept(undone, call):
    key, later = uuid4(), call["due_at"].replace(hour=15)
    arguments = {"medium": "desk", "found_by": "name", "actor": "desk", "occurred_at": later}
    assert record_walk_in(undone, call["case_id"], FULL, key=key, **arguments)
    assert not record_walk_in(undone, call["case_id"], FULL, key=key, **arguments), "the same told twice is one"
    assert record_walk_in(undone, call["case_id"], FULL, key=uuid4(), **arguments)
    assert one(undone, "SELECT count(*) AS n FROM mediation WHERE case_id = :id", id=call["case_id"])["n"] == 2
    assert one(undone, 'SELECT status FROM "case" WHERE id = :id', id=call["case_id"])["status"] == "mediated"


def test_a_neighbour_at_the_door_counts_apart(undone):
    door = one(undone, "SELECT id, case_id FROM contact WHERE channel = 'visit' LIMIT 1")
    status = one(undone, 'SELECT status FROM "case" WHERE id = :id', id=door["case_id"])["status"]
    at = one(undone, "SELECT now() AS at")["at"]
    key = uuid4()
    for _ in range(2):
        record_neighbour(undone, door["id"], FULL, actor="tester", occurred_at=at, key=key)
    kept = undone.execute(text("SELECT case_id, contact_id, medium FROM mediation WHERE id = :id"), {"id": key}).all()
    assert [tuple(row) for row in kept] == [(None, door["id"], "visit")]
    assert one(undone, 'SELECT status FROM "case" WHERE id = :id', id=door["case_id"])["status"] == status
