"""``outreach account``: who may sign in to the screens, and as what. The first account of an installation is made here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from outreach.cli.output import AsJson, database, emit
from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.roles import Role

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.models import Account

app = typer.Typer(help=_("Les comptes des écrans : qui se connecte, et comme quoi."), no_args_is_help=True)
Code = Annotated[str, typer.Argument(help=_("Le nom de connexion."))]
OfAssociation = Annotated[str | None, typer.Option("--association", help=_("Le code de l'association."))]
OfPartner = Annotated[str | None, typer.Option("--partner", help=_("Le code du partenaire."))]


@app.command(help=_("Créer un compte avec un rôle, et écrire l'adresse où choisir le mot de passe."))
def create(
    code: Code,
    email: Annotated[str, typer.Argument(help=_("Le courriel."))],
    name: Annotated[str, typer.Argument(help=_("Le nom, comme on le dit."))],
    role: Annotated[Role, typer.Argument(help=_("Le rôle."))],
    association: OfAssociation = None,
    partner: OfPartner = None,
    mediator: Annotated[str | None, typer.Option(help=_("Le code du médiateur dont c'est le compte."))] = None,
    as_json: AsJson = False,
) -> None:
    """Create an account and its invitation."""
    from outreach.core.settings import settings
    from outreach.web.access import accounts

    actor = settings().user
    with database().session() as session:
        account = accounts.create(session, code, email, name, actor=actor, mediator=mediator)
        accounts.grant(session, account, role, actor=actor, association=association, partner=partner)
        secret = accounts.invite(session, account, actor=actor)
    emit({"code": code, "invitation": f"/invitation/{secret}"}, as_json, _("Compte créé"), _where(code, secret))


@app.command(help=_("Donner un rôle de plus à un compte."))
def grant(code: Code, role: Role, association: OfAssociation = None, partner: OfPartner = None, as_json: AsJson = False) -> None:
    """Grant a role."""
    from outreach.core.settings import settings
    from outreach.web.access import accounts

    with database().session() as session:
        accounts.grant(session, _account(session, code), role, actor=settings().user, association=association, partner=partner)
    emit({"code": code, "role": role.value}, as_json, _("Rôle donné"), [[code, role.value]])


@app.command(help=_("Écrire une nouvelle adresse où choisir un mot de passe ; les précédentes ne servent plus."))
def invite(code: Code, as_json: AsJson = False) -> None:
    """Invite anew."""
    from outreach.core.settings import settings
    from outreach.web.access import accounts

    with database().session() as session:
        secret = accounts.invite(session, _account(session, code), actor=settings().user)
    emit({"code": code, "invitation": f"/invitation/{secret}"}, as_json, _("Invitation"), _where(code, secret))


@app.command(
    "forget-factor", help=_("Retirer la deuxième preuve d'un compte dont le téléphone est perdu ; ses sessions sont closes.")
)
def forget_factor(code: Code, as_json: AsJson = False) -> None:
    """Take a second factor away."""
    from outreach.core.settings import settings
    from outreach.web.access import accounts

    with database().session() as session:
        accounts.replace_phone(session, _account(session, code), actor=settings().user)
    emit({"code": code}, as_json, _("Deuxième preuve retirée"), [[code]])


@app.command(help=_("Fermer un compte : il ne se connecte plus, son nom reste sur ce qu'il a fait."))
def close(code: Code, as_json: AsJson = False) -> None:
    """Close an account."""
    from outreach.core.settings import settings
    from outreach.web.access import accounts

    with database().session() as session:
        accounts.close(session, _account(session, code), actor=settings().user)
    emit({"code": code}, as_json, _("Compte fermé"), [[code]])


@app.command("list", help=_("Les comptes et leurs rôles."))
def show(as_json: AsJson = False) -> None:
    """List the accounts."""
    from sqlalchemy import text

    query = text(
        "SELECT a.code, a.name, string_agg(r.role, ', ' ORDER BY r.role) AS roles, a.closed_at IS NOT NULL AS closed"
        " FROM account a LEFT JOIN account_role r ON r.account_id = a.id AND r.ended_at IS NULL GROUP BY a.id ORDER BY a.code"
    )
    with database().session() as session:
        rows = [dict(row) for row in session.execute(query).mappings()]
    emit(
        rows,
        as_json,
        _("Comptes"),
        [[row["code"], row["name"], _("fermé") if row["closed"] else row["roles"] or "–"] for row in rows],
    )


def _account(session: Session, code: str) -> Account:
    from sqlalchemy import select

    from outreach.models import Account

    found = session.scalar(select(Account).where(Account.code == code))
    if found is None:
        raise OutreachError(_("ce compte n'existe pas"), place=code)
    return found


def _where(code: str, secret: str) -> list[list[str]]:
    from outreach.core.settings import settings

    public = (settings().public_url or "http://127.0.0.1:8600").rstrip("/")
    return [[code, f"{public}/invitation/{secret}"]]
