"""Fifty people at once over plain sockets of loopback: each asks, waits for the answer, reads a while, and asks again."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Asked:
    """One kind of request: how it is written, and how long its answers took, in milliseconds."""

    name: str
    request: Callable[[random.Random], bytes]
    times: list[float] = field(default_factory=list)
    bad: int = 0


def request(method: str, path: str, cookie: str, body: bytes = b"", kind: str = "application/json") -> bytes:
    """An HTTP/1.1 request as bytes."""
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\nSec-Fetch-Site: same-origin\r\nAccept: */*\r\n"
    if body:
        head += f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


async def ask(kinds: list[Asked], ports: list[int], clients: int, seconds: float, pause: tuple[float, float]) -> None:
    """Let clients ask for a while; ``pause``: between which seconds each reads before it asks again."""
    until = time.perf_counter() + seconds
    await asyncio.gather(*(_client(at, kinds, ports[at % len(ports)], until, pause) for at in range(clients)))


async def _client(at: int, kinds: list[Asked], port: int, until: float, pause: tuple[float, float]) -> None:
    chance = random.Random(at)  # noqa: S311 - a client, not a secret
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await asyncio.sleep(chance.uniform(0, pause[1]))
    while time.perf_counter() < until:
        kind = chance.choice(kinds)
        writer.write(kind.request(chance))
        started = time.perf_counter()
        status = await _answer(reader)
        kind.times.append((time.perf_counter() - started) * 1000)
        kind.bad += status >= 400
        await asyncio.sleep(chance.uniform(*pause))
    writer.close()


async def _answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    lowered = head.lower()
    if b"content-length:" in lowered:
        await reader.readexactly(int(lowered.split(b"content-length:")[1].split(b"\r\n")[0]))
    elif b"chunked" in lowered:
        while (size := int((await reader.readuntil(b"\r\n")).strip(), 16)) >= 0:
            await reader.readexactly(size + 2)
            if size == 0:
                break
    return status
