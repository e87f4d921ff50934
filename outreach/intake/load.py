"""Reads a partner's file into the database to be looked at: every row has its state before anything is committed."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from hashlib import file_digest
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import select, text

from outreach.core import bulk, clock, progress
from outreach.core.errors import ListRefusedError
from outreach.core.i18n import N_, _
from outreach.core.marks import mark_all
from outreach.core.memory import give_large_blocks_back
from outreach.core.sealing import seal, seal_all, seal_data
from outreach.core.words import ListState, Through
from outreach.definitions.campaign import ListDefinition, ListMode
from outreach.definitions.facts import PARTNER
from outreach.definitions.fields import ListField
from outreach.definitions.registry import Loaded
from outreach.intake import corrections, erased, findings, own, shared_phones
from outreach.intake.cleaning import CLEAN_COLUMNS, Cleaned, Cleaner, Issue
from outreach.intake.columns import Mapping, Recognition, choose_list, require
from outreach.intake.files import Choices, Chunk, Source, open_source
from outreach.intake.in_force import IN_FORCE, REMOVED_ROWS, basis, lock, values_of
from outreach.intake.memory import answered_mapping, saved_mapping
from outreach.intake.result import REMOVED, ImportResult, result_of
from outreach.intake.states import Comparison, Register, States, as_hex, pair_shared_keys, row_keys
from outreach.intake.text import fold
from outreach.models import Agreement, TargetList
from outreach.models.base import REFERENCE, WAYS
from outreach.models.lists import SEPARATOR

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

SIMULATION_MARK = "LISTE SIMULEE"
"""Title of lists of invented people; every reference of such a list also begins with ``SIMUL-``."""
CHUNK = 10_000
"""Rows cleaned at a time: fewer cost time, more cost memory."""
MANY = 50_000
"""Rows from which the server's statistics are refreshed at once."""
SIMULATED_REFERENCE = "SIMUL-"
MARKS = tuple(f"{name}_mark" for name in WAYS)
ROW_COLUMNS = (
    "list_id", "campaign_id", "partner_id", "row_number", "state", "duplicate_of", "row_key", "content_hash", "replaces",
    "corrects_row", "leave_reason", "raw", *CLEAN_COLUMNS, *MARKS,
)  # fmt: skip


ISSUE_COLUMNS = ("list_id", "row_number", "column_name", "value", "code", "reason", "details", "rejects")


@dataclass(frozen=True)
class Request:
    """What a person says about a file beside handing it over.

    ``answers``: fields by header key (``columns.read_answer``). ``list_code``: which of the campaign's lists it is.
    ``again``: take rows in that were taken in before. ``corrects``: the list whose rejected rows it brings back.
    """

    choices: Choices = field(default_factory=Choices)
    answers: dict[str, ListField | None] = field(default_factory=dict)
    list_code: str | None = None
    again: bool = False
    corrects: int | None = None
    through: Through = Through.COMMAND


def preview_list(session: Session, loaded: Loaded, path: Path, *, actor: str, request: Request | None = None) -> ImportResult:
    """Read one file and decide what each of its rows is; nothing counts before ``commit_list``.

    Raises ``ListRefusedError`` when the file is no table, lacks a required column, or comes outside the agreement, and its
    ``MappingNeededError`` when a person has to say what some columns mean.
    """
    give_large_blocks_back()
    return _Reading(session, loaded, path, actor, request or Request()).run()


class _Reading:
    """One file on its way into the database."""

    def __init__(self, session: Session, loaded: Loaded, path: Path, actor: str, request: Request) -> None:
        self.session, self.loaded, self.path = session, loaded, path
        self.actor, self.request = actor, request
        self.agreement = session.get_one(Agreement, loaded.campaign.agreement_id)
        self.issues: list[tuple[int, Issue]] = []
        self.states: Counter[str] = Counter()
        self.simulated = False
        self.total = 0

    def run(self) -> ImportResult:
        if not self.path.is_file():
            raise ListRefusedError(_("ce fichier n'existe pas"), place=str(self.path), mend=_("Vérifiez le chemin."))
        lock(self.session, self.loaded)
        with self.path.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
        seen = self._seen(TargetList.sha256 == digest)
        if seen is not None:
            return seen
        if not self.agreement.valid_from <= clock.today() <= self.agreement.valid_to:
            raise ListRefusedError(_("la convention n'est pas en vigueur aujourd'hui"), place=self.agreement.code)
        recognition = self._recognition()
        with open_source(self.path, recognition.score, self.request.choices) as source:
            found = corrections.find(self.session, self.loaded, source.headers, self.request.corrects)
            mapping = recognition.map(source.headers, source.sample, self.path.name)
            definition = self._definition(mapping, found)
            require(mapping, definition, self.path.name)
            target = self._new_list(digest, definition, source, mapping, found)
            with self.session.begin_nested() as trial:
                comparison = self._store(target, source, mapping, definition, found)
                target.content_hash = comparison.fingerprint()
                seen = self._seen(TargetList.content_hash == target.content_hash)
                if seen is not None:
                    trial.rollback()
                    self.session.delete(target)
                    return seen
            self._conclude(target, source, comparison)
        return result_of(target)

    def _seen(self, condition: Any) -> ImportResult | None:
        if self.request.again:
            return None
        query = select(TargetList).where(
            TargetList.campaign_id == self.loaded.campaign.id, TargetList.state == ListState.COMMITTED, condition
        )
        known = self.session.scalars(query.order_by(TargetList.id.desc()).limit(1)).first()
        return result_of(known, known=True) if known else None

    def _recognition(self) -> Recognition:
        folder = self.loaded.folder
        saved = saved_mapping(self.session, self.agreement.partner_id)
        answered = answered_mapping(self.session, self.loaded.campaign.id)
        own_fields = own.headers(folder.campaign.lists, folder.agreement.extra_fields)
        allowed_fields = list(folder.agreement.allowed_fields)
        return Recognition(folder.campaign.lists, allowed_fields, saved, self.request.answers, own_fields, answered)

    def _definition(self, mapping: Mapping, found: corrections.Correcting | None) -> ListDefinition:
        lists = self.loaded.folder.campaign.lists
        code = found.list_code if found else self.request.list_code
        if code is None:
            return choose_list(lists, mapping)
        for part in lists:
            if part.code == code:
                return part
        known = ", ".join(part.code for part in lists)
        raise ListRefusedError(
            _("cette campagne n'a pas de telle liste"), place=code, mend=_("Listes : {known}.").format(known=known)
        )

    def _new_list(
        self, digest: str, definition: ListDefinition, source: Source, mapping: Mapping, found: corrections.Correcting | None
    ) -> TargetList:
        allowed = {column.position for column in mapping.stored}
        target = TargetList(
            campaign_id=self.loaded.campaign.id, agreement_id=self.agreement.id, partner_id=self.agreement.partner_id,
            state=ListState.PREVIEWED, list_code=definition.code,
            scope=found.scope if found else self.loaded.folder.campaign.scope_of(definition),
            mode=ListMode.CORRECTION if found else definition.mode, corrects_id=found.list_id if found else None,
            file_name=self.path.name, sha256=digest, content_hash="", simulated=False, delivered_by=self.actor,
            delivered_through=self.request.through, imported_at=clock.now(), total=0, blank=0, set_aside=0, counts={},
            detection={
                "kind": source.kind, "encoding": source.encoding, "delimiter": source.delimiter, "sheet": source.sheet,
                "member": source.member, "header_row": source.header_row,
            },
            columns=[
                {"header": column.header, "field": PARTNER + column.own if column.own else column.field, "known": column.known, "why": column.why,
                 "stored": column.position in allowed}
                for column in mapping.columns
            ],
            notices=[], columns_left_out=[header for header in mapping.left_out if not corrections.is_header(header)],
            basis=basis(self.session, self.loaded),
        )  # fmt: skip
        self.session.add(target)
        self.session.flush()
        return target

    def _store(
        self,
        target: TargetList,
        source: Source,
        mapping: Mapping,
        definition: ListDefinition,
        found: corrections.Correcting | None,
    ) -> Comparison:
        cleaner = Cleaner(mapping, definition, self.loaded.folder.agreement.extra_fields)
        stored = [column.position for column in mapping.stored]
        columns = (*ROW_COLUMNS, "extra") if any(column.own for column in mapping.stored) else ROW_COLUMNS
        chunks = source.chunks(CHUNK)
        first = next(chunks, None)
        begun = [(first, cleaner.clean(first.cells))] if first else []
        is_short = first is None or len(first.numbers) < CHUNK
        keys = (
            [key for _chunk, cleaned in begun for key in row_keys(cleaned, target.partner_id).drop_null().to_pylist()]
            if is_short
            else None
        )
        comparison = Comparison(Register(self.session, values_of(target), keys), target.partner_id)
        with progress.step(N_("Lecture et nettoyage")) as advance, bulk.Loading(self.session, "list_row", columns) as loading:
            for chunk, cleaned in chain(begun, ((chunk, cleaner.clean(chunk.cells)) for chunk in chunks)):
                raw = pc.binary_join_element_wise(*(chunk.cells[position] for position in stored), SEPARATOR)
                states = comparison.compare(cleaned, raw, chunk.numbers)
                loading.write(self._table(target, chunk, cleaned, states, raw, found))
                self._note(chunk, cleaned, states)
                advance(len(chunk.numbers))
        self._store_issues(target)
        return comparison

    def _table(
        self,
        target: TargetList,
        chunk: Chunk,
        cleaned: Cleaned,
        states: States,
        raw: pa.Array,
        found: corrections.Correcting | None,
    ) -> pa.Table:
        size = len(chunk.numbers)
        corrects = found.rows(chunk, states.keys) if found else pa.nulls(size, pa.int64())
        parts = {
            "list_id": _constant(target.id, size), "campaign_id": _constant(target.campaign_id, size),
            "partner_id": _constant(target.partner_id, size), "row_number": pa.array(chunk.numbers),
            "state": pa.array(states.states.tolist(), pa.string()), "duplicate_of": _or_null(states.twins), "row_key": states.keys,
            "content_hash": pa.array(as_hex(states.digests)), "replaces": _or_null(states.replaces), "corrects_row": corrects,
            "leave_reason": cleaned.leaving, "raw": _sealed(raw, "list_row.raw"), **_kept(cleaned.columns), **({"extra": cleaned.extra} if cleaned.extra is not None else {}),
        }  # fmt: skip
        return pa.table(parts)

    def _note(self, chunk: Chunk, cleaned: Cleaned, states: States) -> None:
        self.total += len(chunk.numbers)
        names, numbers = np.unique(states.states, return_counts=True)
        self.states.update(dict(zip(names.tolist(), numbers.tolist(), strict=True)))
        self.issues += [(int(chunk.numbers[issue.position]), issue) for issue in cleaned.issues]
        self.simulated |= bool(pc.any(pc.starts_with(cleaned.columns["reference"], SIMULATED_REFERENCE)).as_py())

    def _store_issues(self, target: TargetList) -> None:
        if self.issues:
            rows = [
                (
                    target.id, number, issue.column, seal(issue.value, "row_issue.value"), issue.code, issue.reason,
                    json.dumps(seal_data(issue.details, "row_issue.details")), issue.rejects,
                )
                for number, issue in self.issues
            ]  # fmt: skip
            parts = dict(zip(ISSUE_COLUMNS, map(pa.array, zip(*rows, strict=True)), strict=True))
            with bulk.Loading(self.session, "row_issue", ISSUE_COLUMNS) as loading:
                loading.write(pa.table(parts))
            self.issues.clear()

    def _tell_shared_phones(self, target: TargetList) -> None:
        """Have phones that stand for too many customers set aside, and say so cell by cell."""
        phones = (ListField.PHONE, ListField.MOBILE, ListField.FIXED)
        header = ", ".join(column["header"] for column in target.columns if column["stored"] and column["field"] in phones)
        for number, customers in shared_phones.set_aside(self.session, target):
            issue = Issue(0, header, "", shared_phones.CODE, shared_phones.REASON, rejects=False, details={"count": customers})
            self.issues.append((number, issue))
            if len(self.issues) >= CHUNK:
                self._store_issues(target)
        self._store_issues(target)

    def _conclude(self, target: TargetList, source: Source, comparison: Comparison) -> None:
        with progress.step(N_("Comparaison avec le registre")):
            if self.total >= MANY:
                # A shorter list changes no statistics worth the wait; the server refreshes them by itself.
                bulk.analyse(self.session, "list_row")
            changed = bool(comparison.register.size) and pair_shared_keys(self.session, values_of(target))
            if erased.set_aside(self.session, target.id) or changed:
                query = text("SELECT state, count(*) FROM list_row WHERE list_id = :list GROUP BY 1")
                self.states = Counter({str(state): int(n) for state, n in self.session.execute(query, {"list": target.id})})
            self._tell_shared_phones(target)
            removed, in_force = 0, comparison.register.size
            if target.mode == ListMode.FULL:
                counted = (IN_FORCE, f"SELECT count(*) FROM ({REMOVED_ROWS}) gone")
                in_force, removed = (int(self.session.execute(text(query), values_of(target)).scalar_one()) for query in counted)
            known = findings.look_up(self.session, target)
        target.simulated = self.simulated or any(SIMULATION_MARK in fold(title).upper() for title in source.titles)
        target.total, target.blank, target.set_aside = self.total, source.blank, len(source.set_aside)
        target.counts = {**self.states, REMOVED: removed, "in_force": in_force, "findings": known}
        target.notices = [asdict(notice) for notice in source.notices]
        self.session.flush()


def _sealed(words: pa.Array, place: str) -> pa.Array:
    return pa.array(seal_all(words.to_pylist(), place), pa.string())


def _kept(columns: dict[str, pa.Array]) -> dict[str, pa.Array]:
    """Cleaned columns as they are kept: phones, e-mail and references sealed, each way to reach somebody with its marks."""
    sealed = {name: _sealed(columns[name], kind.place) for name, kind in {**WAYS, "reference": REFERENCE}.items()}
    marks = {f"{name}_mark": pa.array(mark_all(columns[name].to_pylist()), pa.string()) for name in WAYS}
    return {**columns, **sealed, **marks}


def _constant(value: int, size: int) -> pa.Array:
    return pa.repeat(pa.scalar(value, pa.int64()), size)


def _or_null(numbers: np.ndarray) -> pa.Array:
    """Numbers with 0 as null."""
    return pa.array(numbers, pa.int64(), mask=numbers == 0)
