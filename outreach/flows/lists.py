"""Partners' lists without Prefect: looked at, put in force, sent back, undone. Lighter to load than the whole pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from outreach.core import clock
from outreach.core.errors import ListRefusedError, PolicyError
from outreach.core.i18n import _
from outreach.core.words import ListState
from outreach.definitions.registry import Loaded, find_campaign
from outreach.intake import (
    Change,
    Finding,
    ImportResult,
    LocateResult,
    Request,
    RowFault,
    changes_of,
    commit_list,
    discard_list,
    faults_of,
    findings_of,
    import_list,
    locate_addresses,
    preview_list,
    removed_of,
    undo_list,
    write_bad_rows,
)
from outreach.intake.result import result_of
from outreach.intake.tokens import create_token, revoke_tokens
from outreach.models import Campaign, TargetList

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.core.database import Database

PREVIEW_KEPT = timedelta(days=7)
READABLE = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".ods", ".parquet", ".zip"})
"""The endings of files that an inbox offers; what a file really is, its content says."""


@dataclass
class Imports:
    """Files taken in, and those refused as a whole with the reason: one bad file does not keep the others out."""

    results: list[ImportResult] = field(default_factory=list)
    refused: list[ListRefusedError | PolicyError] = field(default_factory=list)


@dataclass(frozen=True)
class Shown:
    """A list with its first faulty cells, first changes, whom it is about, and whom it removes."""

    result: ImportResult
    faults: list[RowFault]
    changes: list[Change]
    findings: list[Finding]
    removed: list[str]


@dataclass(frozen=True)
class Addresses:
    """Points, streets and rural communes that were loaded, and how nearly the addresses looked up were found."""

    points: int
    priority_streets: int
    rural_communes: int
    located: LocateResult


def loaded_campaign(database: Database, code: str, *, drafts: bool = False) -> Loaded:
    """The launched campaign of that code; with ``drafts`` also one that was loaded only."""
    with database.session() as session:
        return find_campaign(session, code, drafts=drafts)


def campaign_of(database: Database, list_id: int) -> Loaded:
    """The campaign that a list was delivered to. Raises ``PolicyError`` for an unknown list."""
    query = select(Campaign.code).join(TargetList, TargetList.campaign_id == Campaign.id).where(TargetList.id == list_id)
    with database.session() as session:
        code = session.scalar(query)
        if code is None:
            raise PolicyError(_("cette liste n'existe pas"), place=str(list_id), mend=_("Voyez « outreach import history »."))
        return find_campaign(session, code, drafts=True)


def import_file(
    database: Database, loaded: Loaded, path: Path, *, actor: str, request: Request | None = None, accept_removals: bool = False
) -> ImportResult:
    """Take one file in, in a transaction of its own. Raises ``ListRefusedError`` or ``PolicyError``."""
    with database.session() as session:
        return import_list(session, loaded, path, actor=actor, request=request, accept_removals=accept_removals)


def import_files(
    database: Database,
    loaded: Loaded,
    paths: list[Path],
    *,
    actor: str,
    request: Request | None = None,
    accept_removals: bool = False,
) -> Imports:
    """Take files in one after the other."""
    imports = Imports()
    for path in paths:
        try:
            taken = import_file(database, loaded, path, actor=actor, request=request, accept_removals=accept_removals)
            imports.results.append(taken)
        except (ListRefusedError, PolicyError) as error:
            imports.refused.append(error)
    return imports


def preview_file(database: Database, loaded: Loaded, path: Path, *, actor: str, request: Request | None = None) -> Shown:
    """Look at one file: what each row would become. Nothing counts until ``confirm``."""
    with database.session() as session:
        result = preview_list(session, loaded, path, actor=actor, request=request)
        return _shown(session, result)


def show(database: Database, list_id: int) -> Shown:
    """A list as it stands."""
    campaign_of(database, list_id)
    with database.session() as session:
        return _shown(session, result_of(session.get_one(TargetList, list_id)))


def _shown(session: Session, result: ImportResult) -> Shown:
    number = result.list_id
    return Shown(
        result, faults_of(session, number), changes_of(session, number), findings_of(session, number), removed_of(session, number)
    )


def confirm(database: Database, list_id: int, *, actor: str, accept_removals: bool = False) -> ImportResult:
    """Put a previewed list in force."""
    loaded = campaign_of(database, list_id)
    with database.session() as session:
        return commit_list(session, loaded, list_id, actor=actor, accept_removals=accept_removals)


def discard(database: Database, list_id: int, *, actor: str) -> ImportResult:
    """Drop a preview."""
    loaded = campaign_of(database, list_id)
    with database.session() as session:
        return discard_list(session, loaded, list_id, actor=actor)


def undo(database: Database, list_id: int, *, actor: str) -> ImportResult:
    """Take a list back."""
    loaded = campaign_of(database, list_id)
    with database.session() as session:
        return undo_list(session, loaded, list_id, actor=actor)


def bad_rows(database: Database, list_id: int, path: Path) -> int:
    """Write the rows of a list that are to be corrected; returns how many."""
    loaded = campaign_of(database, list_id)
    with database.session() as session:
        return write_bad_rows(session, loaded, list_id, path)


def history(database: Database, loaded: Loaded) -> list[ImportResult]:
    """Every list of a campaign, the newest first."""
    query = select(TargetList).where(TargetList.campaign_id == loaded.campaign.id).order_by(TargetList.id.desc())
    with database.session() as session:
        return [result_of(target) for target in session.scalars(query)]


def drop_old_previews(database: Database, *, actor: str) -> int:
    """Drop the previews that nobody committed for days, of whatever campaign: rows of people are not kept for nothing.

    Returns how many.
    """
    query = select(TargetList.id).where(
        TargetList.state == ListState.PREVIEWED, TargetList.imported_at < clock.now() - PREVIEW_KEPT
    ).order_by(TargetList.id)  # fmt: skip
    with database.session() as session:
        old = list(session.scalars(query))
    for list_id in old:
        loaded = campaign_of(database, list_id)
        with database.session() as session:
            discard_list(session, loaded, list_id, actor=actor)
    return len(old)


def create_delivery_token(
    database: Database, loaded: Loaded, *, name: str, days: int, actor: str, scopes: Sequence[str] = ("lists",)
) -> str:
    """A token with which a program uses the API for this campaign, as far as ``scopes`` go; shown this once."""
    with database.session() as session:
        return create_token(session, loaded, name=name, days=days, actor=actor, scopes=scopes)


def revoke_delivery_tokens(database: Database, loaded: Loaded, *, name: str, actor: str) -> int:
    """End the tokens of that name; returns how many."""
    with database.session() as session:
        return revoke_tokens(session, loaded, name=name, actor=actor)


def load_addresses(database: Database, points: list[Path], priority_areas: list[Path], densities: list[Path]) -> Addresses:
    """Load address points, priority streets and INSEE's density grid, then look up the addresses that are not found yet."""
    from outreach.intake.points import load_address_points, load_priority_streets
    from outreach.intake.rural import load_rural_communes

    with database.session() as session:
        loaded = sum(load_address_points(session, path) for path in points)
        streets = sum(load_priority_streets(session, path) for path in priority_areas)
        rural = sum(load_rural_communes(session, path) for path in densities)
    with database.session() as session:
        return Addresses(loaded, streets, rural, locate_addresses(session))


def lists_in(folder: Path) -> list[Path]:
    """The files of a folder that can be lists, oldest name first."""
    return sorted(path for path in folder.iterdir() if path.is_file() and path.suffix.lower() in READABLE)
