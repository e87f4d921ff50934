"""Addresses that somebody else told us and our server is to ask.

Outward and encrypted, never a place inside our own house (SSRF).
"""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class InwardError(ValueError):
    """An address that leads into our own network, or is not encrypted."""


def require_outward(address: str, told_by: str) -> str:
    """``address`` as it is, when ``told_by`` may send us there; raises ``InwardError`` otherwise.

    Who is asked at our own machine (a trial) may lead to that machine alone. Everybody else leads to encrypted places: their own,
    which an administrator named, or one whose every address is public, so that no name leads to what only our server reaches.
    """
    parts, teller = urlsplit(address), urlsplit(told_by)
    if teller.hostname in LOOPBACK:
        if parts.hostname not in LOOPBACK:
            raise InwardError(address)
        return address
    if parts.scheme != "https" or not parts.hostname or parts.username is not None:
        raise InwardError(address)
    if parts.hostname == teller.hostname:
        return address
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except OSError:
        raise InwardError(address) from None
    if not all(ipaddress.ip_address(str(entry[4][0]).partition("%")[0]).is_global for entry in found):
        raise InwardError(address)
    return address
