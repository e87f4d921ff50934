"""What a person is told of a list: each row's state, what was found, what was left out, and why."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core.i18n import _
from outreach.core.sealing import opened, opened_data
from outreach.core.words import RowState
from outreach.definitions.campaign import ListMode
from outreach.intake.in_force import REMOVED_ROWS, values_of
from outreach.models import TargetList
from outreach.models.base import REFERENCE, WAYS, SealedText

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

REMOVED, OPEN = "removed", "open"
FIRST_ISSUES = 20


@dataclass(frozen=True)
class ImportResult:
    """What became of a file: rows by state; ``total`` = their sum, ``blank`` rows and those set aside beside.

    ``known``: the same rows were taken in before, nothing changed. ``removed``: customers of the last list that this one no
    longer names. ``findings``: counts by ``known:reason`` and ``suppressed:reason``. ``left_out``: columns not stored at all.
    """

    list_id: int
    file_name: str
    total: int
    blank: int
    counts: dict[str, int]
    known: bool = False
    simulated: bool = False
    left_out: list[str] = field(default_factory=list)
    removed: int = 0
    state: str = "committed"
    mode: str = "full"
    list_code: str = ""
    set_aside: int = 0
    findings: dict[str, int] = field(default_factory=dict)
    detection: dict[str, Any] = field(default_factory=dict)
    columns: list[dict[str, Any]] = field(default_factory=list)
    notices: list[dict[str, Any]] = field(default_factory=list)
    corrected: int = 0

    @property
    def notes(self) -> list[str]:
        """What is said aloud about the file, in the language spoken here."""
        return [_(notice["text"]).format(**notice["values"]) for notice in self.notices]

    @property
    def moves(self) -> bool:
        """Whether committing it changes what is in force."""
        moving = (RowState.NEW, RowState.CHANGED, RowState.LEAVING)
        return not self.known and bool(self.removed or any(self.counts.get(state) for state in moving))


def result_of(target: TargetList, *, known: bool = False) -> ImportResult:
    """The result kept with a list."""
    counts = target.counts
    return ImportResult(
        list_id=target.id, file_name=target.file_name, total=target.total, blank=target.blank,
        counts={state: counts[state] for state in RowState if counts.get(state)}, known=known, simulated=target.simulated,
        left_out=list(target.columns_left_out), removed=int(counts.get(REMOVED, 0)), state=target.state, mode=target.mode,
        list_code=target.list_code, set_aside=target.set_aside, findings=dict(counts.get("findings", {})),
        detection=target.detection, columns=target.columns, notices=target.notices, corrected=int(counts.get("corrected", 0)),
    )  # fmt: skip


ISSUES = """
SELECT i.row_number, i.column_name, coalesce(i.value, '') AS value, i.code, i.reason, i.details, i.rejects
FROM row_issue i WHERE i.list_id = :list ORDER BY i.rejects DESC, i.row_number, i.id LIMIT :most
"""
# What is sealed never looks the same: whether it changed, its mark says.
CHANGES = """
SELECT f.row_number, f.reference, d.name, d.old, d.new
FROM list_row f JOIN list_row o ON o.id = f.replaces CROSS JOIN LATERAL (
  SELECT s.name, to_jsonb(o) ->> s.name AS old, to_jsonb(f) ->> s.name AS new FROM jsonb_each_text(to_jsonb(f)) n
  JOIN jsonb_each_text(to_jsonb(o)) p USING (key) CROSS JOIN LATERAL (SELECT replace(n.key, '_mark', '') AS name) s
  WHERE n.key = ANY(:columns) AND n.value IS DISTINCT FROM p.value) d
WHERE f.list_id = :list AND f.state = 'changed' ORDER BY f.row_number, d.name LIMIT :most
"""


# Before the commit those that it would remove; after it, those that it removed and that no row of it names.
REMOVED_NAMES = f"""
SELECT r.reference, nullif(concat_ws(' ', r.given_name, r.family_name), '') AS name FROM list_row r WHERE r.id IN ({REMOVED_ROWS})
  OR (r.superseded_by = :list AND NOT EXISTS (SELECT FROM list_row f WHERE f.list_id = :list AND f.row_key = r.row_key))
ORDER BY r.list_id, r.row_number LIMIT :most
"""
FINDINGS = """
SELECT f.row_number, f.kind || ':' || f.code AS code, concat_ws(' ', p.given_name, p.family_name) AS person
FROM row_finding f LEFT JOIN person p ON p.id = f.person_id WHERE f.list_id = :list ORDER BY f.row_number, f.kind LIMIT :most
"""


@dataclass(frozen=True)
class Finding:
    """What the register knows about a row: ``code`` is ``known:…`` or ``suppressed:…``, ``person`` whom it is about."""

    row: int
    code: str
    person: str


@dataclass(frozen=True)
class RowFault:
    """One faulty cell, in words: where, what, why and how to mend it."""

    row: int
    column: str
    value: str
    code: str
    reason: str
    rejects: bool


@dataclass(frozen=True)
class Change:
    """One field of a known customer that the list changes; ``key``: the partner's reference, if there is one."""

    row: int
    key: str
    field: str
    old: str | None
    new: str | None


def filled(reason: str, kept: Any) -> str:
    """A reason with its values; those of a row that was forgotten are left out."""
    values: dict[str, Any] = opened_data(kept, "row_issue.details") or {}
    return reason.format_map(defaultdict(lambda: "…", values))


def faults_of(session: Session, list_id: int, most: int = FIRST_ISSUES) -> list[RowFault]:
    """The first faulty cells of a list, those that reject their row first, with the reason in the language spoken here."""
    rows = session.execute(text(ISSUES).columns(value=SealedText("row_issue.value")), {"list": list_id, "most": most})
    return [
        RowFault(row.row_number, row.column_name, row.value, row.code, filled(_(row.reason), row.details), row.rejects)
        for row in rows
    ]


def changes_of(session: Session, list_id: int, most: int = FIRST_ISSUES) -> list[Change]:
    """What a list changes of known customers, field by field: old and new."""
    from outreach.intake.cleaning import CLEAN_COLUMNS

    columns = [f"{name}_mark" if name in WAYS else name for name in CLEAN_COLUMNS if name != "reference"]
    rows = session.execute(text(CHANGES).columns(reference=REFERENCE), {"list": list_id, "most": most, "columns": columns})
    return [
        Change(row.row_number, row.reference or "", row.name, *(_told(row.name, word) for word in (row.old, row.new)))
        for row in rows
    ]


def _told(name: str, kept: str | None) -> str | None:
    return opened(kept, WAYS[name].place) if name in WAYS else kept


def findings_of(session: Session, list_id: int, most: int = FIRST_ISSUES) -> list[Finding]:
    """The first rows about which the register knows something. For us: a partner is not told whom the network knows."""
    rows = session.execute(text(FINDINGS), {"list": list_id, "most": most})
    return [Finding(row.row_number, row.code, row.person) for row in rows]


def removed_of(session: Session, list_id: int, most: int = FIRST_ISSUES) -> list[str]:
    """The first customers whom a full list no longer names: reference and name. Of other lists none."""
    target = session.get_one(TargetList, list_id)
    if target.mode != ListMode.FULL:
        return []
    rows = session.execute(text(REMOVED_NAMES).columns(reference=REFERENCE), values_of(target) | {"most": most})
    return [" · ".join(filter(None, row)) for row in rows]
