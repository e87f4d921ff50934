"""The mediation record: what a mediator writes down in less than a minute, checked and kept.

A record is never changed: a correction is a record of its own, in the place of the first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import text

from outreach.core import clock
from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.words import EventKind, MediationKind, WordingKind
from outreach.policy.mediation import vocabulary as words
from outreach.policy.mediation.actions import checked
from outreach.tracking.events import NewEvent

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

STORE = """
INSERT INTO mediation (id, campaign_id, site_id, case_id, contact_id, kind, medium, place, themes, language, interpreter, reads_french,
  minutes, actions, barriers, obstacles, autonomy, anonymous, found_by, occurred_at, recorded_at, recorded_by, mediator_id, replaces)
VALUES (:id, :campaign, :site, :case, :contact, :kind, :medium, :place, :themes, :language, :interpreter, :reads, :minutes,
  CAST(:actions AS jsonb), :barriers, :obstacles, :autonomy, :anonymous, :found_by, :at, :now, :actor, :mediator, :replaces)
ON CONFLICT (id) DO NOTHING RETURNING id
"""
TAKE_PART = """
INSERT INTO mediation_person (mediation_id, person_id) SELECT :id, unnest(CAST(:people AS bigint[])) ON CONFLICT DO NOTHING
"""
NOTE = "INSERT INTO private_note (mediation_id, body, written_at, written_by) VALUES (:id, :body, :now, :actor)"
SAY = """
INSERT INTO wording (campaign_id, mediation_id, kind, said, said_at) VALUES (:campaign, :id, :kind, :said, :at)
"""
# What they said of reading is known better than what a list said, for the person addressed alone.
READS = """
UPDATE person p SET reads_french = :reads FROM "case" c WHERE c.id = :case AND p.id = c.person_id AND p.reads_french IS DISTINCT FROM :reads
"""


@dataclass(frozen=True)
class MediationRecord:
    """A completed mediation as a mediator records it: kind, themes, language and minutes; the rest as far as it was said.

    ``actions``: code to details (``policy.mediation.actions``). ``barriers``: why help was needed; ``obstacles``: what stood
    in the way in the partner's service. ``people``: who took part, when more than the person addressed; ``anonymous``: how
    many others. ``complaint`` and ``suggestion``: for the partner, once a person has checked the wording. ``private_note``
    never leaves the association.
    """

    kind: MediationKind
    themes: tuple[str, ...]
    language: str
    minutes: int
    actions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    barriers: tuple[str, ...] = ()
    obstacles: tuple[str, ...] = ()
    place: str | None = None
    interpreter: str | None = None
    reads_french: bool | None = None
    autonomy: str | None = None
    people: tuple[int, ...] = ()
    anonymous: int = 0
    complaint: str | None = None
    suggestion: str | None = None
    private_note: str | None = None


@dataclass(frozen=True)
class Setting:
    """Where a mediation took place: its campaign, site and case (none for a stranger met at a door), and who recorded it."""

    campaign: int
    site: int
    case: int | None
    medium: str
    actor: str
    occurred_at: datetime
    contact: int | None = None
    mediator: int | None = None
    found_by: str | None = None


VOCABULARIES: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("barriers", words.BARRIERS),
    ("obstacles", words.OBSTACLES),
    ("place", words.PLACES),
    ("interpreter", words.INTERPRETERS),
    ("autonomy", words.AUTONOMY),
)


def check(record: MediationRecord, themes: Sequence[str] = ()) -> None:
    """Raises ``OutreachError``, naming the place and the mend, for a record that cannot be.

    ``themes``: those of the campaign, beside the common ones.
    """
    for name, known in (("themes", {**words.THEMES, **dict.fromkeys(themes, "")}), *VOCABULARIES):
        written = getattr(record, name)
        codes = (written,) if isinstance(written, str) else written or ()
        stranger = next((code for code in codes if code not in known), None)
        if stranger is not None:
            mend = _("Choisissez parmi : {known}.").format(known=", ".join(known))
            raise OutreachError(_("ce mot n'est pas dans la liste"), place=f"{name}: {stranger}", mend=mend)
    if not 1 <= record.minutes <= words.LONGEST:
        raise OutreachError(
            _("une médiation dure de 1 à {most} minutes").format(most=words.LONGEST), place=f"minutes: {record.minutes}"
        )
    if record.anonymous < 0:
        raise OutreachError(_("on ne compte pas moins de zéro personne"), place=f"anonymous: {record.anonymous}")
    if record.kind is MediationKind.ACTION and not record.actions:
        mend = _("Choisissez l'action, ou notez un échange ou une information.")
        raise OutreachError(_("quelle action a été mise en place ?"), place="actions", mend=mend)
    checked(record.actions)


def completed(session: Session, record: MediationRecord, setting: Setting, *, key: str) -> NewEvent:
    """Keep a record and give the event that says so; ``key`` names it within its case."""
    case = setting.case or 0
    event = NewEvent(
        case, EventKind.MEDIATED, key, setting.occurred_at, setting.actor, setting.medium, str(record.kind), setting.contact
    )
    store(session, event.id, record, setting)
    return event


def store(session: Session, id_: UUID, record: MediationRecord, setting: Setting, *, replaces: UUID | None = None) -> bool:
    """Keep a checked record under the id of its event; ``False`` when it is kept already."""
    now = clock.now()
    values = {
        "id": id_, "campaign": setting.campaign, "site": setting.site, "case": setting.case, "contact": setting.contact,
        "kind": str(record.kind), "medium": setting.medium, "place": record.place, "themes": list(record.themes),
        "language": record.language, "interpreter": record.interpreter, "reads": record.reads_french, "minutes": record.minutes,
        "actions": json.dumps(checked(record.actions)), "barriers": list(record.barriers), "obstacles": list(record.obstacles),
        "autonomy": record.autonomy, "anonymous": record.anonymous, "found_by": setting.found_by, "at": setting.occurred_at,
        "now": now, "actor": setting.actor, "mediator": setting.mediator, "replaces": replaces,
    }  # fmt: skip
    if session.execute(text(STORE), values).first() is None:
        return False
    if record.people:
        session.execute(text(TAKE_PART), {"id": id_, "people": list(record.people)})
    if record.private_note:
        session.execute(text(NOTE), {"id": id_, "body": record.private_note, "now": now, "actor": setting.actor})
    for kind, said in ((WordingKind.COMPLAINT, record.complaint), (WordingKind.SUGGESTION, record.suggestion)):
        if said:
            session.execute(text(SAY), values | {"kind": kind.value, "said": said})
    if record.reads_french is not None and setting.case is not None:
        session.execute(text(READS), values)
    return True
