"""``outreach match train``, ``adopt``, ``calibrate``: what the model has learnt, and whether it shall count."""

from __future__ import annotations

from typing import Annotated

import typer

from outreach.cli.match import app, told
from outreach.cli.output import AsJson, database, emit, progress_shown, table
from outreach.core.i18n import _

__all__ = ["app"]
SHIFTS_SHOWN = 20


@app.command(help=_("Apprendre des lignes du réseau, sans réponse de personne, et dire ce qui changerait ; rien n'est adopté."))
def train(as_json: AsJson = False) -> None:
    """Learn parameters and compare them with those in force."""
    from outreach.core.settings import settings
    from outreach.flows import matching
    from outreach.matching.explained.picture import factor
    from outreach.matching.explained.wording import agreement

    with progress_shown(quiet=as_json):
        found = matching.train(database(), actor=settings().user)
    if as_json:
        emit(found, as_json, "", [])
        return
    rows = [
        [
            agreement(shift.field, shift.level),
            _("même adresse") if shift.near else _("adresses différentes"),
            factor(shift.before),
            factor(shift.after),
        ]
        for shift in found.shifts[:SHIFTS_SHOWN]
    ]
    against = _("Ce que pèsent les accords, par rapport aux paramètres {version}").format(version=found.against)
    if rows:
        table(against, rows, ("", "", _("avant"), _("après")))
    else:
        typer.echo(_("Aucun poids n'a doublé ni diminué de moitié."))
    effect = found.effect
    table(_("Ce que cela changerait au registre"), [
        [_("paires de lignes réunies en plus"), effect.merged],
        [_("paires de lignes réunies en moins"), effect.parted],
        [_("paires à vérifier, avant"), effect.review_before],
        [_("paires à vérifier, après"), effect.review_after],
    ])  # fmt: skip
    typer.echo(_("Appris de {rows} lignes, gardé sous {version}. Pour l'adopter : « outreach match adopt {version} ».").format(
        rows=found.records, version=found.version
    ))  # fmt: skip


@app.command(help=_("Mettre des paramètres en vigueur, et tout rapprocher d'après eux."))
def adopt(
    version: Annotated[str, typer.Argument(help=_("Leur version, par exemple own-1 ; celle des paramètres livrés y revient."))],
    as_json: AsJson = False,
) -> None:
    """Adopt parameters."""
    from outreach.core.settings import settings
    from outreach.flows import matching

    opened = database()
    with progress_shown(quiet=as_json):
        outcome = matching.adopt(opened, version, actor=settings().user)
    told(outcome, as_json)


@app.command(help=_("Comparer les probabilités annoncées aux réponses données, et garder la correction ; rien n'est adopté."))
def calibrate(as_json: AsJson = False) -> None:
    """Calibrate the odds by people's answers."""
    from outreach.core.settings import settings
    from outreach.flows import matching
    from outreach.matching.explained.picture import percent

    found, version = matching.calibrate(database(), actor=settings().user)
    rows = [
        [f"{percent(one.low)} – {percent(one.high)}", one.pairs, percent(one.said), percent(one.found), percent(one.corrected)]
        for one in found.bins
    ]
    columns = (_("annoncé entre"), _("paires"), _("annoncé"), _("trouvé"), _("corrigé"))
    emit({"calibration": found, "version": version}, as_json, _("Ce que valent les probabilités"), rows, columns)
    if not as_json:
        typer.echo(_("D'après {labels} réponses, gardé sous {version}. Pour l'adopter : « outreach match adopt {version} ».").format(
            labels=found.labels, version=version
        ))  # fmt: skip
