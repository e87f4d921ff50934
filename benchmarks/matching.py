"""Measures who is one person and who is one household: quality and cost, beside Splink set up with care, in the same run.

    python benchmarks/matching.py [--quick] [--seeds 1001 1002 1003] [--only lists febrl shapes growth increment] [--json FILE]

Lists are invented (outreach/simulation/records); seeds are drawn anew and printed unless given. Each tool runs in a process of
its own; its peak memory is the operating system's figure for that process. Machines are noisy: read the ratios.

The peer (benchmarks/peers/splink_linkage.py) and the FEBRL data need an environment of their own:
    python3 -m venv .venv-peers && .venv-peers/bin/pip install -r benchmarks/requirements.txt
"""

from __future__ import annotations

import argparse
import json
import secrets
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from linkage import quality
from routing.launch import PEERS, measured

HERE = Path(__file__).parent
PARTS = ("lists", "febrl", "shapes", "growth", "increment")
SIZES, QUICK_SIZES = (100_000, 1_000_000), (4_000,)
GROWTH, QUICK_GROWTH = (250_000, 500_000, 1_000_000, 2_000_000, 4_000_000), (5_000, 10_000)
SHAPE_ROWS, QUICK_SHAPE_ROWS = 50_000, 3_000
SHAPES: dict[str, dict[str, Any]] = {
    "as usual": {},
    "2 % duplicates": {"duplicates": 0.02},
    "20 % duplicates": {"duplicates": 0.20},
    "10 % in flats": {"flats": 0.1},
    "70 % in flats": {"flats": 0.7},
    "80 % lack birth date": {"missing": {"birth_date": 0.8}},
    "80 % lack phones, e-mail": {"missing": {"mobile": 0.8, "fixed": 0.8, "email": 0.8}},
    "both": {"missing": {"birth_date": 0.8, "mobile": 0.8, "fixed": 0.8, "email": 0.8}},
    "transliterated names": {"abroad": 0.5, "transliterated": 0.7},
    "father and son: 5 %": {"namesakes": 0.05},
    "twins: 5 %": {"twins": 0.05},
    "one partner": {"partners": 1},
}


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small lists, to see that it runs")
    parser.add_argument("--seeds", type=int, nargs="+")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    seeds = chosen.seeds or [1_000 + secrets.randbelow(10**6) for _ in range(1 if chosen.quick else 3)]
    print("seeds:", *seeds)
    if not PEERS.exists():
        print("No peer: python3 -m venv .venv-peers && .venv-peers/bin/pip install -r benchmarks/requirements.txt installs it.")
    figures: dict[str, dict[str, Any]] = {}
    for part in chosen.only:
        home = Path(tempfile.mkdtemp(prefix="matching-bench-"))
        try:
            RUN[part](home, seeds, chosen.quick, figures)
        finally:
            shutil.rmtree(home, ignore_errors=True)
        if chosen.json:
            chosen.json.write_text(json.dumps(figures, indent=2), encoding="utf-8")


def ours(what: str, folder: Path, **options: object) -> dict[str, Any]:
    """A step of this engine, or of the generator."""
    return measured(sys.executable, HERE / "linkage" / "measured.py", what, folder, json.dumps(options))


def peer(folder: Path) -> dict[str, Any] | None:
    """Splink on the same records; None where it is not installed."""
    if not PEERS.exists():
        return None
    return measured(PEERS, HERE / "peers" / "splink_linkage.py", folder / "records.arrow", folder / "pairs.parquet")


def run_lists(home: Path, seeds: list[int], quick: bool, figures: dict[str, Any]) -> None:
    """French lists: quality and cost of both tools, households, review and calibration."""
    rows = []
    for size in QUICK_SIZES if quick else SIZES:
        for seed in seeds:
            ours("generate", home, rows=size, seed=seed, shape={})
            cost = ours("match", home)
            found = quality.of_engine(home, cost)
            other = peer(home)
            rows.append({"size": size, "seed": seed, "cost": cost, **found})
            if other:
                rows[-1]["peer"] = {"cost": other, **quality.of_peer(home, other)}
            print_list(rows[-1])
    if not quick:
        lists_figures(rows, figures)


def print_list(row: dict[str, Any]) -> None:
    """One list, both tools."""
    cost = row["cost"]
    print(f"\n{row['size']:,} rows, seed {row['seed']}")
    print(f"  {'':<34}{'P':>7}{'R':>7}{'F1':>7}{'wall s':>9}{'CPU s':>8}{'peak MB':>9}")
    spent = f"{cost['seconds']:>9.1f}{cost['cpu']:>8.1f}{cost['megabytes']:>9.0f}"
    print(f"  {'ours, label-free at ' + format(cost['label_free'], '.2f'):<34}{prf(row['label-free'])}{spent}")
    print(f"  {'ours, automatic at ' + format(cost['merge_at'], '.2f'):<34}{prf(row['automatic'])}")
    if "peer" in row:
        other, used = row["peer"], row["peer"]["cost"]
        spent = f"{used['seconds']:>9.1f}{used['cpu']:>8.1f}{used['megabytes']:>9.0f}"
        print(f"  {'Splink, label-free at ' + format(used['label_free'], '.2f'):<34}{prf(other['label-free'])}{spent}")
        print(f"  {'Splink, at .95':<34}{prf(other['.95'])}")
        print(f"  {'Splink, best of its thresholds: ' + format(other['best']['at'], '.2f'):<34}{prf(other['best'])}")
    print(f"  {'households':<34}{prf(row['households'])}")
    print(f"  review {row['review per 100']:.2f} pairs per 100 rows; perfect review lifts F1 by {row['review lift']:.3f}")
    print(f"  wrong merges among different people at one address {100 * row['wrong at one address']:.4f} %,"
          f" in one household {100 * row['wrong in one household']:.2f} %")  # fmt: skip
    bins = (f"{item['said']:.3f}/{item['seen']:.3f} ({item['pairs']})" for item in row["bins"])
    print("  said/seen (pairs) from .2, .5, .8, .9, .95, .99:", *bins)


def prf(found: dict[str, float]) -> str:
    """Three columns."""
    return "".join(f"{found[name]:>7.3f}" for name in ("P", "R", "F1"))


def lists_figures(rows: list[dict[str, Any]], figures: dict[str, Any]) -> None:
    """The worst of the seeds for every target."""
    for size in sorted({row["size"] for row in rows}):
        here = [row for row in rows if row["size"] == size]
        least = {
            "label_free_f1": (min(row["label-free"]["F1"] for row in here), 0.93, True),
            "automatic_precision": (min(row["automatic"]["P"] for row in here), 0.985, True),
            "household_precision": (min(row["households"]["P"] for row in here), 0.96, True),
            "household_recall": (min(row["households"]["R"] for row in here), 0.82, True),
            "review_lift": (min(row["review lift"] for row in here), 0.02, True),
            "review_per_100": (max(row["review per 100"] for row in here), 3.0, False),
            "wrong_at_one_address": (max(row["wrong at one address"] for row in here), 0.007, False),
            "calibration": (max(gap(row["bins"]) for row in here), 0.07, False),
        }
        if all("peer" in row for row in here):
            lead = min(row["label-free"]["F1"] - row["peer"]["best"]["F1"] for row in here)
            least["lead_over_peer_f1"] = (lead, 0.025, True)
            least["wall_over_peer"] = (max(row["cost"]["seconds"] / row["peer"]["cost"]["seconds"] for row in here), 1.0, False)
        if size == max(SIZES):
            least["peak_megabytes"] = (max(row["cost"]["megabytes"] for row in here), 1100.0, False)
        for name, (value, target, higher) in least.items():
            told(figures, f"{name}_{size}", value, target, higher=higher)


def gap(bins: list[dict[str, float]]) -> float:
    """The worst difference between said and seen among bins of a hundred pairs."""
    return max((abs(item["said"] - item["seen"]) for item in bins if item["pairs"] >= 100), default=0.0)


def told(figures: dict[str, Any], name: str, value: float, target: float | None, *, higher: bool = True) -> None:
    """Keep and print one figure against its target."""
    ok = None if target is None else (value >= target if higher else value <= target)
    figures[name] = {"value": round(value, 4), "unit": "", "target": target, "ok": ok, "peer": "Splink 5"}
    print(
        f"{name:<40}{value:>10.4f}"
        + ("" if target is None else f"  target {'>=' if higher else '<='} {target}: {'met' if ok else 'MISSED'}")
    )


def run_febrl(home: Path, seeds: list[int], quick: bool, figures: dict[str, Any]) -> None:
    """The two public sets, columns mapped by name, nothing tuned."""
    del seeds
    if not PEERS.exists():
        return
    import pyarrow.parquet as pq
    from linkage.measured import write_arrow

    measured(PEERS, HERE / "peers" / "splink_linkage.py", "--febrl", home)
    for name in ("febrl3",) if quick else ("febrl3", "febrl4"):
        table = pq.read_table(home / f"{name}.parquet")
        write_arrow(table.drop_columns(["person"]), home / "records.arrow")
        pq.write_table(table.select(["record_id", "person"]), home / "truth.parquet")
        cost = ours("match", home)
        found, other = quality.of_engine(home, cost), peer(home)
        theirs = quality.of_peer(home, other or {})
        print(f"\n{name}: ours {prf(found['label-free'])} in {cost['seconds']:.1f} s; automatic {prf(found['automatic'])};"
              f" Splink {prf(theirs['label-free'])}, best {theirs['best']['F1']:.4f}")  # fmt: skip
        told(figures, f"{name}_f1", found["label-free"]["F1"], 0.995)


def run_shapes(home: Path, seeds: list[int], quick: bool, figures: dict[str, Any]) -> None:
    """Where quality breaks: the generator varied, one list each."""
    rows = QUICK_SHAPE_ROWS if quick else SHAPE_ROWS
    print(f"\n{rows:,} rows, seed {seeds[0]}")
    print(f"{'':<26}{'label-free':>20}{'automatic':>22}{'households':>21}{'review':>8}{'Splink best':>13}")
    for name, shape in list(SHAPES.items())[: 2 if quick else None]:
        ours("generate", home, rows=rows, seed=seeds[0], shape=shape)
        cost = ours("match", home)
        found = quality.of_engine(home, cost)
        other = None if quick else peer(home)
        best = f"{quality.of_peer(home, other)['best']['F1']:>13.3f}" if other else ""
        print(f"{name:<26}{prf(found['label-free'])} {prf(found['automatic'])} {prf(found['households'])}"
              f"{found['review per 100']:>7.2f}{best}")  # fmt: skip
        told_quietly(figures, f"shape {name}", found)


def told_quietly(figures: dict[str, Any], name: str, found: dict[str, Any]) -> None:
    """Figures without a target."""
    for key in ("label-free", "automatic", "households"):
        figures[f"{name}: {key}"] = {"value": round(found[key]["F1"], 4), "unit": "F1", "target": None, "ok": None, "peer": None}


def run_growth(home: Path, seeds: list[int], quick: bool, figures: dict[str, Any]) -> None:
    """This engine alone as the list grows."""
    print(
        f"\n{'rows':>10}{'generated s':>13}{'wall s':>9}{'CPU s':>8}{'peak MB':>9}{'pairs a row':>13}{'F1 label-free':>15}{'households P':>14}{'R':>7}"
    )
    for size in QUICK_GROWTH if quick else GROWTH:
        invented = ours("generate", home, rows=size, seed=seeds[0], shape={})
        cost = ours("match", home)
        found = quality.of_engine(home, cost)
        print(f"{size:>10,}{invented['seconds']:>13.1f}{cost['seconds']:>9.1f}{cost['cpu']:>8.1f}{cost['megabytes']:>9.0f}"
              f"{cost['pairs'] / size:>13.2f}{found['label-free']['F1']:>15.3f}{found['households']['P']:>14.3f}{found['households']['R']:>7.3f}")  # fmt: skip
        figures[f"growth_{size}"] = {"value": round(cost["seconds"], 1), "unit": "s", "target": None, "ok": None, "peer": None}


def run_increment(home: Path, seeds: list[int], quick: bool, figures: dict[str, Any]) -> None:
    """One per cent of new rows against all others."""
    size = 5_000 if quick else 1_000_000
    ours("generate", home, rows=size, seed=seeds[0], shape={})
    found = ours("increment", home)
    print(f"\n1 % of {size:,} rows: {found['weekly']:.2f} s (CPU {found['weekly_cpu']:.2f}) after {found['full']:.2f} s"
          f" (CPU {found['full_cpu']:.2f}) for the rest; phases {found['phases']}")  # fmt: skip
    told(figures, "increment_over_full_cpu", found["weekly_cpu"] / found["full_cpu"], None if quick else 0.05, higher=False)
    told(figures, "increment_agrees_on_pairs", found["agreement"], 0.995)


RUN = {"lists": run_lists, "febrl": run_febrl, "shapes": run_shapes, "growth": run_growth, "increment": run_increment}

if __name__ == "__main__":
    main()
