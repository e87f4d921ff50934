"""From a plan of windows to the lists of shifts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from outreach.planning.calling.model import CallPlan, Dealt, Shift


def deal(plan: CallPlan, urgency: np.ndarray, shifts: Sequence[Shift], owners: Mapping[int, int] | None = None) -> list[Dealt]:
    """Put the planned contacts on the lists of the shifts of their pool, window and day, most urgent first.

    ``urgency`` (n): higher goes first. ``owners``: the mediator who knows the case, by contact; theirs if there is room.
    Shifts of one slot fill evenly, so that the most urgent are called first everywhere.
    """
    owners = owners or {}
    by_slot: dict[tuple[int, int, int], list[Shift]] = {}
    for shift in sorted(shifts, key=lambda shift: (shift.starts, shift.shift_id)):
        by_slot.setdefault((shift.pool, shift.day, shift.window), []).append(shift)
    dealt: list[Dealt] = []
    filled: dict[int, int] = {shift.shift_id: 0 for shift in shifts}
    chosen = np.flatnonzero(plan.planned)
    waiting: dict[tuple[int, int, int], list[int]] = {}
    for contact in chosen[np.lexsort((chosen, -urgency[chosen]))].tolist():
        waiting.setdefault((int(plan.pool[contact]), int(plan.day[contact]), int(plan.window[contact])), []).append(contact)
    for slot in sorted(waiting):
        mine = by_slot.get(slot, [])
        kept: dict[int, list[int]] = {shift.shift_id: [] for shift in mine}
        others = []
        for contact in waiting[slot]:
            owner = next((s for s in mine if s.mediator_id == owners.get(contact) and len(kept[s.shift_id]) < s.capacity), None)
            if owner is None:
                others.append(contact)
            else:
                kept[owner.shift_id].append(contact)
        for contact in others:
            room = [shift for shift in mine if len(kept[shift.shift_id]) < shift.capacity]
            if not room:
                raise ValueError(f"the shifts of slot {slot} hold fewer calls than the plan gives them")
            kept[min(room, key=lambda shift: len(kept[shift.shift_id])).shift_id].append(contact)
        for shift in mine:
            ordered = sorted(kept[shift.shift_id], key=lambda contact: (-urgency[contact], contact))
            dealt += [Dealt(contact, shift.shift_id, filled[shift.shift_id] + number) for number, contact in enumerate(ordered)]
            filled[shift.shift_id] += len(ordered)
    return dealt
