"""Takes a partner's return file in: read, matched by reference, recorded; all in one transaction."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
from sqlalchemy import select, text

from outreach.core import audit, bulk, clock, progress
from outreach.core.errors import ListRefusedError
from outreach.core.i18n import N_, _
from outreach.core.marks import reference_marks
from outreach.core.words import OutcomeKind
from outreach.definitions.registry import agreed
from outreach.intake.files import Choices, Source, open_source
from outreach.intake.in_force import lock
from outreach.intake.returns.cases import cases_of
from outreach.intake.returns.columns import ReturnColumns, choose_returns, known_headers, recognise
from outreach.intake.returns.reading import Reading, Said, read_rows
from outreach.intake.returns.result import GivenBack, ReturnsResult, Why, result_of
from outreach.models import ReturnFile
from outreach.policy.outcomes import HELD_OUTCOMES

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.outcomes import Returns
    from outreach.definitions.registry import Agreed, Loaded

COLUMNS = ("case_id", "reference", "kind", "value", "amount", "observed_on")
TOLD = """
CREATE TEMP TABLE told (case_id bigint, reference text, kind text, value boolean, amount numeric(12, 2), observed_on date)
ON COMMIT DROP
"""
# What holds already is not written again: partners send everything anew each month.
NEWS = f"""
SELECT DISTINCT ON (t.case_id, t.reference, t.kind, t.observed_on) t.*
FROM told t LEFT JOIN ({HELD_OUTCOMES}) h USING (case_id, reference, kind, observed_on)
WHERE h.id IS NULL OR (h.value, h.amount) IS DISTINCT FROM (t.value, t.amount)
ORDER BY t.case_id, t.reference, t.kind, t.observed_on, t.amount DESC NULLS LAST
"""
RECORD = f"""
INSERT INTO partner_outcome (file_id, campaign_id, case_id, reference, kind, value, amount, observed_on, recorded_at)
SELECT :file, :campaign, n.case_id, n.reference, n.kind, n.value, n.amount, n.observed_on, :now FROM ({NEWS}) n ORDER BY 3, 5, 8
"""
COUNT = f"SELECT kind, value, count(*) AS n, coalesce(sum(amount), 0) AS amount FROM ({NEWS}) n GROUP BY 1, 2 ORDER BY 1, 2 DESC"
UNKNOWN = N_("cette référence n'est dans aucune liste de la campagne ; vérifiez-la")


def import_returns(
    session: Session,
    loaded: Loaded,
    path: Path,
    *,
    actor: str,
    code: str | None = None,
    as_of: date | None = None,
    preview: bool = False,
    choices: Choices | None = None,
) -> ReturnsResult:
    """Take one return file in under the agreement in force; the same file again changes nothing.

    ``code``: which of the campaign's return files it is. ``as_of``: the day up to which it tells (today, by default), which
    is also the day of rows that have none of their own. With ``preview`` nothing is written.

    Raises ``ListRefusedError`` when the file is no table, tells of no outcome that the agreement allows, names no
    reference, or comes outside the agreement's dates.
    """
    lock(session, loaded)
    digest, under = _digest(path), agreed(session, loaded.campaign)
    known = session.scalar(select(ReturnFile).where(ReturnFile.campaign_id == loaded.campaign.id, ReturnFile.sha256 == digest))
    if known is not None:
        return result_of(known, known=True)
    if not under.definition.valid_from <= clock.today() <= under.definition.valid_to:
        raise ListRefusedError(_("la convention n'est pas en vigueur aujourd'hui"), place=under.definition.code)
    told_until = _told_until(as_of, path)
    definitions = loaded.folder.campaign.returns
    with open_source(path, known_headers(definitions), choices or Choices()) as source:
        definition = choose_returns(definitions, source.headers, code, path.name)
        columns = recognise(definition, under.definition.allowed_outcomes, source.headers, source.sample, path.name)
        with progress.step(N_("Lecture et nettoyage")):
            reading = read_rows(source, columns, definition, told_until)
        result = _matched(session, loaded, under, _Taken(path, source, columns, definition, reading, told_until))
    return result if preview else _recorded(session, loaded, under, result, digest, actor)


class _Taken:
    """A file that was read: what it is, and what it says."""

    def __init__(
        self, path: Path, source: Source, columns: ReturnColumns, definition: Returns, reading: Reading, as_of: date
    ) -> None:
        self.path, self.source, self.columns = path, source, columns
        self.definition, self.reading, self.as_of = definition, reading, as_of


def _digest(path: Path) -> str:
    if not path.is_file():
        raise ListRefusedError(_("ce fichier n'existe pas"), place=str(path), mend=_("Vérifiez le chemin."))
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _told_until(as_of: date | None, path: Path) -> date:
    if as_of is not None and as_of > clock.today():
        raise ListRefusedError(_("ce fichier parlerait d'un jour à venir"), place=path.name, mend=_("Corrigez --as-of."))
    return as_of or clock.today()


def _matched(session: Session, loaded: Loaded, under: Agreed, taken: _Taken) -> ReturnsResult:
    """What each row comes to; what is told of cases waits in the table ``told``."""
    reading = taken.reading
    cases, known = cases_of(session, loaded.campaign.id, under.partner_id, {row.reference for row in reading.said})
    whys = {row.number: _why(row, cases, known) for row in reading.said}
    matched = [(row, case) for row in reading.said if whys[row.number] is Why.MATCHED for case in cases[row.reference]]
    outcomes = _tell(session, matched, under.partner_id)
    values = {"campaign": loaded.campaign.id, "until": taken.as_of}
    recorded: dict[str, dict[str, int]] = defaultdict(dict)
    amount, news = Decimal(0), 0
    for row in session.execute(text(COUNT), values):
        recorded[str(row.kind)]["yes" if row.value else "no"] = int(row.n)
        amount, news = amount + row.amount, news + int(row.n)
    counts = Counter([*whys.values(), *[Why.BAD] * len(reading.faults)])
    return ReturnsResult(
        file_name=taken.path.name, return_code=taken.definition.code, as_of=taken.as_of, dated=taken.columns.is_dated(),
        total=reading.total, rows={str(why): counts[why] for why in Why if counts[why]}, recorded=dict(recorded),
        repeated=outcomes - news, amount=amount, blank=taken.source.blank, set_aside=len(taken.source.set_aside),
        missing=tuple(map(str, taken.columns.missing)), headers=tuple(taken.source.headers),
        given_back=_given_back(taken, {number for number, why in whys.items() if why is Why.UNKNOWN}),
    )  # fmt: skip


def _why(row: Said, cases: dict[str, list[int]], known: set[str]) -> Why:
    if row.reference not in known:
        return Why.UNKNOWN
    if row.reference not in cases:
        return Why.WITHOUT_CASE
    return Why.MATCHED if row.outcomes else Why.SILENT


def _tell(session: Session, matched: list[tuple[Said, int]], partner: int) -> int:
    """Put every outcome told into a temporary table; the amount goes with the payment, references as their marks.

    Returns how many.
    """
    marks = reference_marks(partner, (row.reference for row, _case in matched))
    lines = [
        (case, mark, str(kind), value, row.amount if kind is OutcomeKind.PAID else None, row.observed_on)
        for (row, case), mark in zip(matched, marks, strict=True)
        for kind, value in row.outcomes.items()
    ]
    session.execute(text("DROP TABLE IF EXISTS pg_temp.told"))
    session.execute(text(TOLD))
    types = (pa.int64(), pa.string(), pa.string(), pa.bool_(), pa.decimal128(12, 2), pa.date32())
    cells: list[list[object]] = [list(column) for column in zip(*lines, strict=True)] if lines else [[] for _name in COLUMNS]
    parts = [pa.array(column, kind) for column, kind in zip(cells, types, strict=True)]
    with bulk.Loading(session, "told", COLUMNS) as loading:
        loading.write(pa.table(dict(zip(COLUMNS, parts, strict=True))))
    return len(lines)


def _given_back(taken: _Taken, unknown: set[int]) -> tuple[GivenBack, ...]:
    """Faulty rows and those whose reference nobody knows, with the reason, in the order of the file."""
    headers, faults = taken.source.headers, taken.reading.faults
    rows = []
    for number, cells in taken.reading.cells({*faults, *unknown}):
        reasons = faults[number].reasons if number in faults else {taken.columns.reference: UNKNOWN}
        told = " | ".join(f"{headers[position]} : {reason}" for position, reason in sorted(reasons.items()))
        rows.append(GivenBack(number, cells, told, frozenset(reasons)))
    return tuple(rows)


def _recorded(session: Session, loaded: Loaded, under: Agreed, result: ReturnsResult, digest: str, actor: str) -> ReturnsResult:
    """Write the file and its outcomes; what is written is never changed."""
    row = ReturnFile(
        campaign_id=loaded.campaign.id, agreement_id=under.id, return_code=result.return_code, file_name=result.file_name,
        sha256=digest, as_of=result.as_of, dated=result.dated, total=result.total, counts=result.counts(),
        received_at=clock.now(), received_by=actor,
    )  # fmt: skip
    session.add(row)
    session.flush()
    values = {"file": row.id, "campaign": loaded.campaign.id, "until": result.as_of, "now": row.received_at}
    session.execute(text(RECORD), values)
    session.execute(text("DROP TABLE told"))
    audit.record(
        session, actor, "returns.import", f"return_file/{row.id}",
        {"rows": result.total, **result.rows, "repeated": result.repeated, "as_of": result.as_of.isoformat()},
    )  # fmt: skip
    return replace(result, file_id=row.id, received_at=row.received_at, received_by=actor)
