"""What mediations cost: contacts at their price, mediators' hours, by channel, site and language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core.words import Channel
from outreach.reporting.credits import campaign_credits
from outreach.reporting.figures.keeping import refresh_all
from outreach.reporting.figures.reading import Span, tallies, until_now

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.campaign import Campaign as CampaignDefinition
    from outreach.definitions.registry import Loaded

WORK = """
SELECT site_id, language, channel, result, sum(n) AS n, sum(minutes) AS minutes FROM figure_work
WHERE campaign_id = :campaign AND month BETWEEN :first AND :last GROUP BY 1, 2, 3, 4
"""
SITES = "SELECT CAST(id AS text) AS id, name FROM site"
CENT = Decimal("0.01")


@dataclass
class Cost:
    """What a channel, site or language took: contacts, euros in all, mediators' minutes, and the mediations that came of it."""

    contacts: int = 0
    euros: Decimal = Decimal(0)
    minutes: int = 0
    mediations: Fraction = field(default_factory=Fraction)

    @property
    def per_mediation(self) -> Decimal | None:
        """Euros a mediation; ``None`` without any."""
        if not self.mediations:
            return None
        return (self.euros * self.mediations.denominator / self.mediations.numerator).quantize(CENT)


@dataclass(frozen=True)
class Costs:
    """Of a campaign: all together, and by channel (mediations by last credit), site and language (mediated cases)."""

    all: Cost
    channels: dict[str, Cost]
    sites: dict[str, Cost]
    languages: dict[str, Cost]


def campaign_costs(session: Session, loaded: Loaded, span: Span | None = None) -> Costs:
    """The costs of a campaign's months. Prices and times are those of its definition; minutes of mediations as recorded."""
    refresh_all(session)
    chosen = span or until_now()
    definition, campaigns = loaded.folder.campaign, [loaded.campaign.id]
    rows = session.execute(text(WORK), _values(loaded, chosen)).mappings().all()
    names: dict[str, str] = {row.id: row.name for row in session.execute(text(SITES))}
    by_site, by_language = (_sum(definition, rows, key) for key in (lambda row: str(row["site_id"]), lambda row: row["language"]))
    for dimension, costs in (("site", by_site), ("language", by_language)):
        for value, tally in tallies(session, campaigns, dimension, chosen).items():
            costs[value].mediations += tally.mediated + tally.unasked
    by_channel = _sum(definition, rows, lambda row: row["channel"])
    for channel, number in campaign_credits(session, loaded, chosen).last.items():
        by_channel[channel].mediations += number
    everything = _sum(definition, rows, lambda _row: "")[""]
    everything.mediations = sum((cost.mediations for cost in by_language.values()), Fraction())
    return Costs(everything, dict(by_channel), {names.get(site, site): cost for site, cost in by_site.items()}, dict(by_language))


def _values(loaded: Loaded, span: Span) -> dict[str, Any]:
    return {"campaign": loaded.campaign.id, "first": span.first, "last": span.last}


def _sum(definition: CampaignDefinition, rows: Any, key: Callable[[Any], str]) -> defaultdict[str, Cost]:
    costs: defaultdict[str, Cost] = defaultdict(Cost)
    for row in rows:
        cost, is_contact = costs[key(row)], row["result"] != "mediation"
        minutes = _minutes(definition, row) if is_contact else int(row["minutes"])
        if is_contact:
            cost.contacts += int(row["n"])
            cost.euros += int(row["n"]) * getattr(definition.costs, row["channel"])
        cost.minutes += minutes
        cost.euros += definition.costs.mediator_hour * minutes / 60
    for cost in costs.values():
        cost.euros = cost.euros.quantize(CENT)
    return costs


def _minutes(definition: CampaignDefinition, row: Any) -> int:
    """A call or visit takes the time of the plan; one that was a mediation took the minutes that its record says."""
    times = {Channel.CALL: definition.capacity.minutes_per_call, Channel.VISIT: definition.capacity.minutes_per_door}
    return 0 if row["result"] == "mediated" else int(row["n"]) * times.get(row["channel"], 0)
