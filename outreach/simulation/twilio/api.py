"""Twilio's REST interface over the peer's memory: requests in, answers out, in the shapes of its OpenAPI file."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterable
from hashlib import sha256
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qs, urlencode
from xml.etree import ElementTree as ET

from outreach.simulation.twilio.answers import ACCOUNT
from outreach.simulation.twilio.calls import Dial, Wishes, read_script
from outreach.simulation.twilio.faults import Fate, Faults
from outreach.simulation.twilio.http import CUT, Request, Response
from outreach.simulation.twilio.messages import VERSION
from outreach.simulation.twilio.posting import NotLoopbackError

if TYPE_CHECKING:
    from outreach.simulation.twilio.peer import LoopbackProvider

ROOT = f"/{VERSION}/Accounts/{ACCOUNT}/"
NUMBER = re.compile(r"^\+[1-9]\d{7,14}$")
LONGEST = 1600
"""Characters of one message (21617)."""
PAGE = 50
Handler = Callable[["LoopbackProvider", Request, str], Response]


class Placed(Protocol):
    """Something of which a list is made."""

    shown: dict[str, Any]
    place: int


class RefusedError(Exception):
    """An answer of Twilio's that is no success: HTTP status, its code, its words."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code

    def response(self) -> Response:
        """As the SDK reads it."""
        more = f"https://www.twilio.com/docs/errors/{self.code}"
        return Response(self.status, {"code": self.code, "message": str(self), "more_info": more, "status": self.status})


def answer(peer: LoopbackProvider, request: Request) -> Response:
    """The answer to one request; what goes wrong in between is the peer's ``faults``."""
    try:
        return _handler(peer, request)
    except RefusedError as refused:
        return refused.response()


def _handler(peer: LoopbackProvider, request: Request) -> Response:
    if request.path.startswith("/_peer/"):
        return _control(peer, request)
    if request.headers.get("authorization") != peer.credentials:
        raise RefusedError(401, 20003, "Authenticate")
    name, _slash, rest = request.path.removeprefix(ROOT).removesuffix(".json").partition("/")
    handler = HANDLERS.get((name, request.method, bool(rest)))
    if handler is None or not request.path.startswith(ROOT):
        raise RefusedError(404, 20404, f"The requested resource {request.path} was not found")
    return handler(peer, request, rest)


def basic(account: str, token: str) -> str:
    """The header of HTTP's basic authentication."""
    return "Basic " + b64encode(f"{account}:{token}".encode()).decode()


def _through(peer: LoopbackProvider, request: Request, take: Callable[[], dict[str, Any]], *occasion: str) -> Response:
    """One creation, through the day's weather: answered, or not, whether it was taken or not."""
    faults: Faults = peer.faults
    fate = faults.fate(request.path, *occasion, peer.tries(*occasion))
    after = faults.seconds(faults.latency, *occasion)
    if fate is Fate.TOO_MANY:
        return Response(429, RefusedError(429, 20429, "Too Many Requests").response().content, after)
    taken = take() if fate.is_taken else {}
    if fate in {Fate.LOST_BEFORE, Fate.LOST_AFTER}:
        return Response(CUT.status, after=after)
    if fate in {Fate.BROKEN_BEFORE, Fate.BROKEN_AFTER}:
        return Response(500, RefusedError(500, 20500, "Internal Server Error").response().content, after)
    return Response(201, taken, after)


def _send(peer: LoopbackProvider, request: Request, _rest: str) -> Response:
    form = request.form()
    to, body = form.get("To", ""), form.get("Body", "")
    sender = form.get("MessagingServiceSid") or form.get("From", "")
    if not to:
        raise RefusedError(400, 21604, "A 'To' phone number is required.")
    if not sender:
        raise RefusedError(400, 21603, "A 'From' phone number is required.")
    if not body:
        raise RefusedError(400, 21602, "Message body is required.")
    if len(body) > LONGEST:
        raise RefusedError(400, 21617, "The concatenated message body exceeds the 1600 character limit")
    _check_number(peer, to)
    _check_url(peer, form.get("StatusCallback"))
    if (sender, to) in peer.store.opted_out:
        raise RefusedError(400, 21610, "Attempt to send to unsubscribed recipient")
    return _through(peer, request, lambda: peer.accept(sender, to, body, form.get("StatusCallback")), to, body)


def _call(peer: LoopbackProvider, request: Request, _rest: str) -> Response:
    form = request.form()
    to, caller = form.get("To", ""), form.get("From", "")
    if not to or not caller:
        raise RefusedError(400, 21201 if not to else 21213, "A 'To' and a 'From' phone number are required.")
    _check_number(peer, to)
    _check_url(peer, form.get("StatusCallback"))
    script = _script(form["Twiml"]) if "Twiml" in form else None
    if script is None:
        if "Url" not in form:
            raise RefusedError(400, 21205, "Url parameter is required.")
        _check_url(peer, form["Url"])
    events = frozenset(parse_qs(request.body.decode()).get("StatusCallbackEvent", ["completed"]))
    wishes = Wishes(form.get("StatusCallback"), events, "MachineDetection" in form)
    return _through(peer, request, lambda: peer.ring(caller, to, script or form["Url"], wishes), to, form.get("Twiml", ""))


def _script(twiml: str) -> Dial:
    try:
        return read_script(twiml)
    except (ET.ParseError, ValueError) as error:
        raise RefusedError(400, 12100, "Document parse failure") from error


def _check_number(peer: LoopbackProvider, to: str) -> None:
    if not NUMBER.match(to) or to in peer.faults.dead:
        raise RefusedError(400, 21211, "Invalid 'To' Phone Number")


def _check_url(peer: LoopbackProvider, url: str | None) -> None:
    try:
        if url is not None:
            peer.reaches(url)
    except NotLoopbackError as error:
        raise RefusedError(
            400, 21609, "The 'StatusCallback' URL is not a valid URL: this peer calls back to loopback only"
        ) from error


def _found(known: dict[str, Any], sid: str) -> Any:
    if sid not in known:
        raise RefusedError(404, 20404, f"The requested resource {sid} was not found")
    return known[sid]


def _page(request: Request, name: str, found: Iterable[Placed]) -> Response:
    asked = request.asked()
    size, number = min(int(asked.get("PageSize", PAGE)), 1000), int(asked.get("Page", 0))
    part = list(islice(found, size + 1))
    rest = {key: value for key, value in asked.items() if key not in {"Page", "PageToken"}}
    following = None
    if len(part) > size:
        # The token says below which one to go on: what arrives meanwhile shifts no page.
        following = f"{request.path}?{urlencode(rest | {'Page': number + 1, 'PageToken': f'PA{part[size - 1].place}'})}"
    first = f"{request.path}?{urlencode(rest | {'Page': 0})}"
    content = {
        name: [kept.shown for kept in part[:size]], "page": number, "page_size": size, "start": number * size,
        "end": number * size + max(len(part[:size]) - 1, 0), "first_page_uri": first, "next_page_uri": following,
        "previous_page_uri": None, "uri": f"{request.path}?{request.query}" if request.query else request.path,
    }  # fmt: skip
    return Response(200, content)


def _messages(peer: LoopbackProvider, request: Request, _rest: str) -> Response:
    return _page(request, "messages", peer.store.listed(request.asked()))


def _calls(peer: LoopbackProvider, request: Request, _rest: str) -> Response:
    return _page(request, "calls", peer.calls.listed(request.asked()))


def _message(peer: LoopbackProvider, _request: Request, sid: str) -> Response:
    return Response(200, _found(peer.store.by_sid, sid).shown)


def _leg(peer: LoopbackProvider, _request: Request, sid: str) -> Response:
    return Response(200, _found(peer.calls.by_sid, sid).shown)


def _redact(peer: LoopbackProvider, request: Request, sid: str) -> Response:
    kept, form = _found(peer.store.by_sid, sid), request.form()
    if form.get("Body") != "":
        raise RefusedError(400, 20001, "Only an empty Body can be given: a message is redacted, not changed")
    kept.shown["body"] = ""
    return Response(200, kept.shown)


def _delete(peer: LoopbackProvider, _request: Request, sid: str) -> Response:
    peer.store.delete(_found(peer.store.by_sid, sid))
    return Response(204)


def _delete_call(peer: LoopbackProvider, _request: Request, sid: str) -> Response:
    leg = _found(peer.calls.by_sid, sid)
    if leg.shown["status"] in {"queued", "ringing", "in-progress"}:
        raise RefusedError(409, 20009, "A call that is in progress cannot be deleted")
    peer.calls.delete(leg)
    return Response(204)


def _control(peer: LoopbackProvider, request: Request) -> Response:
    """What tests of other processes ask and tell: ``messages``, ``faults`` (of ``Faults``), ``reply`` (from, body)."""
    what = request.path.removeprefix("/_peer/")
    if what == "messages":
        counts = {f"{to}|{sha256(body.encode()).hexdigest()}": number for (to, body), number in peer.store.sent.items()}
        most = max(counts.values(), default=0)
        told = {str(status): number for status, number in peer.callbacks.items()}
        return Response(
            200, {"sent": sum(counts.values()), "most": most, "by": counts, "callbacks": told, "pending": peer.pending}
        )
    if request.method == "POST" and what == "faults":
        peer.faults = Faults.read(request.body.decode())
        return Response(204)
    if request.method == "POST" and what == "reply":
        written = json.loads(request.body)
        peer.receive(written["from"], written["body"], written.get("to"))
        return Response(204)
    raise RefusedError(404, 20404, "no such control")


HANDLERS: dict[tuple[str, str, bool], Handler] = {
    ("Messages", "POST", False): _send,
    ("Messages", "GET", False): _messages,
    ("Messages", "GET", True): _message,
    ("Messages", "POST", True): _redact,
    ("Messages", "DELETE", True): _delete,
    ("Calls", "POST", False): _call,
    ("Calls", "GET", False): _calls,
    ("Calls", "GET", True): _leg,
    ("Calls", "DELETE", True): _delete_call,
}
"""By resource, method, and whether one SID is asked for."""
