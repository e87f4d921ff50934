"""Sealed letters made again: one for who asks for a copy, or a whole run whose file is gone; byte for byte as they were."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from outreach.channels.letters.letter import Letter, unsealed
from outreach.channels.letters.render import Rendered, design, manifest, render_letters
from outreach.channels.letters.staging import write_manifest
from outreach.channels.letters.window import Window
from outreach.core import audit
from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.letter_codes import number_of, plain_code
from outreach.core.references import contact_of
from outreach.models import CampaignVersion, Case, Contact, MailBatch, MailLetter

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Copy:
    """One letter made again. ``is_same_design``: by the very template and typst that set the original."""

    reference: str
    path: Path
    pages: int
    sha256: str
    is_same_design: bool


def letter_again(session: Session, written: str, out: Path, *, actor: str) -> Copy:
    """Make one letter again from what was sealed, whatever has changed since; the same bytes each time.

    ``written``: the letter's reference, or the code of its case; no plain number, which might be somebody else's code. Raises
    ``OutreachError`` when there is no such letter, or the code stands on several.
    """
    kept = _kept(session, written)
    batch = session.get_one(MailBatch, kept.batch_id)
    letter = unsealed(kept.content)
    rendered, is_same = _set_again(session, batch, [letter], out)
    audit.record(session, actor, "letters.show", f"contact/{kept.contact_id}", {"sha256": rendered.sha256})
    return Copy(letter.reference, rendered.path, rendered.pages, rendered.sha256, is_same)


def checked_file(session: Session, batch: MailBatch, out: Path) -> Path:
    """The file of a run, which is exactly what was sealed; one that is gone is made again.

    Raises ``OutreachError`` for a file that was altered, and where it cannot be made again as it was.
    """
    path = out / batch.file_name
    if not path.exists():
        _run_again(session, batch, path)
        write_manifest(path.with_suffix(".json"), batch.manifest)
    if sha256(path.read_bytes()).hexdigest() != batch.sha256:
        raise OutreachError(
            _("ce fichier n'est plus celui qui a été scellé"),
            place=path.name,
            mend=_("Mettez-le de côté : sans lui, le tirage est refait à l'identique."),
        )
    return path


def run_without(session: Session, batch: MailBatch, gone: Collection[int]) -> tuple[bytes, dict[str, Any]] | None:
    """A run set again without the letters of some contacts: its file and its manifest; ``None`` when nothing is left of it."""
    letters = [unsealed(row.content) for row in _letters_of(session, batch) if row.contact_id not in gone]
    if not letters:
        return None
    with tempfile.TemporaryDirectory(prefix="sans-") as folder:
        rendered, _is_same = _set_again(session, batch, letters, Path(folder, batch.file_name))
        described = manifest(rendered, letters, day=batch.day, campaign=batch.manifest["campaign"], number=batch.number)
        return rendered.path.read_bytes(), described


def _letters_of(session: Session, batch: MailBatch) -> Sequence[MailLetter]:
    return session.scalars(select(MailLetter).where(MailLetter.batch_id == batch.id).order_by(MailLetter.page)).all()


def _run_again(session: Session, batch: MailBatch, path: Path) -> None:
    rows = _letters_of(session, batch)
    if not all(row.content for row in rows):
        raise OutreachError(
            _("des courriers de ce tirage sont anonymisés : on ne sait plus à qui ils furent écrits"), place=path.name
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".refait-", dir=path.parent) as folder:
        made = Path(folder, path.name)
        if rows:
            rendered, _is_same = _set_again(session, batch, [unsealed(row.content) for row in rows], made)
        if not rows or rendered.sha256 != batch.sha256:
            raise OutreachError(
                _("le fichier de ce tirage manque et ne peut pas être refait à l'identique"),
                place=path.name,
                mend=_("Retrouvez-le dans une sauvegarde."),
            )
        with made.open("rb") as handle:
            os.fsync(handle.fileno())
        made.replace(path)


def _kept(session: Session, written: str) -> MailLetter:
    query = select(MailLetter)
    if contact := contact_of(written):
        query = query.where(MailLetter.contact_id == contact)
    else:
        code = plain_code(written)
        query = query.join(Contact, Contact.id == MailLetter.contact_id).join(Case, Case.id == Contact.case_id)
        query = query.where(Case.id == number_of(code), Case.letter_code == code)
    found = session.scalars(query.order_by(MailLetter.contact_id)).all()
    if not found:
        mend = _("Donnez la référence imprimée au bas du courrier, ou son code.")
        raise OutreachError(_("aucun courrier scellé sous cette référence"), place=written, mend=mend)
    if len(found) > 1:
        references = ", ".join(str(row.content["reference"]) for row in found)
        mend = _("Donnez l'une de ces références : {references}.").format(references=references)
        raise OutreachError(_("plusieurs courriers portent ce code"), place=written, mend=mend)
    if not found[0].content:
        raise OutreachError(_("ce courrier est anonymisé : on ne sait plus à qui il fut écrit"), place=written)
    return found[0]


def _set_again(session: Session, batch: MailBatch, letters: list[Letter], out: Path) -> tuple[Rendered, bool]:
    template, is_same = _template_of(session, batch)
    window = Window(**batch.manifest["window"]) if "window" in batch.manifest else None
    size = float(batch.size) if batch.size is not None else None
    return render_letters(letters, out, day=batch.day, template=template, size=size, window=window), is_same


def _template_of(session: Session, batch: MailBatch) -> tuple[str | None, bool]:
    """The template that set a run, by its hash; the newest one, and False, where it is not to be had any more."""
    versions = session.scalars(
        select(CampaignVersion).where(CampaignVersion.campaign_id == batch.campaign_id).order_by(CampaignVersion.number.desc())
    )
    known: list[str | None] = [version.definition.get("letter_template") for version in versions]
    for template in [*known, None]:
        if design(template) == batch.design:
            return template, True
    return (known[0] if known else None), False
