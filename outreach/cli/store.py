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
    from outreach.migrations import run as migrations

    opened = open_database(state.database_name)
    migrations.upgrade(opened)
    result = {"revision": migrations.present_revision(opened)}
    emit(result, as_json, _("La base est à jour"), [[_("révision {revision}").format(**result)]])


@app.command(help=_("Sauvegarder la base dans un fichier."))
def backup(file: Annotated[Path, typer.Argument(help=_("Fichier à écrire."))], as_json: AsJson = False) -> None:
    """Write a compressed dump."""
    from outreach.core.backup import backup_database

    size = backup_database(database(), file)
    emit({"file": str(file), "bytes": size}, as_json, _("Sauvegarde écrite"), [[str(file), size]])


@app.command(help=_("Restaurer une sauvegarde dans une base vide."))
def restore(file: Annotated[Path, typer.Argument(help=_("Fichier à lire."))], as_json: AsJson = False) -> None:
    """Restore a dump into an empty database."""
    from outreach.core.backup import restore_database
    from outreach.core.database import open_database

    restore_database(open_database(state.database_name), file)
    emit({"file": str(file)}, as_json, _("Sauvegarde restaurée"), [[str(file)]])


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
