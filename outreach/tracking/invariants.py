"""What must always hold, checked on the whole database: each invariant counts what it looked at and what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core.i18n import N_
from outreach.core.words import Channel
from outreach.definitions.agreement import Agreement
from outreach.models import CampaignVersion
from outreach.policy.objections import BY_WORD
from outreach.policy.territories import SQL_TERRITORY
from outreach.policy.windows import Hours, are_open, is_open
from outreach.tracking.restated import misplaced

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Finding:
    """One invariant: how many things were checked, and the first references of those that break it."""

    code: str
    label: str
    checked: int
    faults: list[str]

    @property
    def holds(self) -> bool:
        """Whether nothing breaks it."""
        return not self.faults


Check = Callable[["Session"], tuple[int, list[str]]]
"""How many things it looked at, and the references of those that break it."""
Invariant = tuple[str, str, Check]
"""A code, a label, and the check."""


def check_invariants(session: Session) -> list[Finding]:
    """Every invariant, in order."""
    return [looked_at(one, session) for one in INVARIANTS]


def looked_at(invariant: Invariant, session: Session) -> Finding:
    """What came of one of them."""
    code, label, check = invariant
    return Finding(code, label, *check(session))


def _sql(count: str, faults: str) -> Check:
    """A check by two queries: how many, and the references of the faulty."""

    def run(session: Session) -> tuple[int, list[str]]:
        found = [str(row) for row in session.execute(text(faults)).scalars()]
        return int(session.execute(text(count)).scalar_one()), found

    return run


def _within_windows(session: Session) -> tuple[int, list[str]]:
    """Calls and SMS only happened in the hours of their day's rule and of their case's agreement, where the person lives."""
    looked = session.execute(text(LOOKED)).all()
    hours = {version: _hours_of(session, version) for version in {row.version_id for row in looked}}
    doubtful = [
        row for row in looked
        if not are_open(Channel(row.channel), row.first, row.last, row.territory, hours[row.version_id])
    ]  # fmt: skip
    rows = session.execute(text(OF_HOURS), _columns(doubtful)).all() if doubtful else []
    shut = [row for row in rows if not is_open(Channel(row.channel), row.occurred_at, row.insee, hours[row.version_id])]
    # Who has moved since lived, for what was done then, where their list said.
    lived = session.execute(text(LIVED), {"events": [row.id for row in shut]}).all() if shut else []
    then = {row.id: row.insee for row in lived}
    shut = [
        row for row in shut
        if not is_open(Channel(row.channel), row.occurred_at, then.get(row.id, row.insee), hours[row.version_id])
    ]  # fmt: skip
    objected = session.execute(text(AFTER_OBJECTION), {"by_word": list(BY_WORD)}).scalars()
    return sum(row.contacts for row in looked), [f"event {row.id}" for row in shut] + [f"event {event}" for event in objected]


def _columns(looked: Sequence[Any]) -> dict[str, list[Any]]:
    """Which hours of which contacts, to be bound."""
    return {
        "channels": [row.channel for row in looked], "versions": [row.version_id for row in looked],
        "territories": [row.territory for row in looked], "hours": [row.hour for row in looked],
    }  # fmt: skip


def _hours_of(session: Session, version: int) -> Hours:
    """The hours of the agreement as it was when that version of the campaign was launched."""
    return Agreement.model_validate(session.get_one(CampaignVersion, version).definition["agreement"]).terms.hours


CONTACTED = f"""
SELECT e.id, k.channel, e.occurred_at, c.version_id, n.insee, {SQL_TERRITORY.format(insee="n.insee")} AS territory,
       date_trunc('hour', e.occurred_at) AS hour
FROM event e JOIN contact k ON k.id = e.contact_id JOIN "case" c ON c.id = e.case_id JOIN site s ON s.id = c.site_id
     JOIN person p ON p.id = k.person_id JOIN person l ON l.id = coalesce(p.merged_into, p.id)
     LEFT JOIN household h ON h.id = l.household_id LEFT JOIN building b ON b.id = h.building_id
     CROSS JOIN LATERAL (SELECT coalesce(b.insee, s.insee, '') AS insee) n
WHERE ((e.kind = 'attempted' AND k.channel = 'call') OR (e.kind = 'sent' AND k.channel IN ('sms', 'call')))
"""
# Where the first and the last contact of an hour were within one span of the hours, so were those between.
LOOKED = f"""
SELECT channel, version_id, territory, hour, min(occurred_at) AS first, max(occurred_at) AS last, count(*) AS contacts
FROM ({CONTACTED}) e GROUP BY 1, 2, 3, 4
"""
OF_HOURS = f"""
SELECT e.* FROM ({CONTACTED}) e
  JOIN unnest(CAST(:channels AS text[]), CAST(:versions AS bigint[]), CAST(:territories AS text[]), CAST(:hours AS timestamptz[]))
    AS d (channel, version_id, territory, hour) USING (channel, version_id, territory, hour) ORDER BY e.id
"""
# By the newest row of the person that had come by then and says a commune.
LIVED = """
SELECT DISTINCT ON (e.id) e.id, r.insee FROM event e JOIN contact k ON k.id = e.contact_id JOIN person p ON p.id = k.person_id
  JOIN list_row r ON r.person_id = coalesce(p.merged_into, p.id)
  JOIN target_list l ON l.id = r.list_id
WHERE e.id = ANY(:events) AND l.imported_at <= e.occurred_at AND r.insee IS NOT NULL ORDER BY e.id, r.id DESC
"""
AFTER_OBJECTION = """
SELECT e.id FROM event e JOIN contact k ON k.id = e.contact_id JOIN objection o ON o.person_id = k.person_id
WHERE e.kind IN ('sent', 'attempted')
  AND e.occurred_at > CASE WHEN o.source = ANY(:by_word) THEN o.recorded_at ELSE o.occurred_at END
  AND (o.lifted_at IS NULL OR e.occurred_at < o.lifted_at)
"""
# Soliciting that was taken back never took place: as its last correction says. Corrections are few, and put together once.
SOLICITED = """
WITH corrected AS MATERIALIZED (
  SELECT DISTINCT ON (case_id, data ->> 'event') case_id, data ->> 'event' AS event, code FROM event WHERE kind = 'corrected'
  ORDER BY case_id, data ->> 'event', occurred_at DESC),
taken_back AS MATERIALIZED (
  SELECT e.id FROM corrected t JOIN event e ON e.case_id = t.case_id AND CAST(e.id AS text) = t.event WHERE t.code IS NULL),
solicited AS (
  SELECT DISTINCT e.case_id FROM event e WHERE e.kind IN ('sent', 'attempted') AND e.id NOT IN (SELECT id FROM taken_back))
SELECT m.code FROM campaign m JOIN "case" c ON c.campaign_id = m.id JOIN solicited s ON s.case_id = c.id
WHERE c.status = 'waiting' GROUP BY 1
"""
# A merged person points at a living one; whoever lives somewhere has one open membership, of just that household; rows that
# somebody said to be two persons are two persons, once a match has taken account of it.
PEOPLE = """
SELECT 'person ' || p.id FROM person p JOIN person into_person ON into_person.id = p.merged_into
  WHERE into_person.merged_into IS NOT NULL
UNION SELECT 'person ' || p.id FROM person p
  LEFT JOIN (SELECT person_id, min(household_id) AS household_id, count(*) AS open FROM household_member
             WHERE until IS NULL GROUP BY 1) h ON h.person_id = p.id
  WHERE (p.merged_into IS NULL AND p.household_id IS NOT NULL AND (h.open IS DISTINCT FROM 1 OR h.household_id <> p.household_id))
     OR (p.merged_into IS NOT NULL AND h.open IS NOT NULL)
UNION SELECT 'match_decision ' || d.id
  FROM match_decision d JOIN list_row l ON l.id = d.left_row JOIN list_row r ON r.id = d.right_row
  WHERE d.verdict = 'apart' AND d.withdrawn_at IS NULL AND d.applied_run IS NOT NULL AND l.person_id = r.person_id
UNION SELECT 'match_link ' || k.id FROM match_link k WHERE NOT EXISTS (SELECT FROM list_row r WHERE r.id = k.left_row)
   OR NOT EXISTS (SELECT FROM list_row r WHERE r.id = k.right_row)
"""
# A case that is to be counted again may be counted where it was.
COUNTED = """
SELECT 'case ' || c.id FROM case_figure f JOIN "case" c ON c.id = f.case_id
WHERE NOT EXISTS (SELECT FROM figure_due d WHERE d.case_id = c.id)
  AND c.status IS DISTINCT FROM CASE WHEN f.objected_at IS NOT NULL THEN 'objected' WHEN f.mediated_at IS NOT NULL THEN 'mediated'
    WHEN f.ended_as IS NOT NULL THEN f.ended_as WHEN c.closed_at IS NULL THEN c.status END
"""
# Two shifts at once are harmless while one of them is empty: they may be from before shifts were kept apart.
TWO_PLACES = """
SELECT 'shift ' || one.id FROM shift one
  JOIN shift other ON other.mediator_id = one.mediator_id AND other.day = one.day AND other.id <> one.id
                  AND other.starts_at < one.ends_at AND other.ends_at > one.starts_at
WHERE EXISTS (SELECT FROM contact k WHERE k.shift_id = one.id AND k.state = 'planned')
  AND EXISTS (SELECT FROM contact k WHERE k.shift_id = other.id AND k.state = 'planned')
"""
INVARIANTS: tuple[Invariant, ...] = (
    (
        "rows",
        N_("Chaque ligne d'un fichier a un seul état, et le compte est juste"),
        _sql(
            "SELECT count(*) FROM list_row",
            "WITH found AS (SELECT list_id, state, count(*) AS n FROM list_row GROUP BY 1, 2)"
            " SELECT 'target_list ' || l.id FROM target_list l LEFT JOIN found f ON f.list_id = l.id"
            " WHERE l.state = 'committed' GROUP BY l.id HAVING l.total <> coalesce(sum(f.n), 0)"
            " OR bool_or(f.n <> coalesce(CAST(l.counts ->> f.state AS int), 0))",
        ),
    ),
    (
        "people",
        N_("Personnes, foyers et décisions de rapprochement se tiennent"),
        _sql("SELECT count(*) FROM person", PEOPLE),
    ),
    (
        "next_step",
        N_("Chaque cas ouvert a une suite ou une raison datée d'attendre, chaque cas clos une raison finale"),
        _sql(
            'SELECT count(*) FROM "case"',
            "SELECT 'case ' || id FROM \"case\" WHERE CASE WHEN closed_at IS NULL"
            " THEN next_at IS NULL OR (next_step IS NULL AND wait_reason IS NULL) ELSE closed_reason IS NULL END",
        ),
    ),
    ("policy", N_("Rien après une opposition, rien hors des horaires"), _within_windows),
    (
        "once",
        N_("Chaque (cas, étape, essai) atteint l'opérateur une fois au plus"),
        _sql(
            "SELECT count(*) FROM attempt",
            "SELECT 'contact ' || contact_id FROM attempt WHERE provider_ref IS NOT NULL GROUP BY contact_id HAVING count(*) > 1"
            " UNION SELECT 'case ' || case_id || ' ' || step FROM contact WHERE state <> 'cancelled'"
            " GROUP BY case_id, step, attempt HAVING count(*) > 1",
        ),
    ),
    (
        "one_place",
        N_("Personne n'a de contacts prévus dans deux postes en même temps"),
        _sql("SELECT count(*) FROM shift", TWO_PLACES),
    ),
    (
        "sums",
        N_("Sollicités = médiations + refus + injoignables + données fausses + retirés + oppositions + ouverts"),
        _sql("SELECT count(*) FROM campaign", SOLICITED),
    ),
    ("status", N_("L'état enregistré est celui que disent les événements"), misplaced),
    (
        "figures",
        N_("Les chiffres des bilans comptent chaque cas là où il en est"),
        _sql("SELECT count(*) FROM case_figure", COUNTED),
    ),
    (
        "finished",
        N_("Une campagne n'est finie que si chaque contact a un résultat"),
        _sql(
            "SELECT count(*) FROM campaign WHERE state = 'finished'",
            "SELECT 'campaign ' || m.code FROM campaign m WHERE m.state = 'finished' AND EXISTS (SELECT FROM contact k"
            " WHERE k.campaign_id = m.id AND k.state IN ('planned', 'claimed', 'unknown'))",
        ),
    ),
    (
        "secrecy",
        N_("Aucun chiffre remis à un partenaire ne passe sous son seuil"),
        _sql(
            "SELECT count(*) FROM summary",
            "SELECT DISTINCT 'summary ' || s.id FROM summary s JOIN campaign m ON m.id = s.campaign_id"
            " JOIN agreement a ON a.id = m.agreement_id"
            " CROSS JOIN unnest(ARRAY['$.figures[*].count', '$.outcomes[*].count', '$.kinds[*].count',"
            " '$.attempts[*].count', '$.answers[*].rows[*].count', '$.breakdowns[*].rows[*].solicited',"
            " '$.breakdowns[*].rows[*].mediated']) AS path"
            " CROSS JOIN LATERAL jsonb_path_query(s.content, CAST(path AS jsonpath)) AS cell"
            " WHERE jsonb_typeof(cell) = 'number' AND CAST(cell AS int) > 0"
            " AND CAST(cell AS int) < CAST(a.definition ->> 'smallest_cell' AS int)",
        ),
    ),
    (
        "walls",
        N_("Aucune donnée ne franchit la limite d'un partenaire ou d'une campagne"),
        _sql(
            "SELECT count(*) FROM contact",
            "SELECT 'list_row ' || r.id FROM list_row r LEFT JOIN target_list l ON l.id = r.list_id"
            " WHERE l.id IS NULL OR r.partner_id <> l.partner_id OR r.campaign_id <> l.campaign_id"
            " UNION SELECT 'contact ' || k.id FROM contact k JOIN \"case\" c ON c.id = k.case_id"
            " WHERE c.campaign_id <> k.campaign_id"
            " UNION SELECT 'campaign ' || m.code FROM campaign m JOIN target_list l ON l.campaign_id = m.id"
            " JOIN agreement a ON a.id = m.agreement_id WHERE a.partner_id <> l.partner_id",
        ),
    ),
)
