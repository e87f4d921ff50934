"""Reads a Parquet file a few rows at a time, every column as text."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import types

from outreach.intake.files.child.cells import as_column
from outreach.intake.files.child.wire import START, RefusedError, Wire

BATCH = 4096
THRIFT = 100_000_000


def read(wire: Wire, order: dict[str, Any]) -> None:
    """All rows. How many there are is known before any is read."""
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    with pq.ParquetFile(order["path"], thrift_string_size_limit=THRIFT, thrift_container_size_limit=THRIFT) as file:
        if file.metadata.num_rows > order["rows"]:
            raise RefusedError("rows", limit=order["rows"])
        schema = file.schema_arrow
        if len(schema) > order["columns"]:
            raise RefusedError("columns", limit=order["columns"])
        for item in schema:
            if types.is_nested(item.type):
                raise RefusedError("nested_columns", column=item.name)
        wire.send(START, {"headers": schema.names, "sheets": [], "notices": [], "hidden": []})
        number = 1
        for batch in file.iter_batches(BATCH, use_threads=False):
            wire.block(range(number, number + len(batch)), [as_texts(column) for column in batch.columns])
            number += len(batch)


def as_texts(column: pa.Array) -> pa.StringArray:
    """A column as text, nulls as empty cells."""
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    if types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = column.type
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind) or types.is_integer(kind):
        text = pc.cast(column, pa.string())
    elif types.is_boolean(kind):
        text = pc.if_else(column, "VRAI", "FAUX")
    elif types.is_timestamp(kind):
        text = pc.strftime(pc.cast(column, pa.timestamp("s", kind.tz), safe=False), "%Y-%m-%d %H:%M:%S")
        text = pc.replace_substring_regex(text, " 00:00:00$", "")
    elif types.is_date(kind) or types.is_decimal(kind) or types.is_null(kind):
        text = pc.cast(column, pa.string())
    elif types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind):
        text = pa.array(
            [None if value is None else value.decode("utf-8", "replace") for value in column.to_pylist()], pa.string()
        )
    else:
        text = as_column(column.to_pylist())
    # Parquet promises UTF-8, and does not keep it.
    text.validate(full=True)
    return text.fill_null("")
