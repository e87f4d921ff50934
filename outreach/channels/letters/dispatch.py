"""Prints what is due as letters: one sealed, print-ready run of up to a thousand, with its manifest."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from outreach.channels import outbox
from outreach.channels.letters.address import address_block, is_postal
from outreach.channels.letters.render import Letter, Rendered, manifest, render_letters
from outreach.channels.outbox import Due
from outreach.core import audit, clock, progress
from outreach.core.i18n import N_
from outreach.core.secrets import objection_pepper
from outreach.core.words import Channel, ContactState
from outreach.models import Contact, MailBatch

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.core.database import Database
    from outreach.definitions.registry import Loaded

RUN = 1000
"""Letters in one print run: bounds memory, and a run can be checked by hand."""


@dataclass
class LettersResult:
    """Letters printed, and the runs they are in."""

    letters: int = 0
    files: list[Path] = field(default_factory=list)


def dispatch_letters(database: Database, loaded: Loaded, out: Path, *, worker: str) -> LettersResult:
    """Print every due letter of a campaign; each run is one transaction: printed and sealed, or not at all."""
    result = LettersResult()
    if loaded.folder.messages.letter is None:
        return result
    pepper = objection_pepper(database)
    with progress.step(N_("Courriers")) as advance:
        while True:
            with database.session() as session:
                claimed = outbox.claim(session, loaded, Channel.LETTER, size=RUN, worker=worker, pepper=pepper)
                letters = _set_aside_unpostal(session, [compose(due, loaded) for due in claimed])
                rendered = _print_run(session, loaded, letters, out) if letters else None
            if not claimed:
                return result
            if rendered:
                result.letters += rendered.letters
                result.files.append(rendered.path)
                advance(rendered.letters)


def compose(due: Due, loaded: Loaded) -> Letter:
    """The letter of one contact: French, with a line in other languages that says whom to call."""
    folder = loaded.folder
    written = folder.messages.letter
    if written is None:
        message = "the campaign writes no letters"
        raise ValueError(message)
    agreement = folder.agreement
    words = outbox.words_for(due, partner=agreement.partner.name, association=agreement.association.name)
    return Letter(
        reference=f"{due.id}",
        address=address_block(
            due.title, due.given_name, due.family_name, due.building_name, due.staircase, due.floor, due.door, due.house_number,
            due.repetition, due.street, due.postal_code, due.city, residence=due.residence, place=due.place, po_box=due.po_box,
            cedex=due.cedex, country=due.country,
        ),
        subject=written.subject.format(**words),
        paragraphs=tuple(paragraph.format(**words) for paragraph in written.paragraphs),
        call_back_lines=tuple((language, line.format(**words)) for language, line in written.call_back_lines.items()),
        signature=written.signature.format(**words),
        letter_code=due.letter_code,
        sender=(agreement.association.name, due.site_name, due.site_address, due.site_phone),
        legal=legal_notice(loaded),
    )  # fmt: skip


def legal_notice(loaded: Loaded) -> str:
    """What RGPD article 14 wants said at the first contact: source, purpose, basis, retention, rights."""
    agreement = loaded.folder.agreement
    basis = {"legitimate_interest": "intérêt légitime", "public_interest": "mission d'intérêt public", "consent": "votre accord"}
    return (
        f"Vos coordonnées nous viennent de {agreement.partner.name}. But : {agreement.purpose} "
        f"Base légale : {basis[agreement.legal_basis]}. Conservation : {agreement.retention_months} mois au plus après le dernier "
        f"contact. Pour voir vos données, les corriger ou vous opposer : {agreement.association.contact_for_rights}. "
        "Réclamation : CNIL, cnil.fr."
    )


def _print_run(session: Session, loaded: Loaded, letters: list[Letter], out: Path) -> Rendered:
    day = clock.today()
    campaign = loaded.campaign
    last = select(func.coalesce(func.max(MailBatch.number), 0)).where(MailBatch.campaign_id == campaign.id, MailBatch.day == day)
    number = session.execute(last).scalar_one() + 1
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"courriers-{campaign.code}-{day}-{number:02d}.pdf"
    rendered = render_letters(letters, path, day=day)
    described = manifest(rendered, letters, day=day, campaign=campaign.code, number=number)
    path.with_suffix(".json").write_text(json.dumps(described, ensure_ascii=False, indent=2), encoding="utf-8")
    batch = MailBatch(
        campaign_id=campaign.id, day=day, number=number, letters=rendered.letters, pages=rendered.pages, sha256=rendered.sha256,
        file_name=path.name, manifest=described, sealed_at=clock.now(),
    )  # fmt: skip
    session.add(batch)
    session.flush()
    _finish(session, letters, ContactState.SENT, "sent", batch.id)
    audit.record(session, "letters", "letters.print", f"mail_batch/{batch.id}", {"letters": rendered.letters})
    return rendered


def _set_aside_unpostal(session: Session, letters: list[Letter]) -> list[Letter]:
    """Letters that could not arrive are not printed: their contact fails, and the cadence goes on without letters."""
    unpostal = [letter for letter in letters if not is_postal(letter.address)]
    _finish(session, unpostal, ContactState.FAILED, "returned", None)
    return [letter for letter in letters if is_postal(letter.address)]


def _finish(session: Session, letters: list[Letter], state: ContactState, disposition: str, batch: int | None) -> None:
    values: dict[str, Any] = {
        "state": state.value,
        "disposition": disposition,
        "done_at": clock.now(),
        "batch_id": batch,
        "claimed_by": None,
        "lease_until": None,
    }
    session.execute(update(Contact).where(Contact.id.in_([int(letter.reference) for letter in letters])).values(values))
