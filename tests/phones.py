"""A shift of a mediator with contacts on it, and the phone that tells what came of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import text

from outreach.core import clock
from outreach.core.words import Channel, EventKind
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import find_campaign, launch_campaign
from outreach.simulation.crowd import write_crowd
from outreach.tracking import NewEvent, append_events
from outreach.tracking.invariants import check_invariants
from outreach.tracking.phone import Who, take_facts

NOW = clock.at(date(2026, 10, 6), "11:00")
DUE = NOW - timedelta(minutes=30)
MEDIATION = {"kind": "exchange", "themes": ["energie"], "language": "fr", "minutes": 10}
SHIFT = """
INSERT INTO shift (mediator_id, site_id, kind, day, starts_at, ends_at)
SELECT m.id, m.site_id, :kind, :day, :starts, :ends FROM mediator m WHERE m.code = :mediator RETURNING id
"""


@dataclass
class Ready:
    """A launched campaign, one shift, its contacts and their cases in order."""

    loaded: object
    shift: int
    contacts: list[int]
    cases: list[int]


def a_shift(session, mediator: str, kind: str, starts: datetime, hours: float = 3) -> int:
    values = {"mediator": mediator, "kind": kind, "day": starts.date(), "starts": starts, "ends": starts + timedelta(hours=hours)}
    return session.execute(text(SHIFT), values).scalar_one()


def ready(session, count: int = 4, channel: Channel = Channel.VISIT, mediator: str = "l8-amina") -> Ready:
    """``count`` people who are due on one shift of a mediator."""
    folder = read_folder(Path("campaigns/energy-arrears"))
    with clock.travel(DUE - timedelta(days=1)):
        launch_campaign(session, folder, actor="test")
        loaded = find_campaign(session, folder.campaign.code)
        write_crowd(session, loaded, count, channel, DUE, useful=timedelta(hours=12))
        session.execute(text('UPDATE "case" SET opened_at = :at'), {"at": DUE - timedelta(days=1)})
        rows = session.execute(text("SELECT id, case_id FROM contact ORDER BY id")).all()
        append_events(
            session, [NewEvent(row.case_id, EventKind.OPENED, "opened", clock.now(), "test", "segments") for row in rows]
        )
    shift = a_shift(session, mediator, channel.value, DUE - timedelta(minutes=30), 8)
    session.execute(text("UPDATE contact SET shift_id = :shift, position = id"), {"shift": shift})
    session.execute(text('UPDATE "case" c SET site_id = m.site_id FROM mediator m WHERE m.code = :code'), {"code": mediator})
    return Ready(loaded, shift, [row.id for row in rows], [row.case_id for row in rows])


def who(session, code: str, *sites: int) -> Who:
    row = session.execute(text("SELECT id, site_id FROM mediator WHERE code = :code"), {"code": code}).one()
    return Who(row.id, code, frozenset(sites or (row.site_id,)))


@dataclass
class Phone:
    """Writes facts as a phone does: its own numbers, its own clock."""

    seq: int = 0
    told: list[dict] = field(default_factory=list)

    def fact(
        self,
        kind: str,
        contact: int | None = None,
        at: datetime = NOW,
        *,
        case: int | None = None,
        base: int | None = 1,
        id_: UUID | None = None,
        **payload,
    ) -> dict:
        self.seq += 1
        made = {
            "id": str(id_ or uuid4()), "kind": kind, "contact_id": contact, "case_id": case, "base_version": base, "seq": self.seq,
            "at_device": at.isoformat(), "payload": payload,
        }  # fmt: skip
        self.told.append(made)
        return made


def tell(session, sender: Who, *facts: dict, now: datetime = NOW):
    with clock.travel(now):
        return take_facts(session, sender, list(facts))


def state(session, case: int) -> str:
    return session.execute(text('SELECT status FROM "case" WHERE id = :id'), {"id": case}).scalar_one()


def events(session, case: int) -> list[tuple[str, str | None]]:
    query = "SELECT kind, code FROM event WHERE case_id = :id AND kind <> 'opened' ORDER BY occurred_at, recorded_at, kind"
    return [tuple(row) for row in session.execute(text(query), {"id": case})]


def shown(session, contact: int) -> tuple[str, str | None]:
    return tuple(session.execute(text("SELECT state, disposition FROM contact WHERE id = :id"), {"id": contact}).one())


def statuses(answers):
    return [answer.status for answer in answers]


def holds(session, *codes):
    """The invariants of what happened; a crowd has no decisions, which are another room's."""
    broken = {found.code: found.faults for found in check_invariants(session) if not found.holds}
    assert broken == {}
