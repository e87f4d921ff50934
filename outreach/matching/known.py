"""What a run leaves behind for the next: the register in compared form, in a file beside the database.

The file is a cache. PostgreSQL holds the truth; a file that is absent, of another engine, or of another run than the
database's last is not used, and the register is matched anew. It holds personal data, so only its owner may open its folder.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.matching.blocking import ADDRESS, KEYS, all_keys
from outreach.matching.compare import COMPARE
from outreach.matching.engine import Fitted
from outreach.matching.frequencies import NameAverages
from outreach.matching.parameters import Parameters
from outreach.matching.prepare import PREPARE
from outreach.matching.scoring import ScoredPairs
from outreach.matching.session import MatchSettings, database
from outreach.matching.settle import Thresholds

FORMAT = sha256("\n".join((PREPARE, COMPARE, repr(KEYS), "5")).encode()).hexdigest()
"""What the file's content depends on: forms, levels and keys of another engine cannot be mixed with these."""


@dataclass(frozen=True)
class Memory:
    """Which run a file is of: `stamp` is the run's own mark, `records` how many the last full run compared."""

    stamp: str
    fitted: Fitted
    records: int

    @property
    def model(self) -> str:
        """The version of the parameters that were fitted."""
        return self.fitted.parameters.version


def save(connection: duckdb.DuckDBPyConnection, path: Path, memory: Memory, pairs: pa.Table) -> None:
    """Write the records of `prepared` and their scored pairs; an older file is replaced once this one is whole.

    Raises ``OutreachError`` when the folder cannot be written to.
    """
    try:
        _write(connection, path, memory, pairs)
    except (OSError, duckdb.IOException):
        raise OutreachError(
            _("le registre comparé ne peut pas être gardé ici"),
            place=str(path.parent),
            mend=_("Vérifiez le dossier, vos droits et la place libre."),
        ) from None


def _write(connection: duckdb.DuckDBPyConnection, path: Path, memory: Memory, pairs: pa.Table) -> None:
    if not path.parent.exists():
        path.parent.mkdir(parents=True)
        path.parent.chmod(0o700)
    part = path.with_suffix(".part")
    for left in _unfinished(path):
        left.unlink(missing_ok=True)
    connection.execute(f"ATTACH '{_quoted(part)}' AS known")
    connection.execute(
        f"CREATE TABLE known.prepared AS SELECT * EXCLUDE (id, crowd), {ADDRESS} AS address FROM prepared ORDER BY record_id"
    )
    connection.execute(f"CREATE TABLE known.keys AS SELECT key, record_id FROM ({all_keys('prepared')})")
    connection.execute(f"CREATE TABLE known.bearers AS {bearers_of('prepared')}")
    connection.execute("CREATE TABLE known.memory (content VARCHAR)")
    connection.register("scored", pairs)
    connection.execute("CREATE TABLE known.kept AS SELECT * FROM scored")
    connection.unregister("scored")
    write_memory(connection, memory)
    connection.execute("DETACH known")
    part.replace(path)


def files(path: Path) -> list[Path]:
    """The file with what DuckDB keeps beside it, and what a run that was cut off wrote of the next one."""
    return [*path.parent.glob(f"{path.name}*"), *_unfinished(path)]


def _unfinished(path: Path) -> list[Path]:
    part = path.with_suffix(".part")
    return [part, *path.parent.glob(f"{part.name}.wal*")]


def bearers_of(source: str) -> str:
    """SQL: how many records of `source` bear each first name and each surname (which, name, bearers)."""
    return " UNION ALL ".join(
        f"SELECT '{which}' AS which, {which} AS name, count(*) AS bearers FROM {source} WHERE {which} IS NOT NULL GROUP BY name"
        for which in ("given", "surname")
    )


def as_table(pairs: ScoredPairs, ids: NDArray[np.int64]) -> pa.Table:
    """Scored pairs by record id; `ids` are the record ids of the run's ids."""
    return pa.table({
        "left_id": ids[pairs.left], "right_id": ids[pairs.right], "pattern": pairs.pattern,
        "p_same": pairs.p_same, "p_household": pairs.p_household,
    })  # fmt: skip


@contextmanager
def changing(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """A block whose changes to the attached file are kept all or none; nothing else may be written in it."""
    connection.execute("BEGIN")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def write_memory(connection: duckdb.DuckDBPyConnection, memory: Memory) -> None:
    """Say which run the attached file is of."""
    content = {
        "format": FORMAT, "duckdb": duckdb.__version__, "stamp": memory.stamp, "records": memory.records,
        "fitted": fitted_data(memory.fitted),
    }  # fmt: skip
    connection.execute("DELETE FROM known.memory")
    connection.execute("INSERT INTO known.memory VALUES (?)", [json.dumps(content)])


@contextmanager
def opened(path: Path, settings: MatchSettings) -> Iterator[tuple[duckdb.DuckDBPyConnection, Memory] | None]:
    """An empty database with the file attached as `known`, and its memory; None when the file is of no use."""
    with database(settings) as connection:
        memory = _attached(connection, path)
        yield None if memory is None else (connection, memory)


def _attached(connection: duckdb.DuckDBPyConnection, path: Path) -> Memory | None:
    if not path.exists():
        return None
    try:
        connection.execute(f"ATTACH '{_quoted(path)}' AS known")
        content = json.loads(connection.execute("SELECT content FROM known.memory").fetchall()[0][0])
    except (duckdb.Error, IndexError, ValueError):
        return None
    # Numbers that another version hashed cannot be mixed with ours; files from before they told it are of this one.
    if content.get("format") != FORMAT or content.get("duckdb", duckdb.__version__) != duckdb.__version__:
        return None
    return Memory(content["stamp"], fitted_of(content["fitted"]), content["records"])


def held(connection: duckdb.DuckDBPyConnection) -> dict[int, tuple[int, int]]:
    """By delivery, how many records the attached file holds of it, and the sum of their ids."""
    query = "SELECT as_of, count(*), sum(record_id) FROM known.prepared GROUP BY 1"
    return {int(delivery): (int(count), int(ids)) for delivery, count, ids in connection.execute(query).fetchall()}


def deliveries(connection: duckdb.DuckDBPyConnection) -> set[int]:
    """The deliveries (`as_of`) whose records the attached file holds."""
    return {int(row[0]) for row in connection.execute("SELECT DISTINCT as_of FROM known.prepared").fetchall()}


def size(connection: duckdb.DuckDBPyConnection) -> int:
    """How many records the attached file holds."""
    return int(connection.execute("SELECT count(*) FROM known.prepared").fetchall()[0][0])


def fitted_data(fitted: Fitted) -> dict[str, Any]:
    """A fitted model as plain data for JSON."""
    return {
        "parameters": fitted.parameters.as_data(),
        "names": asdict(fitted.names),
        "thresholds": asdict(fitted.thresholds),
    }


def fitted_of(data: dict[str, Any]) -> Fitted:
    """What ``fitted_data`` gave."""
    return Fitted(Parameters.from_data(data["parameters"]), NameAverages(**data["names"]), Thresholds(**data["thresholds"]))


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
