"""An extract for researchers: a line a case under a pseudonym, coarse, and only when the agreement says so.

The key of the pseudonyms is drawn for one extract and thrown away: nobody can go back from a line to a case, nor join two
extracts. Whoever objected is left out. What could single people out (age, household, reading, area, segment) is coarsened, column by
column, until every combination is shared by at least as many cases as the agreement's smallest cell (k-anonymity, P. Samarati
and L. Sweeney, 1998); lines that still stand out are left out, and counted.
"""

from __future__ import annotations

import csv
import hmac
import json
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import audit, clock
from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.reporting.figures.keeping import refresh_all

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.agreement import Research
    from outreach.definitions.registry import Loaded

LINES = """
SELECT f.case_id, f.segment, f.area, f.reading, f.age, f.size, f.contactable, to_char(f.solicited_at AT TIME ZONE 'Europe/Paris', 'YYYY-MM') AS solicited,
       f.reached_at IS NOT NULL AS reached, f.accepted_at IS NOT NULL AS accepted,
       CASE WHEN f.mediated_at IS NOT NULL THEN 'mediated' ELSE coalesce(f.ended_as, 'open') END AS outcome, coalesce(f.kind, '') AS kind,
       (SELECT string_agg(DISTINCT key, ' ' ORDER BY key) FROM mediation m CROSS JOIN LATERAL jsonb_object_keys(m.actions) AS key
        WHERE m.case_id = f.case_id AND m.superseded_at IS NULL) AS actions,
       (SELECT string_agg(DISTINCT code, ' ' ORDER BY code) FROM mediation m CROSS JOIN LATERAL unnest(m.barriers) AS code
        WHERE m.case_id = f.case_id AND m.superseded_at IS NULL) AS causes
FROM case_figure f WHERE f.campaign_id = :campaign AND f.objected_at IS NULL AND f.ended_as IS DISTINCT FROM 'joined'
"""
TRAITS = ("segment", "area", "reading", "age", "size", "solicited")
"""What could single somebody out."""
MOST_LEFT_OUT = 0.05
"""Share of the lines that may be left out before columns are coarsened instead."""
COARSER: dict[str, dict[str, str]] = {
    "age": {"under_25": "under_35", "25_34": "under_35", "35_49": "35_64", "50_64": "35_64", "65_74": "65_on", "75_on": "65_on"},
    "size": {"1": "1", "2": "2_on", "3": "2_on", "4": "2_on", "5_on": "2_on"},
}
DICTIONARY = {
    "pseudonym": "drawn for this extract alone; the key is thrown away", "segment": "segment of the campaign's rules",
    "area": "inside or outside a priority area (QPV), none: address not found", "reading": "reads French: reads, does_not, unknown",
    "age": "band of age when the case was opened", "size": "people of the household", "solicited": "month of the first contact, empty: none",
    "contactable": "had an address or phone that the campaign uses", "reached": "words went both ways", "accepted": "agreed to be helped",
    "outcome": "mediated, refused, unreachable, wrong_data, withdrawn, open", "kind": "of the mediation: exchange, information, action",
    "actions": "codes of what was set up, with spaces between", "causes": "codes of why help was needed",
    "*": "left out: this column, or this line's part of it, could have singled people out",
}  # fmt: skip


@dataclass(frozen=True)
class Extract:
    """What was written: lines, lines left out because they stood out, columns that were coarsened or emptied, and the files."""

    lines: int
    left_out: int
    coarsened: tuple[str, ...]
    files: tuple[Path, ...]


def write_extract(session: Session, loaded: Loaded, folder: Path, *, actor: str) -> Extract:
    """Write the extract of a campaign and its dictionary.

    Raises ``OutreachError`` when the agreement has no clause on research, or its time is over.
    """
    clause = _clause(loaded)
    refresh_all(session)
    least = loaded.folder.agreement.smallest_cell
    rows = [dict(row) for row in session.execute(text(LINES), {"campaign": loaded.campaign.id}).mappings()]
    coarsened = _coarsen(rows, least)
    kept = _without_rare(rows, least)
    key = secrets.token_bytes(32)
    lines = sorted(({"pseudonym": _pseudonym(key, row.pop("case_id"))} | row for row in kept), key=lambda line: line["pseudonym"])
    name = f"recherche-{loaded.campaign.code}-{clock.today()}"
    files = _write(lines, folder, name, clause)
    told = {"lines": len(lines), "left_out": len(rows) - len(kept), "for": clause.organisation}
    audit.record(session, actor, "export.research", loaded.campaign.code, told)
    return Extract(len(lines), len(rows) - len(kept), coarsened, files)


def _clause(loaded: Loaded) -> Research:
    clause = loaded.folder.agreement.research
    place = loaded.folder.agreement.code
    if clause is None:
        mend = _("Ajoutez une clause « research » à la convention, si le partenaire l'accepte.")
        raise OutreachError(_("la convention ne permet aucun extrait pour la recherche"), place=place, mend=mend)
    if clock.today() > clause.until:
        raise OutreachError(_("la clause de recherche a pris fin le {day}").format(day=f"{clause.until:%d/%m/%Y}"), place=place)
    return clause


def _coarsen(rows: list[dict[str, Any]], least: int) -> tuple[str, ...]:
    """Coarsen traits in place while many lines stand out, each time the one that helps most; returns those that were."""
    done: list[str] = []
    while _standing_out(Counter(map(_traits, rows)), least) > MOST_LEFT_OUT * len(rows):
        best = min((trait for trait in TRAITS if trait not in done), key=lambda trait: _standing_out(_seen(rows, trait), least))
        done.append(best)
        for row in rows:
            row[best] = _coarser(best, row[best])
    return tuple(done)


def _seen(rows: Sequence[dict[str, Any]], coarsened: str) -> Counter[tuple[Any, ...]]:
    return Counter(tuple(_coarser(trait, row[trait]) if trait == coarsened else row[trait] for trait in TRAITS) for row in rows)


def _coarser(trait: str, value: str | None) -> str:
    return COARSER.get(trait, {}).get(value or "", "*")


def _standing_out(counted: Counter[tuple[Any, ...]], least: int) -> int:
    return sum(number for number in counted.values() if number < least)


def _without_rare(rows: Sequence[dict[str, Any]], least: int) -> list[dict[str, Any]]:
    rare = _rare(rows, least)
    return [row for row in rows if _traits(row) not in rare]


def _rare(rows: Sequence[dict[str, Any]], least: int) -> set[tuple[Any, ...]]:
    return {traits for traits, number in Counter(map(_traits, rows)).items() if number < least}


def _traits(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[trait] for trait in TRAITS)


def _pseudonym(key: bytes, case: int) -> str:
    return hmac.new(key, str(case).encode(), "sha256").hexdigest()[:16]


def _write(lines: Sequence[dict[str, Any]], folder: Path, name: str, clause: Research) -> tuple[Path, ...]:
    folder.mkdir(parents=True, exist_ok=True)
    table, dictionary = folder / f"{name}.csv", folder / f"{name}.json"
    columns = [column for column in DICTIONARY if column != "*"]
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, delimiter=";")
        writer.writeheader()
        writer.writerows({column: _cell(line[column]) for column in columns} for line in lines)
    about = {"for": clause.organisation, "purpose": clause.purpose, "until": clause.until.isoformat(), "columns": DICTIONARY}
    dictionary.write_text(json.dumps(about, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return table, dictionary


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, bool) else str(value)
