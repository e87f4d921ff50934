"""``outreach``: every verb of the pipeline. Rooms are imported inside the verbs, so that --help is quick."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from outreach.cli import (
    account,
    addresses,
    any_list,
    campaign,
    case,
    demo,
    doctor,
    exports,
    figures,
    letters,
    mediation,
    privacy,
    replies,
    returns,
    rules,
    sending,
    serve,
    shifts,
    simulate,
    stages,
    store,
    summaries,
    watch,
)
from outreach.cli.state import DEMO_DATABASE, state
from outreach.core.collection import look_rarely
from outreach.core.errors import OutreachError
from outreach.core.i18n import _

VERBS = (
    "campaign",
    "import",
    "match",
    "segment",
    "plan",
    "dispatch",
    "track",
    "report",
    "figures",
    "summaries",
    "exports",
    "run",
    "case",
    "mediation",
    "letters",
    "shifts",
    "sending",
    "replies",
    "returns",
    "rules",
    "demo",
    "doctor",
    "status",
    "metrics",
    "addresses",
    "lists",
    "serve",
    "account",
    "privacy",
)
"""The order of --help: a campaign, its stages, what runs them; the rest after."""


class InOrder(TyperGroup):
    """Typer shows groups of verbs after single ones; here ``import`` is a group and the first stage."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        known = sorted(self.commands, key=lambda verb: VERBS.index(verb) if verb in VERBS else len(VERBS))
        self.commands = {verb: self.commands[verb] for verb in known}


app = typer.Typer(
    cls=InOrder,
    help=_("Le moteur de la médiation sortante : du fichier d'un partenaire à la médiation, puis au bilan."),
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(campaign.app, name="campaign")
stages.register(app)
app.command("run", help=_("Enchaîner toutes les étapes une fois. C'est ce que fait le flux nocturne."))(stages.run)
app.command("demo", help=_("Jouer deux campagnes dans une ville fictive. Une deuxième fois, rien n'est refait."))(demo.demo)
app.add_typer(figures.app, name="figures")
app.add_typer(summaries.app, name="summaries")
app.add_typer(exports.app, name="exports")
app.add_typer(case.app, name="case")
app.add_typer(mediation.app, name="mediation")
app.add_typer(letters.app, name="letters")
app.add_typer(shifts.app, name="shifts")
app.add_typer(sending.app, name="sending")
app.add_typer(replies.app, name="replies")
app.add_typer(returns.app, name="returns")
app.command("rules", help=_("Les règles qui protègent les gens : heures, plafonds, silences, avec leurs dates et leurs textes."))(
    rules.rules
)
app.command("doctor", help=_("Vérifier ce qui doit toujours être vrai. Code 1 si quelque chose ne l'est pas."))(doctor.doctor)
app.command("status", help=_("Une page : ce qui demande quelqu'un, que faire, où en sont les envois."))(watch.status)
app.command("metrics", help=_("Les mesures et les alertes au format de Prometheus."))(watch.metrics)
app.command("addresses", help=_("Charger des points d'adresse et retrouver les adresses des listes."))(addresses.addresses)
app.add_typer(any_list.app, name="lists")
app.command("serve", help=_("Ouvrir les écrans et le dépôt de listes, sur cette machine. Avec --demo : une adresse par rôle."))(
    serve.serve
)
app.add_typer(account.app, name="account")
app.add_typer(privacy.app, name="privacy")
app.add_typer(store.app, name="db")
app.add_typer(simulate.app, name="simulate")
app.command(
    "setup", help=_("Préparer un serveur Prefect. Crée pool, déploiements et automatisme ; sans effet la deuxième fois.")
)(store.setup)


@app.callback()
def options(
    on_demo: Annotated[bool, typer.Option("--demo", help=_("Travailler sur les données de la démonstration."))] = False,
) -> None:
    """Options of every verb."""
    state.database_name = DEMO_DATABASE if on_demo else None
    from outreach.core.logs import set_up_logs

    set_up_logs()


def run() -> None:
    """The entry point: a fault that a person can mend is one sentence and exit code 2."""
    look_rarely()
    try:
        app()
    except OutreachError as error:
        told = str(error)
    else:
        return
    # Outside of the handler: what the fault left open is closed before Python ends.
    sys.stderr.write(f"{told}\n")
    sys.exit(2)
