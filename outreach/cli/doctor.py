"""``outreach doctor``: every invariant of the engine, with its count."""

from __future__ import annotations

import typer

from outreach.cli.output import AsJson, database, emit
from outreach.core.i18n import _

SHOWN = 3


def doctor(as_json: AsJson = False) -> None:
    """Check the invariants; ends with code 1 when one is broken."""
    from outreach.flows.invariants import all_invariants

    with database().session() as session:
        findings = all_invariants(session)
    rows = [
        ["✓" if finding.holds else "✗", _(finding.label), finding.checked, ", ".join(finding.faults[:SHOWN])]
        for finding in findings
    ]
    emit(findings, as_json, _("Ce qui doit toujours être vrai"), rows, ("", _("Règle"), _("Vérifiés"), _("Fautes")))
    if not all(finding.holds for finding in findings):
        raise typer.Exit(1)
