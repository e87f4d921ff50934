"""What the rules ask about: one row of typed facts for each household or person on a campaign's lists, in one query.

Only facts that a rule looks at are computed and kept: the others would cost time, and nobody needs them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from outreach.core import clock
from outreach.core.joins import all_joined
from outreach.core.words import Unit
from outreach.definitions.campaign import Campaign
from outreach.definitions.facts import PARTNER, Fact, FactType
from outreach.policy import energy_debt
from outreach.policy.deaths import SQL_DEAD
from outreach.policy.dispositions import REFUSALS
from outreach.policy.objections import SQL_STOPPED, stopped_among
from outreach.policy.pressure import PERIOD_DAYS

ADULT_AGE = 18
SMART_METER = PARTNER + "smart_meter"
"""The partner's own flag that says that a meter is a smart one (it lengthens the path to a cut)."""
SQL_TYPES = {FactType.NUMBER: "numeric", FactType.WORD: "text", FactType.FLAG: "boolean", FactType.DATE: "date"}

# Who is addressed: an adult, with a mobile if there is one, and the largest debt; of equals the one known first. One number
# in that order: two flags, 28 bits of cents, 32 bits that count persons down. The number of a person fits for four thousand
# million of them; a debt above 2.6 million euros counts as that much.
RANK = """
(CAST(CAST(p.birth_date IS NULL OR p.birth_date <= :adult AS int) AS bigint) << 61)
+ (CAST(CAST(p.mobile IS NOT NULL AS int) AS bigint) << 60)
+ (least(greatest(CAST(coalesce(r.amount_due, -0.01) * 100 AS bigint) + 1, 0), 268435455) << 32) + (4294967295 - p.id)
"""
PERSON_OF_RANK = "4294967295 - (max(rank) & 4294967295)"
GROUPED: Mapping[str, str] = {
    "amount_due": "max(amount_due)",
    "debt_since": "min(debt_since)",
    "stage": "(CAST(:stages AS text[]))[max(array_position(CAST(:stages AS text[]), stage))]",
    "energy_voucher": "bool_or(energy_voucher)",
    "has_mobile": "bool_or(mobile IS NOT NULL)",
    "has_phone": "bool_or(mobile IS NOT NULL OR fixed IS NOT NULL)",
    "name_known": "bool_or(family_name IS NOT NULL OR given_name IS NOT NULL)",
}
"""Facts over all rows of a unit: the worst debt, and what anybody in it has."""
SINGLE: Mapping[str, str] = {
    "debt_age_days": "CAST(:today AS date) - g.debt_since",
    "debt_stage": energy_debt.SQL_STAGE.format(path="path"),
    "days_to_cut": energy_debt.SQL_DAYS_TO_CUT.format(path="path"),
    "insee": "b.insee",
    "department": "CASE WHEN b.insee LIKE '9_%' AND substr(b.insee, 2, 1) IN ('7', '8') THEN left(b.insee, 3) ELSE left(b.insee, 2) END",
    "priority_area": "b.priority_area IS NOT NULL",
    "has_address": "b.id IS NOT NULL",
    "located": "b.lon IS NOT NULL",
    "language": "p.language",
    "reads_french": "p.reads_french",
    "household_size": "CAST(s.household_size AS int)",
    "age": "CAST(extract(year FROM age(CAST(:today AS date), p.birth_date)) AS int)",
    "on_list": "true",
    "objected": "x.unit_id IS NOT NULL",
    "last_contact_on": "k.last_contact_on",
    "days_since_contact": "CAST(:today AS date) - k.last_contact_on",
    "contacts_in_30_days": "CAST(coalesce(k.contacts_in_30_days, 0) AS int)",
    "last_outcome": "k.last_outcome",
    "mediated_before": "coalesce(k.mediated OR o.mediated, o.mediated, k.mediated, false)",
    "refused_before": "coalesce(k.refused OR o.refused, o.refused, k.refused, false)",
    "in_open_campaign": "coalesce(o.elsewhere, false)",
}
"""Facts of the person addressed, their home, and what was done with the unit before."""
OF_DEBT = frozenset({"debt_stage", "days_to_cut"})
OF_CONTACTS = frozenset(
    {"last_contact_on", "days_since_contact", "contacts_in_30_days", "last_outcome", "mediated_before", "refused_before"}
)
OF_CASES = frozenset({"mediated_before", "refused_before", "in_open_campaign"})
OF_DATES = {"debt_since", "energy_voucher"}
NEEDED_BY = {"debt_age_days": {"debt_since"}, "debt_stage": OF_DATES, "days_to_cut": OF_DATES}
SIZES = "sizes AS (SELECT household_id, count(*) AS household_size FROM asked GROUP BY 1)"
# Whom the lists name, and who lives with them, each looked up: what a campaign costs does not grow with the register.
ASKED = """
CREATE TEMP TABLE asked ON COMMIT DROP AS
WITH named AS MATERIALIZED (
  SELECT DISTINCT p.id, p.household_id FROM current_row r {person} WHERE r.campaign_id = :campaign AND p.merged_into IS NULL)
SELECT id AS person_id, household_id FROM named
"""
AND_MATES = """
UNION SELECT m.id, m.household_id FROM (SELECT DISTINCT household_id FROM named WHERE household_id IS NOT NULL) n {mates}
"""
_JOINS = {
    "person": ("person", "p", "p.id = r.person_id"), "mates": ("person", "m", "m.household_id = n.household_id AND m.merged_into IS NULL"),
    "addressed": ("person", "p", "p.id = g.person_id"), "household": ("household", "h", "h.id = p.household_id"),
    "building": ("building", "b", "b.id = h.building_id"), "cases": ('"case"', "c", "c.person_id = a.person_id"),
    "contacts": ("contact", "k", "k.case_id = m.case_id"),
}  # fmt: skip
"""How the register is joined: table, name, condition."""
OPTIONAL = {"household", "building"}
# What few people have is looked up first, into small tables whose size is then known. ``{living}`` is the unit of a person.
STOPPED = """
CREATE TEMP TABLE stopped ON COMMIT DROP AS
SELECT DISTINCT {living} AS unit_id FROM ({stopped}) s JOIN asked l USING (person_id)
WHERE (SELECT EXISTS (SELECT FROM objection)) AND {living} IS NOT NULL
"""
# Everybody whom objections stop, on a list or not: where those who said so are fewer than those who are asked about.
ALL_STOPPED = f"""
CREATE TEMP TABLE stopped ON COMMIT DROP AS
SELECT DISTINCT {{living}} AS unit_id FROM (SELECT l.id AS person_id, l.household_id FROM ({SQL_STOPPED}) s JOIN person l ON l.id = s.person_id
  WHERE l.merged_into IS NULL) l WHERE {{living}} IS NOT NULL
"""
# What was done with the same people, whatever number they had then and whatever household they were addressed as.
MET = """
CREATE TEMP TABLE met ON COMMIT DROP AS
SELECT c.id AS case_id, a.unit_id, c.campaign_id, c.status, c.closed_at
FROM (SELECT person_id, {living} AS unit_id FROM asked l
      UNION ALL SELECT q.id, {living} FROM asked l JOIN person q ON q.merged_into = l.person_id) a {cases}
"""
CASES = """
CREATE TEMP TABLE others ON COMMIT DROP AS
SELECT unit_id, bool_or(status = 'mediated') AS mediated, bool_or(status = 'refused') AS refused,
       bool_or(closed_at IS NULL AND campaign_id <> :campaign) AS elsewhere
FROM met WHERE unit_id IS NOT NULL GROUP BY 1
"""
CONTACTS = """
CREATE TEMP TABLE contacts ON COMMIT DROP AS
SELECT k.unit_id, max(k.day) AS last_contact_on, count(*) FILTER (WHERE k.day > CAST(:today AS date) - :period) AS contacts_in_30_days,
       (array_agg(k.disposition ORDER BY k.done_at DESC, k.id DESC))[1] AS last_outcome,
       bool_or(k.disposition = 'mediated') AS mediated, bool_or(k.disposition = ANY(:refusals)) AS refused
FROM (SELECT m.unit_id, k.id, k.disposition, k.done_at, CAST(k.done_at AT TIME ZONE 'Europe/Paris' AS date) AS day
      FROM met m {contacts} WHERE m.unit_id IS NOT NULL AND k.state IN ('sent', 'done')) k GROUP BY 1
"""
# The flag is asked for, not whether somebody was found: of « none was found », or « not in », PostgreSQL believes that a single row is left,
# and looks through all who objected for each of thirty thousand.
DEAD = f"CREATE TEMP TABLE dead ON COMMIT DROP AS SELECT person_id, true AS is_dead FROM ({SQL_DEAD}) d"
SMALL_TABLES = ("dead", "asked", "stopped", "met", "others", "contacts")


@dataclass(frozen=True)
class FactQuery:
    """The query of a campaign's units: ``sql`` with ``values`` bound; ``facts`` in the order of its columns.

    ``before``: statements with the same values that make the small temporary tables it reads.
    """

    sql: str
    values: dict[str, Any]
    facts: tuple[str, ...]
    before: tuple[str, ...]


def fact_query(
    campaign: Campaign, campaign_id: int, wanted: Collection[str], known: Mapping[str, Fact], *, today: date, few: bool,
    few_objected: bool = False,
) -> FactQuery:  # fmt: skip
    """The facts in ``wanted`` for every unit of a campaign, with who is addressed and where they live.

    ``few``: its rows are few beside the register (``core.joins``). ``few_objected``: objections are fewer than its rows.
    Columns: unit_id, person_id, household_id, building_id, amount, and the facts by their names.
    """
    joins = all_joined(_JOINS, few=few, optional=OPTIONAL)
    facts = tuple(name for name in known if name in wanted)
    inner = set(facts).union(*(NEEDED_BY.get(name, set()) for name in facts)) | {"amount_due"}
    own = [name for name in known if name.startswith(PARTNER) and (name in inner or (name == SMART_METER and inner & OF_DEBT))]
    unit = "p.household_id" if campaign.unit == Unit.HOUSEHOLD else "p.id"
    parts = [_named(unit, own, known, joins["person"]), _grouped(sorted(inner), own)]
    if "household_size" in inner:
        parts.append(SIZES)
    columns = ",\n  ".join(f'{_column(name)} AS "{name}"' for name in facts)
    sql = f"""
WITH {", ".join(parts)}
SELECT g.unit_id, g.person_id, p.household_id, b.id AS building_id, g.amount_due AS amount, b.postal_code AS zip,
  {columns}
FROM grouped g {joins["addressed"]} {joins["household"]} {joins["building"]}
     {_joins(inner, own)}
ORDER BY g.unit_id
"""
    stages = [code for part in campaign.lists for code in part.stages]
    values = {
        "campaign": campaign_id, "stages": list(dict.fromkeys(stages)), "period": PERIOD_DAYS, "refusals": REFUSALS,
        "adult": clock.months_after(today, -12 * ADULT_AGE), **energy_debt.sql_values(today),
    }  # fmt: skip
    return FactQuery(sql, values, facts, tuple(_before(campaign, inner, joins, few=few, few_objected=few_objected)))


def _before(campaign: Campaign, inner: set[str], joins: Mapping[str, str], *, few: bool, few_objected: bool) -> Iterator[str]:
    """The statements that look up what few people have."""
    yield from (DEAD, "ANALYZE dead")
    of_homes = campaign.unit == Unit.HOUSEHOLD
    living = "l.household_id" if of_homes else "l.person_id"
    one_by_one = "objected" in inner and not few_objected
    if one_by_one or inner & ({"household_size"} | OF_CASES | OF_CONTACTS):
        yield (ASKED + (AND_MATES if of_homes or "household_size" in inner else "")).format(**joins)
        yield "ANALYZE asked"
    if one_by_one:
        yield STOPPED.format(living=living, stopped=stopped_among("asked", few=few))
    elif "objected" in inner:
        yield ALL_STOPPED.format(living=living)
    if inner & (OF_CASES | OF_CONTACTS):
        yield MET.format(living=living, **joins)
        yield "ANALYZE met"
    if inner & OF_CASES:
        yield CASES
    if inner & OF_CONTACTS:
        yield CONTACTS.format(**joins)
    for table, facts in (("stopped", {"objected"}), ("others", OF_CASES), ("contacts", OF_CONTACTS)):
        if inner & facts:
            yield f"ANALYZE {table}"


def _named(unit: str, own: list[str], known: Mapping[str, Fact], person: str) -> str:
    """The rows of the lists in force with the person behind each; the dead are on no list."""
    extra = "".join(
        f""", CAST(r.extra ->> '{name.removeprefix(PARTNER)}' AS {SQL_TYPES[known[name].type]}) AS "{name}\"""" for name in own
    )
    return f"""named AS (
  SELECT {unit} AS unit_id, p.id AS person_id, r.amount_due, r.debt_since, r.stage, r.energy_voucher, p.mobile, p.fixed,
         p.family_name, p.given_name, {RANK} AS rank{extra}
  FROM current_row r {person} LEFT JOIN dead d ON d.person_id = p.id
  WHERE r.campaign_id = :campaign AND p.merged_into IS NULL AND {unit} IS NOT NULL AND NOT coalesce(d.is_dead, false))"""


def _grouped(facts: list[str], own: list[str]) -> str:
    columns = [f'{GROUPED[name]} AS "{name}"' for name in facts if name in GROUPED]
    columns += [f'(array_agg("{name}" ORDER BY rank DESC) FILTER (WHERE "{name}" IS NOT NULL))[1] AS "{name}"' for name in own]
    return f"grouped AS (SELECT unit_id, {PERSON_OF_RANK} AS person_id, {', '.join(columns)} FROM named GROUP BY 1)"


def _column(name: str) -> str:
    return SINGLE.get(name) or f'g."{name}"'


def _joins(inner: set[str], own: list[str]) -> str:
    joins = []
    if "objected" in inner:
        joins.append("LEFT JOIN stopped x ON x.unit_id = g.unit_id")
    if "household_size" in inner:
        joins.append("LEFT JOIN sizes s ON s.household_id = p.household_id")
    if inner & OF_CONTACTS:
        joins.append("LEFT JOIN contacts k ON k.unit_id = g.unit_id")
    if inner & OF_CASES:
        joins.append("LEFT JOIN others o ON o.unit_id = g.unit_id")
    if inner & OF_DEBT:
        smart = f'g."{SMART_METER}"' if SMART_METER in own else "CAST(NULL AS boolean)"
        path = energy_debt.SQL_PATH.format(since="g.debt_since", aided="g.energy_voucher", smart=smart)
        joins.append(f"CROSS JOIN LATERAL {path} path")
    return "\n     ".join(joins)
