"""Compare candidate pairs: one SQL expression per field gives its level, all packed into one number.

Costly functions stand in a CASE behind a cheap guard: CASE skips them row by row, AND does not.
"""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from outreach.matching.fields import UNKNOWN_DAY, radices

PatternCounts = tuple[NDArray[np.int32], NDArray[np.float64]]

# Names written in each other's place, or parted elsewhere (Dos + Santos Monique): 2 exactly, 1 nearly, 3 with
# the first name cut to its initial. The guard on first letters spares most of the costly calls.
SWAPPED = """
CASE WHEN l.words = r.words THEN 2
     WHEN left(l.given, 1) = left(r.surname, 1) AND left(l.surname, 1) = left(r.given, 1) THEN
          CASE WHEN l.given = r.surname AND l.surname = left(r.given, 1) THEN 3
               WHEN l.surname = r.given AND r.surname = left(l.given, 1) THEN 3
               WHEN jaro_winkler_similarity(l.given, r.surname) < .85 THEN 0
               WHEN jaro_winkler_similarity(l.surname, r.given) >= .85 THEN 1
               ELSE 0 END
     ELSE 0 END
"""
# « M. Jean » and « Mme Jeanne » are two people, twins maybe; of one name a title says nothing: some forms write « M. » for everybody.
GIVEN_NAME = """
CASE WHEN given_l IS NULL OR given_r IS NULL THEN -1
     WHEN given_l = given_r OR swapped = 2 THEN 5
     WHEN title_l <> title_r AND swapped = 0 THEN 0
     WHEN swapped = 1 THEN 4
     WHEN swapped = 3 THEN 1
     WHEN (length(given_l) = 1 OR length(given_r) = 1) AND left(given_l, 1) = left(given_r, 1) THEN 1
     WHEN starts_with(given_l, given_r || ' ') OR starts_with(given_r, given_l || ' ') THEN 2
     WHEN given_likeness >= .9 AND damerau_levenshtein(given_l, given_r) = 1 THEN 4
     WHEN given_likeness >= .8 OR given_slip OR sound_l = sound_r THEN 3
     ELSE 0 END
"""
FAMILY_NAME = """
CASE WHEN surname_l IS NULL OR surname_r IS NULL THEN -1
     WHEN surname_l = surname_r OR swapped IN (2, 3) THEN 4
     WHEN swapped = 1 THEN 3
     WHEN starts_with(surname_l, surname_r || ' ') OR starts_with(surname_r, surname_l || ' ')
          OR ends_with(surname_l, ' ' || surname_r) OR ends_with(surname_r, ' ' || surname_l) THEN 1
     WHEN surname_likeness >= .9 AND damerau_levenshtein(surname_l, surname_r) = 1 THEN 3
     WHEN surname_likeness >= .8 OR surname_slip THEN 2
     ELSE 0 END
"""
# Dates are numbers, 19800212: one slip leaves the year or the day and month as they were. A first of January stands where nobody
# knows the day (UNKNOWN_DAY), of whole homes of people born abroad: twice in one year it says nothing, in two years it is no slip.
BIRTH_DATE = f"""
CASE WHEN born_l IS NULL OR born_r IS NULL THEN -1
     WHEN born_l % 10000 = {UNKNOWN_DAY} AND born_r % 10000 = {UNKNOWN_DAY} THEN CASE WHEN born_l = born_r THEN -1 ELSE 0 END
     WHEN born_l = born_r THEN 3
     WHEN born_l // 10000 = born_r // 10000 THEN
          CASE WHEN born_l // 100 % 100 = born_r % 100 AND born_r // 100 % 100 = born_l % 100 THEN 2
               WHEN damerau_levenshtein(born_l::VARCHAR, born_r::VARCHAR) = 1 THEN 2
               ELSE 1 END
     WHEN born_l % 10000 = born_r % 10000 THEN
          CASE WHEN damerau_levenshtein(born_l::VARCHAR, born_r::VARCHAR) = 1 THEN 2 ELSE 1 END
     ELSE 0 END
"""
# Two numbers that differ by one figure, or by two neighbours exchanged, differ by 1 … 81 and zeros behind: the guard
# spares the rest the costly call.
ONE_FIGURE = """
CASE WHEN abs(l.{0} - r.{1}) >= 100 AND abs(l.{0} - r.{1}) % 100 <> 0 THEN FALSE
     ELSE length(l.{0}::VARCHAR) = length(r.{1}::VARCHAR)
          AND damerau_levenshtein(l.{0}::VARCHAR, r.{1}::VARCHAR) = 1 END
"""
MOBILE = """
CASE WHEN mobile_l IS NULL OR mobile_r IS NULL THEN -1
     WHEN mobile_l = mobile_r THEN 2
     WHEN mobile_slip THEN 1
     ELSE 0 END
"""
# A number that one list calls a landline and the other a mobile is still the same line.
FIXED = """
CASE WHEN fixed_l = mobile_r OR mobile_l = fixed_r THEN 2
     WHEN fixed_l IS NULL OR fixed_r IS NULL THEN -1
     WHEN fixed_l = fixed_r THEN 2
     WHEN fixed_slip THEN 1
     ELSE 0 END
"""
# Namesakes have alike addresses too: only a slip, or another host for one user name, says nothing either way.
EMAIL = """
CASE WHEN email_l IS NULL OR email_r IS NULL THEN -1
     WHEN email_l = email_r THEN 1
     WHEN left(email_l, 1) <> left(email_r, 1) THEN 0
     WHEN split_part(email_l, '@', 1) = split_part(email_r, '@', 1) THEN -1
     WHEN abs(length(email_l) - length(email_r)) > 1 THEN 0
     WHEN damerau_levenshtein(email_l, email_r) = 1 THEN -1
     ELSE 0 END
"""
MOST_AT_ONE_DOOR = 150
"""Rows at one street door, beyond which it says no more than the postal code of those of whom nothing behind it is known: a town's address for
who has none, a home for workers, a tower."""
ADDRESS = f"""
CASE WHEN postcode_l IS NULL OR postcode_r IS NULL THEN -1
     WHEN postcode_l <> postcode_r THEN 0
     WHEN street_l IS NULL OR street_r IS NULL THEN 1
     WHEN greatest(crowd_l, crowd_r) > {MOST_AT_ONE_DOOR} AND (
          coalesce(building_l, staircase_l, floor_l, door_l) IS NULL OR coalesce(building_r, staircase_r, floor_r, door_r) IS NULL) THEN 1
     WHEN (number_l = number_r AND same_street AND coalesce(repetition_l = repetition_r, TRUE))
          OR (number_l IS NULL AND number_r IS NULL AND street_l = street_r) THEN 3
     WHEN same_street THEN 2
     ELSE 1 END
"""
# A slip or two of the keyboard, or another way to write what stands before the name (GAL LECLERC). Two streets that
# begin alike (VIEUX MOULIN, VIEUX CHENES) are two streets.
SAME_STREET = """
CASE WHEN l.postcode IS DISTINCT FROM r.postcode THEN FALSE
     WHEN l.street = r.street THEN TRUE
     WHEN abs(length(l.street) - length(r.street)) <= 2
          THEN damerau_levenshtein(l.street, r.street) <= CASE WHEN length(l.street) < 8 THEN 1 ELSE 2 END
     WHEN split_part(l.street, ' ', -1) = split_part(r.street, ' ', -1)
          THEN jaro_winkler_similarity(l.street, r.street) >= .88
     ELSE FALSE END
"""
REFERENCE = """
CASE WHEN reference_l IS NULL OR reference_r IS NULL OR partner_l IS DISTINCT FROM partner_r THEN -1
     WHEN reference_l = reference_r THEN 1
     ELSE 0 END
"""
# With one partner only, being in one list is no evidence. `partners` are those of the whole list, of which `prepared` may be a part.
PARTNER = """
CASE WHEN partner_l IS NULL OR partner_r IS NULL OR (SELECT count(*) FROM partners) < 2 THEN -1
     WHEN partner_l = partner_r THEN 1
     ELSE 0 END
"""
FLAT = """
CASE WHEN address < 3 THEN -1
     WHEN coalesce(building_l <> building_r, FALSE) OR coalesce(staircase_l <> staircase_r, FALSE)
          OR coalesce(floor_l <> floor_r, FALSE) OR coalesce(door_l <> door_r, FALSE) THEN 0
     WHEN door_l = door_r THEN 1
     ELSE -1 END
"""
CROWD = """
CASE WHEN address < 3 THEN -1
     WHEN greatest(crowd_l, crowd_r) <= 3 THEN 0
     WHEN greatest(crowd_l, crowd_r) <= 6 THEN 1
     WHEN greatest(crowd_l, crowd_r) <= 12 THEN 2
     ELSE 3 END
"""
# One slip of the keyboard weighs much in a short name (Zoe, Zeo); longer names are alike all the same.
ONE_SLIP = """
CASE WHEN length(l.{name}) NOT BETWEEN 3 AND 5 OR length(r.{name}) NOT BETWEEN 3 AND 5 THEN FALSE
     WHEN l.{name} = r.{name} OR left(l.{name}, 1) <> left(r.{name}, 1) THEN FALSE
     ELSE damerau_levenshtein(l.{name}, r.{name}) = 1 END
"""
SIDES = (
    "given", "title", "sound", "surname", "born", "mobile", "fixed", "email", "number", "repetition", "street", "postcode",
    "reference", "partner", "building", "staircase", "floor", "door", "crowd",
)  # fmt: skip
BOTH_SIDES = ",\n        ".join(f"l.{side} AS {side}_l, r.{side} AS {side}_r" for side in SIDES)
PACKED = " + ".join(f"{radix} * (level_{name} + 1)" for name, radix in radices().items())
COMPARE_FROM = f"""
WITH joined AS (
    SELECT a, b, {SWAPPED} AS swapped,
        CASE WHEN l.given <> r.given
             THEN jaro_winkler_similarity(l.given, r.given) END AS given_likeness,
        CASE WHEN l.surname <> r.surname
             THEN jaro_winkler_similarity(l.surname, r.surname) END AS surname_likeness,
        {ONE_SLIP.format(name="given")} AS given_slip, {ONE_SLIP.format(name="surname")} AS surname_slip,
        {SAME_STREET} AS same_street,
        {ONE_FIGURE.format("mobile", "mobile")} AS mobile_slip, {ONE_FIGURE.format("fixed", "fixed")} AS fixed_slip,
        {BOTH_SIDES}
    FROM {{source}}
),
placed AS (SELECT *, {ADDRESS} AS address FROM joined),
levelled AS (
    SELECT a, b, {GIVEN_NAME} AS level_given_name, {FAMILY_NAME} AS level_family_name,
        {BIRTH_DATE} AS level_birth_date, {MOBILE} AS level_mobile, {FIXED} AS level_fixed,
        {EMAIL} AS level_email, address AS level_address, {REFERENCE} AS level_reference,
        {PARTNER} AS level_partner, {FLAT} AS level_flat, {CROWD} AS level_crowd
    FROM placed
)
SELECT a, b, ({PACKED})::INTEGER AS pattern FROM levelled
"""
COMPARE = COMPARE_FROM.replace("{source}", "{pairs} JOIN prepared l ON l.id = a JOIN prepared r ON r.id = b")


def create_pairs(connection: duckdb.DuckDBPyConnection) -> None:
    """An empty table `pairs` (a, b, pattern)."""
    connection.execute("CREATE OR REPLACE TABLE pairs (a INTEGER, b INTEGER, pattern INTEGER)")


def compare_candidates(connection: duckdb.DuckDBPyConnection) -> None:
    """Add the comparison of every pair of the table `candidates` to `pairs`, then drop `candidates`."""
    connection.execute(f"INSERT INTO pairs {COMPARE.format(pairs='candidates')}")
    connection.execute("DROP TABLE candidates")


def compare_pairs(connection: duckdb.DuckDBPyConnection, left: NDArray[np.int32], right: NDArray[np.int32]) -> pa.Table:
    """Compare given pairs of ids (left < right): a table a, b, pattern sorted by a, b."""
    connection.register("given_pairs", pa.table({"a": left, "b": right}))
    compared = connection.sql(f"{COMPARE.format(pairs='given_pairs')} ORDER BY a, b").to_arrow_table()
    connection.unregister("given_pairs")
    return compared


def pattern_counts(connection: duckdb.DuckDBPyConnection) -> PatternCounts:
    """Every pattern seen in `pairs`, in ascending order, and how many pairs show it."""
    table = connection.sql(
        "SELECT pattern, count(*)::DOUBLE AS pairs FROM pairs GROUP BY pattern ORDER BY pattern"
    ).to_arrow_table()
    return table.column("pattern").to_numpy(), table.column("pairs").to_numpy()
