"""Which pairs are worth comparing: records that share one of eighteen keys, in blocks of bounded size."""

from __future__ import annotations

import duckdb

# The most records at one address of which every pair is compared. In a larger block of flats most pairs share nothing but
# the street door; what they might share beyond it has keys of its own, and the rest are counted as strangers.
WHOLE_ADDRESS = 12
# Each key: its name, the values two records must share, and the largest block that is still worth comparing.
# A phone that thirty rows share belongs to a landlord or an association, a name that thirteen rows share says
# little by itself.
KEYS: tuple[tuple[str, str, int], ...] = (
    ("address", "number, street, postcode", WHOLE_ADDRESS),
    ("address_given", "number, street, postcode, given[:1]", 400),
    ("address_surname", "number, street, postcode, surname[:1]", 400),
    ("address_door", "number, street, postcode, door", 60),
    ("mobile", "mobile", 30),
    ("fixed", "fixed", 30),
    ("email", "email", 30),
    ("surname_born", "surname[:2], born", 400),
    ("given_born", "given[:2], born", 400),
    ("names_postcode", "words, postcode", 400),
    ("reference", "partner, reference", 30),
    ("names_number", "given, surname, number", 50),
    ("postcode_born", "postcode, born", 400),
    ("given_number", "postcode, number, given", 400),
    ("surname_number", "postcode, number, surname", 400),
    ("given_street", "street, given, postcode", 400),
    ("surname_street", "street, surname[:4], postcode", 400),
    ("names", "words", 12),
)
CREATE_KEYS = "CREATE OR REPLACE TABLE keys (key UBIGINT, id INTEGER)"
ADD_KEY = """
INSERT INTO keys
WITH keyed AS (SELECT hash('{name}', {values}) AS key, id FROM prepared WHERE {filled}),
     blocks AS (SELECT key FROM keyed GROUP BY key HAVING count(*) BETWEEN 2 AND {largest})
SELECT key, id FROM keyed SEMI JOIN blocks USING (key)
"""
CANDIDATES = """
CREATE OR REPLACE TABLE candidates AS
SELECT DISTINCT l.id AS a, r.id AS b
FROM keys l JOIN keys r ON l.key = r.key AND l.id < r.id
WHERE l.id % {chunks} = {chunk}
"""


def build_keys(connection: duckdb.DuckDBPyConnection, whole_address: int = WHOLE_ADDRESS) -> None:
    """Fill the table `keys`: one row per record and key, blocks of one and blocks too large left out."""
    connection.execute(CREATE_KEYS)
    for name, values, most in KEYS:
        largest = whole_address if name == "address" else most
        filled = key_filled(name, values)
        connection.execute(ADD_KEY.format(name=name, values=values, filled=filled, largest=largest))


def key_filled(name: str, values: str) -> str:
    """The SQL condition under which a record has the key."""
    # A hamlet has no house numbers: its address key is the place alone.
    needed = [value for value in values.split(", ") if not (name.startswith("address") and value == "number")]
    return " AND ".join(f"{value} IS NOT NULL" for value in needed)


def all_keys(source: str) -> str:
    """SQL: every key of every record of `source` (key, record_id, largest: the largest block worth comparing).

    Half a hash is enough to look records up by: of a million, a few hundred more pairs are compared for nothing.
    """
    return " UNION ALL ".join(
        f"SELECT (hash('{name}', {values}) >> 32)::UINTEGER AS key, record_id, {largest}::INTEGER AS largest"
        f" FROM {source} WHERE {key_filled(name, values)}"
        for name, values, largest in KEYS
    )


ADDRESS = f"CASE WHEN {key_filled(*KEYS[0][:2])} THEN hash({KEYS[0][1]}) END"
"""SQL: a record's address as a number; NULL without one."""


def find_candidates(connection: duckdb.DuckDBPyConnection, chunk: int, chunks: int) -> None:
    """Fill the table `candidates` with the pairs (a < b) whose left record falls into this chunk."""
    connection.execute(CANDIDATES.format(chunk=chunk, chunks=chunks))
