"""What each row of a file is: seen before in the file, known to the register, changed, or new."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import md5, sha256
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import text

from outreach.core import bulk
from outreach.core.marks import mark_all, pepper, reference_marks
from outreach.core.words import RowState
from outreach.models.lists import SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.orm import Session

    from outreach.intake.cleaning import Cleaned

BATCH = 50_000
FINGERPRINT = ("family_name", "given_name", "birth_date", "address_key", "mobile", "fixed", "email")
"""What tells customers apart where the partner gives no reference."""
KNOWN = """
SELECT r.id, r.row_key, replace(CAST(r.content_hash AS text), '-', '') AS content
FROM current_row r JOIN target_list l ON l.id = r.list_id AND l.scope = %(scope)s
WHERE r.campaign_id = %(campaign)s AND r.partner_id = %(partner)s AND r.row_key IS NOT NULL {these} ORDER BY r.id
"""
THESE = "AND r.row_key = ANY(%(keys)s)"


class Digests:
    """128-bit digests looked up by their first half and confirmed by the second; each with a number."""

    def __init__(self) -> None:
        self._runs: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def add(self, digests: np.ndarray, numbers: np.ndarray) -> None:
        """Remember digests (rows of two uint64). Runs of like size are merged, so that few are searched."""
        order = np.argsort(digests[:, 0], kind="stable")
        run = (digests[order, 0], digests[order, 1], numbers[order])
        while self._runs and len(self._runs[-1][0]) <= 2 * len(run[0]):
            last = self._runs.pop()
            merged = [np.concatenate(parts) for parts in zip(last, run, strict=True)]
            order = np.argsort(merged[0], kind="stable")
            run = (merged[0][order], merged[1][order], merged[2][order])
        self._runs.append(run)

    def find(self, digests: np.ndarray) -> np.ndarray:
        """The number kept with each digest; 0 where it is not known."""
        found = np.zeros(len(digests), dtype=np.int64)
        for high, low, numbers in self._runs:
            at = np.minimum(np.searchsorted(high, digests[:, 0]), len(high) - 1)
            same = (high[at] == digests[:, 0]) & (low[at] == digests[:, 1]) & (found == 0)
            found[same] = numbers[at[same]]
        return found

    def all(self) -> np.ndarray:
        """All digests, run by run."""
        return np.concatenate([np.column_stack(run[:2]) for run in self._runs] or [np.empty((0, 2), dtype=np.uint64)])


def digest(texts: pa.Array) -> np.ndarray:
    """The MD5 of each text as two uint64 (a name for a content, not a protection)."""
    return _md5s(texts.to_pylist())


def keyed(digests: np.ndarray) -> np.ndarray:
    """Digests as they are kept: without the secret of marks nobody tries out which phone makes one."""
    secret = pepper()
    return _md5s(secret + written for written in as_hex(digests))


def _md5s(texts: Iterable[str]) -> np.ndarray:
    joined = b"".join(md5(text.encode(), usedforsecurity=False).digest() for text in texts)
    return np.frombuffer(joined, dtype=np.uint64).reshape(-1, 2)


def as_hex(digests: np.ndarray) -> list[str]:
    """Digests as PostgreSQL reads a uuid."""
    written = digests.tobytes().hex()
    return [written[start : start + 32] for start in range(0, len(written), 32)]


@dataclass(frozen=True)
class States:
    """Of each row of a chunk its key, digest (``keyed``), state, twin (row number) and the row it replaces (0: none)."""

    keys: pa.Array
    digests: np.ndarray
    states: np.ndarray
    twins: np.ndarray
    replaces: np.ndarray


class Register:
    """What is in force within the scope of a list, to compare it with; of a short file, under its keys alone."""

    def __init__(self, session: Session, scope: Mapping[str, Any], keys: list[str] | None = None) -> None:
        query = KNOWN.format(these="" if keys is None else THESE)
        types = {"id": pa.int64(), "row_key": pa.string(), "content": pa.string()}
        known = bulk.arrow_out(session, query, {**scope, "keys": keys}, types)
        self.size = len(known)
        self._ids = known["id"].to_numpy()
        self._keys = known["row_key"].combine_chunks()
        hashes = _hashes(self._keys)
        # The oldest row of a key comes first.
        self._order = np.argsort(hashes, kind="stable")
        self._hashes = hashes[self._order]
        self._contents = Digests()
        if self.size:
            parts = [bytes.fromhex("".join(part["content"].to_pylist())) for part in known.to_batches(max_chunksize=BATCH)]
            self._contents.add(np.frombuffer(b"".join(parts), dtype=np.uint64).reshape(-1, 2), self._ids)

    def row_of(self, keys: pa.Array) -> np.ndarray:
        """The row in force with each key; 0 where there is none."""
        found = np.zeros(len(keys), dtype=np.int64)
        if not self.size:
            return found
        at = np.minimum(np.searchsorted(self._hashes, _hashes(keys)), self.size - 1)
        known = self._order[at]
        same = pc.fill_null(pc.equal(keys, self._keys.take(pa.array(known))), fill_value=False).to_numpy(zero_copy_only=False)
        found[same] = self._ids[known[same]]
        return found

    def holds(self, digests: np.ndarray) -> np.ndarray:
        """Whether a row in force says exactly the same."""
        return self._contents.find(digests) > 0 if self.size else np.zeros(len(digests), dtype=bool)


class Comparison:
    """Decides the states of one file's rows, chunk by chunk."""

    def __init__(self, register: Register, partner: int) -> None:
        self.register, self.partner = register, partner
        self.seen = Digests()
        self.others: list[np.ndarray] = []

    def compare(self, cleaned: Cleaned, raw: pa.Array, numbers: np.ndarray) -> States:
        """The states of a chunk. A row that cannot be used is no twin of another: each is told of."""
        keys = row_keys(cleaned, self.partner)
        own = [cleaned.extra] if cleaned.extra is not None else []
        contents = digest(_joined([told_keys(cleaned), *cleaned.columns.values(), cleaned.leaving, *own]))
        rejected = cleaned.rejected
        if rejected.size:
            contents = contents.copy()
            contents[rejected] = digest(raw.take(pa.array(rejected)))
        usable = np.ones(len(numbers), dtype=bool)
        usable[rejected] = False
        twins = self._twins(contents, numbers, usable)
        leaving = pc.is_valid(cleaned.leaving).to_numpy(zero_copy_only=False)
        kept = keyed(contents)
        known = self.register.row_of(keys)
        same = self.register.holds(kept)
        states = np.select(
            [~usable, twins > 0, leaving, same, known > 0],
            [RowState.REJECTED, RowState.DUPLICATE, RowState.LEAVING, RowState.UNCHANGED, RowState.CHANGED],
            RowState.NEW,
        )
        return States(keys, kept, states, twins, np.where(states == RowState.CHANGED, known, 0))

    def _twins(self, contents: np.ndarray, numbers: np.ndarray, usable: np.ndarray) -> np.ndarray:
        twins = np.where(usable, self.seen.find(contents), 0)
        fresh = np.flatnonzero(usable & (twins == 0))
        halves = np.ascontiguousarray(contents[fresh]).view([("high", np.uint64), ("low", np.uint64)]).ravel()
        _values, first, inverse = np.unique(halves, return_index=True, return_inverse=True)
        later = np.flatnonzero(first[inverse] != np.arange(fresh.size))
        twins[fresh[later]] = numbers[fresh[first[inverse[later]]]]
        new = fresh[first]
        self.seen.add(contents[new], numbers[new])
        again = np.ones(len(numbers), dtype=bool)
        again[new] = False
        self.others.append(contents[again])
        return twins

    def fingerprint(self) -> str:
        """The hash of all rows: the same for the same rows, however they came."""
        every = np.concatenate([self.seen.all(), *self.others])
        return sha256(every[np.lexsort((every[:, 1], every[:, 0]))].tobytes()).hexdigest()


def row_keys(cleaned: Cleaned, partner: int) -> pa.Array:
    """What tells a partner's customer from one list to the next, as it is kept.

    The mark of their reference, or of a fingerprint.
    """
    reference = cleaned.columns["reference"].to_pylist()
    told = (key if given is None else None for given, key in zip(reference, told_keys(cleaned).to_pylist(), strict=True))
    marks = zip(reference_marks(partner, reference), mark_all(told), strict=True)
    return pa.array([known or (other and f"~{other}") for known, other in marks], pa.string())


def told_keys(cleaned: Cleaned) -> pa.Array:
    """The same in the clear: the reference, or a fingerprint of who and where."""
    reference = cleaned.columns["reference"]
    if reference.null_count == 0:
        return reference
    without = np.flatnonzero(pc.is_null(reference).to_numpy(zero_copy_only=False))
    parts = _joined([cleaned.columns[name].take(pa.array(without)) for name in FINGERPRINT])
    keys: list[str | None] = [None] * len(reference)
    for position, written, words in zip(without.tolist(), as_hex(digest(parts)), parts.to_pylist(), strict=True):
        keys[position] = f"~{written}" if words.strip(SEPARATOR) else None
    return pc.coalesce(reference, pa.array(keys, pa.string()))


def _joined(columns: list[pa.Array]) -> pa.Array:
    written = [column if pa.types.is_string(column.type) else column.cast(pa.string()) for column in columns]
    return pc.binary_join_element_wise(*written, SEPARATOR, null_handling="replace", null_replacement="")


def _hashes(keys: pa.Array) -> np.ndarray:
    """Hashes of this process alone: they are never stored."""
    return np.fromiter(map(hash, keys.to_pylist()), dtype=np.int64, count=len(keys))


# For keys that several rows share, on either side: rows that say the same are paired first, then rows of one name, then the
# rest in order; a fresh row without a partner is new.
PAIR = """
WITH in_force AS NOT MATERIALIZED (SELECT r.* FROM current_row r JOIN target_list l ON l.id = r.list_id AND l.scope = :scope
  WHERE r.campaign_id = :campaign AND r.partner_id = :partner AND r.list_id <> :list),
shared AS MATERIALIZED (
  SELECT row_key FROM list_row WHERE list_id = :list AND state IN ('new', 'changed', 'unchanged') AND row_key IS NOT NULL
  GROUP BY 1 HAVING count(*) > 1 OR :everything
  UNION SELECT row_key FROM in_force WHERE row_key IN (SELECT row_key FROM list_row WHERE list_id = :list)
  GROUP BY 1 HAVING count(*) > 1 OR :everything),
fresh AS MATERIALIZED (SELECT id, row_key, content_hash, coalesce(family_name, '') || '|' || coalesce(given_name, '') AS name
  FROM list_row WHERE list_id = :list AND state IN ('new', 'changed', 'unchanged') AND row_key IN (SELECT row_key FROM shared)),
held AS MATERIALIZED (SELECT id, row_key, content_hash, coalesce(family_name, '') || '|' || coalesce(given_name, '') AS name
  FROM in_force WHERE row_key IN (SELECT row_key FROM shared)),
same AS MATERIALIZED (SELECT f.id AS fresh, h.id AS held FROM fresh f JOIN held h USING (row_key, content_hash)),
left_fresh AS MATERIALIZED (SELECT f.*, row_number() OVER (PARTITION BY row_key, name ORDER BY id) AS turn FROM fresh f
  WHERE id NOT IN (SELECT fresh FROM same)),
left_held AS MATERIALIZED (SELECT h.*, row_number() OVER (PARTITION BY row_key, name ORDER BY id) AS turn FROM held h
  WHERE id NOT IN (SELECT held FROM same)),
named AS MATERIALIZED (SELECT f.id AS fresh, h.id AS held FROM left_fresh f JOIN left_held h USING (row_key, name, turn)),
rest_fresh AS (SELECT id, row_key, row_number() OVER (PARTITION BY row_key ORDER BY id) AS turn FROM left_fresh
  WHERE id NOT IN (SELECT fresh FROM named)),
rest_held AS (SELECT id, row_key, row_number() OVER (PARTITION BY row_key ORDER BY id) AS turn FROM left_held
  WHERE id NOT IN (SELECT held FROM named)),
paired AS (SELECT * FROM named UNION ALL SELECT f.id, h.id FROM rest_fresh f JOIN rest_held h USING (row_key, turn)),
answer AS (SELECT f.id, p.held, CASE WHEN f.id IN (SELECT fresh FROM same) THEN 'unchanged' WHEN p.held IS NULL THEN 'new'
  ELSE 'changed' END AS state FROM fresh f LEFT JOIN paired p ON p.fresh = f.id)
UPDATE list_row r SET state = a.state, replaces = a.held FROM answer a
WHERE r.id = a.id AND (r.state, r.replaces) IS DISTINCT FROM (a.state, a.held)
"""


def pair_shared_keys(session: Session, scope: Mapping[str, Any], *, everything: bool = False) -> int:
    """Settle the rows whose key several rows share (``everything``: all rows anew).

    Returns the rows that became something else.
    """
    return int(session.execute(text(PAIR), {**scope, "everything": everything}).rowcount)  # type: ignore[attr-defined]
