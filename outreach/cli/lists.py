"""``outreach import``: look at a partner's file, take it in, send the bad rows back, undo."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from outreach.cli.output import AsJson, CampaignCode, database, emit, fail_for, progress_shown, table
from outreach.core.i18n import _
from outreach.core.labels import FIELDS, FINDINGS, LIST_STATES, ROW_STATES, label

if TYPE_CHECKING:
    from outreach.flows.lists import Shown
    from outreach.intake import ImportResult, Request

FILE = "file"
MOST_SHOWN = 20


class FileByDefault(TyperGroup):
    """``outreach import CAMPAIGN FILE`` is the verb itself; the other words are what can be done with a list."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Puts the unwritten word in."""
        if args and args[0] not in self.commands and args[0] != "--help":
            args = [FILE, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=FileByDefault,
    no_args_is_help=True,
    help=_("1 · Importer le fichier d'un partenaire : « outreach import CAMPAGNE FICHIER »."),
)
ListNumber = Annotated[int, typer.Argument(help=_("Le numéro de la liste (voir « history »)."))]
AcceptRemovals = Annotated[
    bool, typer.Option("--accept-removals", help=_("Accepter que beaucoup de clients soient retirés d'un coup."))
]


@app.command(FILE, help=_("Importer un ou plusieurs fichiers ; --preview les regarde sans les valider."))
def import_files(
    code: CampaignCode,
    files: Annotated[list[Path], typer.Argument(help=_("Le ou les fichiers du partenaire."))],
    preview: Annotated[bool, typer.Option("--preview", help=_("Montrer ce que deviendrait chaque ligne, sans valider."))] = False,
    answers: Annotated[
        list[str] | None, typer.Option("--map", help=_("Dire ce qu'est une colonne : « en-tête=champ », ou « en-tête=- »."))
    ] = None,
    list_code: Annotated[str | None, typer.Option("--list", help=_("Laquelle des listes de la campagne."))] = None,
    encoding: Annotated[str | None, typer.Option(help=_("Encodage d'un texte, par exemple cp1252."))] = None,
    delimiter: Annotated[str | None, typer.Option(help=_("Séparateur d'un texte."))] = None,
    sheet: Annotated[str | None, typer.Option(help=_("Feuille d'un classeur : son nom ou son numéro."))] = None,
    header_row: Annotated[int | None, typer.Option(help=_("Ligne des en-têtes ; 0 : aucune."))] = None,
    skip_hidden: Annotated[bool, typer.Option("--skip-hidden", help=_("Laisser de côté les lignes masquées."))] = False,
    corrects: Annotated[int | None, typer.Option(help=_("Numéro de la liste dont ces lignes reviennent corrigées."))] = None,
    again: Annotated[bool, typer.Option("--again", help=_("Reprendre des lignes déjà importées."))] = False,
    accept_removals: AcceptRemovals = False,
    as_json: AsJson = False,
) -> None:
    """Import or preview files."""
    from outreach.core.settings import settings
    from outreach.flows import lists
    from outreach.intake import Choices, Request, read_answer

    choices = Choices(encoding, delimiter, sheet, header_row, skip_hidden)
    request = Request(choices, dict(read_answer(answer) for answer in answers or ()), list_code, again, corrects)
    opened = database()
    loaded = lists.loaded_campaign(opened, code, drafts=True)
    if preview:
        _preview(opened, loaded, files, request, as_json=as_json)
        return
    with progress_shown(quiet=as_json):
        imports = lists.import_files(
            opened, loaded, files, actor=settings().user, request=request, accept_removals=accept_removals
        )
    if as_json:
        emit(imports, as_json, "", [])
    for result in imports.results if not as_json else ():
        _show_result(result)
    fail_for(imports.refused)


@app.command(help=_("Valider une liste regardée avec --preview."))
def commit(number: ListNumber, accept_removals: AcceptRemovals = False, as_json: AsJson = False) -> None:
    """Commit a preview."""
    from outreach.core.settings import settings
    from outreach.flows import lists

    result = lists.confirm(database(), number, actor=settings().user, accept_removals=accept_removals)
    _told(result, as_json=as_json)


@app.command(help=_("Abandonner une liste regardée avec --preview."))
def discard(number: ListNumber, as_json: AsJson = False) -> None:
    """Discard a preview."""
    from outreach.core.settings import settings
    from outreach.flows import lists

    _told(lists.discard(database(), number, actor=settings().user), as_json=as_json)


@app.command(help=_("Annuler une liste : tout redevient comme avant, sauf si un travail repose sur elle."))
def undo(number: ListNumber, as_json: AsJson = False) -> None:
    """Undo a list."""
    from outreach.core.settings import settings
    from outreach.flows import lists

    _told(lists.undo(database(), number, actor=settings().user), as_json=as_json)


@app.command("bad-rows", help=_("Écrire les lignes à corriger, pour le partenaire ; le fichier corrigé se réimporte."))
def bad_rows(
    number: ListNumber,
    out: Annotated[Path, typer.Option(help=_("Le fichier à écrire, en .xlsx ou .csv."))],
    as_json: AsJson = False,
) -> None:
    """Write the bad rows of a list."""
    from outreach.flows import lists

    rows = lists.bad_rows(database(), number, out)
    told = [[str(out), rows]] if rows else [[_("aucune ligne à corriger"), 0]]
    emit({"rows": rows, "file": str(out) if rows else None}, as_json, _("Lignes à corriger"), told)


@app.command(help=_("Revoir une liste : ses lignes par état, ses fautes, ce qu'elle change."))
def show(number: ListNumber, as_json: AsJson = False) -> None:
    """Show a list."""
    from outreach.flows import lists

    _show(lists.show(database(), number), as_json=as_json)


@app.command(help=_("Toutes les listes d'une campagne, la plus récente d'abord."))
def history(code: CampaignCode, as_json: AsJson = False) -> None:
    """Show the lists of a campaign."""
    from outreach.flows import lists

    opened = database()
    results = lists.history(opened, lists.loaded_campaign(opened, code, drafts=True))
    rows = [
        [
            result.list_id,
            result.file_name,
            label(LIST_STATES, result.state),
            result.total,
            result.counts.get("rejected", 0),
            result.removed,
        ]
        for result in results
    ]
    columns = (_("Liste"), _("Fichier"), _("État"), _("Lignes"), _("Rejetées"), _("Retirés"))
    emit(results, as_json, _("Listes reçues"), rows, columns)


@app.command(help=_("Donner à un programme le droit de déposer des listes, ou de lire ; le jeton n'est montré qu'une fois."))
def token(
    code: CampaignCode,
    name: Annotated[str, typer.Option(help=_("À qui il est donné."))],
    days: Annotated[int, typer.Option(min=1, max=366, help=_("Sa durée, en jours."))] = 180,
    scope: Annotated[
        list[str] | None,
        typer.Option(help=_("Ce qu'il peut : lists (par défaut), summaries ; events pour vos propres programmes.")),
    ] = None,
    revoke: Annotated[bool, typer.Option("--revoke", help=_("Retirer ce droit."))] = False,
    as_json: AsJson = False,
) -> None:
    """Create or revoke a token."""
    from outreach.core.settings import settings
    from outreach.flows import lists

    opened = database()
    loaded = lists.loaded_campaign(opened, code, drafts=True)
    if revoke:
        ended = lists.revoke_delivery_tokens(opened, loaded, name=name, actor=settings().user)
        emit({"revoked": ended}, as_json, _("Jetons retirés"), [[name, ended]])
        return
    made = lists.create_delivery_token(opened, loaded, name=name, days=days, actor=settings().user, scopes=scope or ["lists"])
    emit({"token": made}, as_json, _("Jeton de dépôt, à garder secret"), [[made]])


def _preview(opened: Any, loaded: Any, files: list[Path], request: Request, *, as_json: bool) -> None:
    from outreach.core.errors import ListRefusedError, PolicyError
    from outreach.core.settings import settings
    from outreach.flows import lists

    refused: list[ListRefusedError | PolicyError] = []
    seen = []
    for path in files:
        try:
            with progress_shown(quiet=as_json):
                seen.append(lists.preview_file(opened, loaded, path, actor=settings().user, request=request))
        except (ListRefusedError, PolicyError) as error:
            refused.append(error)
    if as_json:
        emit(seen, as_json, "", [])
    for shown in seen if not as_json else ():
        _show(shown, as_json=False)
        if not shown.result.known:
            typer.echo(_("Pour valider : outreach import commit {number}").format(number=shown.result.list_id))
    fail_for(refused)


def _told(result: ImportResult, *, as_json: bool) -> None:
    if as_json:
        emit(result, as_json, "", [])
    else:
        _show_result(result)


def _show_result(result: ImportResult) -> None:
    """One list: its states, who left, and what was said aloud."""
    title = _("{file} · liste {number} · {state}").format(
        file=result.file_name, number=result.list_id, state=label(LIST_STATES, result.state)
    )
    if result.known:
        table(title, [[_("déjà importé, rien n'a changé"), result.total]])
        typer.echo("· " + _("si le partenaire revient vraiment à cette liste, ajoutez --again"))
        return
    rows: list[list[Any]] = [[label(ROW_STATES, state), count] for state, count in result.counts.items()]
    rows += [[label(ROW_STATES, "removed"), result.removed]] if result.removed else []
    rows += [[_("lignes vides"), result.blank]] if result.blank else []
    rows += [[_("totaux et en-têtes répétés mis de côté"), result.set_aside]] if result.set_aside else []
    rows += [[_("revenues corrigées"), result.corrected]] if result.corrected else []
    rows += [[label(FINDINGS, code), count] for code, count in result.findings.items()]
    table(title, rows)
    for note in result.notes:
        typer.echo(f"· {note}")
    for why, said in (
        ("unknown", _("colonnes non reconnues, non gardées : {columns}")),
        ("not_allowed", _("colonnes que la convention ne permet pas, non gardées : {columns}")),
    ):
        columns = [column["header"] for column in result.columns if column["why"] == why and column["header"] in result.left_out]
        if columns:
            typer.echo("· " + said.format(columns=", ".join(columns)))
    if result.counts.get("rejected", 0) > result.corrected and result.state == "committed":
        command = f"outreach import bad-rows {result.list_id} --out a-corriger.xlsx"
        typer.echo("· " + _("lignes à renvoyer au partenaire : {command}").format(command=command))


def _show(shown: Shown, *, as_json: bool) -> None:
    if as_json:
        emit(shown, as_json, "", [])
        return
    _show_result(shown.result)
    mapping = [
        [column["header"], label(FIELDS, column["field"]) if column["field"] else "—", column["field"] or ""]
        for column in shown.result.columns
    ]
    table(_("Colonnes"), mapping, (_("En-tête"), _("Champ"), _("Pour --map")))
    if shown.faults:
        faults = [[fault.row, fault.column, fault.value, fault.reason] for fault in shown.faults[:MOST_SHOWN]]
        table(_("Premières fautes"), faults, (_("Ligne"), _("Colonne"), _("Valeur"), _("Raison")))
    if shown.findings:
        known = [[finding.row, label(FINDINGS, finding.code), finding.person] for finding in shown.findings]
        table(_("Ce que le registre en sait"), known, (_("Ligne"), "", _("Personne")))
    if shown.removed:
        table(_("Premiers clients retirés"), [[removed] for removed in shown.removed])
    if shown.changes:
        changes = [
            [change.row, label(FIELDS, change.field), change.old or "—", change.new or "—"]
            for change in shown.changes[:MOST_SHOWN]
        ]
        table(_("Premiers changements"), changes, (_("Ligne"), _("Champ"), _("Avant"), _("Après")))
