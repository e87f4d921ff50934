"""The menu: to each role what is theirs, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outreach.core.i18n import N_, _
from outreach.core.roles import Role

if TYPE_CHECKING:
    from outreach.web.access.viewer import Viewer

Entry = tuple[str, str, str, bool]
MENU: tuple[tuple[frozenset[Role], str, str, str], ...] = (
    (frozenset({Role.MEDIATOR}), "/today", "phone", N_("Aujourd'hui")),
    (frozenset({Role.MANAGER}), "/campaigns", "target", N_("Campagnes")),
    (frozenset({Role.MANAGER}), "/board", "calendar", N_("Planning")),
    (frozenset({Role.MANAGER, Role.MEDIATOR}), "/replies", "inbox", N_("Réponses")),
    (frozenset({Role.MANAGER, Role.MEDIATOR}), "/conflicts", "alert-triangle", N_("Contradictions")),
    (frozenset({Role.MANAGER, Role.MEDIATOR}), "/search", "search", N_("Chercher")),
    (frozenset({Role.PARTNER}), "/partner/lists", "list", N_("Listes déposées")),
    (frozenset({Role.PARTNER}), "/partner/summaries", "chart", N_("Bilans")),
    (frozenset({Role.PARTNER}), "/partner/agreement", "file-text", N_("Convention")),
    (frozenset({Role.ADMINISTRATOR}), "/admin/accounts", "users", N_("Comptes")),
    (frozenset({Role.ADMINISTRATOR}), "/admin/network", "building", N_("Réseau")),
    (frozenset({Role.ADMINISTRATOR}), "/admin/agreements", "file-text", N_("Conventions")),
    (frozenset({Role.ADMINISTRATOR, Role.MANAGER}), "/status", "shield", N_("État")),
    (frozenset({Role.OFFICER}), "/requests", "hand", N_("Demandes")),
    (frozenset({Role.OFFICER}), "/privacy", "clock", N_("Conservation")),
    (frozenset({Role.OFFICER, Role.AUDITOR}), "/audit", "history", N_("Journal")),
)
"""Who sees it, where it leads, its icon, its word."""


def menu_of(viewer: Viewer, path: str) -> list[Entry]:
    """(address, icon, word, whether one is there) of each entry, for a viewer."""
    return [
        (href, icon, _(word), path == href or path.startswith(f"{href}/"))
        for roles, href, icon, word in MENU
        if viewer.roles & roles
    ]
