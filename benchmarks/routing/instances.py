"""Public routing instances, through the product's own solver call.

    R205.txt                 Solomon, 100 clients
    r1_2_1.txt               Gehring and Homberger, 200 clients, with the fleet of the best known solution (20)
    PCVRPTW-R1_10_1.vrp      prize-collecting, 1,000 clients

The first two are in github.com/VROOM-Project/vroom-scripts (benchmarks/VRPTW/solomon and homberger_200), the third in
github.com/PyVRP/Instances (PCVRPTW/R1_10_1.vrp): fetch them into a folder and give it with --instances.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from outreach.planning.rounds.solver import Call, Problem, Vehicle


@dataclass(frozen=True)
class Instance:
    """A public instance: its file, the best cost known in the units of the problem, CPU seconds, gap allowed (%), iterations."""

    name: str
    file: str
    best: int
    seconds: float
    gap: float
    iterations: int
    fleet: int | None = None


INSTANCES = (
    Instance("VRPTW R205", "R205.txt", 954_161, 5.0, 0.5, 6_000),
    Instance("VRPTW r1_2_1, fleet 20", "r1_2_1.txt", 4_784_110, 20.0, 2.0, 9_500, 20),
    Instance("PCVRPTW R1_10_1", "PCVRPTW-R1_10_1.vrp", 262_705, 20.0, 2.0, 36_000),
)


def read(instance: Instance, folder: Path) -> Problem:
    """The problem: distances in thousandths (Solomon), or in tenths cut off as its best known value is (VRPLIB)."""
    path = folder / instance.file
    return _solomon(path, instance.fleet) if path.suffix == ".txt" else _vrplib(path)


def _solomon(path: Path, fleet: int | None, scale: int = 1000) -> Problem:
    rows = [[int(word) for word in line.split()] for line in path.read_text().splitlines() if re.fullmatch(r"[\s\d]+", line)]
    count, capacity = next(row for row in rows if len(row) == 2)
    table = np.array([row for row in rows if len(row) == 7])
    x, y = table[:, 1].astype(float), table[:, 2].astype(float)
    far = np.rint(np.hypot(x[:, None] - x, y[:, None] - y) * scale).astype(np.int64)
    calls = [
        Call(number, service * scale, ready * scale, due * scale, required=True, demand=(demand,))
        for number, _, _, demand, ready, due, service in table[1:].tolist()
    ]
    return Problem([far], [far], calls, [Vehicle(0, 0, 0, int(table[0, 5]) * scale, 0, (capacity,), fleet or count)], x, y)


def _vrplib(path: Path, scale: int = 10) -> Problem:
    words: dict[str, str] = {}
    tables: dict[str, list[list[float]]] = {}
    here = ""
    for line in path.read_text().splitlines():
        if ":" in line:
            name, _, value = line.partition(":")
            words[name.strip()] = value.strip()
        elif line.strip().endswith("SECTION"):
            here = line.strip()
            tables[here] = []
        elif here and re.match(r"\s*-?\d", line):
            tables[here].append([float(word) for word in line.split()])
    x, y = (np.array([row[column] for row in tables["NODE_COORD_SECTION"]]) for column in (1, 2))
    windows = [(int(row[1] * scale), int(row[2] * scale)) for row in tables["TIME_WINDOW_SECTION"]]
    far = (np.hypot(x[:, None] - x, y[:, None] - y) * scale).astype(np.int64)
    calls = [
        Call(
            number,
            int(float(words["SERVICE_TIME"]) * scale),
            *windows[number],
            prize=int(prize[1] * scale),
            demand=(int(demand[1]),),
        )
        for number, (demand, prize) in enumerate(zip(tables["DEMAND_SECTION"], tables["PRIZE_SECTION"], strict=True))
        if number
    ]
    fleet = Vehicle(0, 0, *windows[0], 0, (int(words["CAPACITY"]),), int(words["VEHICLES"]))
    return Problem([far], [far], calls, [fleet], x, y)
