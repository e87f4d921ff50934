"""Print runs handed to the print house: once, and again only when somebody says why.

Before a run leaves, the audit trail says that it is about to; afterwards that it did. A hand-over that was interrupted in
between is looked up at the print house, and is not repeated on a guess. Whoever is to be left alone since the run was sealed has no
letter in what leaves (``leaving_out``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, text

from outreach.channels.letters.copies import checked_file, run_without
from outreach.channels.letters.leaving_out import left_out
from outreach.channels.letters.staging import recover
from outreach.channels.letters.targets import HandOverError, Target
from outreach.channels.limits import is_held
from outreach.core import audit, clock
from outreach.core.errors import OutreachError, PolicyError, ProviderError
from outreach.core.i18n import _
from outreach.core.live import require_live
from outreach.core.references import plain_number
from outreach.models import Campaign, MailBatch, MailPrinting

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.core.database import Database

BEGUN, FAILED = "letters.deliver", "letters.deliver_failed"

# A hand-over that was begun, and of which nobody wrote how it ended.
OPEN = """
SELECT a.at, a.data FROM audit_entry a WHERE a.action = 'letters.deliver' AND a.subject = :subject AND a.data ->> 'number' = :number
  AND NOT EXISTS (SELECT FROM audit_entry f WHERE f.action = 'letters.deliver_failed' AND f.subject = a.subject
                  AND f.data ->> 'number' = :number AND f.id > a.id)
ORDER BY a.id DESC LIMIT 1
"""
INVENTED = """
SELECT EXISTS (SELECT FROM mail_letter l JOIN contact k ON k.id = l.contact_id JOIN person p ON p.id = k.person_id
               WHERE l.batch_id = :batch AND p.simulated)
"""


@dataclass(frozen=True)
class Run:
    """One print run and what became of it. ``printings``: how often it was handed over; ``last``: when, the last time."""

    batch: int
    campaign: str
    day: date
    number: int
    file: str
    letters: int
    pages: int
    returned: int
    printings: int
    last: datetime | None


@dataclass(frozen=True)
class Delivered:
    """A run that the print house has: so many letters, without those ``left_out``.

    ``was_there``: an interrupted hand-over had in fact arrived.
    """

    batch: int
    file: str
    printing: int
    letters: int
    target: str
    was_there: bool = False
    left_out: int = 0


@dataclass(frozen=True)
class _Parcel:
    """What is handed over of a run: the file, then its manifest, which says that it is whole; none where nobody is left in it."""

    files: list[tuple[str, bytes]]
    letters: int
    left_out: int

    def described(self) -> dict[str, Any]:
        """What is written down before it leaves, by which it is known at the print house whoever is left out by then."""
        name, signal = self.files[-1] if self.files else (None, b"")
        return {"letters": self.letters, "left_out": self.left_out, "file": name, "sha256": sha256(signal).hexdigest()}


def runs_of(session: Session, code: str) -> list[Run]:
    """The print runs of a campaign, oldest first."""
    query = text(
        "SELECT b.id, m.code, b.day, b.number, b.file_name, b.letters, b.pages,"
        " (SELECT count(*) FROM contact k WHERE k.batch_id = b.id AND k.disposition = 'returned') AS returned,"
        " (SELECT count(*) FROM mail_printing p WHERE p.batch_id = b.id) AS printings,"
        " (SELECT max(delivered_at) FROM mail_printing p WHERE p.batch_id = b.id) AS last"
        " FROM mail_batch b JOIN campaign m ON m.id = b.campaign_id WHERE m.code = :code ORDER BY b.day, b.number"
    )
    return [Run(*row) for row in session.execute(query, {"code": code})]


def chosen_runs(session: Session, written: str) -> list[int]:
    """The runs that are meant: the number of one, or of a campaign's code those that were never handed over."""
    if written.isdecimal():
        batch = session.get(MailBatch, plain_number(written))
        if batch is None:
            raise OutreachError(_("ce tirage n'existe pas"), place=written, mend=_("Voyez « outreach letters runs »."))
        return [batch.id]
    if session.scalar(select(Campaign.id).where(Campaign.code == written)) is None:
        raise OutreachError(_("campagne inconnue"), place=written)
    return [run.batch for run in runs_of(session, written) if not run.printings]


def deliver(
    database: Database, batches: Sequence[int], out: Path, target: Target, *, actor: str, again: str | None = None
) -> list[Delivered]:
    """Hand runs over, one after the other; ``again``: why they are printed once more.

    Raises ``PolicyError`` for one that was handed over before, or may have been, without a reason; ``ProviderError`` for letters
    to invented people; ``OutreachError`` for a file that is not what was sealed, and when the print house does not take it.
    """
    with database.session() as session:
        recover(session, out)
    return [_deliver_one(database, batch, out, target, actor, (again or "").strip() or None) for batch in batches]


def _deliver_one(database: Database, batch_id: int, out: Path, target: Target, actor: str, reason: str | None) -> Delivered:
    subject = f"mail_batch/{batch_id}"
    with database.session() as session:
        batch = _locked(session, batch_id)
        require_live(session)
        if is_held(session, batch.campaign_id):
            raise PolicyError(_("les envois sont arrêtés, ou la campagne est en pause : rien ne part"), place=batch.file_name)
        if not target.is_loopback and session.execute(text(INVENTED), {"batch": batch_id}).scalar_one():
            message = _("ces personnes sont inventées : rien ne part vers un vrai imprimeur")
            raise ProviderError(message, place=batch.file_name, mend=_("Leur tirage est dans OUTREACH_OUTPUT."))
        number = _next_printing(session, batch_id)
        begun = session.execute(text(OPEN), {"subject": subject, "number": str(number)}).first()
        if begun is not None and (arrived := _arrived(begun.data, target)) is not None:
            return _written(session, batch, arrived, number, target, actor, reason, was_there=True)
        _allow(batch, number, begun.at if begun else None, reason)
        parcel = _parcel(session, batch, out, number)
        told = {"number": number, "target": target.label, "reason": reason} | parcel.described()
        audit.record(session, actor, BEGUN, subject, told)
    try:
        if parcel.files:
            target.hand_over(parcel.files)
    except HandOverError as error:
        if error.is_certain:
            with database.session() as session:
                audit.record(session, actor, FAILED, subject, {"number": number})
        raise
    with database.session() as session:
        return _written(session, _locked(session, batch_id), parcel, number, target, actor, reason)


def _arrived(begun: Mapping[str, Any], target: Target) -> _Parcel | None:
    """What an interrupted hand-over meant to leave, if its signal is at the print house: then it is there whole."""
    signal = target.read(begun["file"]) if begun.get("file") else None
    if signal is None or sha256(signal).hexdigest() != begun["sha256"]:
        return None
    return _Parcel([], begun["letters"], begun["left_out"])


def _locked(session: Session, batch_id: int) -> MailBatch:
    return session.scalars(select(MailBatch).where(MailBatch.id == batch_id).with_for_update()).one()


def _next_printing(session: Session, batch_id: int) -> int:
    last = select(func.coalesce(func.max(MailPrinting.number), 0)).where(MailPrinting.batch_id == batch_id)
    return int(session.execute(last).scalar_one()) + 1


def _allow(batch: MailBatch, number: int, begun: datetime | None, reason: str | None) -> None:
    if reason is not None:
        return
    mend = _("S'il faut vraiment l'imprimer encore, dites pourquoi : --again « … ».")
    if number > 1:
        message = _("ce tirage a déjà été remis à l'imprimeur : {letters} courriers partiraient deux fois")
        raise PolicyError(message.format(letters=batch.letters), place=batch.file_name, mend=mend)
    if begun is not None:
        moment = f"{begun.astimezone(clock.PARIS):%d/%m/%Y %H:%M}"
        message = _("une remise commencée le {moment} est restée sans suite : l'imprimeur l'a peut-être").format(moment=moment)
        raise PolicyError(message, place=batch.file_name, mend=_("Demandez-lui.") + " " + mend)


def _parcel(session: Session, batch: MailBatch, out: Path, number: int) -> _Parcel:
    """The run as it was sealed, or without those who are to be left alone; each other file has a name of its own."""
    gone = left_out(session, batch.id)
    made = run_without(session, batch, gone) if gone else (checked_file(session, batch, out).read_bytes(), batch.manifest)
    if made is None:
        return _Parcel([], 0, len(gone))
    content, described = made
    printing = "" if number == 1 else f"-tirage-{number}"
    stem = f"{Path(batch.file_name).stem}{printing}" + (f"-sans-{len(gone)}" if gone else "")
    told: dict[str, Any] = described | {"file": f"{stem}.pdf", "printing": number}
    written = json.dumps(told, ensure_ascii=False, indent=2).encode()
    return _Parcel([(f"{stem}.pdf", content), (f"{stem}.json", written)], int(described["letters"]), len(gone))


def _written(
    session: Session, batch: MailBatch, parcel: _Parcel, number: int, target: Target, actor: str, reason: str | None,
    *, was_there: bool = False,
) -> Delivered:  # fmt: skip
    session.add(
        MailPrinting(
            batch_id=batch.id, number=number, target=target.label, reason=reason, delivered_at=clock.now(), delivered_by=actor
        )
    )
    told = {
        "number": number, "target": target.label, "letters": parcel.letters, "left_out": parcel.left_out, "reason": reason, "was_there": was_there
    }  # fmt: skip
    audit.record(session, actor, "letters.delivered", f"mail_batch/{batch.id}", told)
    return Delivered(batch.id, batch.file_name, number, parcel.letters, target.label, was_there, parcel.left_out)
