"""Measures the planning of visits and calls: what plans are worth, break and cost, beside VROOM, HiGHS and plans made by hand.

    python benchmarks/planning.py [--quick] [--only days instances week calls season ill] [--instances FOLDER] [--network]
                                  [--days SEED …] [--json FILE]

Everything is invented (benchmarks/routing, benchmarks/calling) but the public instances, which are read from a folder of your own:
benchmarks/routing/instances.py says where they are published. Each measured step runs in a fresh process; CPU seconds and peak
memory are the operating system's figures for it, start of Python included.

The peers (benchmarks/peers/vroom_rounds.py, highs_calls.py) need an environment of their own:
    python3 -m venv .venv-peers && .venv-peers/bin/pip install -r benchmarks/requirements.txt
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from pathlib import Path
from typing import Any

from calling.season import compared
from calling.turns import Method
from routing.baselines import nearest_neighbour, street_order
from routing.city import city
from routing.instances import INSTANCES
from routing.judge import Verdict, judged
from routing.launch import PEERS, ours, peer

PARTS = ("days", "instances", "week", "ill", "calls", "season")
DAYS = tuple(range(21, 31))
STUDENT = {2: 12.706, 3: 4.303, 10: 2.262}
"""Two-sided 95 % points of Student's distribution, by the number of seeds."""
Figures = dict[str, dict[str, Any]]


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few and small, to see that it runs")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--days", type=int, nargs="+", help="seeds of the city days")
    parser.add_argument("--instances", type=Path, help="folder of the public instances")
    parser.add_argument("--network", action="store_true", help="plan the week of all 66 sites on two processes")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    if not PEERS.exists():
        print(
            "No peers: python3 -m venv .venv-peers && .venv-peers/bin/pip install -r benchmarks/requirements.txt installs them."
        )
    figures: Figures = {}
    for part in chosen.only:
        with tempfile.TemporaryDirectory(prefix="planning-bench-") as home:
            RUN[part](chosen, Path(home), figures)
        if chosen.json:
            chosen.json.write_text(json.dumps(figures, indent=2), encoding="utf-8")
    if chosen.network:
        run_network(figures, sites=2 if chosen.quick else 66)
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=2), encoding="utf-8")
    missed = [name for name, figure in figures.items() if figure["ok"] is False]
    print(f"\n{len(figures)} figures, missed: {', '.join(missed) or 'none'}")


def told(
    figures: Figures, name: str, value: float, target: float | None, *, higher: bool = False, peer_value: object = None
) -> None:
    """Keep and print one figure beside its target and its peer."""
    ok = None if target is None else (value >= target if higher else value <= target)
    figures[name] = {"value": round(float(value), 4), "target": target, "ok": ok, "peer": peer_value}
    goal = "" if target is None else f"  target {'>=' if higher else '<='} {target:g}: {'met' if ok else 'MISSED'}"
    beside = "" if peer_value is None else f"  (beside {peer_value})"
    print(f"{name:<52}{value:>14,.3f}{goal}{beside}", flush=True)


def run_days(chosen: argparse.Namespace, home: Path, figures: Figures) -> None:
    """City days: this engine, VROOM on the same candidates, and plans made by hand, all under one judge."""
    seeds = chosen.days or (DAYS[:1] if chosen.quick else DAYS)
    print(f"\ncity days, seeds {', '.join(map(str, seeds))}: net value in thousands of seconds (visits)")
    print(
        f"{'day':>5}{'ours':>14}{'VROOM':>14}{'nearest':>14}{'streets':>14}{'promises':>12}{'VROOM':>8}{'CPU s':>8}{'VROOM':>8}{'MB':>7}"
    )
    rows = []
    for seed in seeds:
        file = home / f"{seed}.npz"
        mine = ours("day", seed, file)
        doors, walkers = city(seed)
        offered = {*mine["offered"]}
        candidates = [door for door in doors if door.case_id in offered]
        theirs = peer("vroom_rounds.py", file, mine["cpu"])
        row = {
            "ours": mine, "nearest": judged(nearest_neighbour(candidates, walkers), doors, walkers),
            "streets": judged(street_order(candidates, walkers), doors, walkers), "vroom_cost": theirs,
            "vroom": judged({int(k): v for k, v in theirs["orders"].items()}, doors, walkers) if theirs else None,
        }  # fmt: skip
        rows.append(row)
        print_day(seed, row)
    days_figures(rows, figures)


def print_day(seed: int, row: dict[str, Any]) -> None:
    """One line a day."""
    mine, theirs = row["ours"], row["vroom"]

    def cell(net: int, visits: int) -> str:
        return f"{net / 1000:>8.1f} ({visits})"

    other = cell(theirs.net, theirs.visits) if theirs else "-"
    print(
        f"{seed:>5}{cell(mine['net'], mine['visits']):>14}{other:>14}{cell(row['nearest'].net, row['nearest'].visits):>14}"
        f"{cell(row['streets'].net, row['streets'].visits):>14}{mine['promises_kept']:>8}/{mine['promised']}"
        f"{theirs.promises_kept if theirs else 0:>8}{mine['cpu']:>8.1f}{row['vroom_cost']['cpu'] if theirs else 0:>8.1f}{mine['megabytes']:>7.0f}",
        flush=True,
    )
    for who in ("vroom", "nearest", "streets"):
        if isinstance(row[who], Verdict) and row[who].faults:
            print(f"      {who}: {len(row[who].faults)} faults, {row[who].faults[0]}")


def days_figures(rows: list[dict[str, Any]], figures: Figures) -> None:
    """What the days come to."""
    mine = [row["ours"] for row in rows]
    told(figures, "days: audit violations", sum(len(day["faults"]) for day in mine), 0)
    lost = sum(day["promised"] - day["promises_kept"] - len(day["aside"]) for day in mine)
    told(figures, "days: feasible appointments not kept", lost, 0)
    told(figures, "days: appointments set aside", sum(len(day["aside"]) for day in mine), None)
    if rows[0]["vroom"]:
        ahead = [day["net"] >= row["vroom"].net for day, row in zip(mine, rows, strict=True)]
        told(figures, "days: not worse than VROOM (share of days)", statistics.mean(ahead), 0.9, higher=True)
        lead = [day["net"] / row["vroom"].net - 1 for day, row in zip(mine, rows, strict=True)]
        kept = (
            f"VROOM kept {sum(row['vroom'].promises_kept for row in rows)} of {sum(day['promised'] for day in mine)} appointments"
        )
        told(figures, "days: mean lead over VROOM, %", 100 * statistics.mean(lead), None, peer_value=kept)
    for who, least in (("streets", 15.0), ("nearest", 5.0)):
        lead = [100 * (day["net"] / row[who].net - 1) for day, row in zip(mine, rows, strict=True)]
        told(
            figures,
            f"days: least lead over {who}, %",
            min(lead),
            least,
            higher=True,
            peer_value=f"mean {statistics.mean(lead):.1f} %",
        )
    told(figures, "days: most CPU seconds", max(day["cpu"] for day in mine), 10.0)
    told(figures, "days: most MB", max(day["megabytes"] for day in mine), 300.0)


def run_instances(chosen: argparse.Namespace, home: Path, figures: Figures) -> None:
    """Public instances, gap to the best known value."""
    del home
    if chosen.instances is None:
        print("\nno public instances: --instances FOLDER (benchmarks/routing/instances.py says where they are published)")
        return
    print()
    for instance in INSTANCES[: 1 if chosen.quick else None]:
        found = ours("instance", instance.name, chosen.instances)
        told(figures, f"{instance.name}: feasible", found["feasible"], 1, higher=True)
        told(figures, f"{instance.name}: gap, %", found["gap"], instance.gap)
        told(figures, f"{instance.name}: CPU seconds", found["seconds"], instance.seconds)


def run_week(chosen: argparse.Namespace, home: Path, figures: Figures) -> None:
    """One site's week."""
    del home
    print()
    found = [ours("week", seed) for seed in ((41,) if chosen.quick else (41, 42, 43))]
    told(figures, "week: audit violations", sum(len(week["faults"]) for week in found), 0)
    told(
        figures,
        "week: feasible appointments not kept",
        sum(w["promised"] - w["promises_kept"] - len(w["aside"]) for w in found),
        0,
    )
    told(figures, "week: most CPU seconds", max(week["cpu"] for week in found), 40.0)
    told(figures, "week: most MB", max(week["megabytes"] for week in found), 200.0)
    told(figures, "week: mean net value", statistics.mean(w["net"] for w in found), None, peer_value=[w["visits"] for w in found])


def run_network(figures: Figures, sites: int) -> None:
    """The week of every site, two processes."""
    found = ours("network", sites, 2)
    print()
    told(figures, f"network of {sites} sites: audit violations", len(found["faults"]), 0)
    told(
        figures,
        f"network of {sites} sites: wall minutes",
        found["wall"] / 60,
        30.0,
        peer_value=f"{found['cpu'] / 60:.1f} CPU min",
    )
    told(figures, f"network of {sites} sites: visits", found["visits"], None)


def run_ill(chosen: argparse.Namespace, home: Path, figures: Figures) -> None:
    """A mediator falls ill at half past ten."""
    del home
    seeds = chosen.days or (DAYS[:1] if chosen.quick else DAYS)
    found = [ours("ill", seed) for seed in seeds]
    print(
        f"\n{'day':>5}{'disturbed':>11}{'moved':>7}{'dropped':>9}{'added':>7}{'net before':>12}{'after':>10}{'CPU s':>7}  promises"
    )
    for seed, day in zip(seeds, found, strict=True):
        print(
            f"{seed:>5}{day['disturbed']:>11.3f}{day['moved']:>7}{day['dropped']:>9}{day['added']:>7}{day['before']:>12,}"
            f"{day['after']:>10,}{day['seconds']:>7.1f}  {day['promises'][0]} -> {day['promises'][1]}"
        )
    told(figures, "ill: most of the others' doors changed", max(day["disturbed"] for day in found), 0.2)
    told(figures, "ill: most CPU seconds", max(day["seconds"] for day in found), 5.0)
    told(figures, "ill: audit violations", sum(len(day["faults"]) for day in found), 0)
    told(figures, "ill: done visits touched", sum(not day["done_untouched"] for day in found), 0)


def run_calls(chosen: argparse.Namespace, home: Path, figures: Figures) -> None:
    """The call plan of the network, greedy and a linear programme beside it."""
    size, sites = (20_000, 3) if chosen.quick else (704_000, 66)
    found = ours("calls", size, sites, 1, home / "site")
    print(
        f"\n{size:,} cases, {sites} sites, {found['capacity']:,} attempts: {found['calls']:,} calls planned, worth {found['worth']:,.0f}"
    )
    told(figures, "calls: audit violations", found["faults"], 0)
    told(figures, "calls: CPU seconds", found["seconds"], 10.0, peer_value=f"greedy {found['greedy_seconds']:.1f}")
    told(figures, "calls: MB beside loading", found["beside_loading"], 500.0, peer_value=f"{found['loaded']:.0f} loaded")
    told(figures, "calls: greedy, % of the flow", 100 * found["greedy"] / found["worth"], 97.0, higher=True)
    programmes = [peer("highs_calls.py", home / f"site-{number}.npz") for number in range(len(found["sites"]))]
    apart = [abs(mine / lp["worth"] - 1) for mine, lp in zip(found["sites"], programmes, strict=True) if lp]
    if apart:
        seconds = ", ".join(f"{lp['seconds']:.1f}" for lp in programmes if lp)
        told(
            figures,
            "calls: apart from the linear programme (relative)",
            max(apart),
            1e-4,
            peer_value=f"HiGHS: {seconds} CPU s a site",
        )


def run_season(chosen: argparse.Namespace, home: Path, figures: Figures) -> None:
    """Twenty days of calls: learned index against turns with the same priorities."""
    del home
    seeds, size = ([1, 2], 2_000) if chosen.quick else (list(range(1, 11)), 100_000)
    for world, contrast in (("people differ", 1.0), ("nobody differs", 0.0)):
        found = compared(seeds, size, contrast)
        print(f"\ntwenty days, {size:,} people, {world} in when they answer, seeds {seeds[0]}-{seeds[-1]}; a hundred calls give")
        for name, outcomes in found.items():
            reached = statistics.mean(100 * one.reached / one.calls for one in outcomes)
            value = statistics.mean(100 * one.value / one.calls for one in outcomes)
            print(
                f"  {name:<8}{reached:>8.2f} people{value:>9.2f} value{statistics.mean(one.calls for one in outcomes):>11,.0f} calls"
            )
        for what in ("reached", "value"):
            turns, index = (
                [100 * getattr(one, what) / one.calls for one in found[name]] for name in (Method.TURNS, Method.INDEX)
            )
            apart = [mine - other for mine, other in zip(index, turns, strict=True)]
            mean = statistics.mean(apart)
            half = STUDENT[len(seeds)] * statistics.stdev(apart) / len(seeds) ** 0.5
            told(
                figures, f"season, {world}: {what} per 100 calls, index - turns", mean, 0.0 if contrast else None, higher=True,
                peer_value=f"95 % {mean - half:.2f} to {mean + half:.2f}; shipped: {Method.INDEX}",
            )  # fmt: skip


RUN = {"days": run_days, "instances": run_instances, "week": run_week, "ill": run_ill, "calls": run_calls, "season": run_season}

if __name__ == "__main__":
    main()
