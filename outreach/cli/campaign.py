"""``outreach campaign``: check, load, launch, follow a campaign."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from outreach.cli import preview, rehearse
from outreach.cli.output import AsJson, CampaignCode, database, emit, funnel_rows
from outreach.core.i18n import _

app = typer.Typer(help=_("Vérifier, charger, lancer et suivre une campagne."), no_args_is_help=True)
Folder = Annotated[Path, typer.Argument(help=_("Le dossier de la campagne, par exemple campaigns/energy-arrears."))]


@app.command(help=_("Vérifier une campagne : chaque erreur avec son fichier, sa ligne et le remède."))
def check(folder: Folder, as_json: AsJson = False) -> None:
    """Check a campaign folder; ends with code 2 when there is a mistake."""
    from outreach.definitions.loader import check_folder

    _folder, mistakes = check_folder(folder)
    emit(
        mistakes, as_json, _("Erreurs") if mistakes else _("La campagne est correcte."), [[str(mistake)] for mistake in mistakes]
    )
    if mistakes:
        raise typer.Exit(2)


@app.command(help=_("Charger une campagne en brouillon."))
def load(folder: Folder, as_json: AsJson = False) -> None:
    """Store a campaign as a draft."""
    from outreach.definitions.loader import read_folder
    from outreach.definitions.registry import load_campaign

    written = read_folder(folder)
    with database().session() as session:
        campaign = load_campaign(session, written)
        result = {"campaign": campaign.code, "state": campaign.state}
    emit(result, as_json, _("Campagne chargée"), [list(result.values())])


@app.command(help=_("Lancer une campagne telle qu'elle a été répétée : sa définition est figée sous une empreinte."))
def launch(folder: Folder, as_json: AsJson = False) -> None:
    """Freeze and launch a campaign, exactly as it was rehearsed."""
    from outreach.core.settings import settings
    from outreach.definitions.loader import read_folder
    from outreach.definitions.rehearsing import launch_rehearsed
    from outreach.definitions.sealing import sealed

    written = read_folder(folder)
    with database().session() as session:
        version = launch_rehearsed(session, written, actor=settings().user)
        design = sealed(session, version.campaign_id)
        result = {"campaign": written.campaign.code, "version": version.number, "hash": version.content_hash,
                  "commitment": design.commitment if design else None}  # fmt: skip
    shown = [[result["campaign"], _("version {version}").format(**result), str(result["hash"])[:12]]]
    if as_json:
        emit(result, as_json, "", [])
        return
    emit(result, as_json, _("Campagne lancée"), shown)
    typer.echo(_("Ordre des contacts scellé, empreinte {commitment}").format(commitment=result["commitment"]))
    _say_effect(written.campaign.code)


@app.command(help=_("Où en est une campagne : l'entonnoir, des cibles aux médiations."))
def status(code: CampaignCode, as_json: AsJson = False) -> None:
    """Show the funnel."""
    from outreach.core.plain import as_data
    from outreach.definitions.sealing import sealed
    from outreach.flows.pipeline import loaded_campaign
    from outreach.reporting import campaign_funnel

    opened = database()
    loaded = loaded_campaign(opened, code)
    with opened.session() as session:
        funnel = campaign_funnel(session, loaded)
        design = sealed(session, loaded.campaign.id)
    if as_json:
        emit(as_data(funnel) | {"commitment": design.commitment if design else None}, as_json, "", [])
        return
    emit(funnel, as_json, loaded.campaign.name, funnel_rows(funnel))
    if design is not None:
        typer.echo(_("Ordre des contacts scellé le {day}, empreinte {commitment}").format(
            day=f"{design.sealed_at:%d/%m/%Y}", commitment=design.commitment
        ))  # fmt: skip


@app.command(
    help=_("Ce que les derniers plans ont changé, et pourquoi : contacts déplacés ou retirés, rendez-vous sans personne.")
)
def changes(
    code: CampaignCode,
    runs: Annotated[int, typer.Option(min=1, max=100, help=_("Combien de plans, du plus récent."))] = 7,
    as_json: AsJson = False,
) -> None:
    """Show what the planner changed."""
    from outreach.cli.changes import change_rows
    from outreach.core import clock
    from outreach.core.labels import CAUSES, label
    from outreach.flows.pipeline import loaded_campaign
    from outreach.planning.register import last_runs

    opened = database()
    loaded = loaded_campaign(opened, code)
    with opened.session() as session:
        found = last_runs(session, loaded.campaign.id, runs)
    if as_json:
        emit(found, as_json, "", [])
        return
    for run in found:
        title = f"{run.planned_at.astimezone(clock.PARIS):%d/%m/%Y %H:%M} · {label(CAUSES, run.cause)}"
        emit(run, as_json, title, change_rows(opened, run.changes) or [[_("rien de ce qui était prévu n'a changé")]])


@app.command(help=_("Suspendre une campagne : plus rien ne part."))
def pause(code: CampaignCode, as_json: AsJson = False) -> None:
    """Pause."""
    _set_paused(code, as_json, paused=True)


@app.command(help=_("Reprendre une campagne suspendue."))
def resume(code: CampaignCode, as_json: AsJson = False) -> None:
    """Resume."""
    _set_paused(code, as_json, paused=False)


@app.command(help=_("Écrire les schémas JSON des fichiers de campagne, pour l'aide à la saisie d'un éditeur."))
def schema(
    out: Annotated[Path, typer.Option(help=_("Dossier où écrire."))] = Path("out/schema"), as_json: AsJson = False
) -> None:
    """Write the JSON Schema of each definition file."""
    from outreach.definitions.loader import FILES

    out.mkdir(parents=True, exist_ok=True)
    written = []
    for name, model in FILES.items():
        path = out / name.replace(".yaml", ".schema.json")
        path.write_text(json.dumps(model.model_json_schema(), ensure_ascii=False, indent=2), encoding="utf-8")
        written.append(str(path))
    emit(written, as_json, _("Schémas écrits"), [[path] for path in written])


preview.register(app)
rehearse.register(app)


def _say_effect(code: str) -> None:
    """What the sealed waves can measure, as far as lists are in already."""
    from outreach.definitions.registry import find_campaign
    from outreach.flows.segments import preview as look
    from outreach.segments.effect import effect_lines

    opened = database()
    with opened.session() as session:
        loaded = find_campaign(session, code)
    seen = look(opened, loaded)
    if not seen.units:
        typer.echo(
            _(
                "Aucune liste n'est encore rapprochée : « outreach campaign preview {code} » dira ce que ce plan peut mesurer."
            ).format(code=code)
        )
        return
    for line in effect_lines(seen):
        typer.echo(line)


def _set_paused(code: str, as_json: bool, *, paused: bool) -> None:
    from outreach.core.settings import settings
    from outreach.definitions.registry import pause_campaign

    with database().session() as session:
        pause_campaign(session, code, actor=settings().user, paused=paused)
    result = {"campaign": code, "paused": paused}
    emit(result, as_json, _("Campagne suspendue") if paused else _("Campagne reprise"), [[code]])
