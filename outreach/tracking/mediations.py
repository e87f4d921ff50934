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

from outreach.core import clock
from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.prepared import kept
from outreach.core.sealing import seal
from outreach.core.words import EventKind, MediationKind, WordingKind
from outreach.policy.language import FRENCH
from outreach.policy.mediation import vocabulary as words
from outreach.policy.mediation.actions import checked
from outreach.tracking.events import SMALL, NewEvent
from outreach.tracking.learning import learn_languages

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# Many at once as one document: a mediator's day comes in one piece when the phone finds its network again.
STORE = """
INSERT INTO mediation (id, campaign_id, site_id, case_id, contact_id, kind, medium, place, themes, language, interpreter,
  reads_french, minutes, actions, barriers, obstacles, autonomy, anonymous, found_by,
  occurred_at, recorded_at, recorded_by, mediator_id, replaces)
SELECT n.id, n.campaign, n.site, n."case", n.contact, n.kind, n.medium, n.place, n.themes, n.language, n.interpreter, n.reads,
  n.minutes, n.actions, n.barriers, n.obstacles, n.autonomy, n.anonymous, n.found_by, n.at, :now, n.actor, n.mediator, n.replaces
FROM jsonb_to_recordset(CAST(:rows AS jsonb))
  AS n (id uuid, campaign bigint, site bigint, "case" bigint, contact bigint, kind text, medium text, place text, themes text[],
        language text, interpreter text, reads boolean, minutes int, actions jsonb, barriers text[], obstacles text[],
        autonomy text, anonymous int, found_by text, at timestamptz, actor text, mediator bigint, replaces uuid)
ON CONFLICT (id) DO NOTHING RETURNING id
"""
TAKE_PART = """
INSERT INTO mediation_person (mediation_id, person_id)
SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:people AS bigint[])) ON CONFLICT DO NOTHING
"""
NOTE = """
INSERT INTO private_note (mediation_id, body, written_at, written_by)
SELECT n.id, n.body, :now, n.actor
FROM unnest(CAST(:ids AS uuid[]), CAST(:bodies AS text[]), CAST(:actors AS text[])) AS n (id, body, actor)
"""
SAY = """
INSERT INTO wording (campaign_id, mediation_id, kind, said, said_at)
SELECT * FROM unnest(CAST(:campaigns AS bigint[]), CAST(:ids AS uuid[]), CAST(:kinds AS text[]), CAST(:said AS text[]),
                     CAST(:moments AS timestamptz[]))
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
    ("themes", words.THEMES),
    ("barriers", words.BARRIERS),
    ("obstacles", words.OBSTACLES),
    ("place", words.PLACES),
    ("interpreter", words.INTERPRETERS),
    ("autonomy", words.AUTONOMY),
)


def check(record: MediationRecord) -> None:
    """Raises ``OutreachError``, naming the place and the mend, for a record that cannot be."""
    for name, known in VOCABULARIES:
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


@dataclass(frozen=True)
class Kept:
    """A record that is to be kept under the id of its event; ``replaces``: the record in whose place it stands."""

    id: UUID
    record: MediationRecord
    setting: Setting
    replaces: UUID | None = None


def completed(session: Session, record: MediationRecord, setting: Setting, *, key: str) -> NewEvent:
    """Keep a record and give the event that says so; ``key`` names it within its case."""
    event = told_by(record, setting, key=key)
    store(session, event.id, record, setting)
    return event


def told_by(record: MediationRecord, setting: Setting, *, key: str) -> NewEvent:
    """The event that says that a mediation took place."""
    case = setting.case or 0
    return NewEvent(
        case, EventKind.MEDIATED, key, setting.occurred_at, setting.actor, setting.medium, str(record.kind), setting.contact
    )


def store(session: Session, id_: UUID, record: MediationRecord, setting: Setting, *, replaces: UUID | None = None) -> bool:
    """Keep a checked record under the id of its event; ``False`` when it is kept already."""
    return store_all(session, [Kept(id_, record, setting, replaces)]) > 0


def store_all(session: Session, records: Sequence[Kept]) -> int:
    """Keep checked records; those that are kept already stay as they are. Returns how many were new."""
    if not records:
        return 0
    now, few = clock.now(), len(records) <= SMALL
    rows = json.dumps([_row(one) for one in records], default=str)
    new = set(kept(session, STORE, {"rows": rows, "now": now}, when=few).scalars())
    fresh = [one for one in {one.id: one for one in reversed(records)}.values() if one.id in new][::-1]
    parts = [(one.id, person) for one in fresh for person in one.record.people]
    if parts:
        ids, people = (list(column) for column in zip(*parts, strict=True))
        kept(session, TAKE_PART, {"ids": ids, "people": people}, when=few)
    noted = [
        (one.id, seal(one.record.private_note, "private_note.body"), one.setting.actor)
        for one in fresh
        if one.record.private_note
    ]
    if noted:
        ids, bodies, actors = (list(column) for column in zip(*noted, strict=True))
        kept(session, NOTE, {"ids": ids, "bodies": bodies, "actors": actors, "now": now}, when=few)
    _keep_wordings(session, fresh)
    telling = [one for one in fresh if one.record.reads_french is not None or one.record.language != FRENCH]
    if cases := [one.setting.case for one in telling if one.setting.case is not None]:
        learn_languages(session, cases)
    return len(fresh)


def _keep_wordings(session: Session, fresh: Sequence[Kept]) -> None:
    said = [
        (one.setting.campaign, one.id, kind.value, seal(words, "wording.said"), one.setting.occurred_at)
        for one in fresh
        for kind, words in ((WordingKind.COMPLAINT, one.record.complaint), (WordingKind.SUGGESTION, one.record.suggestion))
        if words
    ]
    if said:
        names = ("campaigns", "ids", "kinds", "said", "moments")
        values = dict(zip(names, map(list, zip(*said, strict=True)), strict=True))
        kept(session, SAY, values, when=len(fresh) <= SMALL)


def _row(one: Kept) -> dict[str, Any]:
    record, setting = one.record, one.setting
    return {
        "id": one.id, "campaign": setting.campaign, "site": setting.site, "case": setting.case, "contact": setting.contact,
        "kind": str(record.kind), "medium": setting.medium, "place": record.place, "themes": list(record.themes),
        "language": record.language, "interpreter": record.interpreter, "reads": record.reads_french, "minutes": record.minutes,
        "actions": checked(record.actions), "barriers": list(record.barriers), "obstacles": list(record.obstacles),
        "autonomy": record.autonomy, "anonymous": record.anonymous, "found_by": setting.found_by,
        "at": setting.occurred_at.isoformat(), "actor": setting.actor, "mediator": setting.mediator, "replaces": one.replaces,
    }  # fmt: skip
