"""VROOM on the same candidates: run by benchmarks/planning.py in an environment of its own.

    .venv-peers/bin/python benchmarks/peers/vroom_rounds.py DAY.npz SECONDS

Languages are skills, appointments have the highest priority (100), other doors one in proportion to their value (VROOM maximises
the sum of priorities first, then shortens the way). The matrix holds the way into the building, so a window is tested when
the visit begins, as everywhere in this benchmark. One thread, exploration level 5. Prints the cases of each shift.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import timedelta

import numpy as np
import vroom

PER_POINT = 70
"""Value for one point of priority: the most valuable door without an appointment has 42."""


def main(file: str, seconds: str) -> None:
    """Solve and print."""
    day = np.load(file)
    language = {
        name: number for number, name in enumerate(sorted({word for words in day["spoken"] for word in words.split(",")}))
    }
    begun = time.process_time()
    problem = vroom.Input()
    problem.set_durations_matrix("car", day["matrix"])
    for number, (shift, site) in enumerate(zip(day["shift"].tolist(), day["site"].tolist(), strict=True)):
        problem.add_vehicle(
            vroom.Vehicle(
                shift, start=site, end=site, skills={language[word] for word in day["spoken"][number].split(",")},
                time_window=vroom.TimeWindow(int(day["starts"][number]), int(day["ends"][number])),
            )
        )  # fmt: skip
    for number, case in enumerate(day["case"].tolist()):
        first, last = day["window"][number].tolist()
        promised = first >= 0
        problem.add_job(
            vroom.Job(
                case, location=int(day["at"]) + number, default_service=int(day["service"][number]),
                skills={language.get(day["speaks"][number], 999)},
                priority=100 if promised else min(max(round(int(day["value"][number]) / PER_POINT), 1), 60),
                time_windows=[vroom.TimeWindow(first, last)] if promised else [],
            )
        )  # fmt: skip
    solution = problem.solve(exploration_level=5, nb_threads=1, timeout=timedelta(seconds=float(seconds)))
    orders: dict[int, list[int]] = {}
    for step in solution.to_dict()["routes"]:
        orders[step["vehicle"]] = [stop["id"] for stop in step["steps"] if stop["type"] == "job"]
    print(json.dumps({"orders": orders, "seconds": time.process_time() - begun}))


if __name__ == "__main__":
    main(*sys.argv[1:])
