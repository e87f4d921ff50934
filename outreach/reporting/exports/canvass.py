"""Calls and visits as OSDI canvasses, for the association's managers: what happened, when, and to whom by a number alone."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import audit, clock
from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.words import Channel
from outreach.reporting.exports.objecting import OBJECTING, STOPPED
from outreach.reporting.exports.osdi import CONTACT_TYPES, STATUS_CODES, is_success
from outreach.reporting.exports.private import make_private

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded

ORIGIN = "outreach"
CURIES = [{"name": "osdi", "href": "https://opensupporter.github.io/osdi-docs/{rel}", "templated": True}]
LETTERS = 16
"""Hexadecimal signs of a number: 64 bits keep the people of a network apart."""
BATCH = 5_000
# A result that was corrected says what it should have said; one that never took place has none.
MADE = f"""
WITH {STOPPED}
SELECT k.id, l.id AS person_id, s.mediator_id, k.channel, k.disposition, k.done_at, {OBJECTING} AS objecting
FROM contact k JOIN "case" c ON c.id = k.case_id JOIN person p ON p.id = k.person_id
     JOIN person l ON l.id = coalesce(p.merged_into, p.id)
     LEFT JOIN shift s ON s.id = k.shift_id
WHERE k.campaign_id = :campaign AND k.state = 'done' AND k.channel IN ('call', 'visit') AND k.disposition = ANY(:known)
ORDER BY k.done_at, k.id
"""


@dataclass(frozen=True)
class CanvassResult:
    """What was written: the file, its canvasses, and those left out because somebody of the home objected."""

    path: Path
    canvasses: int
    left_out: int


def write_canvasses(
    session: Session, loaded: Loaded, path: Path, *, pepper: str, actor: str, targets: bool = True
) -> CanvassResult:
    """Write the calls and visits of a campaign: ``.jsonl`` is a canvass a line, ``.json`` the collection as OSDI returns it.

    People and mediators stand under a number made with ``pepper`` (``core.marks``), the same in each export of this campaign and
    in no other; without ``targets`` people stand under none. Contact by contact, this is for managers of the association, never
    for a partner. Raises ``OutreachError`` for another kind of file.
    """
    if path.suffix not in {".json", ".jsonl"}:
        raise OutreachError(_("un export est écrit en .json ou en .jsonl"), place=path.name)
    numbers = _Numbers(pepper, loaded.campaign.code)
    values = {"campaign": loaded.campaign.id, "known": list(STATUS_CODES)}
    rows = session.execute(text(MADE), values).yield_per(BATCH).mappings()
    counted = {"canvasses": 0, "left_out": 0}

    def kept() -> Iterator[dict[str, Any]]:
        for row in rows:
            counted["left_out" if row["objecting"] else "canvasses"] += 1
            if not row["objecting"]:
                yield _canvass(row, numbers, targets=targets)

    make_private(path)
    with path.open("w", encoding="utf-8") as file:
        if path.suffix == ".jsonl":
            file.writelines(json.dumps(one) + "\n" for one in kept())
        else:
            json.dump(_collection(list(kept()), loaded.campaign.code), file, indent=2)
    audit.record(session, actor, "export.canvass", f"campaign/{loaded.campaign.id}", {**counted, "targets": targets})
    return CanvassResult(path, **counted)


@dataclass(frozen=True)
class _Numbers:
    """Numbers in the place of ours, which letters and screens show."""

    pepper: str
    campaign: str

    def of(self, kind: str, number: int) -> str:
        """The number of a person, mediator or contact in the exports of this campaign."""
        told = f"canvass:{self.campaign}:{kind}:{number}".encode()
        return hmac.new(self.pepper.encode(), told, sha256).hexdigest()[:LETTERS]


def _canvass(row: Any, numbers: _Numbers, *, targets: bool) -> dict[str, Any]:
    itself = numbers.of("canvass", row["id"])
    links = {"self": {"href": f"canvasses/{itself}"}}
    if row["mediator_id"] is not None:
        links["osdi:canvasser"] = {"href": f"people/{numbers.of('mediator', row['mediator_id'])}"}
    if targets:
        links["osdi:target"] = {"href": f"people/{numbers.of('person', row['person_id'])}"}
    return {
        "identifiers": [f"{ORIGIN}:{itself}"],
        "origin_system": ORIGIN,
        "action_date": row["done_at"].astimezone(clock.PARIS).isoformat(timespec="minutes"),
        "contact_type": CONTACT_TYPES[Channel(row["channel"])],
        "success": is_success(row["disposition"]),
        "status_code": STATUS_CODES[row["disposition"]],
        "_links": links,
    }


def _collection(canvasses: list[dict[str, Any]], campaign: str) -> dict[str, Any]:
    """A collection of one page."""
    return {
        "total_pages": 1,
        "per_page": len(canvasses),
        "page": 1,
        "total_records": len(canvasses),
        "_links": {
            "self": {"href": f"canvassing_efforts/{campaign}/canvasses"},
            "curies": CURIES,
            "osdi:canvasses": [one["_links"]["self"] for one in canvasses],
        },
        "_embedded": {"osdi:canvasses": canvasses},
    }
