"""Prints what is due as letters: sealed, print-ready runs of up to a thousand, each with its manifest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, text

from outreach.channels import outbox
from outreach.channels.letters import staging
from outreach.channels.letters.address import is_postal
from outreach.channels.letters.compose import compose
from outreach.channels.letters.letter import Letter, sealed
from outreach.channels.letters.render import RUN, manifest, render_letters
from outreach.channels.letters.staging import Staged
from outreach.channels.limits import give_back_quota
from outreach.core import audit, bulk, clock, progress
from outreach.core.i18n import N_
from outreach.core.references import contact_of
from outreach.core.sealing import seal_data
from outreach.core.words import Channel, ContactState
from outreach.models import MailBatch

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.core.database import Database
    from outreach.definitions.registry import Loaded

NUMBERS = 0x4D41494C
"""The name of the lock under which runs are numbered, among PostgreSQL's advisory ones."""

FINISH = """
UPDATE contact SET state = :state, disposition = :disposition, done_at = :now, batch_id = :batch, claimed_by = NULL,
  lease_until = NULL
WHERE id = ANY(:contacts)
"""


@dataclass
class LettersResult:
    """Letters printed, and the runs they are in."""

    letters: int = 0
    files: list[Path] = field(default_factory=list)


@dataclass(frozen=True)
class _Run:
    """A sealed run whose file is not in its place yet."""

    staged: Staged
    place: Path
    manifest: dict[str, Any]
    letters: int


def dispatch_letters(database: Database, loaded: Loaded, out: Path, *, worker: str) -> LettersResult:
    """Print every due letter of a campaign; each claim is one transaction: printed and sealed, or not at all.

    Runs that an earlier process sealed and did not put in their place come first.
    """
    result = LettersResult()
    if loaded.folder.messages.letter is None:
        return result
    with database.session() as session:
        result.files += staging.recover(session, out)
        if not outbox.is_due(session, loaded.campaign.id, Channel.LETTER):
            return result
    with progress.step(N_("Courriers")) as advance:
        while True:
            with database.session() as session:
                claimed = outbox.claim(session, loaded, Channel.LETTER, size=RUN, worker=worker)
                letters = _set_aside_unpostal(session, loaded, [compose(due, loaded) for due in claimed])
                runs = [_seal(session, loaded, group, out) for group in _by_language(letters)]
            if not claimed:
                return result
            for run in runs:
                run.staged.publish(run.place, run.manifest)
                result.letters += run.letters
                result.files.append(run.place)
                advance(run.letters)


def _by_language(letters: list[Letter]) -> Iterator[list[Letter]]:
    """French letters, printed on one side, and those of each other language, printed on both."""

    def key(letter: Letter) -> str:
        return letter.language if letter.back else ""

    for _language, group in groupby(sorted(letters, key=key), key=key):
        yield list(group)


def _seal(session: Session, loaded: Loaded, letters: list[Letter], out: Path) -> _Run:
    """Make the file of a run, under a name of its own, and write down all that it is."""
    day = clock.today()
    campaign = loaded.campaign
    template = loaded.folder.letter_template
    rendered = render_letters(letters, staging.new_name(out), day=day, template=template)
    staged = Staged.made(rendered.path, rendered.sha256)
    number = _next_number(session, campaign.id)
    # A run that this database does not know was sealed before it was restored: its letters are in the post, its file stays.
    while (place := out / f"courriers-{campaign.code}-{day}-{number:02d}.pdf").exists():
        number += 1
    described = manifest(replace(rendered, path=place), letters, day=day, campaign=campaign.code, number=number)
    batch = MailBatch(
        campaign_id=campaign.id, day=day, number=number, letters=rendered.letters, pages=rendered.pages, sha256=rendered.sha256,
        file_name=place.name, manifest=described, sealed_at=clock.now(), size=rendered.size, design=rendered.design,
    )  # fmt: skip
    session.add(batch)
    session.flush()
    _keep(session, letters, batch.id)
    _finish(session, letters, ContactState.SENT, "sent", batch.id)
    audit.record(session, "letters", "letters.print", f"mail_batch/{batch.id}", {"letters": rendered.letters})
    return _Run(staged, place, described, rendered.letters)


def _next_number(session: Session, campaign: int) -> int:
    """The number of a campaign's next run of today; whoever else numbers one waits until this one is sealed."""
    session.execute(text("SELECT pg_advisory_xact_lock(:name, CAST(:campaign AS int))"), {"name": NUMBERS, "campaign": campaign})
    last = select(func.coalesce(func.max(MailBatch.number), 0)).where(
        MailBatch.campaign_id == campaign, MailBatch.day == clock.today()
    )
    return int(session.execute(last).scalar_one()) + 1


def _keep(session: Session, letters: list[Letter], batch: int) -> None:
    """Every letter as it was sealed, so that it can be made again."""
    rows = {
        "contact_id": [contact_of(letter.reference) for letter in letters],
        "batch_id": [batch] * len(letters),
        "page": list(range(1, len(letters) * letters[0].sides + 1, letters[0].sides)),
        "content": [json.dumps(seal_data(sealed(letter), "mail_letter.content")) for letter in letters],
    }
    bulk.copy_in(session, "mail_letter", rows)


def _set_aside_unpostal(session: Session, loaded: Loaded, letters: list[Letter]) -> list[Letter]:
    """Letters that could not arrive are not printed: their contact fails, and the cadence goes on without letters."""
    unpostal = [letter for letter in letters if not is_postal(letter.address)]
    if not unpostal:
        return letters
    _finish(session, unpostal, ContactState.FAILED, "returned", None)
    give_back_quota(session, loaded.campaign.agreement_id, Channel.LETTER, len(unpostal))
    return [letter for letter in letters if is_postal(letter.address)]


def _finish(session: Session, letters: list[Letter], state: ContactState, disposition: str, batch: int | None) -> None:
    values: dict[str, Any] = {
        "state": state.value,
        "disposition": disposition,
        "now": clock.now(),
        "batch": batch,
        "contacts": [contact_of(letter.reference) for letter in letters],
    }
    session.execute(text(FINISH), values)
