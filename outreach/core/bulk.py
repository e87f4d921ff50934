"""Bulk work: whole tables in and out of PostgreSQL by COPY, never a row object per row."""

from __future__ import annotations

from collections.abc import Mapping
from io import BufferedWriter, BytesIO
from queue import Full, Queue
from threading import Thread
from typing import IO, TYPE_CHECKING, Any, Self

import pyarrow as pa
from pyarrow.csv import ConvertOptions, WriteOptions, open_csv, read_csv, write_csv
from sqlalchemy import text

from outreach.core.sealing import opened_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from sqlalchemy.orm import Session

# Arrow's own allocators keep what was freed; a file's chunks come and go, and memory is promised to be small.
pa.set_memory_pool(pa.system_memory_pool())
PIECE = 1 << 18
"""Bytes handed to the server at a time."""
CHUNK = 50_000
"""Rows turned to text at a time: bounds memory without a visible cost in time."""


WORTH_KNOWING = 0.1
"""The share of a table's rows from which changed ones change what its statistics say."""
GROWN = """
SELECT n.name FROM unnest(CAST(:tables AS text[]), CAST(:added AS bigint[])) AS n (name, added)
  JOIN pg_class c ON c.oid = to_regclass(quote_ident(n.name)) LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid
WHERE n.added > 0 AND n.added + coalesce(s.n_mod_since_analyze, 0) >= :share * c.reltuples
"""


class Loading:
    """A COPY under way: tables given to ``write`` go in while the caller prepares the next ones.

    The server and the caller work side by side; an error of the server is raised by the next ``write`` or at the end.
    """

    def __init__(self, session: Session, table: str, columns: Sequence[str]) -> None:
        self._columns = list(columns)
        self._parts: Queue[memoryview | None] = Queue(maxsize=2)
        self._error: BaseException | None = None
        self._rest = memoryview(b"")
        self._over = False
        cursor = _driver_cursor(session)
        target = f"COPY {table} ({', '.join(self._columns)}) FROM STDIN WITH (FORMAT csv)"
        self._thread = Thread(target=self._run, args=(cursor, target), daemon=True)

    def write(self, part: pa.Table) -> None:
        """Hand over some rows: one Arrow column for each column named, nulls as NULL."""
        self._give(memoryview(_written(part.select(self._columns))))

    def read(self, size: int) -> bytes:
        """What the driver asks for: the next bytes, none at the end."""
        while not self._rest and not self._over:
            part = self._parts.get()
            self._over = part is None
            self._rest = part if part is not None else memoryview(b"")
        given, self._rest = self._rest[:size], self._rest[size:]
        return bytes(given)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: object, *_rest: object) -> None:
        self._give(None)
        self._thread.join()
        if self._error is not None and kind is None:
            raise self._error

    def _give(self, part: memoryview | None) -> None:
        while self._error is None:
            try:
                self._parts.put(part, timeout=0.2)
            except Full:
                continue
            return
        if part is not None:
            raise self._error

    def _run(self, cursor: Any, target: str) -> None:
        try:
            with cursor:
                cursor.copy_expert(target, self, PIECE)
        except BaseException as error:  # noqa: BLE001  (it is raised again where the caller waits)
            self._error = error


def copy_in(session: Session, table: str, rows: Mapping[str, Any] | pd.DataFrame) -> int:
    """Load rows into ``table`` (columns by name, missing values as NULL); returns how many.

    A column holds values of one kind; arrays and JSON are given as PostgreSQL text. The load belongs to the session's transaction.
    """
    known = pa.table(dict(rows)) if isinstance(rows, Mapping) else pa.Table.from_pandas(rows, preserve_index=False)
    target = f"COPY {table} ({', '.join(known.column_names)}) FROM STDIN WITH (FORMAT csv)"
    with _driver_cursor(session) as cursor:
        for start in range(0, known.num_rows, CHUNK):
            cursor.copy_expert(target, BytesIO(_written(known.slice(start, CHUNK))))
    return int(known.num_rows)


def _written(rows: pa.Table) -> pa.Buffer:
    """Rows as COPY reads them: texts between quotes, so that an empty one is none that is missing."""
    out = pa.BufferOutputStream()
    write_csv(rows, out, WriteOptions(include_header=False))
    return out.getvalue()


def copy_out(session: Session, query: str, parameters: Mapping[str, Any] | None = None, **reading: Any) -> pd.DataFrame:
    """The rows of ``query`` as a frame; ``parameters`` are bound as ``%(name)s``; ``reading`` goes to read_csv."""
    import pandas as pd

    out = BytesIO()
    _copy(session, query, parameters, "NULL '\\N'", out)
    out.seek(0)
    frame: pd.DataFrame = pd.read_csv(out, na_values=["\\N"], keep_default_na=False, **reading)
    return frame


def arrow_out(
    session: Session,
    query: str,
    parameters: Mapping[str, Any],
    types: Mapping[str, pa.DataType],
    *,
    sealed: Mapping[str, str] | None = None,
) -> pa.Table:
    """The rows of ``query`` as an Arrow table of these types: a tenth of the memory of a frame of strings.

    ``sealed``: columns to be opened, each with the place that it is bound to; piece by piece, for what is sealed is long.
    """
    options = ConvertOptions(column_types=dict(types), strings_can_be_null=True, quoted_strings_can_be_null=False)
    # In memory of Arrow's own: a file of Python's, let go by one of its threads while Python ends, brings the process down.
    written = pa.BufferOutputStream()
    with BufferedWriter(written, PIECE) as out:
        _copy(session, query, parameters, "NULL ''", out)
        out.flush()
        copied = pa.BufferReader(written.getvalue())
    if not sealed:
        return read_csv(copied, convert_options=options)
    with open_csv(copied, convert_options=options) as pieces:
        return pa.Table.from_batches([_opened(piece, sealed) for piece in pieces], pieces.schema)


def _opened(piece: pa.RecordBatch, sealed: Mapping[str, str]) -> pa.RecordBatch:
    for name, place in sealed.items():
        words = pa.array(opened_all(piece.column(name).to_pylist(), place), pa.string())
        piece = piece.set_column(piece.schema.get_field_index(name), name, words)
    return piece


def _copy(session: Session, query: str, parameters: Mapping[str, Any] | None, options: str, out: IO[bytes]) -> None:
    with _driver_cursor(session) as cursor:
        bound = cursor.mogrify(query, dict(parameters or {})).decode()
        cursor.copy_expert(f"COPY ({bound}) TO STDOUT WITH (FORMAT csv, HEADER, {options})", out)


def analyse(session: Session, *tables: str) -> None:
    """Refresh the planner's statistics after a bulk change (a function of the owner does it for the app role)."""
    for table in tables:
        session.execute(text("SELECT outreach_analyse(:table)"), {"table": table})


def analyse_grown(session: Session, added: Mapping[str, int]) -> None:
    """Refresh the statistics of those tables that changed by a share worth knowing; ``added``: rows put in now, by table.

    A table of millions to which a day adds thousands keeps the statistics that it has: the server renews them by itself.
    """
    rows = session.execute(text(GROWN), {"tables": list(added), "added": list(added.values()), "share": WORTH_KNOWING})
    analyse(session, *rows.scalars())


def _driver_cursor(session: Session) -> Any:
    return session.connection().connection.driver_connection.cursor()  # type: ignore[union-attr]
