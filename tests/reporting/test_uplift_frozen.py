"""One look, on the day that the sealed design fixes, and the answer stays."""

from __future__ import annotations

import json
from datetime import date, timedelta
from itertools import count
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from outreach.core import clock
from outreach.core.errors import OutreachError
from outreach.core.marks import reference_mark, reference_marks
from outreach.definitions.loader import Folder, content_hash
from outreach.definitions.registry import launch_campaign
from outreach.models import Building, Comparison, ListRow, TargetList
from outreach.reporting.uplift import PATIENCE, Conclusive, Inconclusive, NotYet, Reason, comparison_plan, uplift
from tests.intake.returned import Returned

OPENED = date(2026, 10, 5)
PLANNED = date(2026, 10, 18)
"""Three waves a week apart, compared after the second: the third begins on the 19th."""
HEADER = "Réf client;Constaté le;Facture réglée"
SETTLED_NUMBERS = count(1)


@pytest.fixture
def dealt(session, tmp_path):
    """120 cases of one stratum in 30 buildings, dealt to three waves; on the planned day four of five contacted have paid."""
    with clock.travel(clock.at(OPENED, "08:00")):
        town = Returned(session, tmp_path, clock.at(OPENED, "08:00"))
        places = [Building(address_key=f"LYON|{number}", city="LYON", postal_code="69008", insee="69388") for number in range(30)]
        session.add_all(places)
        session.flush()
        for start in range(90):  # 30 and 3 divide 90: start and start + 90 stand in one building and one wave
            alike = [f"R{number:03d}" for number in range(start, 120, 90)]
            town.known(*alike, building=places[start % 30].id, wave=start % 3 + 1, run_id=1)
    return town


def wave(reference):
    return int(reference[1:]) % 3 + 1


def returns(town, day, paid=lambda reference: wave(reference) <= 2 and int(reference[1:]) % 5 > 0, on=None):
    lines = [f"{reference};{on or day:%d/%m/%Y};{'oui' if paid(reference) else 'non'}" for reference in town.cases]
    with clock.travel(clock.at(day, "18:00")):
        return town.take(*lines, header=HEADER)


def asked(town, day):
    with clock.travel(clock.at(day, "09:00")):
        return uplift(town.session, town.loaded())


def kept(town):
    return town.session.execute(text("SELECT count(*) FROM comparison")).scalar_one()


def test_the_day_follows_from_the_sealed_design(dealt):
    plan = comparison_plan(dealt.session, dealt.loaded())
    assert (plan.after, plan.planned_for, plan.opens_on, str(plan.outcome)) == (2, PLANNED, PLANNED + timedelta(days=1), "paid")


def test_a_later_version_moves_neither_the_day_nor_what_is_compared(dealt):
    before = comparison_plan(dealt.session, dealt.loaded())
    written = dealt.loaded().folder
    campaign = written.campaign.model_copy(
        update={
            "waves": written.campaign.waves.model_copy(update={"days_apart": 2}),
            "measure": written.campaign.measure.model_copy(update={"compare_after": 1, "outcome": None}),
        }
    )
    with clock.travel(clock.at(OPENED, "12:00")):
        launch_campaign(dealt.session, Folder(campaign, written.agreement, written.messages), actor="test")
    assert comparison_plan(dealt.session, dealt.loaded()) == before


def test_before_the_day_is_over_nothing_is_said_and_nothing_kept(dealt):
    returns(dealt, PLANNED)
    for day in (OPENED, PLANNED - timedelta(days=1), PLANNED):
        assert asked(dealt, day) == NotYet(PLANNED + timedelta(days=1), Reason.DAY_TO_COME)
    assert kept(dealt) == 0


def test_on_the_day_the_answer_is_told_with_its_interval_and_frozen(dealt):
    returns(dealt, PLANNED)
    first = asked(dealt, PLANNED + timedelta(days=1))
    assert isinstance(first, Conclusive)
    assert first.effect == pytest.approx(80, abs=0.01)
    assert first.low < first.effect < first.high
    assert (first.contacted, first.waiting, first.clusters) == (80, 40, 30)
    returns(dealt, PLANNED + timedelta(days=2), paid=lambda _reference: False, on=PLANNED)
    assert asked(dealt, PLANNED + timedelta(days=3)) == first, "a correction afterwards computes nothing anew"
    assert kept(dealt) == 1


def test_what_came_after_the_day_is_not_looked_at(dealt):
    returns(dealt, PLANNED, paid=lambda _reference: False)
    late = PLANNED + timedelta(days=4)
    returns(dealt, late)
    assert asked(dealt, late) == Inconclusive(Reason.NO_CLEAR_DIFFERENCE, pytest.approx(28, abs=5), 120)


def test_those_who_objected_or_left_stay_in_their_group(dealt):
    returns(dealt, PLANNED)
    dealt.session.execute(text("UPDATE \"case\" SET status = 'objected', closed_at = opened_at WHERE id % 4 = 0"))
    assert asked(dealt, PLANNED + timedelta(days=1)).contacted == 80


def test_a_return_file_is_waited_for_and_not_for_ever(dealt):
    day = PLANNED + timedelta(days=1)
    assert asked(dealt, day) == NotYet(day, Reason.RETURN_AWAITED)
    returns(dealt, PLANNED - timedelta(days=1))
    assert asked(dealt, day).reason is Reason.RETURN_AWAITED, "that file tells of an earlier day"
    assert asked(dealt, PLANNED + PATIENCE).reason is Reason.RETURN_AWAITED
    assert kept(dealt) == 0
    assert asked(dealt, PLANNED + PATIENCE + timedelta(days=1)) == Inconclusive(Reason.NOT_TOLD, None, 0)
    assert kept(dealt) == 1


def test_an_undated_file_tells_of_its_own_day_alone(dealt):
    late = PLANNED + timedelta(days=2)
    with clock.travel(clock.at(late, "18:00")):
        dealt.take(*(f"{reference};oui" for reference in dealt.cases), header="Réf client;Facture réglée")
        assert uplift(dealt.session, dealt.loaded()).reason is Reason.RETURN_AWAITED
        dealt.take(*(f"{reference};non" for reference in dealt.cases), header="Réf client;Facture réglée", as_of=PLANNED)
        assert isinstance(uplift(dealt.session, dealt.loaded()), Inconclusive)


def test_what_is_inconclusive_is_kept_without_any_figure(dealt):
    returns(dealt, PLANNED, paid=lambda reference: int(reference[1:]) % 2 == 0)
    told = asked(dealt, PLANNED + timedelta(days=1))
    assert isinstance(told, Inconclusive)
    data = dealt.session.execute(text("SELECT data FROM comparison")).scalar_one()
    assert set(data["answer"]) == {"reason", "needed", "had"}
    assert set(data["about"]) == {"rows", "contacted", "waiting", "untold"}
    assert "effect" not in json.dumps(data)
    assert asked(dealt, PLANNED + timedelta(days=9)) == told


def test_cases_of_later_lists_do_not_mix_in(dealt):
    with clock.travel(clock.at(PLANNED, "07:00")):
        for number in range(30):
            dealt.known(f"X{number:03d}", wave=number % 3 + 1, run_id=2, opened_at=clock.at(PLANNED, "07:00"))
    returns(dealt, PLANNED, paid=lambda reference: reference.startswith("R") and wave(reference) <= 2)
    told = asked(dealt, PLANNED + timedelta(days=1))
    assert (told.contacted, told.waiting, told.effect) == (80, 40, 100.0)


def test_the_urgent_are_not_compared(dealt):
    with clock.travel(clock.at(OPENED, "08:00")):
        dealt.known(*(f"U{number:03d}" for number in range(20)), wave=1, run_id=1, priority=1, segment="limited")
    returns(dealt, PLANNED)
    assert asked(dealt, PLANNED + timedelta(days=1)).contacted == 80


def row(town, planned, computed, **more):
    data = {"verdict": "inconclusive", "answer": {"reason": "too_few", "needed": None, "had": 0}}
    values = {
        "campaign_id": town.loaded().campaign.id, "version_id": town.loaded().campaign.version_id, "planned_for": planned,
        "computed_at": clock.at(computed, "09:00"), "data": data, "hash": content_hash(data),
    }  # fmt: skip
    return Comparison(**(values | more))


@pytest.mark.parametrize(
    ("planned", "computed", "refusal"),
    [
        (PLANNED, PLANNED, "too early"),
        (PLANNED, OPENED, "too early"),
        (PLANNED - timedelta(days=3), PLANNED, "another day"),
        (PLANNED + timedelta(days=9), PLANNED + timedelta(days=30), "another day"),
    ],
)
def test_the_database_refuses_an_early_look_and_another_day(dealt, planned, computed, refusal):
    with pytest.raises(DBAPIError, match=refusal), dealt.session.begin_nested():
        dealt.session.add(row(dealt, planned, computed))
        dealt.session.flush()


def test_the_database_refuses_a_second_answer_and_any_change(dealt):
    late = PLANNED + timedelta(days=1)
    dealt.session.add(row(dealt, PLANNED, late))
    dealt.session.flush()
    with pytest.raises(DBAPIError, match="uq_comparison_campaign_id"), dealt.session.begin_nested():
        dealt.session.add(row(dealt, PLANNED, late))
        dealt.session.flush()
    for change in ("UPDATE comparison SET hash = 'x'", "DELETE FROM comparison", "TRUNCATE comparison"):
        with pytest.raises(DBAPIError, match=r"append-only|permission denied"), dealt.session.begin_nested():
            dealt.session.execute(text(change))
    assert asked(dealt, late) == Inconclusive(Reason.TOO_FEW, None, 0)


def test_an_answer_that_is_not_what_was_kept_is_refused(dealt):
    dealt.session.add(row(dealt, PLANNED, PLANNED + timedelta(days=1), hash="another"))
    dealt.session.flush()
    with pytest.raises(OutreachError, match="n'est plus celle"):
        asked(dealt, PLANNED + timedelta(days=1))


def settle(town, references, day, reason="settled"):
    """The partner takes customers off the list, in a list of that day."""
    numbers = iter(range(1, 1_000))
    with clock.travel(clock.at(day, "12:00")):
        first = town.target
        fields = ("campaign_id", "agreement_id", "partner_id", "list_code", "scope")
        target = TargetList(
            **{name: getattr(first, name) for name in fields}, state="committed", mode="delta", file_name="delta.csv", sha256="d",
            content_hash="e", simulated=True, delivered_by="test", delivered_through="command", imported_at=clock.now(),
            committed_at=clock.now(), total=0, blank=0, set_aside=0, counts={}, detection={}, columns=[], notices=[],
            columns_left_out=[], basis="",
        )  # fmt: skip
        town.session.add(target)
        town.session.flush()
        town.session.add_all(
            ListRow(
                list_id=target.id, campaign_id=first.campaign_id, partner_id=first.partner_id, row_number=next(numbers),
                state="leaving", leave_reason=reason, row_key=reference_mark(first.partner_id, reference), content_hash=UUID(int=10_000 + next(SETTLED_NUMBERS)), raw="",
                reference=reference,
            )
            for reference in references
        )  # fmt: skip
        town.session.flush()
        town.session.execute(
            text(
                "UPDATE list_row SET superseded_by = :list WHERE row_key = ANY(:keys) AND state = 'new' AND superseded_by IS NULL"
            ),
            {"list": target.id, "keys": reference_marks(first.partner_id, references)},
        )


@pytest.fixture
def listed(session, tmp_path, monkeypatch):
    """A campaign whose partner sends no return files: the lists alone tell who needs nothing any more."""
    from tests.intake import returned

    read = returned.read_folder

    def without_returns(path):
        written = read(path)
        measure = written.campaign.measure.model_copy(update={"outcome": None})
        return Folder(
            written.campaign.model_copy(update={"measure": measure, "returns": []}), written.agreement, written.messages
        )

    monkeypatch.setattr(returned, "read_folder", without_returns)
    with clock.travel(clock.at(OPENED, "08:00")):
        town = Returned(session, tmp_path, clock.at(OPENED, "08:00"))
        town.known(*(f"R{number:03d}" for number in range(0, 120, 3)), wave=1, run_id=1)
        town.known(*(f"R{number:03d}" for number in range(1, 120, 3)), wave=2, run_id=1)
        town.known(*(f"R{number:03d}" for number in range(2, 120, 3)), wave=3, run_id=1)
    return town


def test_without_return_files_who_left_as_settled_is_counted_alike_in_both_groups(listed):
    paid = [reference for reference in listed.cases if wave(reference) <= 2 and int(reference[1:]) % 5 > 0]
    settle(listed, paid, PLANNED)
    settle(listed, [reference for reference in listed.cases if wave(reference) == 3], PLANNED + timedelta(days=1))
    # A mediated case that leaves the list has no event of it: the rows of the list tell all the same.
    listed.session.execute(text("UPDATE \"case\" SET status = 'mediated', closed_at = opened_at WHERE wave = 1"))
    told = asked(listed, PLANNED + timedelta(days=1))
    assert (told.effect, told.contacted, told.waiting) == (pytest.approx(100 * len(paid) / 80), 80, 40)


@pytest.mark.parametrize("reason", ["dispute", "moved", "left_the_list"])
def test_who_left_for_another_reason_has_not_settled(listed, reason):
    settle(listed, [reference for reference in listed.cases if wave(reference) <= 2], PLANNED, reason)
    assert asked(listed, PLANNED + timedelta(days=1)).reason is Reason.NO_CLEAR_DIFFERENCE


def test_a_home_with_another_contract_still_on_the_list_has_not_settled(listed):
    treated = [reference for reference in listed.cases if wave(reference) <= 2]
    for reference in treated:
        listed.listed(f"{reference}-2", like=reference)
    settle(listed, treated, PLANNED)
    assert asked(listed, PLANNED + timedelta(days=1)).reason is Reason.NO_CLEAR_DIFFERENCE


def test_one_wave_has_nobody_to_compare_with(listed):
    written = listed.loaded().folder
    waves = written.campaign.waves.model_copy(update={"count": 1})
    campaign = written.campaign.model_copy(update={"code": "at-once", "waves": waves})
    from outreach.definitions.registry import find_campaign

    with clock.travel(clock.at(OPENED, "12:00")):
        launch_campaign(listed.session, Folder(campaign, written.agreement, written.messages), actor="test")
        assert uplift(listed.session, find_campaign(listed.session, "at-once")) == Inconclusive(Reason.ONE_WAVE, None, 0)
