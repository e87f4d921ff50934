"""A fact as a phone sends it, read strictly; who sends it; and what the phone is answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

from outreach.core.clock import PARIS
from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.words import FactKind, FactStatus, MediationKind
from outreach.tracking.mediations import MediationRecord

LONGEST_WORDS = 2000
"""Letters of a free line: more was not typed at a door."""
LISTS = ("themes", "barriers", "obstacles", "people")


@dataclass(frozen=True)
class Who:
    """Whose phone it is: the mediator, under which name they act, and the sites whose contacts they may record."""

    mediator_id: int
    code: str
    sites: frozenset[int]


@dataclass(frozen=True)
class Fact:
    """One thing that happened, as the phone wrote it down. ``base_version``: of the case, as the phone knew it then."""

    id: UUID
    kind: FactKind
    seq: int
    at_device: datetime
    contact_id: int | None = None
    case_id: int | None = None
    base_version: int | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)
    parent: UUID | None = None

    @staticmethod
    def read(written: Mapping[str, Any]) -> Fact:
        """The fact that was sent. Raises ``OutreachError`` naming the part that cannot be read."""
        payload = written.get("payload") or {}
        if not isinstance(payload, Mapping):
            raise unreadable("payload")
        try:
            place = "kind"
            kind = FactKind(written["kind"])
            place = "id"
            id_ = UUID(str(written["id"]))
            place = "at_device"
            at = datetime.fromisoformat(str(written["at_device"]))
            place = "seq"
            seq = int(written["seq"])
        except (KeyError, ValueError, TypeError):
            raise unreadable(place) from None
        at = at if at.tzinfo is not None else at.replace(tzinfo=PARIS)
        contact, case, base = (number(written, name) for name in ("contact_id", "case_id", "base_version"))
        return Fact(id_, kind, seq, at.astimezone(PARIS), contact, case, base, payload)

    def doors(self) -> list[Fact]:
        """Of one result for a building, the fact of each of its doors, under an id that follows from both."""
        written = self.payload.get("contacts")
        if not isinstance(written, list) or not written:
            raise unreadable("payload.contacts")
        told = {name: value for name, value in self.payload.items() if name != "contacts"}
        numbers = sorted({number({"contacts": one}, "contacts") or 0 for one in written})
        return [
            replace(
                self,
                id=uuid5(self.id, str(door)),
                kind=FactKind.RESULT,
                contact_id=door,
                case_id=None,
                payload=told,
                parent=self.id,
            )
            for door in numbers
        ]

    @property
    def sha256(self) -> str:
        """The hash of what was said: what stays when the words are gone."""
        said = [self.kind.value, self.contact_id, self.case_id, self.at_device.isoformat(), dict(self.payload)]
        return sha256(json.dumps(said, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()


@dataclass(frozen=True)
class Answer:
    """What became of one fact. ``version``: of its case now.

    A refusal says why, where, and what to do; a remark tells what was mended. ``is_retold``: the fact was known already, so that
    nothing followed from it this time; the phone need not know.
    """

    id: str
    status: FactStatus
    version: int | None = None
    reason: str | None = None
    place: str | None = None
    mend: str | None = None
    remark: str | None = None
    clock: str | None = None
    is_retold: bool = field(default=False, compare=False)

    @staticmethod
    def refused(id_: str, error: OutreachError) -> Answer:
        """The answer to what cannot be taken."""
        return Answer(id_, FactStatus.REFUSED, reason=error.message, place=error.place, mend=error.mend)

    def data(self) -> dict[str, Any]:
        """As JSON, without what there is not."""
        told = {name: value for name, value in vars(self).items() if value is not None and name != "is_retold"}
        return told | {"status": str(self.status)}


def unreadable(place: str) -> OutreachError:
    """The mistake of a fact that was sent in another form."""
    return OutreachError(_("ce fait est illisible"), place=place, mend=_("Mettez l'application du téléphone à jour."))


def number(written: Mapping[str, Any], name: str) -> int | None:
    """A whole number of a fact, or nothing."""
    value = written.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**62:
        raise unreadable(name)
    return value


def moment(payload: Mapping[str, Any], name: str) -> datetime | None:
    """A moment of a payload, or nothing."""
    value = payload.get(name)
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        raise unreadable(f"payload.{name}") from None
    return at if at.tzinfo is not None else at.replace(tzinfo=PARIS)


def words(payload: Mapping[str, Any], name: str) -> str | None:
    """A free line of a payload, or nothing."""
    value = payload.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > LONGEST_WORDS:
        raise unreadable(f"payload.{name}")
    return value.strip() or None


def mediation(written: Any) -> MediationRecord | None:
    """The record of a mediation as the phone's form fills it; nothing for nothing."""
    if written is None:
        return None
    if not isinstance(written, Mapping):
        raise unreadable("payload.mediation")
    values: dict[str, Any] = {name: value for name, value in written.items() if value is not None}
    try:
        values["kind"] = MediationKind(values["kind"])
        for name in LISTS:
            if name in values:
                values[name] = tuple(values[name])
        for name in ("complaint", "suggestion", "private_note"):
            values[name] = words(values, name)
        record = MediationRecord(**values)
    except (KeyError, ValueError, TypeError):
        raise unreadable("payload.mediation") from None
    shapes = {
        "language": str, "minutes": int, "actions": Mapping, "place": str, "interpreter": str, "reads_french": bool, "autonomy": str,
        "anonymous": int,
    }  # fmt: skip
    wrong = next((name for name, shape in shapes.items() if name in values and not isinstance(values[name], shape)), None)
    if wrong is not None or not all(isinstance(details, Mapping) for details in record.actions.values()):
        raise unreadable(f"payload.mediation.{wrong or 'actions'}")
    return record
