"""Every flow there is: its function, its schedules, and how many may run at once. prefect.yaml must say the same."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

TIMEZONE = "Europe/Paris"
POOL = "outreach"
ENVIRONMENT = {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30"}
"""What the process of every run is given. Prefect's own beat (180 s) is slower than the silence that counts as death."""


@dataclass(frozen=True)
class Schedule:
    """A cron line in the time of Paris. ``slug`` keeps a schedule itself when it is deployed again."""

    slug: str
    cron: str


@dataclass(frozen=True)
class FlowEntry:
    """One flow. ``collision``: what a second run does while the first is on (ENQUEUE or CANCEL_NEW).

    ``shared``: where workers of several hosts are there (``OUTREACH_HOSTS``), each tick of its schedule is a run for each of
    them.
    """

    name: str
    entrypoint: str
    description: str
    schedules: tuple[Schedule, ...]
    collision: str
    stages: tuple[str, ...]
    shared: bool = False

    def schedules_on(self, hosts: int) -> tuple[Schedule, ...]:
        """Its schedules for so many hosts: of a shared one each host has its own."""
        copies = range(1, hosts + 1) if self.shared else (1,)
        return tuple(
            Schedule(item.slug if copy == 1 else f"{item.slug}-{copy}", item.cron) for copy in copies for item in self.schedules
        )

    def load(self) -> Any:
        """The flow object (imports Prefect)."""
        module, _, function = self.entrypoint.rpartition(".")
        return getattr(import_module(module), function)


CATALOGUE: tuple[FlowEntry, ...] = (
    FlowEntry(
        "import-list",
        "outreach.flows.import_list.import_list",
        "Takes in the files that partners have dropped into the inbox",
        (Schedule("scan", "*/15 7-19 * * 1-6"),),
        "ENQUEUE",
        ("intake",),
    ),
    FlowEntry(
        "prepare",
        "outreach.flows.prepare.prepare",
        "Matches, segments, closes what is over, and plans the days to come",
        (Schedule("nightly", "30 3 * * 1-6"),),
        "ENQUEUE",
        ("matching", "segments", "planning"),
    ),
    FlowEntry(
        "dispatch",
        "outreach.flows.dispatch.dispatch",
        "Prints and sends what is due",
        (Schedule("weekday", "*/5 8-19 * * 1-5"), Schedule("saturday", "*/5 9-12 * * 6")),
        "CANCEL_NEW",
        ("channels",),
        shared=True,
    ),
    FlowEntry(
        "track",
        "outreach.flows.track.track",
        "Asks the provider what became of messages, and reads replies",
        (Schedule("poll", "*/10 * * * *"),),
        "CANCEL_NEW",
        ("tracking",),
        shared=True,
    ),
    FlowEntry(
        "report",
        "outreach.flows.report.report",
        "Produces the partners' outcome summaries",
        (Schedule("weekly", "0 6 * * 1"), Schedule("monthly", "0 6 1 * *")),
        "ENQUEUE",
        ("reporting",),
    ),
    FlowEntry(
        "upkeep",
        "outreach.flows.upkeep.upkeep",
        "Takes over lost claims, drops what is stale, and checks the invariants",
        (Schedule("nightly", "0 2 * * *"),),
        "ENQUEUE",
        (),
    ),
    FlowEntry(
        "retention",
        "outreach.flows.retention.retention",
        "Anonymises what its agreement no longer lets us know, and has providers delete their records",
        (Schedule("monthly", "0 4 1 * *"),),
        "ENQUEUE",
        (),
    ),
)
