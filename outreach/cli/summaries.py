"""``outreach summaries``: what partners receive.

Produced by the engine, reviewed and released by people, corrected by a new version.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from outreach.cli.output import AsJson, CampaignCode, database, emit
from outreach.core.i18n import N_, _

app = typer.Typer(
    help=_("Les bilans des partenaires : produire, relire, remettre, corriger ; et les paroles des gens à relire."),
    no_args_is_help=True,
)
DAY = ["%Y-%m-%d"]
STATES = {"produced": N_("à relire"), "released": N_("remis"), "corrected": N_("corrigé par une version plus récente")}
Number = Annotated[int, typer.Argument(help=_("Le numéro du bilan."))]
Out = Annotated[Path | None, typer.Option(help=_("Le dossier des fichiers (OUTREACH_OUTPUT sans cela)."))]


@app.command(help=_("Produire le bilan d'une période : des mois entiers, ou jusqu'à aujourd'hui. Rien n'est remis."))
def produce(
    code: CampaignCode,
    start: Annotated[datetime | None, typer.Option(formats=DAY, help=_("Premier jour ; celui de la campagne sans cela."))] = None,
    end: Annotated[datetime | None, typer.Option(formats=DAY, help=_("Dernier jour ; aujourd'hui sans cela."))] = None,
    reason: Annotated[
        str | None, typer.Option(help=_("Pourquoi le bilan remis est corrigé ; sans motif, celui qui est remis reste."))
    ] = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Produce a version."""
    from outreach.core.settings import settings
    from outreach.flows import pipeline

    opened = database()
    loaded = pipeline.loaded_campaign(opened, code)
    result = pipeline.report(
        opened, loaded, out or settings().output, actor=settings().user, start=start.date() if start else None,
        end=end.date() if end else None, reason=reason,
    )  # fmt: skip
    rows: list[list[Any]] = [[_("bilan"), str(result.summary_id)], [_("version"), result.version]]
    rows += [[str(path), ""] for path in result.files]
    emit(result, as_json, _("Bilan"), rows)


@app.command("list", help=_("Les bilans d'une campagne, et où ils en sont."))
def listed(code: CampaignCode, as_json: AsJson = False) -> None:
    """List the versions."""
    from outreach.definitions.registry import find_campaign
    from outreach.reporting.releases import summaries_of

    with database().session() as session:
        found = summaries_of(session, find_campaign(session, code).campaign.id)
    rows = [
        [
            one.id,
            f"{one.start:%d/%m/%Y} – {one.end:%d/%m/%Y}",
            one.version,
            _(STATES[one.state]),
            one.reviewed_by or "",
            one.reason or "",
        ]
        for one in found
    ]
    columns = [_("Bilan"), _("Période"), _("Version"), _("État"), _("Relu par"), _("Motif")]
    emit(found, as_json, _("Bilans") if rows else _("Aucun bilan"), rows, columns if rows else [])


@app.command(help=_("Remettre un bilan relu à son partenaire. Il ne changera plus ; une correction sera une nouvelle version."))
def release(
    number: Number,
    reviewed_by: Annotated[str, typer.Option("--reviewed-by", help=_("Qui l'a relu."))],
    as_json: AsJson = False,
) -> None:
    """Release a version."""
    from outreach.core.settings import settings
    from outreach.reporting import release_summary

    with database().session() as session:
        summary = release_summary(session, number, actor=settings().user, reviewed_by=reviewed_by)
        told = {"summary": summary.id, "version": summary.version}
    emit(told, as_json, _("Le bilan est remis."), [])


@app.command(help=_("Écrire à nouveau les fichiers d'un bilan, les mêmes octet pour octet."))
def files(number: Number, out: Out = None, as_json: AsJson = False) -> None:
    """Write the files of a version again."""
    from outreach.core.settings import settings
    from outreach.reporting.summary import files_of

    with database().session() as session:
        written = files_of(session, number, out or settings().output)
    emit({"files": written}, as_json, _("Bilan"), [[str(path)] for path in written])


@app.command(help=_("Les réclamations et suggestions qui attendent d'être relues avant qu'un partenaire puisse les lire."))
def wordings(code: CampaignCode, as_json: AsJson = False) -> None:
    """List what waits for a person's check."""
    from outreach.tracking import wordings_to_check

    with database().session() as session:
        found = wordings_to_check(session, code)
    names = {"complaint": _("réclamation"), "suggestion": _("suggestion")}
    rows = [[one.id, names[one.kind], one.said] for one in found]
    emit(found, as_json, _("Paroles à relire") if rows else _("Aucune parole n'attend."), rows)


@app.command(help=_("Écrire ce que le partenaire lira d'une parole, sans que personne y soit reconnu ; ou la garder ici."))
def word(
    number: Annotated[int, typer.Argument(help=_("Le numéro de la parole."))],
    written: Annotated[str | None, typer.Option("--as", help=_("Ce que le partenaire lira."))] = None,
    keep: Annotated[bool, typer.Option("--keep", help=_("Ne pas la transmettre."))] = False,
    as_json: AsJson = False,
) -> None:
    """Decide on one."""
    from outreach.core.errors import OutreachError
    from outreach.core.settings import settings
    from outreach.tracking import decide_wording

    if (written is None) is not keep:
        raise OutreachError(_("écrivez ce que le partenaire lira (--as), ou gardez-la ici (--keep)"), place=str(number))
    with database().session() as session:
        decide_wording(session, number, written, actor=settings().user)
    emit({"wording": number, "released": written is not None}, as_json, _("C'est noté."), [])
