"""One verb for each stage of the pipeline, and ``run`` for all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from outreach.cli import lists, match_model
from outreach.cli.changes import change_rows
from outreach.cli.output import AsJson, CampaignCode, counted, database, emit, fail_for, progress_shown, table
from outreach.core.i18n import _
from outreach.core.labels import CHANNELS, RECORDED, REPLIES, SENDINGS, WAITS

Out = Annotated[Path | None, typer.Option(help=_("Dossier des fichiers produits."))]


def register(app: typer.Typer) -> None:
    """Add the stage verbs, in the order of the pipeline."""
    app.add_typer(lists.app, name="import")
    app.add_typer(match_model.app, name="match")
    app.command("segment", help=_("3 · Décider qui est contacté, et pourquoi."))(segment)
    app.command("plan", help=_("4 · Planifier courriers, SMS, appels et visites."))(plan)
    app.command("dispatch", help=_("5 · Imprimer et envoyer ce qui est dû."))(dispatch)
    app.command("track", help=_("6 · Suivre envois et réponses ; clore ce qui est terminé."))(track)
    app.command("report", help=_("7 · Produire le bilan pour le partenaire."))(report)


def segment(code: CampaignCode, as_json: AsJson = False) -> None:
    """Segment a campaign."""
    from outreach.core.settings import settings
    from outreach.flows import pipeline

    opened = database()
    loaded = pipeline.loaded_campaign(opened, code)
    with progress_shown(quiet=as_json):
        result = pipeline.segment(opened, loaded, actor=settings().user)
    campaign = loaded.folder.campaign
    said = {rule.code: rule.label for rule in campaign.segments} | {rule.code: rule.label for rule in campaign.exclusions}
    rows = [[said.get(name, name), count] for name, count in result.segments.items()]
    outside = _("aucun segment ne convient")
    rows += [[_("exclus : ") + said.get(name, outside), count] for name, count in result.excluded.items()]
    emit(result, as_json, _("Segments"), rows)


def plan(code: CampaignCode, as_json: AsJson = False) -> None:
    """Plan a campaign."""
    from outreach.core.settings import settings
    from outreach.flows import pipeline

    opened = database()
    loaded = pipeline.loaded_campaign(opened, code)
    with progress_shown(quiet=as_json):
        result = pipeline.plan(opened, loaded, actor=settings().user)
    rows = counted(CHANNELS, result.planned)
    rows += [[_("en attente : ") + name, count] for name, count in counted(WAITS, result.waiting)]
    rows += [[_("ville dont le plan de tournées est refusé : ") + city, ""] for city in result.refused]
    emit(result, as_json, _("Plan des prochains jours"), rows)
    if result.changes and not as_json:
        table(_("Ce qui a changé"), change_rows(opened, result.changes))


def dispatch(code: CampaignCode, out: Out = None, as_json: AsJson = False) -> None:
    """Dispatch what is due."""
    from outreach.core import clock
    from outreach.core.live import require_live
    from outreach.core.plain import as_data
    from outreach.core.settings import settings
    from outreach.flows import pipeline

    opened = database()
    with opened.session() as session:
        require_live(session)
    loaded = pipeline.loaded_campaign(opened, code)
    lines = pipeline.configured_lines(loaded)
    target = out or settings().output
    with progress_shown(quiet=as_json):
        done = pipeline.dispatch(opened, loaded, lines, target, worker=settings().user)
    printed = pipeline.sheets(opened, loaded, clock.today(), target)
    rows = [
        [_("feuilles d'appels et de tournées"), len(printed)],
        [_("courriers"), done.letters.letters],
        *([[_("tirages remis à l'imprimeur"), done.handed_over]] if done.handed_over else []),
        *counted(SENDINGS, done.sms.states),
        *counted(RECORDED, done.recorded.states),
        *(
            [_("ce que dit l'opérateur : erreur {code}").format(code=code), count]
            for code, count in (done.sms.errors + done.recorded.errors).most_common()
        ),
    ]
    emit(as_data(done) | {"sheets": printed}, as_json, _("Envoyé"), rows)
    if done.not_taken is not None:
        typer.echo(done.not_taken, err=True)
        raise typer.Exit(2)


def track(code: CampaignCode, as_json: AsJson = False) -> None:
    """Track."""
    from outreach.core.settings import settings
    from outreach.flows import pipeline

    opened = database()
    loaded = pipeline.loaded_campaign(opened, code)
    result = pipeline.track(opened, pipeline.listening_line(opened, [code]))
    withdrawn, exhausted = pipeline.close_cases(opened, loaded, actor=settings().user)
    rows = [[_("envois notés"), result.recorded], [_("accusés"), result.receipts], [_("retirés par le partenaire"), withdrawn]]
    rows += [[_("abandonnés après tous les essais"), exhausted], *counted(REPLIES, result.replies)]
    emit({"track": result, "withdrawn": withdrawn, "exhausted": exhausted}, as_json, _("Suivi"), rows)


def report(code: CampaignCode, out: Out = None, as_json: AsJson = False) -> None:
    """Report to the partner."""
    from outreach.core.settings import settings
    from outreach.flows import pipeline

    opened = database()
    loaded = pipeline.loaded_campaign(opened, code)
    result = pipeline.report(opened, loaded, out or settings().output, actor=settings().user)
    emit(result, as_json, _("Bilan"), [[str(path)] for path in result.files])


def run(
    code: CampaignCode,
    lists: Annotated[Path | None, typer.Option(help=_("Dossier de fichiers à importer d'abord."))] = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Run all stages once."""
    from outreach.core.settings import settings
    from outreach.flows import pipeline

    opened = database()
    with progress_shown(quiet=as_json):
        result = pipeline.run_campaign(opened, code, out or settings().output, actor=settings().user, lists=lists)
    planned = result.plan.planned if result.plan else {}
    rows = [[_("listes"), len(result.lists)], *counted(CHANNELS, planned)]
    emit(result, as_json, _("Toutes les étapes"), rows)
    fail_for(result.refused)
