"""What a new plan changes for the people who already had one, and why."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from outreach.planning.rounds.model import Change, Door, Dropped, Moved, Plan, Reason


def change(old: Plan, new: Plan, known: Mapping[int, Door], begun: Collection[int], absent: Collection[int]) -> Change:
    """The difference of two plans over the visits still to make, with a reason for each case that moved or was dropped.

    ``known``: the doors still on offer; ``begun``: visits done or under way; ``absent``: shifts that ended.
    """
    before = {stop.case_id: done.shift_id for done in old.rounds for stop in done.stops if stop.case_id not in begun}
    after = {stop.case_id: done.shift_id for done in new.rounds for stop in done.stops if stop.case_id not in begun}
    promised = {case for case in after if case not in before and known[case].appointment is not None}
    aside = {item.case_id: item.reason for item in new.set_aside}
    gone = any(shift in absent for shift in before.values())
    cause = Reason.MEDIATOR_ABSENT if gone else Reason.NEW_APPOINTMENT if promised else Reason.BETTER_USE

    def dropped(case: int, shift: int) -> Reason:
        if case not in known:
            return Reason.WITHDRAWN
        if case in aside:
            return aside[case]
        if shift in absent:
            return Reason.MEDIATOR_ABSENT
        return Reason.NEW_APPOINTMENT if promised else Reason.BETTER_USE

    moved = tuple(
        Moved(case, shift, after[case], Reason.MEDIATOR_ABSENT if shift in absent else cause)
        for case, shift in before.items()
        if case in after and after[case] != shift
    )
    lost = tuple(Dropped(case, shift, dropped(case, shift)) for case, shift in before.items() if case not in after)
    staying = [case for case, shift in before.items() if shift not in absent and case in known]
    disturbed = sum(after.get(case) != before[case] for case in staying) / len(staying) if staying else 0.0
    return Change(
        tuple(case for case, shift in before.items() if after.get(case) == shift), moved,
        tuple((case, shift) for case, shift in after.items() if case not in before), lost, disturbed,
    )  # fmt: skip
