"""Bring records into the form they are compared in: table `prepared`, with ids 0, 1, 2 … by record_id."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

TEXT_COLUMNS = (
    "partner", "reference", "title", "given_name", "family_name", "mobile", "fixed", "email", "house_number",
    "repetition", "street", "postal_code", "city", "building", "staircase", "floor", "door",
)  # fmt: skip
COLUMNS: dict[str, pa.DataType] = {
    "record_id": pa.int64(),
    "birth_date": pa.date32(),
    "as_of": pa.int64(),
    **dict.fromkeys(TEXT_COLUMNS, pa.string()),
}

NAME_MACRO = """
CREATE OR REPLACE MACRO name_form(x) AS nullif(trim(regexp_replace(
    strip_accents(replace(replace(upper(x), 'Œ', 'OE'), 'Æ', 'AE')), '[^A-Z]+', ' ', 'g')), '')
"""
# One name in several spellings (Mohamed, Muhammad; Youssef, Yusuf): its consonants, as far as they sound apart. What
# would be left of a short name is too little.
SPELLINGS = (("PH", "F"), ("CH", "S"), ("SH", "S"), ("DJ", "J"), ("CE", "SE"), ("CI", "SI"), ("CY", "SY"))
SOUNDS = reduce(
    lambda sound, pair: f"replace({sound}, '{pair[0]}', '{pair[1]}')",
    (*SPELLINGS, *((2 * letter, letter) for letter in "BCDFLMNPRSTZ")),
    "x",
)
SOUND_MACRO = f"""
CREATE OR REPLACE MACRO consonants(x) AS
    translate(regexp_replace({SOUNDS}, '^H?[AEIOUY]', '1'), 'CQTWZAEIOUYH ', 'KKDVS')
"""
SOUND = "CASE WHEN length(consonants(given)) >= 3 THEN short_form(consonants(given)) END"
CODE_MACRO = """
CREATE OR REPLACE MACRO code_form(x) AS nullif(ltrim(regexp_replace(
    strip_accents(upper(x)), '[^A-Z0-9]+', '', 'g'), '0'), '')
"""
PHONE_MACRO = """
CREATE OR REPLACE MACRO phone_form(x) AS
    CASE WHEN length(regexp_replace(x, '[^0-9]+', '', 'g')) BETWEEN 6 AND 18
         THEN try_cast(regexp_replace(x, '[^0-9]+', '', 'g') AS BIGINT) END
"""
# Whatever is only ever asked whether it is equal becomes a number: a comparison reads millions of rows.
EQUALITY_MACRO = """
CREATE OR REPLACE MACRO equality_form(x) AS CASE WHEN x IS NOT NULL THEN hash(x) END
"""
SHORT_EQUALITY_MACRO = """
CREATE OR REPLACE MACRO short_form(x) AS CASE WHEN x IS NOT NULL THEN (hash(x) >> 33)::INTEGER END
"""
MACROS = (NAME_MACRO, SOUND_MACRO, CODE_MACRO, PHONE_MACRO, EQUALITY_MACRO, SHORT_EQUALITY_MACRO)
# The kind of street is the part that partners write in most ways, and two streets of one name seldom share a
# postal code: the name alone is compared.
STREET_MACRO = """
CREATE OR REPLACE MACRO street_form(x) AS nullif(regexp_replace(
    trim(regexp_replace(strip_accents(upper(x)), '[^A-Z0-9]+', ' ', 'g')),
    '^(RUE|AVENUE|BOULEVARD|ALLEES?|PLACE|IMPASSE|CHEMIN|ROUTE|SQUARE|QUAI|COURS|PASSAGE|SENTIER) (.)',
    '\\2'), '')
"""
# Where somebody writes a door, there are many, however few of those who live behind them are in the list.
BLOCK = 12
IDS = "(row_number() OVER (ORDER BY record_id) - 1)::INTEGER AS id"
# How crowded an address is, all records say.
CROWD = f"""CASE WHEN street IS NOT NULL AND postcode IS NOT NULL
         THEN count(*) OVER place + CASE WHEN count(door) OVER place > 0 THEN {BLOCK} ELSE 0 END END::INTEGER AS crowd"""
PLACE = "WINDOW place AS (PARTITION BY postcode, street, number)"
PREPARE = f"""
CREATE OR REPLACE TABLE prepared AS
WITH formed AS (
    SELECT record_id, as_of, short_form(nullif(partner, '')) AS partner,
        equality_form(nullif(regexp_replace(upper(reference), '[^A-Z0-9]+', '', 'g'), '')) AS reference,
        CASE title WHEN 'M.' THEN 1 WHEN 'Mme' THEN 2 END::TINYINT AS title,
        name_form(given_name) AS given, name_form(family_name) AS surname,
        strftime(birth_date, '%Y%m%d')::INTEGER AS born,
        phone_form(mobile) AS mobile, phone_form(fixed) AS fixed,
        CASE WHEN contains(email, '@') THEN lower(trim(email)) END AS email,
        nullif(try_cast(left(regexp_extract(house_number, '[0-9]+'), 9) AS INTEGER), 0) AS number,
        short_form(left(code_form(repetition), 1)) AS repetition,
        street_form(street) AS street,
        equality_form(nullif(regexp_replace(upper(postal_code), '[^A-Z0-9]+', '', 'g'), '')) AS postcode,
        short_form(code_form(building)) AS building, short_form(code_form(staircase)) AS staircase,
        short_form(coalesce(code_form(floor), CASE WHEN trim(floor) = '0' THEN '0' END)) AS floor,
        short_form(code_form(door)) AS door
    FROM incoming
),
sounds AS (SELECT given, {SOUND} AS sound FROM (SELECT DISTINCT given FROM formed WHERE given IS NOT NULL))
SELECT {IDS}, *,
    equality_form(array_to_string(list_sort(string_split(given || ' ' || surname, ' ')), ' ')) AS words,
    {CROWD}
FROM formed LEFT JOIN sounds USING (given)
{PLACE}
"""
NUMBER = f"CREATE OR REPLACE TABLE prepared AS SELECT {IDS}, *, {CROWD} FROM everybody {PLACE}"


HOMES = """
SELECT CASE WHEN street IS NULL OR postcode IS NULL THEN 0::UBIGINT
            ELSE greatest(hash(postcode, street, number, repetition), 1::UBIGINT) END AS home,
       coalesce(as_of, 0) AS as_of
FROM prepared ORDER BY id
"""


@dataclass(frozen=True)
class Homes:
    """Per id: its address as a number (0 where it has none), and the order in time of the delivery it came with."""

    address: NDArray[np.uint64]
    as_of: NDArray[np.int64]


def load(connection: duckdb.DuckDBPyConnection, records: pd.DataFrame | pa.Table) -> int:
    """Create the tables `prepared` and `partners`; a column that is absent counts as empty. Returns the number of records.

    Raises ValueError when record_id is absent, empty or repeated.
    """
    connection.register("incoming", _as_table(records))
    for macro in (*MACROS, STREET_MACRO):
        connection.execute(macro)
    connection.execute(PREPARE)
    connection.unregister("incoming")
    return _whole(connection)


def number(connection: duckdb.DuckDBPyConnection) -> int:
    """``load`` for the table `everybody`, whose records are in the form they are compared in, all but id and crowd."""
    connection.execute(NUMBER)
    connection.execute("DROP TABLE everybody")
    return _whole(connection)


def _whole(connection: duckdb.DuckDBPyConnection) -> int:
    connection.execute("CREATE OR REPLACE TABLE partners AS SELECT DISTINCT partner FROM prepared WHERE partner IS NOT NULL")
    total, distinct = connection.execute("SELECT count(*), count(DISTINCT record_id) FROM prepared").fetchall()[0]
    if total != distinct:
        message = "record_id must be filled in and unique"
        raise ValueError(message)
    return int(total)


def record_ids(connection: duckdb.DuckDBPyConnection) -> NDArray[np.int64]:
    """The caller's record_id of each id, ascending: that is the order of the ids."""
    found: NDArray[np.int64] = connection.sql("SELECT record_id FROM prepared ORDER BY id").to_arrow_table().column(0).to_numpy()
    return found


def homes_of(connection: duckdb.DuckDBPyConnection) -> Homes:
    """Where each id lives, and when that was said; an undated record is never newer than another."""
    table = connection.sql(HOMES).to_arrow_table()
    return Homes(address=table.column("home").to_numpy(), as_of=table.column("as_of").to_numpy())


def _as_table(records: pd.DataFrame | pa.Table) -> pa.Table:
    if "record_id" not in (records.column_names if isinstance(records, pa.Table) else records.columns):
        message = "records need a column record_id"
        raise ValueError(message)
    arrays = [_column(records, name, kind) for name, kind in COLUMNS.items()]
    return pa.table(arrays, names=list(COLUMNS))


def _column(records: pd.DataFrame | pa.Table, name: str, kind: pa.DataType) -> pa.Array | pa.ChunkedArray:
    if isinstance(records, pa.Table):
        if name not in records.column_names:
            return pa.nulls(records.num_rows, kind)
        return records.column(name).cast(kind)
    if name not in records.columns:
        return pa.nulls(len(records), kind)
    column = records[name]
    if kind == pa.date32() and column.dtype == object:
        # Text or mixed dates: a date that cannot be read is no date.
        column = pd.to_datetime(column, errors="coerce")
    return pa.array(column, from_pandas=True).cast(kind)
