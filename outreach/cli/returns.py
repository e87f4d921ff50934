"""``outreach returns``: what the partner says became of its customers."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from outreach.cli.output import AsJson, CampaignCode, database, emit, progress_shown, table
from outreach.core.i18n import _, language, number
from outreach.core.labels import OUTCOMES, RETURN_ROWS, label

if TYPE_CHECKING:
    from outreach.intake.returns import ReturnsResult

app = typer.Typer(help=_("Importer et voir ce que le partenaire dit ensuite de ses clients."), no_args_is_help=True)


@app.command("import", help=_("Importer un fichier de retour ; --preview le compte sans rien écrire."))
def imported(
    code: CampaignCode,
    path: Annotated[Path, typer.Argument(help=_("Le fichier du partenaire."))],
    preview: Annotated[bool, typer.Option("--preview", help=_("Compter ce que dirait le fichier, sans rien écrire."))] = False,
    returns_code: Annotated[str | None, typer.Option("--return", help=_("Lequel des retours de la campagne."))] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help=_("Le jour jusqu'auquel ce fichier parle ; aujourd'hui sans cela.")),
    ] = None,
    back: Annotated[
        Path | None,
        typer.Option("--back", help=_("Où écrire les lignes à renvoyer, en .xlsx ou .csv ; à côté du fichier sans cela.")),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Import or preview a return file."""
    from outreach.core.settings import settings
    from outreach.flows import lists, returns

    opened = database()
    loaded = lists.loaded_campaign(opened, code)
    back = back or path.with_name(f"{path.stem}-a-corriger.xlsx")
    with progress_shown(quiet=as_json):
        result = returns.import_file(
            opened, loaded, path, actor=settings().user, code=returns_code, as_of=as_of.date() if as_of else None,
            preview=preview, back=back,
        )  # fmt: skip
    if as_json:
        emit(_without_cells(result), as_json, "", [])
        return
    _show(result)
    if result.given_back:
        typer.echo("· " + _("lignes à renvoyer au partenaire : {command}").format(command=back))


@app.command(help=_("Les fichiers de retour d'une campagne, et ce qui en tient aujourd'hui, dossier par dossier."))
def show(code: CampaignCode, as_json: AsJson = False) -> None:
    """Show the return files of a campaign and what holds."""
    from outreach.flows import lists, returns

    opened = database()
    found = returns.show(opened, lists.loaded_campaign(opened, code))
    if as_json:
        emit(found, as_json, "", [])
        return
    files = [
        [one.file_id, one.file_name, f"{one.as_of:%d/%m/%Y}", one.total, one.rows.get("matched", 0), _news(one)]
        for one in found.files
    ]
    columns = (_("Retour"), _("Fichier"), _("Jusqu'au"), _("Lignes"), _("Rapprochées"), _("Nouveautés"))
    table(_("Fichiers de retour"), files, columns)
    held = [[label(OUTCOMES, one.kind), one.so, one.not_so, _euros(one.amount)] for one in found.standing]
    table(_("Ce que le partenaire dit des dossiers"), held, ("", _("oui"), _("non"), _("Euros")))


def _show(result: ReturnsResult) -> None:
    """One file: its rows by what they came to, and what was recorded."""
    if result.known:
        table(result.file_name, [[_("déjà importé, rien n'a changé"), result.total]])
        return
    state = _("aperçu, rien n'est écrit") if result.file_id is None else _("retour {number}").format(number=result.file_id)
    rows: list[list[Any]] = [[label(RETURN_ROWS, why), count] for why, count in result.rows.items()]
    rows += [[_("lignes vides"), result.blank]] if result.blank else []
    rows += [[_("totaux et en-têtes répétés mis de côté"), result.set_aside]] if result.set_aside else []
    table(f"{result.file_name} · {result.as_of:%d/%m/%Y} · {state}", rows)
    told = [[label(OUTCOMES, kind), values.get("yes", 0), values.get("no", 0)] for kind, values in result.recorded.items()]
    table(_("Ce qui est nouveau"), told, ("", _("oui"), _("non")))
    if result.repeated:
        typer.echo("· " + _("déjà dit et toujours vrai : {count}").format(count=number(result.repeated, language())))
    if result.missing:
        missing = ", ".join(label(OUTCOMES, kind) for kind in result.missing)
        typer.echo("· " + _("le fichier n'a pas de colonne pour : {kinds}").format(kinds=missing))


def _news(result: ReturnsResult) -> int:
    return sum(count for values in result.recorded.values() for count in values.values())


def _euros(amount: str) -> str:
    return number(float(amount), language(), 2)


def _without_cells(result: ReturnsResult) -> dict[str, Any]:
    """The result for a program: the rows that go back are in their file, and nowhere else."""
    from outreach.core.plain import as_data

    told: dict[str, Any] = as_data(result)
    return {name: value for name, value in told.items() if name not in {"given_back", "headers"}} | {
        "given_back": len(result.given_back)
    }
