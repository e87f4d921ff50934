"""The content of a partner's summary.

Plain data, already protected, from which page, workbook, document and JSON are all made.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from outreach.core.labels import MEDIATIONS
from outreach.core.words import Channel, MediationKind
from outreach.reporting.figures.reading import BEGINNING, Span
from outreach.reporting.funnel import CHANNELS, NETWORK_CONVERSION, OUTCOMES, Funnel, Step, read_funnel
from outreach.reporting.lists import Listed, listed
from outreach.reporting.summary.advice import list_quality
from outreach.reporting.summary.asking import LINE, STEP, TOP, Answer, Asking
from outreach.reporting.summary.delays import delays
from outreach.reporting.summary.groups import shown_tables, wished_tables
from outreach.reporting.summary.lasting import lasting
from outreach.reporting.summary.learning import learning
from outreach.reporting.summary.sentences import notes, sentences
from outreach.reporting.summary.world import ATTEMPT, Spec, read_ways

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded

SCHEMA = "outreach-summary/2"
PEOPLE_STEPS = ("targeted", "contactable", "solicited", "reached", "accepted", "mediated")
FIRM = frozenset({"targeted", "solicited", "mediated"})
"""Steps that are shown rather than others when not all can be."""


def summary_content(
    session: Session, loaded: Loaded, *, start: date, end: date, told: Mapping[Spec, bool] | None = None,
    published: Mapping[str, int] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Everything a partner may read about the months from ``start`` to ``end``. Aggregates only; ``None`` is a hidden count.

    Solicited: cases first solicited in these months. Outcomes: where they stood when the last of them ended. ``told``: the
    counts that this partner has read of the campaign before, or had hidden: nothing may follow from all of it together.
    ``published``: what the version that this one corrects told, by key.
    """
    folder = loaded.folder
    threshold = folder.agreement.smallest_cell
    span = Span(start.replace(day=1), end.replace(day=1))
    ways = read_ways(session, loaded.campaign.id)
    funnel = read_funnel(session, loaded, span)
    lists = listed(session, loaded, span.last)
    asking = Asking()
    _wish_steps(asking, span)
    tables = wished_tables(asking, ways, span, folder.campaign, threshold)
    answer = asking.settle(ways, told or {}, threshold, published or {})
    data = {
        "schema": SCHEMA,
        "campaign": folder.campaign.name,
        "partner": folder.agreement.partner.name,
        "association": folder.agreement.association.name,
        "start": start.isoformat(),
        "end": end.isoformat(),
        "threshold": threshold,
        "unit": funnel.unit,
    }
    data |= _counts(funnel, lists, answer, span, threshold) | shown_tables(answer, tables)
    data["quality"] = list_quality(lists)
    data["delays"] = delays(session, loaded.campaign.id, span, threshold)
    data["lasting"] = lasting(session, loaded, end, threshold)
    data["learning"] = learning(session, loaded.campaign.id, data, start=start, end=end)
    data["notes"] = notes(threshold, loaded, is_coarse=answer.found.is_coarse)
    data["figures"] = [{"key": spec.key, "counts": spec.as_data(), "count": count} for spec, count in answer.told()]
    return data | {"sentences": sentences(data, start, end)}


def _wish_steps(asking: Asking, span: Span) -> None:
    for step in PEOPLE_STEPS:
        asking.want(_whole(step, span), TOP if step in FIRM else STEP, firm=step in FIRM)
    for outcome in OUTCOMES:
        asking.want(_whole(outcome, span), STEP, table="" if outcome == "mediated" else "outcomes")
    for kind in MEDIATIONS:
        asking.want(_whole(kind, span), STEP, table="kinds")
    for channel in CHANNELS:
        asking.want(_made(channel, span), LINE)


def _whole(measure: str, span: Span) -> Spec:
    # Who is targeted, and of them who can be contacted, is told of all that has been, whatever the period.
    first = BEGINNING if measure in {"targeted", "contactable"} else span.first
    return Spec(measure, first, span.last)


def _made(channel: Channel, span: Span) -> Spec:
    return Spec("made", span.first, span.last, ATTEMPT, (channel.value,))


def _counts(funnel: Funnel, lists: Listed, answer: Answer, span: Span, threshold: int) -> dict[str, Any]:
    def count(step: Step) -> int | None:
        if step.id in PEOPLE_STEPS or step.id in OUTCOMES or step.id in set(map(str, MediationKind)):
            return answer.count(_whole(step.id, span))
        return _units(lists, answer.count(_whole("targeted", span)), threshold) if step.id == "units" else step.count

    solicited, mediated = (answer.count(_whole(step, span)) for step in ("solicited", "mediated"))
    return {
        "solicited": solicited,
        "mediated": mediated,
        "conversion": percent(mediated, solicited),
        "network_conversion": round(100 * NETWORK_CONVERSION, 1),
        "funnel": [_as_data(step, count(step)) for step in funnel.steps],
        "kinds": [_as_data(step, count(step)) for step in funnel.kinds],
        "outcomes": [_as_data(step, count(step)) for step in funnel.outcomes],
        "rates": [
            {
                "id": rate.id, "label": rate.label, "numerator": rate.numerator, "denominator": rate.denominator,
                "definition": rate.definition,
                "rate": percent(answer.count(_whole(rate.numerator, span)), answer.count(_whole(rate.denominator, span))),
            }
            for rate in funnel.rates if not rate.id.startswith("mature")
        ],
        "attempts": [{"label": label, "count": answer.count(_made(channel, span))} for channel, label in CHANNELS.items()],
    }  # fmt: skip


def _units(lists: Listed, targeted: int | None, threshold: int) -> int | None:
    """Units of the lists, unless a handful of them, set aside by the rules, would follow."""
    units = lists.counts["units"]
    apart = abs(units - targeted) if targeted is not None else threshold
    return units if apart == 0 or apart >= threshold else None


def percent(part: int | None, whole: int | None) -> float | None:
    """A rate in percent with one decimal, when both counts are shown."""
    return round(100 * part / whole, 1) if part is not None and whole else None


def _as_data(step: Step, count: int | None) -> dict[str, Any]:
    return {"id": step.id, "label": step.label, "count": count, "unit": step.unit, "definition": step.definition}
