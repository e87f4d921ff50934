"""An audit of a call plan that shares no code with the flow, and every plan there is for tiny cases."""

from __future__ import annotations

from collections import Counter
from itertools import product


def faults(plan, contacts, pools):
    """Everything in the plan that breaks a rule, in words."""
    found = []
    used = Counter()
    for number in range(len(contacts.site)):
        day, window, pool = int(plan.day[number]), int(plan.window[number]), int(plan.pool[number])
        if (day < 0) != (window < 0) or (day < 0) != (pool < 0):
            found.append(f"{number}: half planned")
        if day < 0:
            continue
        used[pool, day, window] += 1
        if not contacts.allowed[number][window]:
            found.append(f"{number}: in a forbidden window")
        if day > contacts.deadline[number]:
            found.append(f"{number}: past the deadline")
        if day < contacts.earliest[number]:
            found.append(f"{number}: before the earliest day")
        if pools.site[pool] != contacts.site[number]:
            found.append(f"{number}: by another site")
        if not contacts.tongues[contacts.speaks[number]] & pools.speaks[pool]:
            found.append(f"{number}: in a language not spoken")
    found += [f"{slot}: over capacity" for slot, calls in used.items() if calls > pools.capacity[slot]]
    return found


def worth(plan, contacts):
    """The expected value of a plan."""
    return sum(
        float(contacts.value[number]) * float(contacts.chance[number][plan.window[number]])
        for number in range(len(contacts.site))
        if plan.day[number] >= 0
    )


def best_worth(contacts, pools):
    """The highest value of all plans, by trying every one."""
    pool_count, days, windows = pools.capacity.shape
    choices = []
    for number in range(len(contacts.site)):
        fits = [
            (pool, day, window)
            for pool in range(pool_count)
            for day in range(days)
            for window in range(windows)
            if pools.site[pool] == contacts.site[number]
            and contacts.tongues[contacts.speaks[number]] & pools.speaks[pool]
            and contacts.allowed[number][window]
            and contacts.earliest[number] <= day <= contacts.deadline[number]
            and pools.capacity[pool, day, window]
        ]
        choices.append([None, *fits])
    best = 0.0
    for plan in product(*choices):
        used = Counter(slot for slot in plan if slot)
        if all(calls <= pools.capacity[slot] for slot, calls in used.items()):
            value = sum(
                float(contacts.value[number]) * float(contacts.chance[number][slot[2]])
                for number, slot in enumerate(plan)
                if slot
            )
            best = max(best, value)
    return best
