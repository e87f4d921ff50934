"""What is measured, each in a process of its own: generating lists, this engine, an increment of one per cent.

    python benchmarks/linkage/measured.py generate FOLDER '{"rows": 1000, "seed": 3, "shape": {}}'
    python benchmarks/linkage/measured.py match FOLDER '{"memory_limit": "500MB"}'
    python benchmarks/linkage/measured.py increment FOLDER '{}'

A folder holds records.arrow and truth.parquet; answers are written beside them, figures are printed as one line of JSON.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any


def generate(folder: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Invent lists and write them as the matching room receives them: plain strings, mapped into memory when read."""
    import pyarrow as pa

    from outreach.matching.prepare import COLUMNS
    from outreach.simulation.records.lists import generate as invent
    from outreach.simulation.records.shape import MISSING, ListShape

    shape = dict(options["shape"])
    if "missing" in shape:
        shape["missing"] = {**MISSING, **shape["missing"]}
    begin = time.perf_counter()
    lists = invent(options["rows"], options["seed"], ListShape(**shape))
    seconds = time.perf_counter() - begin
    records = lists.records
    schema = pa.schema([(name, COLUMNS.get(name, pa.string())) for name in records.columns])
    write_arrow(pa.Table.from_pandas(records, schema=schema, preserve_index=False), folder / "records.arrow")
    truth = lists.truth
    # Two rows at one address: the truth that wrong merges are counted against.
    places = records[["postal_code", "street", "house_number"]].fillna("")
    truth["address"] = places.groupby(list(places.columns), sort=False).ngroup().to_numpy()
    truth.to_parquet(folder / "truth.parquet", index=False)
    return {"seconds": seconds}


def match(folder: Path, options: dict[str, Any]) -> dict[str, Any]:
    """This engine, from cleaned columns to persons and households."""
    from outreach.matching.engine import match_records
    from outreach.matching.session import MatchSettings

    records = read_arrow(folder / "records.arrow")
    begin = time.perf_counter()
    matching = match_records(records, settings=MatchSettings(**options))
    seconds = time.perf_counter() - begin
    for name in ("persons", "households", "links"):
        write_arrow(getattr(matching, name), folder / f"{name}.arrow")
    return {
        "seconds": seconds, "phases": dict(matching.stats.seconds), "pairs": matching.stats.pairs_compared,
        "label_free": matching.best_f1_at, "merge_at": matching.merge_at, "review": matching.review_count,
    }  # fmt: skip


def increment(folder: Path, options: dict[str, Any]) -> dict[str, Any]:
    """All rows but one per cent remembered, then that one per cent; how far the answer is that of a full run."""
    from outreach.matching import increment as engine
    from outreach.matching import known
    from outreach.matching.session import MatchSettings

    settings = MatchSettings(**options)
    records = read_arrow(folder / "records.arrow")
    news = records.num_rows // 100
    memory = folder / "memory.duckdb"
    begin, cpu = time.perf_counter(), time.process_time()
    before = engine.match_all(memory, "full", records.slice(0, records.num_rows - news), settings=settings)
    full, full_cpu = time.perf_counter() - begin, time.process_time() - cpu
    begin, cpu = time.perf_counter(), time.process_time()
    with known.opened(memory, settings) as opened:
        after = engine.match_news(opened, "week", engine.News(records.slice(records.num_rows - news)), settings=settings)
    weekly, weekly_cpu = time.perf_counter() - begin, time.process_time() - cpu
    person = dict(zip(*(column.to_pylist() for column in before.persons.columns), strict=True))
    person.update(zip(*(column.to_pylist() for column in after.persons.columns), strict=True))
    at_once = engine.match_all(memory, "again", records, settings=settings)
    keys = dict(zip(*(column.to_pylist() for column in at_once.persons.columns), strict=True))
    in_parts, together = pairs_of(person), pairs_of(keys)
    return {
        "full": full, "weekly": weekly, "full_cpu": full_cpu, "weekly_cpu": weekly_cpu, "phases": dict(after.stats.seconds),
        "agreement": len(in_parts & together) / max(len(in_parts | together), 1),
    }  # fmt: skip


def pairs_of(person: dict[int, int]) -> set[tuple[int, int]]:
    """All pairs of records of one person."""
    members: dict[int, list[int]] = {}
    for record, key in person.items():
        members.setdefault(key, []).append(record)
    return {
        (one, other) for group in members.values() if len(group) > 1 for one in group for other in group if one < other
    }  # fmt: skip


def read_arrow(path: Path) -> Any:
    """A table mapped into memory."""
    import pyarrow as pa

    return pa.ipc.open_file(pa.memory_map(str(path))).read_all()


def write_arrow(table: Any, path: Path) -> None:
    """A table as a file to be mapped."""
    import pyarrow as pa

    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


if __name__ == "__main__":
    what, where, chosen = sys.argv[1:]
    print(json.dumps({"generate": generate, "match": match, "increment": increment}[what](Path(where), json.loads(chosen))))
