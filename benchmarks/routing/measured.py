"""One measured step of this engine in a fresh process: prints one line of JSON.

python benchmarks/routing/measured.py day SEED FILE | week SEED | ill SEED | instance NAME FOLDER | network SITES PROCESSES
python benchmarks/routing/measured.py calls CONTACTS SITES SEED FILE
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np

from outreach.planning.rounds import City, Door, Plan, Walker, plan_cities, plan_rounds, replan
from outreach.planning.rounds.cut import offered
from outreach.planning.rounds.ground import ground, stints
from outreach.planning.rounds.solver import Effort, solve_generic
from outreach.planning.rounds.travel import StraightLine
from routing.city import city
from routing.instances import INSTANCES, read
from routing.judge import judged

SEED = 1
WEEK: dict[str, Any] = {"households": 960, "buildings": 300, "mediators": 4, "sites": 1, "days": 5, "kilometres": 4.0}
ALL_OFFERED = 1000.0


def orders(plan: Plan) -> dict[int, list[int]]:
    """Who visits whom."""
    return {done.shift_id: [stop.case_id for stop in done.stops] for done in plan.rounds}


def told(plan: Plan, doors: list[Door], walkers: list[Walker]) -> dict[str, Any]:
    """The verdict on a plan, and its orders."""
    verdict = judged(orders(plan), doors, walkers)
    promised = sum(door.appointment is not None for door in doors)
    return {
        **asdict(verdict), "promised": promised, "aside": [[item.case_id, item.reason] for item in plan.set_aside],
        "orders": orders(plan), "iterations": plan.iterations,
    }  # fmt: skip


def day(seed: str, file: str) -> dict[str, Any]:
    """A city day; leaves the candidates in a file for the peer."""
    doors, walkers = city(int(seed))
    found = told(plan_rounds(doors, walkers, seed=SEED), doors, walkers)
    chosen = offered(doors, walkers)
    walks = stints(walkers, doors)
    land = ground(walks, chosen, StraightLine())
    np.savez(
        file, matrix=land.legs[land.modes[0]].astype(np.uint32), at=land.at, value=[door.value for door in chosen],
        case=[door.case_id for door in chosen], service=[door.service for door in chosen],
        speaks=[",".join(sorted(door.speaks)) for door in chosen],
        window=[(door.appointment.begins, door.appointment.ends) if door.appointment else (-1, -1) for door in chosen],
        shift=[walker.shift_id for walker in walkers], site=land.starts, starts=[walker.starts for walker in walkers],
        ends=[walker.ends for walker in walkers], spoken=[",".join(sorted(walker.speaks)) for walker in walkers],
    )  # fmt: skip
    return found | {"offered": [door.case_id for door in chosen]}


def week(seed: str) -> dict[str, Any]:
    """One site's week: four mediators, five days, 960 candidates."""
    doors, walkers = city(int(seed), **WEEK)
    return told(plan_rounds(doors, walkers, seed=SEED, per_seat=ALL_OFFERED), doors, walkers)


def network(sites: str, processes: str) -> dict[str, Any]:
    """Weeks of many sites."""
    cities = {}
    for number in range(int(sites)):
        doors, walkers = city(1000 + number, **WEEK)
        cities[str(number)] = City(doors, walkers, SEED, per_seat=ALL_OFFERED)
    begun = time.perf_counter()
    plans = plan_cities(cities, processes=int(processes))
    seconds = time.perf_counter() - begun
    verdicts = [judged(orders(plan), list(cities[name].doors), list(cities[name].walkers)) for name, plan in plans.items()]
    return {
        "seconds": seconds, "visits": sum(verdict.visits for verdict in verdicts), "net": sum(verdict.net for verdict in verdicts),
        "faults": [line for verdict in verdicts for line in verdict.faults],
    }  # fmt: skip


def ill(seed: str) -> dict[str, Any]:
    """A mediator falls ill an hour and a half into the day."""
    doors, walkers = city(int(seed))
    plan = plan_rounds(doors, walkers, seed=SEED)
    now = walkers[0].starts + 5400
    gone = plan.rounds[int(seed) % len(plan.rounds)].shift_id
    begun = time.process_time()
    found = replan(plan, doors, walkers, now=now, seed=SEED, absent={gone})
    seconds = time.process_time() - begun
    before, after = (judged(orders(one), doors, walkers) for one in (plan, found.plan))
    # The ill mediator stops in the field: coming home late or early is no fault of the plan.
    faults = [line for line in after.faults if not line.startswith(f"shift {gone}:")]
    done = [stop for one in plan.rounds for stop in one.stops if stop.begins <= now]
    kept = {stop for one in found.plan.rounds for stop in one.stops}
    return {
        "seconds": seconds, "disturbed": found.change.disturbed, "before": before.net, "after": after.net, "faults": faults,
        "done_untouched": set(done) <= kept, "moved": len(found.change.moved), "dropped": len(found.change.dropped),
        "added": len(found.change.added), "promises": [before.promises_kept, after.promises_kept],
    }  # fmt: skip


def instance(name: str, folder: str) -> dict[str, Any]:
    """A public instance by the product's own call."""
    chosen = next(one for one in INSTANCES if one.name == name)
    problem = read(chosen, Path(folder))
    begun = time.process_time()
    solved = solve_generic(problem, Effort(chosen.iterations, SEED))
    gap = 100 * (solved.cost / chosen.best - 1)
    return {"gap": gap, "feasible": solved.feasible, "seconds": time.process_time() - begun}


def calls(contacts: str, sites: str, seed: str, file: str) -> dict[str, Any]:
    """The call plan of the network."""
    from calling.network import measured_plan

    return measured_plan(int(contacts), int(sites), int(seed), Path(file))


STEPS = {"day": day, "week": week, "network": network, "ill": ill, "instance": instance, "calls": calls}

if __name__ == "__main__":
    print(json.dumps(STEPS[sys.argv[1]](*sys.argv[2:])))
