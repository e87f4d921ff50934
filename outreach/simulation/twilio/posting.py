"""Posts signed forms to our own server, as Twilio does, over a few connections that are kept open.

Only to loopback: simulated people can be written to from nowhere else. A public address may be given its loopback one,
as a reverse proxy would.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import SplitResult, parse_qs, urldefrag, urlencode, urlsplit

from twilio.request_validator import RequestValidator

from outreach.simulation.twilio.http import HEAD_END, parse_head

CONNECTIONS = 12
LOST = 0
"""Counted instead of a status when no answer came."""
RETRY_AFTER = 0.05
SERVER_FAULT = 500
CLIENT_FAULT = 400
Then = Callable[[int, bytes], None]


class NotLoopbackError(Exception):
    """This address is not on this machine."""


@dataclass(frozen=True)
class _Post:
    data: bytes
    retries: int
    policy: frozenset[str]
    then: Then | None


@dataclass
class Poster:
    """Signs with ``token`` and posts; ``answers`` counts what came back by status, ``pending`` what is under way.

    ``proxied``: loopback origin by public origin. All of it is called on the loop's own thread.
    """

    token: str
    proxied: Mapping[str, str] = field(default_factory=dict)
    answers: Counter[int] = field(default_factory=Counter)
    pending: int = 0

    def __post_init__(self) -> None:
        self._validator = RequestValidator(self.token)
        self._lanes: dict[tuple[str, int], _Lane] = {}

    def place(self, url: str) -> SplitResult:
        """Where a URL is really posted to. Raises ``NotLoopbackError``."""
        parts = urlsplit(url)
        origin = self.proxied.get(f"{parts.scheme}://{parts.netloc}")
        found = urlsplit(origin)._replace(path=parts.path, query=parts.query) if origin else parts
        try:
            here = found.hostname == "localhost" or ipaddress.ip_address(found.hostname or "").is_loopback
        except ValueError:
            here = False
        if not here or found.scheme != "http":
            raise NotLoopbackError(url)
        return found

    def post(self, url: str, form: Mapping[str, str], then: Then | None = None) -> None:
        """Post once, and again as the URL's fragment asks (``#rc=5&rp=all``), by default once when nobody listens."""
        bare, fragment = urldefrag(url)
        place = self.place(bare)
        body = urlencode(form).encode()
        target = f"{place.path or '/'}{'?' + place.query if place.query else ''}"
        head = (
            f"POST {target} HTTP/1.1\r\nHost: {place.netloc}\r\nUser-Agent: TwilioProxy/1.1\r\nAccept: */*\r\n"
            f"X-Twilio-Signature: {self._validator.compute_signature(bare, form)}\r\n"
            f"Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        wishes = parse_qs(fragment)
        policy = frozenset(wishes.get("rp", ["ct"])[0].split(","))
        self.pending += 1
        lane = self._lanes.setdefault(
            (place.hostname or "", place.port or 80), _Lane(self, place.hostname or "", place.port or 80)
        )
        lane.add(_Post(head.encode() + body, int(wishes.get("rc", ["1"])[0]), policy, then))

    def close(self) -> None:
        """Cut every connection."""
        for lane in self._lanes.values():
            lane.close()


class _Lane:
    """The way to one server: posts that wait, and connections that are open."""

    def __init__(self, poster: Poster, host: str, port: int) -> None:
        self._poster = poster
        self._host, self._port = host, port
        self._waiting: deque[_Post] = deque()
        self._idle: list[_Line] = []
        self._lines: set[_Line] = set()
        self._opening: set[asyncio.Task[None]] = set()
        self._closed = False

    def add(self, post: _Post) -> None:
        """Queue a post, and let it leave when a connection is free."""
        self._waiting.append(post)
        self._pump()

    def _pump(self) -> None:
        while self._waiting and self._idle:
            self._idle.pop().send(self._waiting.popleft())
        wanted = min(len(self._waiting), CONNECTIONS - len(self._lines)) - len(self._opening)
        for _number in range(wanted if not self._closed else 0):
            task = asyncio.get_running_loop().create_task(self._open())
            self._opening.add(task)
            task.add_done_callback(self._tried)

    async def _open(self) -> None:
        await asyncio.get_running_loop().create_connection(lambda: _Line(self), self._host, self._port)

    def _tried(self, task: asyncio.Task[None]) -> None:
        self._opening.discard(task)
        if task.cancelled() or task.exception() is None:
            return
        # Nobody listens: one post for each attempt, or those that wait would wait for ever.
        if self._waiting and not self._lines:
            self.ended(self._waiting.popleft(), LOST, b"", "ct")
        self._pump()

    def opened(self, line: _Line) -> None:
        """One more connection can be used."""
        self._lines.add(line)
        self.free(line)

    def free(self, line: _Line) -> None:
        """This connection has nothing to do."""
        self._idle.append(line)
        self._pump()

    def lost(self, line: _Line, post: _Post | None) -> None:
        """A connection was closed by the other side, maybe with a post on it."""
        self._lines.discard(line)
        if line in self._idle:
            self._idle.remove(line)
        if post is not None and not self._closed:
            self.ended(post, LOST, b"", "rt")
        if not self._closed:
            self._pump()

    def ended(self, post: _Post, status: int, body: bytes, kind: str) -> None:
        """Count an answer, or try again."""
        if post.retries and kind and ("all" in post.policy or kind in post.policy):
            asyncio.get_running_loop().call_later(RETRY_AFTER, self.add, replace(post, retries=post.retries - 1))
            return
        self._poster.answers[status] += 1
        self._poster.pending -= 1
        if post.then is not None:
            post.then(status, body)

    def close(self) -> None:
        """Cut everything."""
        self._closed = True
        for task in list(self._opening):
            task.cancel()
        for line in list(self._lines):
            line.cut()


class _Line(asyncio.Protocol):
    """One open connection: one post at a time."""

    def __init__(self, lane: _Lane) -> None:
        self._lane = lane
        self._buffer = b""
        self._post: _Post | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ready for a post."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  (a stream connection is no other)
        self._transport = transport
        self._lane.opened(self)

    def send(self, post: _Post) -> None:
        """Write one post."""
        self._post, self._buffer = post, b""
        if self._transport is not None:
            self._transport.write(post.data)

    def data_received(self, data: bytes) -> None:
        """Read until the answer is whole."""
        self._buffer += data
        end = self._buffer.find(HEAD_END)
        if end < 0 or self._post is None:
            return
        first, headers = parse_head(self._buffer[:end])
        status, body = int(first.split(" ", 2)[1]), self._buffer[end + len(HEAD_END) :]
        if headers.get("transfer-encoding") == "chunked":
            if not body.endswith(b"0\r\n\r\n"):
                return
        elif len(body) < int(headers.get("content-length", "0")):
            return
        post, self._post = self._post, None
        kind = "5xx" if status >= SERVER_FAULT else "4xx" if status >= CLIENT_FAULT else ""
        self._lane.ended(post, status, body, kind)
        if headers.get("connection", "").lower() == "close":
            self.cut()
        else:
            self._lane.free(self)

    def connection_lost(self, _error: Exception | None) -> None:
        """Tell the lane."""
        post, self._post, self._transport = self._post, None, None
        self._lane.lost(self, post)

    def cut(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()
