"""``outreach rules``: the rules that protect people, with their dates and sources."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from outreach.cli.output import AsJson, emit
from outreach.core.i18n import _


def rules(
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help=_("Les règles d'un autre jour."))] = None,
    as_json: AsJson = False,
) -> None:
    """Show the rules in force."""
    from outreach.core import clock
    from outreach.policy.register import register

    day = on.date() if on else clock.today()
    found = register(day)
    rows: list[list[Any]] = [[_(rule.label), rule.value, f"{rule.since:%d/%m/%Y}", rule.source] for rule in found]
    title = _("Règles en vigueur le {day} ; une convention peut être plus stricte, jamais plus large").format(
        day=f"{day:%d/%m/%Y}"
    )
    emit(found, as_json, title, rows, [_("Règle"), _("Valeur"), _("Depuis"), _("Source")])
