"""What a whole list says about its own columns: references that number rows, two lists that number people alike, no codes."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from outreach.intake.anylist.meanings import Used
from outreach.intake.anylist.people import People

ALIKE = 0.25
"""The share of rows with one reference that bear one name from which on two lists number people alike: names are often
misspelt, but under numbers of one's own hardly any agree."""


def without_own_numbers(people: People) -> People:
    """Without references that no two rows share: those number the rows, and say of no two rows whether they are one person's."""
    column = people.table.column("reference")
    filled = len(column) - column.null_count
    if not filled or pc.count_distinct(column, mode="only_valid").as_py() < filled:
        return people
    return _without(people, "reference")


def _without(people: People, name: str) -> People:
    place = people.table.column_names.index(name)
    table = people.table.set_column(place, name, pa.nulls(people.table.num_rows, pa.string()))
    used = tuple(Used(one.header, None if one.field == name else one.field, one.said) for one in people.used)
    return replace(people, table=table, used=used)


def in_one_numbering(one: People, other: People) -> bool:
    """Whether two lists call the same people by the same references: rows that share one bear one name."""
    if "reference" not in one.fields & other.fields:
        return False
    mine, theirs = (_named_references(people) for people in (one, other))
    both = mine.join(theirs, "reference", join_type="inner", right_suffix=" there")
    if not both.num_rows:
        return False
    alike = [pc.equal(both.column(name), both.column(f"{name} there")) for name in ("given_name", "family_name")]
    same = pc.fill_null(pc.and_kleene(*alike), fill_value=False)
    return bool(pc.mean(same.cast(pa.int8())).as_py() >= ALIKE)


def _named_references(people: People) -> pa.Table:
    table = people.table.select(["reference", "given_name", "family_name"]).filter(pc.is_valid(people.table.column("reference")))
    lower = [pc.utf8_lower(pc.fill_null(table.column(name), "")) for name in ("given_name", "family_name")]
    named = pa.table({"reference": table.column("reference"), "given_name": lower[0], "family_name": lower[1]})
    return (
        named.group_by("reference", use_threads=False)
        .aggregate([("given_name", "first"), ("family_name", "first")])
        .rename_columns(["reference", "given_name", "family_name"])
    )


def with_towns(people: People) -> People:
    """With the town where the postal code stands: for lists of which one has no postal codes."""
    place = people.table.column_names.index("postal_code")
    table = people.table.set_column(place, "postal_code", people.table.column("city"))
    return replace(people, table=table)
