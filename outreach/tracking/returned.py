"""Mail that came back: references, codes or scanned squares become events, and their cases go on without letters.

The reason that the post gives is kept with the event. A letter that the person refused is no objection, but it is shown
as what it is: somebody there does not want letters.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import audit, clock
from outreach.core.errors import OutreachError
from outreach.core.i18n import N_, _
from outreach.core.letter_codes import LETTERS, PLACES, number_of, plain_code
from outreach.core.plain_tables import sheets
from outreach.core.references import contact_of
from outreach.core.words import EventKind
from outreach.tracking.events import NewEvent, append_events

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

RETURNED = "returned"
LARGEST = 8_000_000
"""Bytes of a file: a hundred thousand references are two million."""
REASONS = {
    "unknown": N_("destinataire inconnu à l'adresse"),
    "address": N_("défaut d'accès ou d'adressage"),
    "refused": N_("pli refusé par le destinataire"),
    "unclaimed": N_("pli avisé et non réclamé"),
}
"""What the post ticks on a letter that it brings back."""
_SAID = (
    ("unknown", re.compile(r"npai|inconnu|n.habite|parti sans|unknown")),
    ("address", re.compile(r"acces|adressage|adresse (?:incompl|insuff)|address")),
    ("refused", re.compile(r"refus")),
    ("unclaimed", re.compile(r"reclam|avise|unclaimed")),
)
_LINK = re.compile(r"https?://\S+/o/([^\s/?#]+)/?\s*$", re.IGNORECASE)
_REFERENCE = re.compile(r"(?:ref(?:erence)?\.?\s*:?\s*)?(\d+\s*-\s*\d{2})", re.IGNORECASE)
_CODE = re.compile(rf"[{LETTERS}\s-]{{{PLACES},{PLACES + 4}}}", re.IGNORECASE)

OF_CONTACTS = """
SELECT k.id, k.case_id, k.state, k.disposition, c.letter_code FROM contact k JOIN "case" c ON c.id = k.case_id
WHERE k.id = ANY(:ids) AND k.channel = 'letter' ORDER BY k.id FOR UPDATE OF k
"""
OF_CODES = """
SELECT k.id, c.letter_code FROM "case" c LEFT JOIN contact k ON k.case_id = c.id AND k.channel = 'letter' AND k.state = 'sent'
WHERE c.id = ANY(:numbers) AND c.letter_code = ANY(:codes)
"""
BLOCK = "UPDATE contact SET disposition = 'returned' WHERE id = ANY(:ids)"
# A second letter to where the first one came back from is not sent; where nothing else is planned, the case is looked at anew.
CANCEL = """
UPDATE contact SET state = 'cancelled', reason = 'returned', done_at = :now
WHERE case_id = ANY(:cases) AND channel = 'letter' AND state = 'planned'
"""
TO_PLAN = """
UPDATE "case" c SET next_at = :now, wait_reason = 'to_plan' WHERE c.id = ANY(:cases) AND c.closed_at IS NULL
  AND NOT EXISTS (SELECT FROM contact k WHERE k.case_id = c.id AND k.state IN ('planned', 'claimed', 'unknown'))
"""


@dataclass(frozen=True)
class ReturnLine:
    """One letter that came back, as a file names it: by contact (0: none given), by code (empty: none), or badly.

    ``written``: what was read; ``reason``: a key of ``REASONS``, none when nothing was said.
    """

    row: int
    written: str
    contact: int = 0
    code: str = ""
    reason: str | None = None


@dataclass(frozen=True)
class ReturnProblem:
    """A line that was not taken, and what to do about it."""

    row: int
    written: str
    message: str
    mend: str


@dataclass
class ReturnsResult:
    """What a file of returns changed. ``known``: had come back before; ``reasons``: of the new ones."""

    noted: int = 0
    known: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    problems: list[ReturnProblem] = field(default_factory=list)


def read_returns(path: Path) -> list[ReturnLine]:
    """The lines of a file (CSV, XLSX, or text with one letter a line): references, codes, links of squares, reasons.

    Columns may come in any order and under any name; a first row that names columns is left out. Raises ``OutreachError``
    for a file that is too large or cannot be read.
    """
    if path.stat().st_size > LARGEST:
        raise OutreachError(_("ce fichier de retours est trop gros"), place=path.name, mend=_("Partagez-le."))
    rows = ((row, [cell.strip() for cell in cells if cell.strip()]) for row, cells in enumerate(next(sheets(path), []), start=1))
    written = [(row, kept) for row, kept in rows if kept]
    lines = [_line(row, kept) for row, kept in written]
    is_heading = bool(lines) and not (lines[0].contact or lines[0].code or any(map(str.isdigit, "".join(written[0][1]))))
    return lines[1:] if is_heading else lines


def record_returns(session: Session, lines: Sequence[ReturnLine], *, actor: str) -> ReturnsResult:
    """Note the letters that came back; the same file twice changes nothing. Nothing is guessed: the rest is listed."""
    result = ReturnsResult()
    chosen: dict[int, ReturnLine] = {}
    contacts = _of_codes(session, [line.code for line in lines if line.code])
    sent = {row.id: row for row in session.execute(text(OF_CONTACTS), {"ids": sorted(_all_ids(lines, contacts))})}
    for line in lines:
        found = _place(line, contacts, sent)
        if isinstance(found, ReturnProblem):
            result.problems.append(found)
        elif found in chosen or sent[found].disposition == RETURNED:
            result.known += 1
        else:
            chosen[found] = line
    if chosen:
        _note(session, {contact: sent[contact].case_id for contact in chosen}, chosen, actor)
    result.noted = len(chosen)
    result.reasons = Counter(line.reason for line in chosen.values() if line.reason)
    told = {"noted": result.noted, "known": result.known, "not_taken": len(result.problems)}
    audit.record(session, actor, "letters.returned", "mail", told)
    return result


def _note(session: Session, cases: dict[int, int], chosen: dict[int, ReturnLine], actor: str) -> None:
    now = clock.now()
    touched = sorted(set(cases.values()))
    session.execute(text(BLOCK), {"ids": list(cases)})
    session.execute(text(CANCEL), {"cases": touched, "now": now})
    session.execute(text(TO_PLAN), {"cases": touched, "now": now})
    events = [
        NewEvent(
            case, EventKind.UNDELIVERED, f"returned:{contact}", now, actor, "letter", RETURNED, contact,
            {"reason": chosen[contact].reason} if chosen[contact].reason else {},
        )
        for contact, case in cases.items()
    ]  # fmt: skip
    append_events(session, events)


def _of_codes(session: Session, codes: Iterable[str]) -> dict[str, list[int]]:
    """The letters sent under each code that exists."""
    wanted = sorted(set(codes))
    found: dict[str, list[int]] = {}
    values = {"codes": wanted, "numbers": [number_of(code) for code in wanted]}
    for row in session.execute(text(OF_CODES), values):
        found.setdefault(row.letter_code, []).extend([row.id] if row.id else [])
    return found


def _all_ids(lines: Sequence[ReturnLine], of_codes: dict[str, list[int]]) -> set[int]:
    return {line.contact for line in lines if line.contact} | {contact for known in of_codes.values() for contact in known}


def _place(line: ReturnLine, of_codes: dict[str, list[int]], sent: dict[int, Any]) -> int | ReturnProblem:
    """The letter that a line is about, or why that cannot be said."""
    look = _("Relisez-la au bas du courrier, après « Réf. » : elle s'écrit 1234-82.")
    if line.contact:
        row = sent.get(line.contact)
        if row is not None and row.state == "sent":
            if not line.code or row.letter_code == line.code:
                return line.contact
            return ReturnProblem(line.row, line.written, _("la référence et le code ne sont pas du même courrier"), look)
        return ReturnProblem(line.row, line.written, _("aucun courrier n'est parti sous cette référence"), look)
    known = of_codes.get(line.code, [])
    if len(known) == 1:
        return known[0]
    if not line.code:
        message = _("ni référence ni code reconnu")
    elif line.code not in of_codes:
        message, look = _("ce code n'existe pas"), _("Relisez-le : six lettres et chiffres.")
    else:
        message = _("plusieurs courriers portent ce code") if known else _("aucun courrier n'est parti sous ce code")
    return ReturnProblem(line.row, line.written, message, look)


def _line(row: int, cells: list[str]) -> ReturnLine:
    contact, code, reason, read = 0, "", None, ""
    for cell in cells:
        link = _LINK.fullmatch(cell)
        told = plain_code(link[1])[:PLACES] if link else cell
        if (found := _REFERENCE.fullmatch(_plain(told))) and not contact:
            contact, read = contact_of(found[1]), read or cell
        elif _CODE.fullmatch(told) and number_of(told) and not code:
            code, read = plain_code(told), read or cell
        elif reason is None:
            reason = next((name for name, pattern in _SAID if pattern.search(_plain(cell).lower())), None)
    # Files hold names too: shown again is what was read as a reference or code, or may be meant as one.
    read = read or next((cell for cell in cells if any(map(str.isdigit, cell)) or len(cells) == 1), "")
    return ReturnLine(row, read[:60], contact, code, reason)


def _plain(written: str) -> str:
    """Without accents."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", written) if not unicodedata.combining(sign))
