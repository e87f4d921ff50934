"""Erasure at somebody's request: hashed marks by which a later list's row is known for theirs, though nothing of them is kept.

A name alone makes nobody somebody else: each mark ties a name to a birth date, a phone, an e-mail or an address, or is the
partner's own reference. Of homonyms at one address (a father and his son) the birth date decides wherever there is one.
"""

from __future__ import annotations

from typing import Any

from outreach.core.marks import SQL_MARK, mark
from outreach.core.plain_names import SQL_PLAIN
from outreach.models import ListRow
from outreach.models.base import Base

_NAME = "{0} || '|' || {1}"
_GIVEN, _FAMILY = (SQL_PLAIN.format(f"coalesce({{row}}.{column}, '')") for column in ("given_name", "family_name"))
_NAMES = (_NAME.format(_GIVEN, _FAMILY), _NAME.format(_FAMILY, _GIVEN))
"""Given name before family name, and the other way round: lists exchange them."""
_TIES = {
    "birth": ("birth_date",),
    "phone_mark": ("mobile_mark", "fixed_mark"),
    "email_mark": ("email_mark",),
    "home": ("address_key",),
    "any_home": ("address_key",),
}
"""What a name is tied to, by the kind of mark. ``home`` is asked of rows without a birth date, ``any_home`` of every row; the
latter is kept alone of those erased whose birth date nobody knows."""
TOLD_TIES = {"phone": ("mobile", "fixed"), "email": ("email",)}
"""Ties of marks from before phones were sealed: a name and the phone itself, which SQL does not see any more (``told_marks``)."""
SQL_TOLD = f"""
SELECT r.id, {_NAMES[0].format(row="r")} AS one, {_NAMES[1].format(row="r")} AS other, r.mobile, r.fixed, r.email FROM list_row r
"""
"""What those marks are made of: the names either way round, and how to reach them, sealed."""


def sql_kept(row: str) -> str:
    """The marks to keep of somebody's row of the alias ``row``, as a lateral query of ``mark`` and ``kind``.

    Bound: ``:pepper``, and ``:born``, whether a birth date is known of them.
    """
    return _marks(row, {"any_home": "NOT :born"})


def sql_borne(row: str) -> str:
    """The marks that a list's row of the alias ``row`` may be known by, likewise; ``:pepper`` is bound."""
    return _marks(row, {"home": f"{row}.birth_date IS NULL"})


def _marks(row: str, conditions: dict[str, str]) -> str:
    # The key of a row with a reference is the very mark (``core.marks.REFERENCE``).
    made = [f"SELECT {row}.row_key AS mark, 'reference' AS kind WHERE {row}.row_key NOT LIKE '~%'"]
    for kind, columns in _TIES.items():
        unless = f" AND {conditions[kind]}" if kind in conditions else ""
        made += [
            _mark(
                kind,
                f"{row}.family_name IS NOT NULL AND {row}.{column} IS NOT NULL{unless}",
                f"{name.format(row=row)} || '|' || {row}.{column}",
            )
            for column in columns
            for name in _NAMES
        ]
    return " UNION ".join(made)


def told_marks(row: Any) -> list[str]:
    """The marks that a row (of ``SQL_TOLD``, opened) may be known by to an erasure from before phones were sealed."""
    names = (row.one, row.other)
    ties = [(kind, getattr(row, column)) for kind, columns in TOLD_TIES.items() for column in columns]
    return [mark(f"erased|{kind}|{name}|{said}") for kind, said in ties if said for name in names]


def _mark(kind: str, when: str, what: str) -> str:
    hashed = SQL_MARK.format(identity=f"CAST('erased|{kind}|' || {what} AS text)")
    return f"SELECT {hashed} AS mark, '{kind}' AS kind WHERE {when}"


def sql_nothing(table: type[Base], keeps: set[str]) -> str:
    """The part of an UPDATE that empties every column of a table but those kept."""
    return ", ".join(f"{column.name} = NULL" for column in table.__table__.columns if column.name not in keeps)


ROW_KEEPS = {
    "id", "list_id", "campaign_id", "partner_id", "row_number", "state", "duplicate_of", "content_hash", "replaces", "superseded_by",
    "corrects_row", "leave_reason", "raw", "person_id", "first_person_id", "had", "anonymised_at",
}  # fmt: skip
"""What stays of a list's row: its place and what became of it."""
SQL_ROW_FORGOTTEN = f"""
had = CAST(r.mobile IS NOT NULL OR r.fixed IS NOT NULL AS int) + 2 * CAST(r.address_key IS NOT NULL AS int)
  + 4 * CAST(r.email IS NOT NULL AS int) + 8 * CAST(r.birth_date IS NOT NULL AS int), anonymised_at = :now, raw = '',
content_hash = '00000000-0000-0000-0000-000000000000', {sql_nothing(ListRow, ROW_KEEPS)}
"""
"""What forgets a row ``r``, in an UPDATE: all of it but that, and which contact data it had; ``:now`` is bound."""
