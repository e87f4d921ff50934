"""Addresses that somebody else told us and our server is to ask; and the one at which we are seen ourselves.

Outward and encrypted, never a place inside our own house (SSRF).
"""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from outreach.core.settings import settings

if TYPE_CHECKING:
    from fastapi import Request

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


def public_address(request: Request) -> str:
    """Where we are seen from outside, as the settings say. Where they say nothing, as the request says, whose ``Host`` may be anything."""
    return (settings().public_url or str(request.base_url)).rstrip("/")
