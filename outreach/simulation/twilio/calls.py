"""The calls that the peer took: one leg for each person rung, and what each leg's caller wants to be told."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

from outreach.simulation.twilio.answers import ACCOUNT, CallAnswer
from outreach.simulation.twilio.messages import VERSION, stamp

ANSWERED = "completed"
COURSE = {"initiated": "initiated", "ringing": "ringing", "in-progress": "answered"}
"""The event of ``StatusCallbackEvent`` under which each status is told; whatever ends a call is ``completed``."""


@dataclass(frozen=True)
class Wishes:
    """Where the events of a leg are told, which of them, and whether a machine is listened for."""

    tell: str | None = None
    events: frozenset[str] = frozenset({"completed"})
    detect: bool = False


@dataclass
class Leg:
    """One leg, as it is answered (``shown``), and its place in the order of their making."""

    shown: dict[str, Any]
    place: int
    wishes: Wishes

    def wants(self, status: str) -> bool:
        """Whether the caller asked to be told of this status."""
        return self.wishes.tell is not None and COURSE.get(status, "completed") in self.wishes.events

    def form(self, status: str) -> dict[str, str]:
        """What is told of the leg when it reaches a status."""
        shown = self.shown
        told = {
            "CallSid": shown["sid"], "AccountSid": ACCOUNT, "ApiVersion": VERSION, "CallStatus": status, "From": shown["from"],
            "To": shown["to"], "Called": shown["to"], "Caller": shown["from"], "Direction": shown["direction"],
        }  # fmt: skip
        if shown["parent_call_sid"]:
            told["ParentCallSid"] = shown["parent_call_sid"]
        if COURSE.get(status) is None:
            told["CallDuration"] = shown["duration"]
            told["Duration"] = str(-(-int(shown["duration"]) // 60))
        if shown["answered_by"] and self.wishes.detect and status not in {"initiated", "ringing"}:
            told["AnsweredBy"] = shown["answered_by"]
        return told


@dataclass(frozen=True)
class Dial:
    """What a script asks for: ring ``number`` for the first leg, who sees ``caller``; or nothing but words (no number)."""

    number: str | None = None
    caller: str | None = None
    wishes: Wishes = Wishes()
    action: str | None = None


def read_script(twiml: str) -> Dial:
    """The ``Dial`` or ``Say`` of a script. Raises ``ET.ParseError`` or ``ValueError`` when it is none."""
    response = ET.fromstring(twiml)  # noqa: S314  (our own engine's, on loopback)
    if response.tag != "Response":
        raise ValueError(response.tag)
    dial = response.find("Dial")
    if dial is None:
        return Dial()
    number = dial.find("Number")
    if number is None:
        return Dial((dial.text or "").strip() or None, dial.get("callerId"), action=dial.get("action"))
    events = frozenset((number.get("statusCallbackEvent") or "completed").split())
    wishes = Wishes(number.get("statusCallback"), events, number.get("machineDetection") is not None)
    return Dial((number.text or "").strip() or None, dial.get("callerId"), wishes, dial.get("action"))


@dataclass
class Calls:
    """All legs, in the order of their making, and by SID."""

    legs: list[Leg] = field(default_factory=list)
    by_sid: dict[str, Leg] = field(default_factory=dict)

    def add(self, caller: str, to: str, moment: datetime, wishes: Wishes, parent: Leg | None = None) -> Leg:
        """One more leg, queued."""
        sid = "CA" + uuid.uuid5(uuid.NAMESPACE_OID, f"{len(self.legs)}:{caller}:{to}").hex
        uri = f"/{VERSION}/Accounts/{ACCOUNT}/Calls/{sid}"
        leg = Leg(
            {
                "sid": sid, "account_sid": ACCOUNT, "api_version": VERSION, "parent_call_sid": parent and parent.shown["sid"], "to": to,
                "to_formatted": to, "from": caller, "from_formatted": caller, "phone_number_sid": None, "status": "queued",
                "start_time": None, "end_time": None, "duration": None, "price": None, "price_unit": "USD",
                "direction": "outbound-dial" if parent else "outbound-api", "answered_by": None, "forwarded_from": None,
                "group_sid": None, "caller_name": None, "queue_time": "0", "trunk_sid": None, "date_created": stamp(moment),
                "date_updated": stamp(moment), "uri": f"{uri}.json", "subresource_uris": {"recordings": f"{uri}/Recordings.json"},
            },
            len(self.legs),
            wishes,
        )  # fmt: skip
        self.legs.append(leg)
        self.by_sid[sid] = leg
        return leg

    def move(self, leg: Leg, status: str, moment: datetime, answer: CallAnswer) -> None:
        """Let a leg go on to a status; the seconds of its answer are said, not waited for."""
        shown = leg.shown
        shown["status"] = "queued" if status == "initiated" else status
        shown["date_updated"] = stamp(moment)
        if status == "in-progress":
            shown["start_time"] = stamp(moment)
            shown["answered_by"] = answer.answered_by if leg.wishes.detect else None
        if status not in COURSE:
            seconds = answer.seconds if status == ANSWERED else 0
            shown["duration"], shown["end_time"] = str(seconds), stamp(moment + timedelta(seconds=seconds))
            shown["start_time"] = shown["start_time"] or stamp(moment)

    def listed(self, asked: dict[str, str]) -> Iterator[Leg]:
        """Newest first, as Twilio's list filters them."""
        below = int(asked["PageToken"].removeprefix("PA")) if "PageToken" in asked else len(self.legs)
        equal = {"To": "to", "From": "from", "Status": "status", "ParentCallSid": "parent_call_sid"}
        for leg in reversed(self.legs):
            if leg.shown["sid"] not in self.by_sid:
                continue
            if leg.place < below and all(leg.shown[key] == asked[name] for name, key in equal.items() if name in asked):
                yield leg

    def delete(self, leg: Leg) -> None:
        """Forget one, for good; its place stays taken."""
        del self.by_sid[leg.shown["sid"]]
