"""Whether a host is this machine, as it is written in an address."""

from __future__ import annotations

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Whether a host is a loopback address, or its usual name. What a name resolves to is not asked: it may change."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
