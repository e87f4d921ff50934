"""The measures and the alerts in Prometheus' text format.

Counts and ages of the network, no label that names a person or a campaign.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily

from outreach.reporting.watch.alerts import RULES

if TYPE_CHECKING:
    from outreach.reporting.watch.measures import Measures

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Values = Mapping[tuple[str, ...], float]


@dataclass(frozen=True)
class Metric:
    """One gauge: its name, what it means, its labels, and its values for their values."""

    name: str
    meaning: str
    labels: tuple[str, ...]
    values: Callable[[Measures], Values]


def _one(name: str, meaning: str, value: Callable[[Measures], float | None]) -> Metric:
    """A gauge without labels; it is missing where there is nothing of the kind."""
    return Metric(name, meaning, (), lambda found: {} if (known := value(found)) is None else {(): float(known)})


def _by(name: str, meaning: str, label: str, values: Callable[[Measures], Mapping[str, float]]) -> Metric:
    return Metric(name, meaning, (label,), lambda found: {(key,): float(value) for key, value in values(found).items()})


METRICS: tuple[Metric, ...] = (
    _one("outreach_live_copy", "1 when this copy of the database may send", lambda m: m.live),
    _one("outreach_sending_stopped", "1 while the network's stop button is pressed", lambda m: m.stopped),
    _by("outreach_campaigns", "Campaigns by state", "state", lambda m: m.campaigns),
    _by("outreach_due_oldest_seconds", "Age of the oldest contact that could leave by itself now", "channel", lambda m: m.due),
    _one("outreach_last_dispatch_age_seconds", "Since anything was handed to a provider or printed", lambda m: m.last_dispatch),
    _by("outreach_unknown_contacts", "Contacts of which nobody knows whether they took place", "channel", lambda m: m.unknown),
    _by("outreach_provider_down", "1 while nothing is handed to a provider", "provider", lambda m: dict.fromkeys(m.providers_down, 1)),
    _by("outreach_quota_used_ratio", "The largest used share of a quota of the day", "channel", lambda m: m.quota),
    _one("outreach_notices_unread", "What providers told and nothing has read yet", lambda m: m.notices),
    _one("outreach_notice_oldest_seconds", "Age of the oldest of these", lambda m: m.oldest_notice),
    _one("outreach_replies_unread", "Replies that wait for a mediator", lambda m: m.replies),
    _one("outreach_reply_oldest_seconds", "Age of the oldest of these", lambda m: m.oldest_reply),
    _one("outreach_lists_waiting", "Lists that wait to be committed or discarded", lambda m: m.lists),
    _one("outreach_list_oldest_seconds", "Age of the oldest of these", lambda m: m.oldest_list),
    _one("outreach_files_waiting", "Dropped files that wait for somebody's answer", lambda m: m.files),
    _one("outreach_file_oldest_seconds", "Age of the oldest of these", lambda m: m.oldest_file),
    _one("outreach_jobs_failed", "Work of pages that failed within a day", lambda m: m.failed_jobs),
    _one("outreach_job_oldest_seconds", "Age of the oldest work of pages that is not done", lambda m: m.oldest_job),
    _one("outreach_requests_open", "Requests of persons that are open", lambda m: m.requests),
    _one("outreach_request_due_days", "Days until the first of these is due", lambda m: m.days_to_request),
    _one("outreach_backup_age_seconds", "Age of the newest backup", lambda m: m.backup),
    _one("outreach_backup_oldest_age_seconds", "Age of the oldest backup that is kept", lambda m: m.oldest_backup),
    _one("outreach_board_oldest_seconds", "Age of the oldest board of a running campaign", lambda m: m.board),
    _one("outreach_plan_age_seconds", "Since the running campaign that was left out the longest was planned", lambda m: m.plan),
    _one("outreach_never_planned_seconds", "Since the launch of a running campaign that was never planned", lambda m: m.never_planned),
    _by("outreach_schema", "1, with the revision of the schema", "revision", lambda m: {m.revision: 1}),
    Metric(
        "outreach_alert", "1 while a rule is on (outreach status says what to do)", ("code", "urgency"),
        lambda m: {(rule.code, rule.urgency.value): float(rule.found(m) is not None) for rule in RULES},
    ),
)  # fmt: skip


class _Collector:
    """The gauges of one moment."""

    def __init__(self, found: Measures) -> None:
        self._found = found

    def collect(self) -> Iterable[GaugeMetricFamily]:
        for metric in METRICS:
            family = GaugeMetricFamily(metric.name, metric.meaning, labels=metric.labels)
            for labels, value in metric.values(self._found).items():
                family.add_metric(labels, value)
            yield family


def exposition(found: Measures) -> bytes:
    """What Prometheus reads (``CONTENT_TYPE``)."""
    registry = CollectorRegistry()
    registry.register(_Collector(found))
    return generate_latest(registry)
