"""The extract for research: a line a case, under a pseudonym that leads nowhere, coarse enough that nobody stands alone.

Only under an agreement whose clause ``research`` says to whom, what for and until when. Who objects is not in it.
"""

from __future__ import annotations

import csv
import hmac
import secrets
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import audit, clock
from outreach.core.errors import OutreachError, PolicyError
from outreach.core.i18n import _
from outreach.core.spreadsheets import harmless_row
from outreach.definitions.agreement import Research
from outreach.definitions.registry import agreed
from outreach.reporting.exports.anonymity import Coarse, Ladder, make_coarse
from outreach.reporting.exports.dictionary import how_coarse, write_dictionary
from outreach.reporting.exports.ladders import MONTHS, ladder_of, ladder_of_months
from outreach.reporting.exports.objecting import OBJECTING, STOPPED
from outreach.reporting.exports.private import make_private
from outreach.reporting.figures.keeping import refresh_all

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.agreement import Agreement
    from outreach.definitions.registry import Loaded

TOLD = ("outcome", "kind", "actions", "causes")
"""Columns that are told as they are of lines that do not stand alone."""
LETTERS = 20
_MONTH = "coalesce(to_char(f.{0} AT TIME ZONE 'Europe/Paris', 'YYYY-MM'), '')"
_LIST = """
coalesce((SELECT string_agg(DISTINCT said, ' ' ORDER BY said) FROM mediation m, {0} AS said
    WHERE m.case_id = f.case_id AND m.superseded_at IS NULL), '')
"""
# A case that joined another one is told there.
CASES = f"""
WITH {STOPPED}
SELECT f.case_id, f.age, f.size, f.language, f.reading, f.area, {_MONTH.format("opened_at")} AS opened,
       {_MONTH.format("solicited_at")} AS contacted, {_MONTH.format("mediated_at")} AS mediated,
       CASE WHEN f.mediated_at IS NOT NULL THEN 'mediated' ELSE coalesce(f.ended_as, 'open') END AS outcome,
       coalesce(f.kind, '') AS kind,
       {_LIST.format("jsonb_object_keys(m.actions)")} AS actions, {_LIST.format("unnest(m.barriers)")} AS causes, {OBJECTING} AS objecting
FROM case_figure f JOIN "case" c ON c.id = f.case_id JOIN person p ON p.id = c.person_id
     JOIN person l ON l.id = coalesce(p.merged_into, p.id)
WHERE f.campaign_id = :campaign AND (f.mediated_at IS NOT NULL OR f.ended_as IS DISTINCT FROM 'joined')
"""


@dataclass(frozen=True)
class ResearchResult:
    """What was written. ``rare``: lines left out because too few were like them; ``objecting``: cases of people who object."""

    path: Path
    dictionary: Path
    lines: int
    rare: int
    objecting: int


def write_extract(session: Session, loaded: Loaded, out: Path, *, actor: str) -> ResearchResult:
    """Write the extract of a campaign and its dictionary under ``out``; each extract has pseudonyms of its own.

    Raises ``PolicyError`` when the agreement has no clause for it or the clause is over, ``OutreachError`` when too few cases
    are alike to tell of any.
    """
    agreement = agreed(session, loaded.campaign).definition
    research = allowed(agreement)
    refresh_all(session)
    rows = session.execute(text(CASES), {"campaign": loaded.campaign.id}).mappings().all()
    usable = [row for row in rows if not row["objecting"]]
    k = agreement.smallest_cell
    ladders = [ladder_of(part, (row["language"] for row in usable), k) for part in dict.fromkeys(research.dimensions)]
    ladders += [ladder_of_months(column) for column in MONTHS]
    coarse = make_coarse([tuple(row[ladder.column] for ladder in ladders) for row in usable], ladders, k)
    lines = _pseudonymous(usable, coarse)
    if not lines:
        raise OutreachError(
            _("trop peu de dossiers se ressemblent : aucune ligne ne peut être donnée"), place=loaded.campaign.code,
            mend=_("Attendez d'en avoir davantage."),
        )  # fmt: skip
    path = _write(out / f"recherche-{loaded.campaign.code}-{clock.today()}.csv", ladders, lines)
    columns = (
        {"pseudonym": ""}
        | {part.column: how_coarse(coarse.steps[part.column], part.top) for part in ladders}
        | dict.fromkeys(TOLD, "")
    )
    result = ResearchResult(
        path, path.with_name(f"{path.stem}-dictionnaire.csv"), len(lines), coarse.left_out, len(rows) - len(usable)
    )
    write_dictionary(result.dictionary, research, columns, k=k, lines=result.lines, rare=result.rare, objecting=result.objecting)
    told = {
        "for": research.organisation,
        "lines": result.lines,
        "rare": result.rare,
        "objecting": result.objecting,
        "steps": coarse.steps,
    }
    audit.record(session, actor, "export.research", f"campaign/{loaded.campaign.id}", told)
    return result


def allowed(agreement: Agreement) -> Research:
    """The clause in force. Raises ``PolicyError`` when there is none, or its last day is over."""
    research = agreement.research
    if research is None:
        mend = _("Il y faut une clause « research » : pour qui, pourquoi, jusqu'à quand, et ce qu'elle peut dire des gens.")
        raise PolicyError(_("la convention ne permet pas d'extrait pour la recherche"), place=agreement.code, mend=mend)
    if clock.today() > research.until:
        raise PolicyError(
            _("l'extrait pour la recherche n'était permis que jusqu'au {day}").format(day=f"{research.until:%d/%m/%Y}"),
            place=agreement.code,
        )
    return research


def _pseudonymous(rows: list[Any], coarse: Coarse) -> list[tuple[str, ...]]:
    """The lines that may be shown, in the order of pseudonyms whose secret ends with this function."""
    secret = secrets.token_bytes(32)
    return sorted(
        (hmac.new(secret, str(row["case_id"]).encode(), sha256).hexdigest()[:LETTERS], *line, *(row[name] for name in TOLD))
        for row, line in zip(rows, coarse.lines, strict=True)
        if line is not None
    )


def _write(path: Path, ladders: list[Ladder], lines: list[tuple[str, ...]]) -> Path:
    make_private(path)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerow(("pseudonym", *(ladder.column for ladder in ladders), *TOLD))
        writer.writerows(map(harmless_row, lines))
    return path
