"""Any list of people, without campaign, database or prior data: who is in it twice, and who of one list is in another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from outreach.core.i18n import _
from outreach.core.memory import give_large_blocks_back
from outreach.intake import anylist
from outreach.matching.coarser import merged_from
from outreach.matching.engine import Matching, match_records
from outreach.matching.explained.explain import explain
from outreach.matching.explained.wording import agreement

if TYPE_CHECKING:
    from outreach.intake.anylist import People

DIGITS = 4
OWN_COLUMNS = ("row", "person_id", "household_id", "probability")
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Read:
    """How a file was understood.

    ``columns``: header and field; ``unread``: cells left out of the comparison, by field, with the first rows; ``dates``: how
    days were read where two ways were possible; ``notes``: what was said aloud.
    """

    file: str
    rows: int
    blank: int
    set_aside: int
    columns: dict[str, str | None]
    unread: dict[str, dict[str, Any]]
    dates: dict[str, str]
    notes: list[str]


@dataclass(frozen=True)
class Deduped:
    """What a list holds. ``review``: pairs of rows that wait for a person; ``added``: the names of the columns added."""

    read: Read
    rows: int
    persons: int
    households: int
    review: int
    merge_at: float
    parameters: str
    out: Path
    review_file: Path | None = None
    added: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Linked:
    """Which rows of one list are people of another. ``linked``: pairs of rows; ``rows_a`` and ``rows_b``: rows that have one."""

    read_a: Read
    read_b: Read
    linked: int
    review: int
    rows_a: int
    rows_b: int
    merge_at: float
    parameters: str
    out: Path


def dedupe(
    path: Path,
    out: Path,
    *,
    mapping: Path | None = None,
    country: str | None = None,
    review: Path | None = None,
    merge_from: float | None = None,
) -> Deduped:
    """Find the persons and households of one list; write the list with the columns that say so.

    With ``merge_from`` pairs are one person from that probability on, relatives or not.
    Raises ``ListRefusedError`` for a file or mapping that is of no use, ``OutreachError`` for a target that cannot be written.
    """
    for target in filter(None, (out, review)):
        anylist.check_target(target, [path, *([out] if target is review else [])])
    whole = _read(path, mapping, country)
    people = anylist.without_own_numbers(whole)
    notes = _no_references(whole) if "reference" not in people.fields else []
    anylist.check_target(out, [path], people.table.num_rows)
    if "postal_code" not in people.fields:
        people = anylist.with_towns(people)
    matching = merged_from(match_records(people.table), merge_from)
    added = anylist.write_answer(people, out, _columns(people, matching))
    if review:
        _write_review(review, people, matching)
    return Deduped(
        read=_told(people, notes), rows=people.table.num_rows, persons=_distinct(matching.persons, "person_key"),
        households=_distinct(matching.households, "household_key"), review=matching.review_count,
        merge_at=matching.merge_at, parameters=matching.parameters_version, out=out, review_file=review, added=added,
    )  # fmt: skip


def link(
    path_a: Path,
    path_b: Path,
    out: Path,
    *,
    mapping_a: Path | None = None,
    mapping_b: Path | None = None,
    country: str | None = None,
    merge_from: float | None = None,
) -> Linked:
    """Find which rows of A and B are one person; write the pairs. One row may have several. Raises what ``dedupe`` raises."""
    anylist.check_target(out, [path_a, path_b])
    first, second = _read(path_a, mapping_a, country), _read(path_b, mapping_b, country)
    if not {"postal_code"} <= first.fields & second.fields:
        first, second = anylist.with_towns(first), anylist.with_towns(second)
    matching, offset = _matched_together(first, second)
    matching = merged_from(matching, merge_from)
    pairs = _pairs_between(matching, offset)
    anylist.check_target(out, [path_a, path_b], pairs.num_rows)
    anylist.write_pairs(out, {name: pairs.column(name) for name in pairs.column_names}, first.delimiter or second.delimiter)
    sure = pairs.filter(pc.equal(pairs.column("decision"), "merge"))
    return Linked(
        read_a=_told(first), read_b=_told(second), linked=sure.num_rows, review=pairs.num_rows - sure.num_rows,
        rows_a=_distinct(sure, "row_a"), rows_b=_distinct(sure, "row_b"), merge_at=matching.merge_at,
        parameters=matching.parameters_version, out=out,
    )  # fmt: skip


def sketch_mapping(path: Path, out: Path, *, mapping: Path | None = None, country: str | None = None) -> dict[str, str | None]:
    """Write what the columns of a file are taken for, as a mapping file to correct; returns header and field."""
    asked, here = _asked(mapping, country)
    used = anylist.look_at(path, asked, here)
    anylist.write_mapping(out, [(column.header, column.field) for column in used], here.code, asked.dates)
    return {column.header: column.field for column in used}


def _asked(mapping: Path | None, country: str | None) -> tuple[anylist.Asked, anylist.Country]:
    asked = anylist.read_mapping(mapping) if mapping else anylist.Asked()
    return asked, anylist.country(country or asked.country or anylist.HOME)


def _read(path: Path, mapping: Path | None, country: str | None) -> People:
    give_large_blocks_back()
    return anylist.read_people(path, *_asked(mapping, country))


def _matched_together(first: People, second: People) -> tuple[Matching, int]:
    """Both lists matched as one; rows of the second are numbered on after those of the first.

    Unless the lists number people alike, each is a partner of its own: references are compared within a partner only.
    """
    offset = int(pc.max(first.table.column("record_id")).as_py() or 0)
    tables = [first.table, _renumbered(second.table, offset)]
    if not anylist.in_one_numbering(first, second):
        tables = [_of_its_own(table, mark) for table, mark in zip(tables, ("a", "b"), strict=True)]
    names = first.table.column_names
    return match_records(pa.concat_tables([table.select(names) for table in tables])), offset


def _renumbered(table: pa.Table, offset: int) -> pa.Table:
    return table.set_column(0, "record_id", pc.add(table.column("record_id"), offset))


def _of_its_own(table: pa.Table, mark: str) -> pa.Table:
    place = table.column_names.index("partner")
    named = pc.binary_join_element_wise(mark, table.column("partner"), " ")
    return table.set_column(place, "partner", named)


def _columns(people: People, matching: Matching) -> dict[str, pa.Array]:
    """The columns that the list gets: persons and households are called by the number of their first row."""
    rows = people.table.column("record_id").combine_chunks()
    person, household = matching.persons.column("person_key"), matching.households.column("household_key")
    best = _strongest(rows.to_numpy(), matching.links)
    probability = pc.if_else(pa.array(best > 0), _rounded(pa.array(best)), None)
    return dict(zip(OWN_COLUMNS, (rows, _flat(person), _flat(household), probability), strict=True))


def _rounded(probability: pa.Array) -> pa.Array:
    """What would round to certainty is less."""
    return pc.min_element_wise(pc.round(probability, DIGITS), 1 - 10**-DIGITS)


def _flat(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _strongest(rows: Numbers, links: pa.Table) -> NDArray[np.float64]:
    """The probability of each row's strongest link within its person; 0 for a row that stands alone. Rows ascend."""
    merged = links.filter(pc.equal(links.column("decision"), "merge"))
    best = np.zeros(len(rows))
    for side in ("left_id", "right_id"):
        at = np.searchsorted(rows, merged.column(side).to_numpy())
        np.maximum.at(best, at, merged.column("p_same").to_numpy().astype(float))
    return best


def _write_review(review: Path, people: People, matching: Matching) -> None:
    """The doubtful pairs, the most probable first, each with what speaks for one person and what against."""
    doubtful = matching.links.filter(pc.equal(matching.links.column("decision"), "review"))
    doubtful = doubtful.sort_by([("p_same", "descending"), ("left_id", "ascending"), ("right_id", "ascending")])
    told = {pattern: _for_and_against(pattern, matching) for pattern in doubtful.column("pattern").unique().to_pylist()}
    words = [told[pattern] for pattern in doubtful.column("pattern").to_pylist()]
    sides = {f"name_{number}": _names(people, doubtful.column(side)) for number, side in ((1, "left_id"), (2, "right_id"))}
    columns: Mapping[str, Any] = {
        "row_1": doubtful.column("left_id"), "row_2": doubtful.column("right_id"), **sides,
        "probability": _rounded(doubtful.column("p_same").cast(pa.float64())),
        "agree": [pair[0] for pair in words], "differ": [pair[1] for pair in words],
    }  # fmt: skip
    anylist.write_pairs(review, columns, people.delimiter)


def _for_and_against(pattern: int, matching: Matching) -> tuple[str, str]:
    evidence = sorted(explain(pattern, matching.parameters), key=lambda one: -abs(one.same))
    known = [one for one in evidence if one.level != "missing" and one.field != "crowd"]
    return (
        " ; ".join(agreement(one.field, one.level) for one in known if one.same > 0),
        " ; ".join(agreement(one.field, one.level) for one in known if one.same < 0),
    )


def _names(people: People, rows: pa.ChunkedArray) -> pa.Array:
    at = np.searchsorted(people.table.column("record_id").to_numpy(), rows.to_numpy())
    given, family = (people.table.column(name).take(pa.array(at)) for name in ("given_name", "family_name"))
    return _flat(pc.binary_join_element_wise(pc.fill_null(given, ""), pc.fill_null(family, ""), " "))


def _pairs_between(matching: Matching, offset: int) -> pa.Table:
    """Every pair of a row of A and one of B that are one person, or that a person has to look at.

    Two rows that are one person only through others have the probability of the weaker of their own strongest links.
    """
    links = matching.links.filter(pc.is_in(matching.links.column("decision"), pa.array(["merge", "review"])))
    left, right = links.column("left_id").to_numpy(), links.column("right_id").to_numpy()
    across = (left <= offset) & (right > offset)
    rows, person = matching.persons.column("record_id").to_numpy(), matching.persons.column("person_key").to_numpy()
    best = _strongest(rows, matching.links)
    merged_a, merged_b = _inside_persons(rows, person, offset)
    direct = {
        (a, b): p
        for a, b, p in zip(
            left[across].tolist(), right[across].tolist(), links.column("p_same").to_numpy()[across].tolist(), strict=True
        )
    }
    found: list[tuple[int, int, int | None, float, str]] = []
    for a, b in zip(merged_a.tolist(), merged_b.tolist(), strict=True):
        weaker = min(best[np.searchsorted(rows, a)], best[np.searchsorted(rows, b)])
        found.append((a, b - offset, int(person[np.searchsorted(rows, a)]), direct.pop((a, b), weaker), "merge"))
    found += [(a, b - offset, None, p, "review") for (a, b), p in direct.items()]
    found.sort(key=lambda pair: pair[:2])
    names = ("row_a", "row_b", "person_id", "probability", "decision")
    kinds = (pa.int64(), pa.int64(), pa.int64(), pa.float64(), pa.string())
    columns = list(zip(*found, strict=True)) or [()] * len(names)
    table = pa.table({name: pa.array(column, kind) for name, column, kind in zip(names, columns, kinds, strict=True)})
    return table.set_column(3, "probability", _rounded(table.column("probability")))


def _inside_persons(rows: Numbers, person: Numbers, offset: int) -> tuple[Numbers, Numbers]:
    """All pairs of a row up to ``offset`` and one beyond it that are one person."""
    mine, theirs = (pa.table({"person": person[side], "row": rows[side]}) for side in (rows <= offset, rows > offset))
    both = mine.join(theirs, "person", join_type="inner", right_suffix="_b")
    return both.column("row").to_numpy(), both.column("row_b").to_numpy()


def _distinct(table: pa.Table, name: str) -> int:
    return int(pc.count_distinct(table.column(name)).as_py())


def _no_references(people: People) -> list[str]:
    said = _("« {column} » n'est jamais deux fois la même : elle numérote les lignes, et n'est pas comparée")
    return [said.format(column=column.header) for column in people.used if column.field == "reference"]


def _told(people: People, notes: Sequence[str] = ()) -> Read:
    return Read(
        file=people.path.name, rows=people.table.num_rows, blank=people.blank, set_aside=people.set_aside,
        columns={column.header: column.field for column in people.used},
        unread={name: {"cells": found.count, "first_rows": found.rows} for name, found in people.unread.items()},
        dates=people.dates, notes=[*notes, *(_(notice.text).format(**notice.values) for notice in people.notices)],
    )  # fmt: skip
