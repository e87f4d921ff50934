"""Takes a partner's file in: one transaction, every row accounted for, the same file twice adds nothing."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from sqlalchemy import select, text

from outreach.core import audit, bulk, clock, progress
from outreach.core.errors import ListRefusedError
from outreach.core.i18n import N_, _
from outreach.core.words import RowState
from outreach.definitions.campaign import ListDefinition, ListMode
from outreach.definitions.registry import Loaded
from outreach.intake.cleaning import CLEAN_COLUMNS, Cleaned, clean_rows
from outreach.intake.mapping import Mapped, choose_list, known_headers, map_columns
from outreach.intake.readers import Table, read_table
from outreach.intake.text import fold
from outreach.models import Agreement, TargetList

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

SIMULATED_REFERENCE = "SIMUL-"
ROW_COLUMNS = (
    "list_id", "campaign_id", "partner_id", "row_number", "state", "current", "duplicate_of", "row_hash", "raw", *CLEAN_COLUMNS
)  # fmt: skip


@dataclass(frozen=True)
class ImportResult:
    """What became of a file: rows by state; ``total`` = their sum, ``blank`` rows beside. ``known``: seen before."""

    list_id: int
    file_name: str
    total: int
    blank: int
    counts: dict[str, int]
    known: bool = False
    simulated: bool = False
    left_out: list[str] = field(default_factory=list)
    removed: int = 0


def import_list(session: Session, loaded: Loaded, path: Path, *, actor: str) -> ImportResult:
    """Import one file into a launched campaign.

    Raises ``ListRefusedError`` when the file is no table, lacks a required column, or comes outside the agreement.
    """
    if not path.is_file():
        raise ListRefusedError(_("ce fichier n'existe pas"), place=str(path), mend=_("Vérifiez le chemin."))
    digest = sha256(path.read_bytes()).hexdigest()
    seen = _seen_before(session, loaded, TargetList.sha256 == digest)
    if seen is not None:
        return seen
    agreement = session.get_one(Agreement, loaded.campaign.agreement_id)
    if not agreement.valid_from <= clock.today() <= agreement.valid_to:
        raise ListRefusedError(_("la convention n'est pas en vigueur aujourd'hui"), place=agreement.code)
    with progress.step(N_("Lecture")):
        table = read_table(path, known_headers(loaded.folder.campaign.lists))
    definition = choose_list(loaded.folder.campaign.lists, list(table.frame.columns))
    mapped = map_columns(table, definition, path.name)
    with progress.step(N_("Nettoyage"), len(table.frame)):
        cleaned = clean_rows(mapped, definition)
        rows = _rows(table, mapped, cleaned, definition)
    content = sha256("\n".join(sorted(rows["row_hash"])).encode()).hexdigest()
    seen = _seen_before(session, loaded, TargetList.content_hash == content)
    if seen is not None:
        return seen
    _compare_with_register(session, loaded, agreement.partner_id, rows)
    references = cleaned.frame["reference"].dropna()
    target = TargetList(
        campaign_id=loaded.campaign.id, agreement_id=agreement.id, partner_id=agreement.partner_id,
        list_code=definition.code, file_name=path.name, sha256=digest, content_hash=content, mode=definition.mode,
        simulated=table.is_marked_simulated or any(ref.startswith(SIMULATED_REFERENCE) for ref in references),
        delivered_by=actor, imported_at=clock.now(), total=len(rows), blank=table.blank, counts={}, columns_left_out=mapped.left_out,
    )  # fmt: skip
    session.add(target)
    session.flush()
    with progress.step(N_("Enregistrement"), len(rows)):
        _store(session, target, rows, cleaned, table)
        removed = _supersede(session, target)
    target.counts = dict(Counter(rows["state"].astype(str))) | {"removed": removed}
    audit.record(session, actor, "list.import", f"target_list/{target.id}", {"rows": len(rows), **target.counts})
    return _result(target)


def _rows(table: Table, mapped: Mapped, cleaned: Cleaned, definition: ListDefinition) -> pd.DataFrame:
    """The cleaned frame with row numbers, raw cells, hashes, and the states that the file alone decides."""
    rows = cleaned.frame.copy()
    raw = mapped.frame.rename(columns={str(name): header for name, header in mapped.headers.items()})
    rows["raw"] = [json.dumps(record, ensure_ascii=False) for record in raw.to_dict("records")]
    rows["row_hash"] = [sha256(cell.encode()).hexdigest()[:32] for cell in rows["raw"]]
    rows["row_number"] = table.numbers
    rows["duplicate_of"] = None
    rows["state"] = str(RowState.NEW)
    leaving = frozenset(fold(word) for word in definition.leaving)
    rejected = cleaned.rejected
    first: dict[str, int] = {}
    states, twins = [], []
    for position, digest in enumerate(rows["row_hash"]):
        twin = first.setdefault(digest, position)
        twins.append(table.numbers[twin] if twin != position else None)
        if twin != position:
            states.append(str(RowState.DUPLICATE))
        elif cleaned.movement[position] in leaving and leaving:
            states.append(str(RowState.LEAVING))
        elif position in rejected:
            states.append(str(RowState.REJECTED))
        else:
            states.append(str(RowState.NEW))
    rows["state"], rows["duplicate_of"] = states, pd.array(twins, dtype="Int64")
    return rows


def _compare_with_register(session: Session, loaded: Loaded, partner_id: int, rows: pd.DataFrame) -> None:
    """New rows whose customer this campaign already has are changed or unchanged."""
    known = bulk.copy_out(
        session,
        f"SELECT reference, {', '.join(CLEAN_COLUMNS[1:])} FROM list_row"
        " WHERE current AND campaign_id = %(campaign)s AND partner_id = %(partner)s",
        {"campaign": loaded.campaign.id, "partner": partner_id},
        dtype="str",
    )
    if known.empty:
        return
    register: dict[str, set[tuple[str, ...]]] = {}
    for record in known.itertuples(index=False):
        register.setdefault(str(record[0]), set()).add(_comparable(record[1:]))
    fresh = rows["state"] == str(RowState.NEW)
    content = rows.loc[fresh, list(CLEAN_COLUMNS)].itertuples(index=True)
    for record in content:
        versions = register.get(record[1])
        if versions is not None:
            same = _comparable(record[2:]) in versions
            rows.at[record[0], "state"] = str(RowState.UNCHANGED if same else RowState.CHANGED)


def _comparable(values: Any) -> tuple[str, ...]:
    """Values in one written form, whether they come from a file or from PostgreSQL."""
    written = {True: "t", False: "f"}
    return tuple(
        "" if value is None or value != value else written.get(value, str(value)) if isinstance(value, bool) else str(value)  # noqa: PLR0124
        for value in values
    )


def _store(session: Session, target: TargetList, rows: pd.DataFrame, cleaned: Cleaned, table: Table) -> None:
    rows["list_id"], rows["campaign_id"], rows["partner_id"] = target.id, target.campaign_id, target.partner_id
    rows["current"] = rows["state"].isin([str(RowState.NEW), str(RowState.CHANGED)])
    bulk.copy_in(session, "list_row", rows, ROW_COLUMNS)
    if cleaned.issues:
        issues = pd.DataFrame(
            [
                (target.id, table.numbers[issue.position], issue.column, issue.value, issue.code, issue.reason, issue.rejects)
                for issue in cleaned.issues
            ],
            columns=["list_id", "row_number", "column_name", "value", "code", "reason", "rejects"],
        )
        bulk.copy_in(session, "row_issue", issues)
    bulk.analyse(session, "list_row", "row_issue")


def _supersede(session: Session, target: TargetList) -> int:
    """Older rows of changed or leaving customers are history; a full list also removes whom it no longer names."""
    session.execute(
        text(
            "UPDATE list_row AS old SET current = false FROM list_row AS fresh"
            " WHERE fresh.list_id = :list AND fresh.state IN ('changed', 'leaving') AND old.list_id <> :list AND old.current"
            " AND old.campaign_id = fresh.campaign_id AND old.partner_id = fresh.partner_id AND old.reference = fresh.reference"
        ),
        {"list": target.id},
    )
    if target.mode != ListMode.FULL:
        return 0
    gone = session.execute(
        text(
            "UPDATE list_row AS old SET current = false WHERE old.current AND old.campaign_id = :campaign"
            " AND old.partner_id = :partner AND old.list_id <> :list AND NOT EXISTS (SELECT FROM list_row AS fresh"
            " WHERE fresh.list_id = :list AND fresh.reference = old.reference)"
        ),
        {"list": target.id, "campaign": target.campaign_id, "partner": target.partner_id},
    )
    return int(gone.rowcount)  # type: ignore[attr-defined]


def _seen_before(session: Session, loaded: Loaded, condition: Any) -> ImportResult | None:
    known = session.scalar(select(TargetList).where(TargetList.campaign_id == loaded.campaign.id, condition))
    return _result(known, known_before=True) if known else None


def _result(target: TargetList, *, known_before: bool = False) -> ImportResult:
    states = {state: number for state, number in target.counts.items() if state != "removed"}
    return ImportResult(
        list_id=target.id, file_name=target.file_name, total=target.total, blank=target.blank, counts=states,
        known=known_before, simulated=target.simulated, left_out=list(target.columns_left_out),
        removed=int(target.counts.get("removed", 0)),
    )  # fmt: skip
