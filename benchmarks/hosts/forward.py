"""Passes one port on to another address: a provider on loopback must be on the loopback of each host.

python -m benchmarks.hosts.forward FROM_ADDRESS FROM_PORT TO_ADDRESS TO_PORT
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress


async def main() -> None:
    """Pass everything on until ended."""
    here, port, there, other = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])

    async def passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while content := await reader.read(65536):
                writer.write(content)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            farther, away = await asyncio.open_connection(there, other)
        except OSError:
            writer.close()
            return
        await asyncio.gather(passed(reader, away), passed(farther, writer))

    server = await asyncio.start_server(connected, here, port, backlog=200)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
