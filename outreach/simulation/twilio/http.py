"""As much HTTP/1.1 as a peer on loopback needs, on asyncio's transports: hundreds of requests a second for little CPU."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

LARGEST = 1 << 20
HEAD_END = b"\r\n\r\n"
REASONS = {200: "OK", 201: "Created", 204: "No Content"}


@dataclass(frozen=True)
class Request:
    """One request: ``path`` without its query; ``headers`` by lower-case name."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    def form(self) -> dict[str, str]:
        """The fields of a form, the last of each name."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    def asked(self) -> dict[str, str]:
        """The fields of the query."""
        return dict(parse_qsl(self.query, keep_blank_values=True))


@dataclass(frozen=True)
class Response:
    """An answer; without a status the connection is cut instead. It leaves ``after`` seconds."""

    status: int | None
    content: dict[str, Any] | None = None
    after: float = 0.0

    def encoded(self) -> bytes:
        """Head and body, to leave in one packet: in two, each answer waits for the client's delayed acknowledgement."""
        body = b"" if self.content is None else json.dumps(self.content).encode()
        head = f"HTTP/1.1 {self.status} {REASONS.get(self.status or 0, 'Error')}\r\nContent-Length: {len(body)}\r\n"
        return (head + ("Content-Type: application/json\r\n" if body else "") + "\r\n").encode() + body


CUT = Response(None)


def parse_head(head: bytes) -> tuple[str, dict[str, str]]:
    """The first line, and the headers by lower-case name."""
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return first, {name.lower(): value.strip() for name, _colon, value in pairs}


class Listener(asyncio.Protocol):
    """One connection of a client: requests one after the other, each answered by ``answer``."""

    def __init__(self, answer: Callable[[Request], Response], known: set[asyncio.Transport]) -> None:
        self._answer = answer
        self._known = known
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the way back."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  (a stream server makes no other)
        self._transport = transport
        self._known.add(transport)

    def connection_lost(self, _error: Exception | None) -> None:
        """Forget it."""
        if self._transport is not None:
            self._known.discard(self._transport)
            self._transport = None

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        self._buffer += data
        while (request := self._next()) is not None:
            self._reply(self._answer(request))

    def _next(self) -> Request | None:
        end = self._buffer.find(HEAD_END)
        if end < 0:
            return None
        first, headers = parse_head(self._buffer[:end])
        length = int(headers.get("content-length", "0"))
        if length > LARGEST:
            self._reply(CUT)
            return None
        begin, stop = end + len(HEAD_END), end + len(HEAD_END) + length
        if len(self._buffer) < stop:
            return None
        body, self._buffer = self._buffer[begin:stop], self._buffer[stop:]
        method, target, _version = first.split(" ", 2)
        path, _mark, query = target.partition("?")
        return Request(method, path, query, headers, body)

    def _reply(self, response: Response) -> None:
        if response.after > 0:
            asyncio.get_running_loop().call_later(response.after, self._reply, Response(response.status, response.content))
        elif self._transport is not None and response.status is None:
            self._transport.abort()
        elif self._transport is not None:
            self._transport.write(response.encoded())
