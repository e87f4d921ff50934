"""Takes a list back: what it brought goes, what it replaced is in force again; refused when later work rests on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import audit, bulk, clock
from outreach.core.errors import PolicyError
from outreach.core.i18n import N_, _
from outreach.core.words import ListState
from outreach.intake.in_force import forget_rows, list_of, lock, place_of, refresh_corrected, values_of
from outreach.intake.result import ImportResult, result_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded

# Persons that only this list brought: no row of another list is theirs.
BROUGHT = """
SELECT DISTINCT r.person_id FROM list_row r WHERE r.list_id = :list AND r.person_id IS NOT NULL
  AND NOT EXISTS (SELECT FROM list_row o WHERE o.person_id = r.person_id AND o.list_id <> :list)
"""
# Under every number that they ever had: a case keeps the one that it was opened under.
NUMBERS = "SELECT p.id FROM person p WHERE coalesce(p.merged_into, p.id) IN ({people})"
LISTED = NUMBERS.format(people="SELECT person_id FROM list_row WHERE list_id = :list AND state IN ('new', 'changed')")
TOUCHED = NUMBERS.format(people="SELECT r.person_id FROM list_row r WHERE r.list_id = :list OR r.superseded_by = :list")
DEPENDENTS: tuple[tuple[str, str], ...] = (
    (
        N_("{number} liste(s) importée(s) depuis, à annuler d'abord"),
        """SELECT count(*) FROM target_list l
           WHERE l.campaign_id = :campaign AND l.partner_id = :partner AND l.state = 'committed'
           AND l.id <> :list AND (l.corrects_id = :list OR (l.scope = :scope AND l.committed_at >= :since AND l.id > :list))""",
    ),
    (
        N_("{number} dossier(s) ouvert(s) pour ses clients"),
        f"""SELECT count(*) FROM "case" c
            WHERE c.campaign_id = :campaign AND c.opened_at >= :since AND c.person_id IN ({LISTED})""",
    ),
    (
        N_("{number} dossier(s) clos parce que le partenaire a retiré le client"),
        f"""SELECT count(*) FROM event e JOIN "case" c ON c.id = e.case_id
            WHERE c.campaign_id = :campaign AND e.kind = 'withdrawn'
            AND e.recorded_at >= :since AND c.person_id IN ({TOUCHED})""",
    ),
    (
        N_("{number} décision(s) de segmentation sur ses clients"),
        f"""SELECT count(*) FROM decision d WHERE d.person_id IN ({BROUGHT})
            OR d.household_id IN (SELECT p.household_id FROM person p WHERE p.id IN ({BROUGHT}))""",
    ),
    (
        N_("{number} opposition(s) de ses clients"),
        f"SELECT count(*) FROM objection o WHERE o.person_id IN ({BROUGHT})",
    ),
)
"""What may rest on a list: the sentence, and the query that counts it."""
RESTORE = "UPDATE list_row SET superseded_by = NULL WHERE superseded_by = :list AND list_id <> :list"
FORGET_LINKS = """
DELETE FROM match_link WHERE left_row IN (SELECT id FROM list_row WHERE list_id = :list)
  OR right_row IN (SELECT id FROM list_row WHERE list_id = :list)
"""
# Who only this list brought leaves no trace in any household, nor in the history of merges.
FORGET_HISTORIES = (
    "DELETE FROM household_member WHERE person_id IN (SELECT id FROM brought)",
    "DELETE FROM person_merge WHERE person_id IN (SELECT id FROM brought) OR into_id IN (SELECT id FROM brought)",
)
FORGET_FINDINGS = "DELETE FROM row_finding WHERE person_id IN (SELECT id FROM brought)"
FORGET_PERSONS = "DELETE FROM person p USING brought b WHERE p.id = b.id"
FREE_MERGED = "UPDATE person SET merged_into = NULL WHERE merged_into IN (SELECT id FROM brought)"


def undo_list(session: Session, loaded: Loaded, list_id: int, *, actor: str) -> ImportResult:
    """Restore what was in force before a list; the mention of its delivery stays. Undoing it again changes nothing.

    Raises ``PolicyError`` that says what rests on the list: later lists, cases, decisions, objections.
    """
    lock(session, loaded)
    target = list_of(session, loaded, list_id)
    if target.state == ListState.UNDONE:
        return result_of(target)
    if target.state != ListState.COMMITTED:
        raise PolicyError(_("cette liste n'est pas en vigueur"), place=place_of(target))
    values = values_of(target) | {"since": target.committed_at}
    resting = [
        _(sentence).format(number=number)
        for sentence, query in DEPENDENTS
        if (number := int(session.execute(text(query), values).scalar_one()))
    ]
    if resting:
        raise PolicyError(
            _("un travail repose sur cette liste : {work}").format(work=" ; ".join(resting)),
            place=place_of(target),
            mend=_("Demandez plutôt au partenaire une liste qui corrige celle-ci."),
        )
    session.execute(text(f"CREATE TEMP TABLE brought ON COMMIT DROP AS SELECT person_id AS id FROM ({BROUGHT}) b"), values)
    for statement in (RESTORE, FORGET_LINKS):
        session.execute(text(statement), values)
    forget_rows(session, target)
    for statement in (FORGET_FINDINGS, *FORGET_HISTORIES, FREE_MERGED, FORGET_PERSONS):
        session.execute(text(statement), values)
    session.execute(text("DROP TABLE brought"))
    target.state, target.undone_at = ListState.UNDONE, clock.now()
    session.flush()
    if target.corrects_id is not None:
        refresh_corrected(session, target.corrects_id)
    bulk.analyse(session, "list_row", "person")
    audit.record(session, actor, "list.undo", f"target_list/{target.id}", {"rows": target.total})
    return result_of(target)
