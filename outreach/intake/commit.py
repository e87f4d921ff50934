"""Puts a list that was looked at in force, in one transaction: exactly what the preview said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import audit, clock
from outreach.core.errors import PolicyError
from outreach.core.i18n import _
from outreach.core.words import TO_LEAVE_ALONE, ListState
from outreach.definitions.campaign import ListMode
from outreach.intake.in_force import (
    REMOVED_ROWS,
    basis,
    forget_rows,
    list_of,
    lock,
    place_of,
    refresh_corrected,
    values_of,
)
from outreach.intake.memory import save_mapping
from outreach.intake.result import REMOVED, ImportResult, result_of
from outreach.models import Agreement, TargetList

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded

FEW_CUSTOMERS = 20
"""Under this many customers in force, no share of them says anything."""
REPLACED = """
UPDATE list_row o SET superseded_by = :list FROM list_row f
WHERE f.list_id = :list AND f.state = 'changed' AND o.id = f.replaces AND o.superseded_by IS NULL
"""
# Who leaves is gone from the lists before, and from the lines before in the same list. Of several people under one reference, whoever objects
# or is dead goes alone, wherever their other lines stand; where nobody is called so (« SUCCESSION DUPONT »), all go but those of whom the
# list has a line of their own.
LEFT = """
UPDATE list_row o SET superseded_by = :list FROM list_row f
WHERE f.list_id = :list AND f.state = 'leaving' AND o.campaign_id = :campaign AND o.partner_id = :partner
  AND o.row_key = f.row_key AND o.superseded_by IS NULL AND o.state IN ('new', 'changed')
  AND (o.list_id = :list OR EXISTS (SELECT FROM target_list l WHERE l.id = o.list_id AND l.state = 'committed' AND l.scope = :scope))
  AND CASE
    WHEN f.leave_reason NOT IN ('partner_objection', 'deceased') THEN o.list_id <> :list OR o.row_number < f.row_number
    WHEN (o.family_name, o.given_name) IS NOT DISTINCT FROM (f.family_name, f.given_name) THEN true
    ELSE o.list_id <> :list AND NOT EXISTS (
      SELECT FROM list_row g WHERE g.list_id = :list AND g.row_key = f.row_key AND g.state IN ('new', 'changed', 'unchanged')
        AND (g.replaces = o.id OR g.content_hash = o.content_hash))
      AND NOT EXISTS (
      SELECT FROM list_row n WHERE n.campaign_id = :campaign AND n.partner_id = :partner AND n.row_key = f.row_key AND n.state IN ('new', 'changed')
        AND (n.superseded_by IS NULL OR n.superseded_by = :list)
        AND (n.family_name, n.given_name) IS NOT DISTINCT FROM (f.family_name, f.given_name)) END
"""
GONE = f"UPDATE list_row SET superseded_by = :list WHERE id IN ({REMOVED_ROWS})"
# Whoever the changed row was, its successor is, as long as name and birth date are the same: nobody is forgotten until
# matching looks again. Under another name, the reference has passed to somebody else.
SAME_PERSON = """
UPDATE list_row f SET person_id = o.person_id FROM list_row o
WHERE f.list_id = :list AND f.replaces = o.id AND o.person_id IS NOT NULL
  AND (f.family_name, f.given_name, f.birth_date) IS NOT DISTINCT FROM (o.family_name, o.given_name, o.birth_date)
"""


def commit_list(session: Session, loaded: Loaded, list_id: int, *, actor: str, accept_removals: bool = False) -> ImportResult:
    """Put a previewed list in force; committing it again changes nothing.

    Raises ``PolicyError`` when lists came or went since the preview, when the list was discarded or undone, or when it
    removes more customers than the campaign allows without a person's word (``accept_removals``).
    """
    lock(session, loaded)
    target = _previewed(session, loaded, list_id)
    if target.state == ListState.COMMITTED:
        return result_of(target)
    if target.basis != basis(session, loaded):
        raise PolicyError(
            _("d'autres listes ont changé depuis cet aperçu"), place=place_of(target), mend=_("Refaites l'aperçu, puis validez.")
        )
    agreement = session.get_one(Agreement, target.agreement_id)
    if not agreement.valid_from <= clock.today() <= agreement.valid_to:
        raise PolicyError(_("la convention n'est pas en vigueur aujourd'hui"), place=agreement.code)
    if not accept_removals:
        _hold_many_removals(loaded, target)
    values = values_of(target)
    target.state, target.committed_at = ListState.COMMITTED, clock.now()
    session.flush()
    if target.counts.get("in_force") or target.counts.get("leaving"):
        for statement in (REPLACED, LEFT, *((GONE,) if target.mode == ListMode.FULL else ()), SAME_PERSON):
            session.execute(text(statement), values)
    if target.corrects_id is not None:
        refresh_corrected(session, target.corrects_id)
    save_mapping(session, target, actor)
    told = {name: number for name, number in target.counts.items() if isinstance(number, int)}
    audit.record(session, actor, "list.import", f"target_list/{target.id}", {"rows": target.total, **told})
    return result_of(target)


def discard_list(session: Session, loaded: Loaded, list_id: int, *, actor: str) -> ImportResult:
    """Drop a preview: its rows are deleted, that it was delivered is remembered. Raises ``PolicyError`` when it is in force."""
    target = _previewed(session, loaded, list_id)
    if target.state != ListState.PREVIEWED:
        raise PolicyError(
            _("cette liste n'est plus un aperçu"), place=place_of(target), mend=_("Voyez « outreach import undo ».")
        )
    forget_rows(session, target)
    target.state = ListState.DISCARDED
    audit.record(session, actor, "list.discard", f"target_list/{target.id}", {"rows": target.total})
    return result_of(target)


def _previewed(session: Session, loaded: Loaded, list_id: int) -> TargetList:
    target = list_of(session, loaded, list_id)
    if target.state in {ListState.UNDONE, ListState.DISCARDED}:
        raise PolicyError(_("cette liste a été annulée"), place=place_of(target), mend=_("Importez le fichier de nouveau."))
    return target


def _hold_many_removals(loaded: Loaded, target: TargetList) -> None:
    removed, in_force = target.counts.get(REMOVED, 0), target.counts.get("in_force", 0)
    most = {part.code: part.most_removed_percent for part in loaded.folder.campaign.lists}.get(target.list_code, 100)
    alone = sum(target.counts.get("findings", {}).get(f"suppressed:{reason}", 0) for reason in TO_LEAVE_ALONE)
    if target.total >= FEW_CUSTOMERS and alone * 100 > most * target.total:
        # A consent to advertising, or a column turned round, would keep help from everybody.
        raise PolicyError(
            _("cette liste dit de {alone} clients sur {total} qu'ils ne veulent pas être contactés, ou sont décédés").format(
                alone=alone, total=target.total
            ),
            place=place_of(target),
            mend=_("Si c'est bien ce que veulent dire ses colonnes, ajoutez --accept-removals ; sinon, laissez-les de côté."),
        )
    if in_force >= FEW_CUSTOMERS and removed * 100 > most * in_force:
        raise PolicyError(
            _("cette liste retirerait {removed} clients sur {known}").format(removed=removed, known=in_force),
            place=place_of(target),
            mend=_("Si c'est bien la liste complète, ajoutez --accept-removals ; sinon, demandez-la entière."),
        )
