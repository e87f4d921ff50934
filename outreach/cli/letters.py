"""``outreach letters``: print runs, their hand-over to the print house, copies, and mail that comes back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from outreach.cli.output import AsJson, CampaignCode, database, emit, table
from outreach.core.i18n import _

app = typer.Typer(
    help=_("Les courriers : tirages, remise à l'imprimeur, copie d'une lettre, courriers revenus."), no_args_is_help=True
)
Out = Annotated[Path | None, typer.Option(help=_("Le dossier des tirages (OUTREACH_OUTPUT sans cela)."))]


@app.command(help=_("Les tirages d'une campagne, et ce qui a été remis à l'imprimeur."))
def runs(code: CampaignCode, as_json: AsJson = False) -> None:
    """List print runs."""
    from outreach.channels.letters.delivery import runs_of
    from outreach.core import clock

    with database().session() as session:
        found = runs_of(session, code)
    rows = [
        [run.batch, run.file, run.letters, run.pages, run.returned, run.printings,
         f"{run.last.astimezone(clock.PARIS):%d/%m/%Y %H:%M}" if run.last else _("pas encore remis")]
        for run in found
    ]  # fmt: skip
    columns = [_("Tirage"), _("Fichier"), _("Courriers"), _("Pages"), _("Revenus"), _("Remises"), _("Dernière")]
    emit(found, as_json, _("Tirages") if rows else _("Aucun tirage"), rows, columns)


@app.command(help=_("Remettre à l'imprimeur : un tirage par son numéro, ou tous ceux d'une campagne qui ne l'ont pas été."))
def deliver(
    what: Annotated[str, typer.Argument(help=_("Le numéro d'un tirage, ou le code d'une campagne."))],
    again: Annotated[str | None, typer.Option(help=_("Pourquoi ce tirage est imprimé encore une fois."))] = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Hand print runs over."""
    from outreach.channels.letters.delivery import chosen_runs
    from outreach.channels.letters.delivery import deliver as hand_over
    from outreach.channels.letters.targets import chosen_target
    from outreach.core.errors import OutreachError
    from outreach.core.settings import settings

    opened, target = database(), chosen_target()
    if again is not None and not what.isdecimal():
        raise OutreachError(_("une nouvelle impression vaut pour un seul tirage"), place=what, mend=_("Donnez son numéro."))
    with opened.session() as session:
        chosen = chosen_runs(session, what)
    done = hand_over(opened, chosen, out or settings().output, target, actor=settings().user, again=again)
    rows = [
        [run.file, run.letters, _("était déjà arrivé") if run.was_there else _("remis") if run.letters else _("Rien à remettre"),
         _("sans {count} : on les laisse en paix").format(count=run.left_out) if run.left_out else ""]
        for run in done
    ]  # fmt: skip
    emit(done, as_json, _("Remis à l'imprimeur") if rows else _("Rien à remettre"), rows)


@app.command(
    help=_(
        "Noter les courriers revenus : un fichier (CSV, XLSX, texte) de références, de codes ou de carrés scannés. Code 2 s'il reste des lignes."
    )
)
def returned(
    path: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    as_json: AsJson = False,
) -> None:
    """Note returned mail."""
    from outreach.core.settings import settings
    from outreach.tracking.returned import REASONS, read_returns, record_returns

    lines = read_returns(path)
    with database().session() as session:
        result = record_returns(session, lines, actor=settings().user)
    rows = [[_("notés"), result.noted], [_("déjà notés"), result.known], [_("lignes à reprendre"), len(result.problems)]]
    rows += [[f"  {_(REASONS[code])}", count] for code, count in result.reasons.most_common()]
    emit(result, as_json, _("Courriers revenus"), rows)
    if result.problems and not as_json:
        told = [[problem.row, problem.written, problem.message, problem.mend] for problem in result.problems]
        table(_("À reprendre"), told, [_("Ligne"), _("Lu"), _("Ce qui ne va pas"), _("Que faire")])
    if result.problems:
        raise typer.Exit(2)


@app.command(help=_("Refaire une lettre telle qu'elle est partie, pour qui en demande une copie."))
def show(
    letter: Annotated[str, typer.Argument(help=_("Sa référence, ou le code qu'elle porte."))],
    out: Annotated[Path, typer.Option(help=_("Le fichier PDF à écrire."))],
    as_json: AsJson = False,
) -> None:
    """Make a letter again."""
    from outreach.channels.letters.copies import letter_again
    from outreach.core.settings import settings

    with database().session() as session:
        copy = letter_again(session, letter, out, actor=settings().user)
    same = (
        _("telle qu'elle est partie")
        if copy.is_same_design
        else _("même texte, mais le modèle ou typst ont changé depuis : la mise en page peut différer")
    )
    emit(copy, as_json, _("Lettre refaite"), [[str(copy.path), same]])
