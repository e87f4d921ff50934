"""Stage 1: a partner's file becomes checked rows: new, changed, unchanged, duplicate, leaving or rejected.

(``outreach.intake.points`` loads registers of addresses: it stands apart, because it brings pandas.)

A list is looked at (``preview_list``), then put in force (``commit_list``) or dropped; ``import_list`` does both at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from outreach.intake.columns import MappingNeededError, Question, read_answer
from outreach.intake.commit import commit_list, discard_list
from outreach.intake.corrections import write_bad_rows
from outreach.intake.files import Choices
from outreach.intake.geocode import LocateResult, locate_addresses
from outreach.intake.load import Request, preview_list
from outreach.intake.result import Change, Finding, ImportResult, RowFault, changes_of, faults_of, findings_of, removed_of
from outreach.intake.undo import undo_list

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded

__all__ = [
    "Change",
    "Choices",
    "Finding",
    "ImportResult",
    "LocateResult",
    "MappingNeededError",
    "Question",
    "Request",
    "RowFault",
    "changes_of",
    "commit_list",
    "discard_list",
    "faults_of",
    "findings_of",
    "import_list",
    "locate_addresses",
    "preview_list",
    "read_answer",
    "removed_of",
    "undo_list",
    "write_bad_rows",
]


def import_list(
    session: Session,
    loaded: Loaded,
    path: Path,
    *,
    actor: str,
    request: Request | None = None,
    accept_removals: bool = False,
) -> ImportResult:
    """Take one file in, in one transaction; the same rows again change nothing. Raises what preview and commit raise."""
    seen = preview_list(session, loaded, path, actor=actor, request=request)
    if seen.known:
        return seen
    return commit_list(session, loaded, seen.list_id, actor=actor, accept_removals=accept_removals)
