"""What disclosure control keeps of partners' summaries, beside two naive ways, and what an attack finds out of each.

    python benchmarks/secrecy.py [--quick] [--json FILE]

Invented towns; a summary a month, each protected against those before. Shares are of all figures wanted, zeros left out. The
attack solves the linear system of all that was read and counts the handfuls that it knows within two people. Naive: hide
what is small (primary); hide each table in which anything is small (whole tables).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.reporting.tallies import Tallies, told_month_after_month
from tests.reporting.test_secrecy_attack import found_out, secrets

FULL, QUICK = range(3), range(1)
PEOPLE = (150, 600)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one small town, to see that it runs")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    found: dict[str, dict[str, Any]] = {}
    print(
        f"{'people, threshold':<20}{'kept':>8}{'primary':>9}{'tables':>8}   {'found out':>10}{'primary':>9}{'tables':>8}{'s':>7}"
    )
    for people in PEOPLE[: 1 if chosen.quick else None]:
        for threshold in (5, 11):
            one = measure(people, threshold, QUICK if chosen.quick else FULL)
            found[f"{people}, {threshold}"] = one
            shares, leaks = [f"{one[name]:.0%}" for name in ("kept", "primary", "tables")], one["leaks"]
            print(
                f"{f'{people}, {threshold}':<20}{shares[0]:>8}{shares[1]:>9}{shares[2]:>8}"
                f"   {leaks[0]:>10}{leaks[1]:>9}{leaks[2]:>8}{one['seconds']:>7.1f}"
            )
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=2), encoding="utf-8")


def measure(people: int, threshold: int, seeds: range) -> dict[str, Any]:
    """Shares kept and handfuls found out, over several towns; seconds of protection for one town."""
    kept, wanted, leaks, seconds = [0, 0, 0], 0, [0, 0, 0], 0.0
    for seed in seeds:
        town = Tallies(seed, people=people)
        begin = time.perf_counter()
        world, read, asked, _ = told_month_after_month(town, threshold)
        seconds += time.perf_counter() - begin
        asked = [figure for figure in asked if world.total(figure.atoms)]
        small = {figure.key for figure in asked if world.total(figure.atoms) < threshold}
        spoilt = {(figure.key.split("/")[0], figure.table) for figure in asked if figure.key in small and figure.table}
        primary = [figure for figure in asked if figure.key not in small]
        tables = [figure for figure in primary if (figure.key.split("/")[0], figure.table) not in spoilt]
        wanted += len(asked)
        for place, told in enumerate(([figure for figure in read if figure.atoms], primary, tables)):
            kept[place] += sum(1 for figure in told if world.total(figure.atoms))
            few = {a: name for a, name in secrets(world, told, asked, threshold).items() if 0 < world.total(a) < threshold}
            leaks[place] += sum(1 for _ in found_out(world, told, few))
    shares = dict(zip(("kept", "primary", "tables"), (count / wanted for count in kept), strict=True))
    return shares | {"leaks": leaks, "seconds": seconds / len(seeds)}


if __name__ == "__main__":
    main()
