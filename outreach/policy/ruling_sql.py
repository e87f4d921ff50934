"""The rules of ``outreach.policy.ruling`` over many contacts at once, in SQL; property tests keep the two equal.

Hours, holidays, dusk and dated limits are computed by the pure functions and handed over as a small calendar, so that
they are written once. What SQL adds is who is who: the same human being under several numbers, and their household.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from outreach.core.joins import all_joined
from outreach.core.prepared import kept
from outreach.core.words import Channel
from outreach.policy.dispositions import REFUSALS, STICKERS
from outreach.policy.objections import stopped_among
from outreach.policy.ruling import Forbidden, Terms
from outreach.policy.territories import SQL_TERRITORY, ZONES
from outreach.policy.windows import openings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# Everybody that a contact may touch: the person addressed (under every number of the register), and the household.
_KIN = """
home AS MATERIALIZED (SELECT l.id AS living, l.household_id AS household_id FROM ask a {person} {living}),
mate AS MATERIALIZED (
  SELECT living, living AS who FROM home
  UNION SELECT h.living, m.id FROM home h {mates}),
kin AS MATERIALIZED (
  SELECT living, who = living AS own, who AS person_id FROM mate
  UNION ALL SELECT mate.living, mate.who = mate.living, q.id FROM mate JOIN person q ON q.merged_into = mate.who)
"""
# Contacts in those states count: made, or perhaps made. ``planned`` ones count for who plans.
_MADE = """
made AS MATERIALIZED (
  SELECT kin.living, kin.own, k.id, k.case_id, k.channel, o.unit, g.partner_id, coalesce(k.done_at, k.due_at) AS at,
         k.disposition = ANY(:refusals) AS refused, k.disposition = ANY(:stickers) AS sticker
  FROM kin {contacts} {cases} JOIN campaign m ON m.id = o.campaign_id JOIN agreement g ON g.id = m.agreement_id
  WHERE k.state = ANY(:counted))
"""
_JOINS = {
    "person": ("person", "p", "p.id = a.person_id"), "living": ("person", "l", "l.id = coalesce(p.merged_into, p.id)"),
    "mates": ("person", "m", "m.household_id = h.household_id AND m.merged_into IS NULL"),
    "contacts": ("contact", "k", "k.person_id = kin.person_id"), "cases": ('"case"', "o", "o.id = k.case_id"),
    "homes": ("household", "h", "h.id = l.household_id"), "buildings": ("building", "b", "b.id = h.building_id"),
}  # fmt: skip
"""How the tables of the register are joined: table, name, condition."""
OPTIONAL = {"homes", "buildings"}


def sql_joined(sql: str, *, few: bool) -> str:
    """A query with the joins of the register written out.

    ``few``: for claims, and for what is few beside all there is (``core.joins``).
    """
    return sql.format(**all_joined(_JOINS, few=few, optional=OPTIONAL))


def sql_pasts(*, few: bool) -> str:
    """The CTEs ``home``, ``mate``, ``kin`` and ``made`` over ``ask`` (``person_id``); ``few`` as for ``sql_joined``."""
    return f"{sql_joined(_KIN, few=few)}, {sql_joined(_MADE, few=few)}"


_HOMES = "{person} {living} {homes} {buildings}"
# Whose home nobody knows lives where the site of their case is: by the clocks of Paris, a site overseas would call at night.
_PLACE = "coalesce(b.insee, a.site_insee, '')"
# ``{asks}``: a query of (id, person_id, unit, terms_id, partner_id, channel, at, promised, site_insee).
SQL_RULINGS = f"""
WITH ask AS MATERIALIZED ({{asks}}),
zone AS (SELECT * FROM unnest(CAST(:zone_territory AS text[]), CAST(:zone_name AS text[])) AS z (territory, name)),
span AS (SELECT * FROM unnest(CAST(:span_terms AS bigint[]), CAST(:span_channel AS text[]), CAST(:span_territory AS text[]),
  CAST(:span_from AS timestamptz[]), CAST(:span_to AS timestamptz[])) AS s (terms_id, channel, territory, opens, closes)),
term AS (SELECT * FROM unnest(CAST(:term_terms AS bigint[]), CAST(:term_day AS date[]), CAST(:term_holds AS boolean[]),
  CAST(:term_calls AS int[]), CAST(:term_silence AS int[]), CAST(:term_contacts AS int[]))
  AS t (terms_id, day, holds, calls, silence, contacts)),
{{pasts}},
whom AS MATERIALIZED (SELECT DISTINCT person_id FROM kin),
barred AS MATERIALIZED ({{stopped}}),
stopped AS MATERIALIZED (SELECT k.living, k.own, b.since FROM barred b JOIN kin k ON k.person_id = b.person_id),
placed AS MATERIALIZED (
  SELECT a.*, l.id AS living, t.territory, CAST(a.at AT TIME ZONE coalesce(z.name, 'Europe/Paris') AS date) AS day,
         coalesce(z.name, 'Europe/Paris') AS zone
  FROM ask a {{homes}}
       CROSS JOIN LATERAL (SELECT {SQL_TERRITORY.format(insee=_PLACE)} AS territory) t
       LEFT JOIN zone z ON z.territory = t.territory),
stop AS MATERIALIZED (
  SELECT DISTINCT p.id
  FROM placed p JOIN stopped s ON s.living = p.living AND s.since <= p.at AND (s.own OR p.unit = 'household')),
past AS MATERIALIZED (
  SELECT d.id, max(d.day) FILTER (WHERE d.refused AND (d.own OR d.case_unit = 'household')) AS refused,
         bool_or(d.sticker) AS sticker,
         count(*) FILTER (WHERE d.own AND d.made_channel = 'call' AND d.same_partner AND d.asked_day - d.day < 30) AS calls,
         count(*) FILTER (WHERE d.asked_day - d.day < 30) AS contacts
  FROM (SELECT p.id, p.day AS asked_day, CAST(m.at AT TIME ZONE p.zone AS date) AS day, m.refused, m.sticker, m.own,
               m.unit AS case_unit, m.channel AS made_channel, m.partner_id = p.partner_id AS same_partner
        FROM placed p JOIN made m ON m.living = p.living AND m.at <= p.at AND m.id <> p.id) d
  GROUP BY 1)
SELECT p.id, CASE
  WHEN stop.id IS NOT NULL THEN 'objected'
  WHEN NOT t.holds THEN 'agreement'
  WHEN p.day - past.refused < t.silence THEN 'silence'
  WHEN p.channel = 'visit' AND past.sticker THEN 'sticker'
  WHEN p.channel = 'call' AND NOT p.promised AND coalesce(past.calls, 0) >= t.calls THEN 'calls'
  WHEN NOT p.promised AND coalesce(past.contacts, 0) >= t.contacts THEN 'budget'
  WHEN s.opens IS NULL THEN 'closed' END AS forbidden
FROM placed p JOIN term t ON t.terms_id = p.terms_id AND t.day = p.day
  LEFT JOIN stop ON stop.id = p.id LEFT JOIN past ON past.id = p.id
  LEFT JOIN span s ON s.terms_id = p.terms_id AND s.channel = p.channel AND s.territory = p.territory
                   AND s.opens <= p.at AND p.at < s.closes
"""
COUNTED = ["sent", "done", "claimed", "unknown"]
"""The states of contacts that were, or may have been, made."""


@dataclass(frozen=True)
class Calendar:
    """Hours and limits of some agreements on some days, as arrays that the SQL form reads."""

    values: dict[str, list[Any]]

    @staticmethod
    def of(terms: Mapping[int, Terms], channels: Iterable[Channel], territories: Iterable[str], days: Iterable[date]) -> Calendar:
        """The calendar of terms (by the number that asks give). Days must cover those of every ask, in its own territory."""
        days, channels, territories = list(days), list(channels), list(territories)
        spans = [
            (number, channel.value, territory, opens, closes)
            for number, known in terms.items()
            for channel in channels
            for territory in territories
            for day in days
            for opens, closes in openings(channel, day, territory, known.hours)
        ]
        limits = [
            (number, day, known.valid_from <= day <= known.valid_to, limit.calls, limit.silence_days, limit.contacts)
            for number, known in terms.items()
            for day in days
            for limit in (known.limits.on(day),)
        ]
        named = {
            "span": ("terms", "channel", "territory", "from", "to"),
            "term": ("terms", "day", "holds", "calls", "silence", "contacts"),
        }
        columns = {
            f"{table}_{name}": [row[index] for row in rows]
            for table, rows in (("span", spans), ("term", limits))
            for index, name in enumerate(named[table])
        }
        return Calendar(columns | {"zone_territory": list(ZONES), "zone_name": list(ZONES.values())})


def rulings(
    session: Session,
    asks: str,
    calendar: Calendar,
    *,
    values: Mapping[str, Any] | None = None,
    counted: Sequence[str] = (),
    few: bool = False,
    keep: bool = False,
) -> dict[int, Forbidden | None]:
    """The ruling on each ask; one that the calendar does not cover is missing, which is no permission.

    ``asks``: a query of (id, person_id, unit, terms_id, partner_id, channel, at, promised, site_insee), its ``values`` bound.
    ``counted``: the states of the contacts that count, ``COUNTED`` unless given. ``few``: some hundreds of asks at most.
    ``keep``: so few, and so often, that one plan is good for all of them: a person's day, one call.
    """
    bound = dict(values or {}) | calendar.values | made_values(list(counted or COUNTED))
    parts = {"pasts": sql_pasts(few=few), "homes": sql_joined(_HOMES, few=few), "stopped": stopped_among("whom", few=few)}
    statement = SQL_RULINGS.format(asks=asks, **parts)
    found = kept(session, statement, bound, when=keep)
    return {row.id: Forbidden(row.forbidden) if row.forbidden else None for row in found}


def made_values(counted: list[str]) -> dict[str, Any]:
    """What ``sql_pasts`` binds: the states of contacts that count, and the codes that mean something to the rules."""
    return {"counted": counted, "refusals": REFUSALS, "stickers": STICKERS}


TERRITORIES_OF_ASKS = f"""
WITH ask AS MATERIALIZED ({{asks}})
SELECT DISTINCT {SQL_TERRITORY.format(insee=_PLACE)} FROM ask a JOIN person p ON p.id = a.person_id
  JOIN person l ON l.id = coalesce(p.merged_into, p.id) LEFT JOIN household h ON h.id = l.household_id
  LEFT JOIN building b ON b.id = h.building_id
"""


def territories_of(session: Session, asks: str, values: Mapping[str, Any], *, keep: bool = False) -> list[str]:
    """The territories in which the people of some asks live; ``keep`` as for ``rulings``."""
    found = kept(session, TERRITORIES_OF_ASKS.format(asks=asks), values, when=keep)
    return [str(code) for code in found.scalars()]


def around(day: date) -> list[date]:
    """The days that it may be anywhere in France while it is ``day`` in Paris."""
    return [day - timedelta(days=1), day, day + timedelta(days=1)]
