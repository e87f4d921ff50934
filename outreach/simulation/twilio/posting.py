"""Posts signed forms to our own server, as Twilio does, over a few connections that are kept open.

Only to loopback: simulated people can be written to from nowhere else. A public address may be given its loopback one,
as a reverse proxy would.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from urllib.parse import SplitResult, parse_qs, quote_plus, urldefrag, urlsplit

from twilio.request_validator import RequestValidator

from outreach.core.loopback import is_loopback
from outreach.simulation.twilio.http import HEAD_END, parse_head

CONNECTIONS = 200
"""The server answers a post once it is committed: with few connections, its commits would be the pace."""
BURST = 3
"""Posts that leave on one connection together, as they fall due together: most of a post's cost is the packet."""
LOST = 0
"""Counted instead of a status when no answer came."""
LAST_CHUNK = b"0\r\n\r\n"
RETRY_AFTER = 0.05
PLACES = 10_000
HEADERS = "User-Agent: TwilioProxy/1.1\r\nAccept: */*\r\nContent-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n"
SERVER_FAULT = 500
CLIENT_FAULT = 400
Then = Callable[[int, bytes], None]


class NotLoopbackError(Exception):
    """This address is not on this machine."""


@lru_cache(maxsize=1024)
def _is_here(scheme: str, host: str | None) -> bool:
    return scheme == "http" and is_loopback(host or "")


_quoted = lru_cache(maxsize=4096)(quote_plus)
"""The same numbers and SIDs are told three times."""


@dataclass(frozen=True)
class _Place:
    """An address: as it is signed, the head up to the signature, the way there, and how often to try again, and when."""

    signed: str
    head: str
    lane: _Lane
    retries: int
    policy: frozenset[str]


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
        self._places: dict[str, _Place] = {}

    def place(self, url: str) -> SplitResult:
        """Where a URL is really posted to. Raises ``NotLoopbackError``."""
        parts = urlsplit(url)
        origin = self.proxied.get(f"{parts.scheme}://{parts.netloc}")
        found = urlsplit(origin)._replace(path=parts.path, query=parts.query) if origin else parts
        if not _is_here(found.scheme, found.hostname):
            raise NotLoopbackError(url)
        return found

    def _reached(self, url: str) -> _Place:
        """What never changes about an address: looked at once, as it is posted to several times."""
        if url not in self._places:
            if len(self._places) > PLACES:
                self._places.clear()
            bare, fragment = urldefrag(url)
            found, wishes = self.place(bare), parse_qs(fragment)
            key = (found.hostname or "", found.port or 80)
            target = f"{found.path or '/'}{'?' + found.query if found.query else ''}"
            self._places[url] = _Place(
                bare,
                f"POST {target} HTTP/1.1\r\nHost: {found.netloc}\r\n{HEADERS}X-Twilio-Signature: ",
                self._lanes.setdefault(key, _Lane(self, *key)),
                int(wishes.get("rc", ["1"])[0]),
                frozenset(wishes.get("rp", ["ct"])[0].split(",")),
            )
        return self._places[url]

    def post(self, url: str, form: Mapping[str, str], then: Then | None = None) -> None:
        """Post once, and again as the URL's fragment asks (``#rc=5&rp=all``), by default once when nobody listens."""
        place = self._reached(url)
        body = "&".join(f"{name}={_quoted(value)}" for name, value in form.items())
        signature = self._validator.compute_signature(place.signed, form)
        self.pending += 1
        data = f"{place.head}{signature}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        place.lane.add(_Post(data, place.retries, place.policy, then))

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
        self._turning = False
        self._closed = False

    def add(self, post: _Post) -> None:
        """Queue a post; it leaves with those that are queued in the same turn of the loop, when a connection is free."""
        self._waiting.append(post)
        if not self._turning:
            self._turning = True
            asyncio.get_running_loop().call_soon(self._pump)

    def again(self, posts: Iterable[_Post]) -> None:
        """Posts that certainly did not arrive."""
        for post in posts:
            self.add(post)

    def _pump(self) -> None:
        self._turning = False
        while self._waiting and self._idle:
            self._idle.pop().send([self._waiting.popleft() for _number in range(min(BURST, len(self._waiting)))])
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

    def lost(self, line: _Line, posts: Iterable[_Post]) -> None:
        """A connection was closed by the other side, maybe with posts on it."""
        self._lines.discard(line)
        if line in self._idle:
            self._idle.remove(line)
        if self._closed:
            return
        for post in posts:
            self.ended(post, LOST, b"", "rt")
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
    """One open connection; posts on it are answered in their order."""

    def __init__(self, lane: _Lane) -> None:
        self._lane = lane
        self._buffer = b""
        self._posts: deque[_Post] = deque()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ready for posts."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  (a stream connection is no other)
        self._transport = transport
        self._lane.opened(self)

    def send(self, posts: list[_Post]) -> None:
        """Write some posts at once."""
        self._posts.extend(posts)
        if self._transport is not None:
            self._transport.write(b"".join(post.data for post in posts))

    def data_received(self, data: bytes) -> None:
        """Read every answer that is whole."""
        self._buffer += data
        while self._posts and (found := self._answer()) is not None:
            status, body, closes = found
            kind = "5xx" if status >= SERVER_FAULT else "4xx" if status >= CLIENT_FAULT else ""
            self._lane.ended(self._posts.popleft(), status, body, kind)
            if closes:
                # What was written behind the last answer was never read.
                unread, self._posts = self._posts, deque()
                self.cut()
                self._lane.again(unread)
                return
            if not self._posts:
                self._lane.free(self)

    def _answer(self) -> tuple[int, bytes, bool] | None:
        """Status and body of the next answer, and whether the connection ends with it."""
        end = self._buffer.find(HEAD_END)
        if end < 0:
            return None
        first, headers = parse_head(self._buffer[:end])
        begin = end + len(HEAD_END)
        stop = begin + int(headers.get("content-length", "0"))
        if headers.get("transfer-encoding") == "chunked":
            stop = self._buffer.find(LAST_CHUNK, begin) + len(LAST_CHUNK)
            if stop < begin:
                return None
        if len(self._buffer) < stop:
            return None
        body, self._buffer = self._buffer[begin:stop], self._buffer[stop:]
        return int(first.split(" ", 2)[1]), body, headers.get("connection", "").lower() == "close"

    def connection_lost(self, _error: Exception | None) -> None:
        """Tell the lane."""
        posts, self._posts, self._transport = self._posts, deque(), None
        self._lane.lost(self, posts)

    def cut(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()
