"""What a campaign would do, before anything is done: who falls into which segment, who is left out and why, which waves."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import clock
from outreach.core.i18n import N_
from outreach.definitions.campaign import Campaign
from outreach.definitions.facts import vocabulary
from outreach.definitions.sealing import URGENT, Design, sealed
from outreach.policy.language import Readers
from outreach.segments.judge import Judged, judge, place
from outreach.segments.power import Detectable, detectable
from outreach.segments.verdict import NO_SEGMENT, outcome_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded

OUTSIDE = N_("aucun segment ne convient")
COUNTS = """
SELECT j.rules, coalesce(p.site_id, :first_site) AS site_id, count(*) AS units
FROM judged j LEFT JOIN placed p ON p.building_id = j.building_id GROUP BY 1, 2
"""
# The mean size of a building as its cases see it: a block of 20 counts twenty times.
PER_BUILDING = """
SELECT coalesce(CAST(sum(n * n) AS float) / nullif(sum(n), 0), 1) FROM (
  SELECT count(*) AS n FROM judged j JOIN pattern v ON v.rules = j.rules
  WHERE v.reason IS NULL AND v.priority > :urgent GROUP BY coalesce(j.building_id, -j.unit_id)) b
"""
OPENED = """
SELECT wave, count(*) AS cases, count(*) FILTER (WHERE priority > :urgent) AS dealt FROM "case"
WHERE campaign_id = :campaign GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True)
class Group:
    """A segment, or a reason to be left out. ``first``: units it decides; ``any``: units for which its rule holds at all."""

    code: str
    label: str
    first: int
    any: int
    priority: int | None = None
    by_site: Mapping[str, int] | None = None


# Only counts and lengths leave the database: no name is needed to say what a text costs.
READERS = """
SELECT p.language, p.reads_french, count(*) AS people, count(p.mobile) AS mobiles,
       coalesce(max(length(concat_ws(' ', p.given_name, p.family_name))), 0) AS longest
FROM judged j JOIN pattern v ON v.rules = j.rules AND v.reason IS NULL JOIN person p ON p.id = j.person_id GROUP BY 1, 2
  ORDER BY 3 DESC
"""


@dataclass(frozen=True)
class Preview:
    """What the rules make of the lists in force.

    ``overlaps``: units for which two segments hold (by their codes), whoever wins. ``unknown``: units of whom a fact is not
    known. ``waves``: cases of each wave, the urgent among them in the first; ``dealt``: those by lot. ``opened``: cases there
    already.
    """

    campaign: str
    name: str
    unit: str
    units: int
    targeted: int
    segments: tuple[Group, ...]
    excluded: tuple[Group, ...]
    overlaps: Mapping[str, int]
    unknown: Mapping[str, int]
    waves: tuple[float, ...]
    dealt: tuple[float, ...]
    days_apart: int
    detectable: Detectable
    opened: int
    commitment: str | None
    launched: bool
    readers: tuple[Readers, ...] = ()


def preview(session: Session, loaded: Loaded) -> Preview:
    """Judge everybody on the campaign's lists in temporary tables; nothing is written. A draft will do.

    The caller's transaction should be rolled back or ended: the temporary tables go with it.
    """
    folder, campaign = loaded.folder, loaded.folder.campaign
    judged = judge(session, folder, loaded.campaign.id, today=clock.today())
    first_site = place(session, _known_sites(session, campaign))
    design = sealed(session, loaded.campaign.id)
    urgent = design.urgent if design else URGENT
    rows = session.execute(text(COUNTS), {"first_site": first_site}).all()
    names = {int(row.id): str(row.name) for row in session.execute(text("SELECT id, name FROM site"))}
    counts: Counter[tuple[int, str]] = Counter()
    for row in rows:
        counts[int(row.rules), names.get(row.site_id, str(row.site_id))] += int(row.units)
    opened = session.execute(text(OPENED), {"campaign": loaded.campaign.id, "urgent": urgent}).all()
    targeted = sum(count for (bits, _site), count in counts.items() if outcome_of(campaign, bits).targeted)
    waves, dealt = _waves(campaign, counts, opened, design)
    per_building = float(session.execute(text(PER_BUILDING), {"urgent": urgent}).scalar_one())
    return Preview(
        campaign=campaign.code, name=campaign.name, unit=str(campaign.unit), units=judged.units, targeted=targeted,
        segments=_segments(campaign, counts), excluded=_excluded(campaign, counts), overlaps=_overlaps(campaign, counts),
        unknown=_unknown(session, judged, loaded), waves=waves, dealt=dealt, days_apart=campaign.waves.days_apart,
        detectable=detectable(dealt, baseline=campaign.waves.baseline, icc=campaign.waves.icc, per_building=per_building),
        opened=sum(int(row.cases) for row in opened), commitment=design.commitment if design else None,
        launched=loaded.version is not None, readers=tuple(Readers(**row) for row in session.execute(text(READERS)).mappings()),
    )  # fmt: skip


def _known_sites(session: Session, campaign: Campaign) -> list[str]:
    """The campaign's sites; of a draft some may not be stored yet, then all its known ones."""
    codes = [site.code for site in campaign.sites]
    return [
        str(code) for code in session.execute(text("SELECT code FROM site WHERE code = ANY(:codes)"), {"codes": codes}).scalars()
    ]


def _segments(campaign: Campaign, counts: Counter[tuple[int, str]]) -> tuple[Group, ...]:
    first: Counter[str] = Counter()
    held: Counter[str] = Counter()
    sites: dict[str, Counter[str]] = defaultdict(Counter)
    for (bits, site), count in counts.items():
        outcome = outcome_of(campaign, bits)
        for at, part in enumerate(campaign.segments, len(campaign.exclusions)):
            held[part.code] += count * (bits >> at & 1)
        if outcome.targeted and outcome.segment:
            first[outcome.segment] += count
            sites[outcome.segment][site] += count
    return tuple(
        Group(part.code, part.label, first[part.code], held[part.code], part.priority, dict(sites[part.code].most_common()))
        for part in campaign.segments
    )


def _excluded(campaign: Campaign, counts: Counter[tuple[int, str]]) -> tuple[Group, ...]:
    first: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for (bits, _site), count in counts.items():
        outcome = outcome_of(campaign, bits)
        first[outcome.reason or ""] += count
        held[NO_SEGMENT] += count * (outcome.segment is None)
        for at, part in enumerate(campaign.exclusions):
            held[part.code] += count * (bits >> at & 1)
    known = [Group(part.code, part.label, first[part.code], held[part.code]) for part in campaign.exclusions]
    return (*known, Group(NO_SEGMENT, OUTSIDE, first[NO_SEGMENT], held[NO_SEGMENT]))


def _overlaps(campaign: Campaign, counts: Counter[tuple[int, str]]) -> dict[str, int]:
    """Units that satisfy two segments and no exclusion."""
    found: Counter[str] = Counter()
    head = len(campaign.exclusions)
    for (bits, _site), count in counts.items():
        if not outcome_of(campaign, bits).targeted:
            continue
        held = [part.code for at, part in enumerate(campaign.segments, head) if bits >> at & 1]
        for at, one in enumerate(held):
            for other in held[at + 1 :]:
                found[f"{one}+{other}"] += count
    return dict(found.most_common())


def _unknown(session: Session, judged: Judged, loaded: Loaded) -> dict[str, int]:
    known = vocabulary(loaded.folder.campaign, loaded.folder.agreement)
    open_facts = [name for name in judged.facts if not known[name].sure]
    if not open_facts:
        return {}
    columns = ", ".join(f'count(*) FILTER (WHERE "{name}" IS NULL)' for name in open_facts)
    row = session.execute(text(f"SELECT {columns} FROM judged")).one()
    return {name: int(count) for name, count in zip(open_facts, row, strict=True)}


def _waves(
    campaign: Campaign, counts: Counter[tuple[int, str]], opened: Sequence[Any], design: Design | None
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Cases of each wave: as they were dealt where there are any, else as the lot will deal them on average."""
    number = design.waves if design else campaign.waves.count
    if opened:
        cases = {int(row.wave): (int(row.cases), int(row.dealt)) for row in opened}
        both = [cases.get(wave, (0, 0)) for wave in range(1, number + 1)]
        return tuple(float(all_) for all_, _dealt in both), tuple(float(dealt) for _all, dealt in both)
    urgent = design.urgent if design else URGENT
    at_once = dealt = 0
    for (bits, _site), count in counts.items():
        outcome = outcome_of(campaign, bits)
        if outcome.targeted:
            is_urgent = (outcome.priority or 0) <= urgent
            at_once, dealt = at_once + count * is_urgent, dealt + count * (not is_urgent)
    share = dealt / number
    return (share + at_once, *[share] * (number - 1)), (share,) * number
