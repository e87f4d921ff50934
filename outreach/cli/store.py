"""``outreach db`` and ``outreach setup``: the database and the Prefect server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from outreach.cli.output import AsJson, database, emit
from outreach.cli.state import state
from outreach.core.i18n import _

app = typer.Typer(help=_("Mettre à jour, sauvegarder et restaurer la base."), no_args_is_help=True)


@app.command(help=_("Mettre le schéma de la base à jour."))
def upgrade(as_json: AsJson = False) -> None:
    """Migrate to the newest revision."""
    from outreach.core.database import open_database
    from outreach.flows.keys import reseal_all
    from outreach.migrations import run as migrations

    opened = open_database(state.database_name)
    migrations.upgrade(opened)
    reseal_all(opened)
    result = {"revision": migrations.present_revision(opened)}
    emit(result, as_json, _("La base est à jour"), [[_("révision {revision}").format(**result)]])


@app.command(help=_("Sceller de nouveau, sous la clé en vigueur, les mots des gens. On peut travailler pendant ce temps."))
def reseal(
    new_key: Annotated[
        bool, typer.Option("--new-key", help=_("Changer d'abord la clé de la base embarquée ; l'ancienne est oubliée à la fin."))
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Seal under the key in force, or under a new one."""
    from outreach.core.settings import settings
    from outreach.flows.keys import change_key, reseal_all

    opened = database()
    done = change_key(opened, actor=settings().user) if new_key else reseal_all(opened)
    rows = [[place, count] for place, count in done.items() if count]
    emit(done, as_json, _("Scellé sous la clé en vigueur") if rows else _("Tout l'était déjà."), rows)


@app.command(help=_("Sauvegarder la base, scellée, dans un fichier ou sous un nom daté dans un dossier."))
def backup(
    file: Annotated[Path, typer.Argument(help=_("Fichier à écrire, ou dossier."))],
    keep: Annotated[int | None, typer.Option(min=1, help=_("Effacer du dossier les nôtres de plus de tant de jours."))] = None,
    as_json: AsJson = False,
) -> None:
    """Write a sealed backup; with ``--keep``, older ones of the folder go."""
    from outreach.core.old_backups import remove_old
    from outreach.core.plain import as_data
    from outreach.core.settings import settings
    from outreach.flows.backups import back_up

    opened = database()
    made = back_up(opened, file, actor=settings().user)
    removed = remove_old(opened, made.file, keep, actor=settings().user) if keep is not None else []
    rows: list[list[object]] = [[str(made.file), made.bytes]] + [
        [_("effacée : {name}").format(name=name), ""] for name in removed
    ]
    emit(as_data(made) | {"removed": removed}, as_json, _("Sauvegarde écrite et scellée"), rows)


@app.command(
    help=_(
        "Lire une sauvegarde jusqu'au bout ; avec --restore-try, la restaurer à côté et tout recompter. Code 1 si elle ne vaut rien."
    )
)
def verify(
    file: Annotated[Path, typer.Argument(help=_("Fichier à lire."))],
    restore_try: Annotated[
        bool, typer.Option("--restore-try", help=_("Restaurer dans une base d'essai, effacée à la fin."))
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check a backup; ends with code 1 when its trial restore is not what it said."""
    from outreach.core.plain import as_data
    from outreach.flows.backups import check_backup

    checked = check_backup(database(), file, try_out=restore_try)
    contents = checked.contents
    rows: list[list[object]] = [
        [_("faite"), contents.told.get("made_at", _("on ne sait pas : elle n'est pas scellée"))],
        [_("révision"), contents.told.get("revision", "")], [_("objets"), contents.entries],
        [_("lignes"), sum(contents.told.get("tables", {}).values())], ["sha256", contents.sha256],
    ]  # fmt: skip
    rows += [[_("nombre de lignes différent"), table] for table in checked.differing]
    rows += [[_("règle enfreinte : {code}").format(code=code), count] for code, count in checked.faults.items()]
    title = _("Sauvegarde entière et bonne") if checked.is_good else _("Cette sauvegarde ne vaut rien")
    told = {"file": str(file), "sealed": contents.sealed, "entries": contents.entries, "sha256": contents.sha256}
    emit(
        told | as_data(contents.told) | {"tried": checked.tried, "differing": checked.differing, "faults": checked.faults},
        as_json, title, rows,
    )  # fmt: skip
    if not checked.is_good:
        raise typer.Exit(1)


@app.command(help=_("Restaurer une sauvegarde dans une base vide. La copie n'envoie rien tant que personne ne l'a confirmée."))
def restore(file: Annotated[Path, typer.Argument(help=_("Fichier à lire."))], as_json: AsJson = False) -> None:
    """Restore a backup into an empty database, which is locked."""
    from outreach.core.database import open_database
    from outreach.core.settings import settings
    from outreach.flows.backups import restore as restored

    contents, again = restored(open_database(state.database_name), file, actor=settings().user)
    rows: list[list[object]] = [
        [str(file), contents.told.get("made_at", "")],
        [_("personnes effacées depuis, et de nouveau"), again.people],
        [_("Rien ne part de cette copie. Si elle est la bonne, et la seule : outreach db confirm-live « … »"), ""],
    ]
    if again.waiting:
        words = _("effacements à refaire à la main (envoi en cours, ou deux personnes possibles)")
        rows.insert(2, [words, again.waiting])
    told = {"file": str(file), "made_at": contents.told.get("made_at"), "live": False}
    told |= {"erased_again": again.people, "to_erase": again.waiting}
    emit(told, as_json, _("Sauvegarde restaurée"), rows)


@app.command("confirm-live", help=_("Dire que cette copie de la base est la bonne, et la seule : elle seule envoie."))
def confirm_live(
    name: Annotated[str, typer.Argument(help=_("Votre nom : il reste au journal."))],
    letters: Annotated[
        str | None, typer.Option(help=_("left ou not-left : les courriers dus depuis la sauvegarde sont-ils partis ?"))
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Confirm this copy; what may have left in the time it knows nothing of is taken for tried."""
    from outreach.core.errors import OutreachError
    from outreach.core.settings import settings
    from outreach.flows.backups import confirm

    if letters not in {None, "left", "not-left"}:
        raise OutreachError(_("écrivez left ou not-left"), place=f"--letters {letters}")
    lost = confirm(database(), name, letters_left=None if letters is None else letters == "left", actor=settings().user)
    rows: list[list[object]] = []
    if lost.since is not None:
        rows = [[_("dernier moment connu"), f"{lost.since:%d/%m/%Y %H:%M}"], [_("SMS dus depuis, à retrouver chez l'opérateur"), lost.sms],
                [_("courriers dus depuis"), lost.letters], [_("messages parlés dus depuis, comptés comme faits"), lost.recorded]]  # fmt: skip
    emit({"live": True, "lost": lost}, as_json, _("Cette copie est celle qui envoie"), rows)


@app.command(help=_("Mettre cette copie hors service : elle n'envoie plus rien. Avant d'en restaurer une autre."))
def lock(reason: Annotated[str, typer.Argument(help=_("Pourquoi."))], as_json: AsJson = False) -> None:
    """Lock this copy."""
    from outreach.core.live import lock_copy
    from outreach.core.settings import settings

    with database().session() as session:
        lock_copy(session, reason=reason, actor=settings().user)
    emit({"live": False}, as_json, _("Cette copie n'envoie plus rien"), [])


@app.command(help=_("Montrer, pour le coffre, les secrets sans lesquels une sauvegarde ne se relit pas ailleurs."))
def secrets(as_json: AsJson = False) -> None:
    """Show the secrets that must survive, as lines of an environment; that they were shown is on record."""
    from outreach.core import audit
    from outreach.core.secrets import SURVIVING, known, variable_of
    from outreach.core.settings import settings

    opened = database()
    found = {variable_of(name): value for name in ("backup", *SURVIVING) if (value := known(opened, name)) is not None}
    with opened.session() as session:
        audit.record(session, settings().user, "secrets.show", "database", {"names": sorted(found)})
    if as_json:
        emit(found, as_json, "", [])
        return
    for variable, value in found.items():
        typer.echo(f"{variable}={value}")
    typer.echo(_("Imprimez ces lignes, mettez-les au coffre, et nulle part près des sauvegardes."), err=True)


@app.command(help=_("Arrêter le PostgreSQL embarqué."))
def stop(as_json: AsJson = False) -> None:
    """Stop the embedded server, whoever uses it."""
    from outreach.core.embedded import EmbeddedCluster
    from outreach.core.settings import settings

    cluster = EmbeddedCluster(settings().home / "postgres")
    was_running = cluster.data.exists() and cluster.is_running()
    if was_running:
        cluster.stop()
    emit({"stopped": was_running}, as_json, _("Arrêté") if was_running else _("Rien ne tournait"), [])


def setup(as_json: AsJson = False) -> None:
    """Set a Prefect server up."""
    from outreach.flows.setup import setup_server

    result = setup_server()
    emit(result, as_json, "Prefect", [[name] for name in result.deployments])
