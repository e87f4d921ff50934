"""A network of its own on this machine: a hub, and hosts that reach it and nobody else. Needs root and iproute2."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

HUB = "outreach-hub"
ADDRESS = "10.77.0.1"
"""Of the hub; nothing outside the namespaces has a way to it."""


def reason_against() -> str | None:
    """Why no namespace can be made here; ``None`` when it can."""
    if os.geteuid() != 0 or shutil.which("ip") is None or shutil.which("unshare") is None:
        return "network namespaces need root, iproute2 and util-linux"
    tried = subprocess.run(["ip", "netns", "add", f"{HUB}-try"], check=False, capture_output=True, text=True)
    if tried.returncode != 0:
        return tried.stderr.strip()
    _ip("netns", "del", f"{HUB}-try")
    return None


@contextmanager
def network(hosts: int) -> Iterator[None]:
    """The hub and its hosts, for as long as the block lasts."""
    _remove(hosts)
    try:
        _ip("netns", "add", HUB)
        _ip("-n", HUB, "link", "set", "lo", "up")
        _ip("-n", HUB, "link", "add", "switch", "type", "bridge")
        _ip("-n", HUB, "addr", "add", f"{ADDRESS}/24", "dev", "switch")
        _ip("-n", HUB, "link", "set", "switch", "up")
        for number in range(1, hosts + 1):
            _ip("netns", "add", name(number))
            _ip("-n", HUB, "link", "add", cable(number), "type", "veth", "peer", "name", "eth0", "netns", name(number))
            _ip("-n", HUB, "link", "set", cable(number), "master", "switch", "up")
            _ip("-n", name(number), "addr", "add", f"10.77.0.{10 + number}/24", "dev", "eth0")
            _ip("-n", name(number), "link", "set", "eth0", "up")
            _ip("-n", name(number), "link", "set", "lo", "up")
        yield
    finally:
        _remove(hosts)


def on_host(number: int) -> list[str]:
    """What stands before a command that a host runs: its network, and its own name."""
    return ["ip", "netns", "exec", name(number), "unshare", "-u", "sh", "-c", f'hostname host-{number}; exec "$@"', "host"]


def cut_off(number: int, *, back: bool = False) -> None:
    """Pull a host's cable, or put it back; to be called within the hub."""
    subprocess.run(["ip", "link", "set", cable(number), "up" if back else "down"], check=True)


def name(number: int) -> str:
    """The namespace of a host."""
    return f"outreach-host-{number}"


def cable(number: int) -> str:
    """The hub's end of a host's cable."""
    return f"to-host-{number}"


def _remove(hosts: int) -> None:
    for namespace in (HUB, *(name(number) for number in range(1, hosts + 1))):
        subprocess.run(["ip", "netns", "del", namespace], check=False, capture_output=True)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)
