"""``outreach doctor``: every invariant of the engine, with its count."""

from __future__ import annotations

from typing import Annotated

import typer

from outreach.cli.output import AsJson, database, emit
from outreach.core.i18n import _

SHOWN = 3


def doctor(
    watch: Annotated[
        bool, typer.Option("--watch", help=_("Guetter, sans fin, ce qui demande quelqu'un (sans les règles, plus longues)."))
    ] = False,
    every: Annotated[int, typer.Option(min=1, help=_("Secondes entre deux regards."))] = 60,
    once: Annotated[
        bool, typer.Option("--once", help=_("Un seul regard. Code 2 : tout de suite ; 1 : aujourd'hui ; 0 : rien."))
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check the invariants; ends with code 1 when one is broken. With ``--watch`` or ``--once``: the alerts instead."""
    if watch or once:
        from outreach.cli.watch import watch as look

        look(every, once=once)
    from outreach.flows.invariants import all_invariants_of

    findings = all_invariants_of(database())
    rows = [
        ["✓" if finding.holds else "✗", _(finding.label), finding.checked, ", ".join(finding.faults[:SHOWN])]
        for finding in findings
    ]
    emit(findings, as_json, _("Ce qui doit toujours être vrai"), rows, ("", _("Règle"), _("Vérifiés"), _("Fautes")))
    if not all(finding.holds for finding in findings):
        raise typer.Exit(1)
