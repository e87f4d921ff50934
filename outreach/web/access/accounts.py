"""Accounts: made by somebody who may, taken up by an invitation, closed for good; passwords as argon2id (RFC 9106)."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import func, select, update
from zxcvbn import zxcvbn

from outreach.core import audit, clock
from outreach.core.errors import OutreachError, PolicyError
from outreach.core.i18n import _
from outreach.core.roles import OF_AN_ASSOCIATION, Role
from outreach.models import Account, AccountRole, Association, Invitation, Mediator, Partner, Site, WebSession
from outreach.web.access.sessions import hashed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from sqlalchemy.orm import Session

SHORTEST = 12
"""Characters of a password: long rather than contrived (CNIL, recommendation of 2022; NIST SP 800-63B)."""
LONGEST = 128
"""As long as passwords may be (ASVS 4.0.3, V2.1.2); nothing longer is any account's."""
READ_BY_ZXCVBN = 72
HARD = 3
"""Of zxcvbn's scores from 0 to 4: 10^8 guesses or more."""
TRIED_FIRST = (
    "azertyuiop", "qsdfghjklm", "wxcvbn", "motdepasse", "mdp", "bonjour", "jetaime", "soleil", "doudou", "chouchou", "loulou",
    "mediation", "mediateur", "mediatrice", "pimms", "association", "outreach",
)  # fmt: skip
"""What its lists, made of English and of American keyboards, do not know: a French keyboard's rows, and words of this house."""
INVITED_FOR = timedelta(days=7)
CODE = re.compile(r"[a-z0-9][a-z0-9.-]{1,39}")
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s.]{2,}")


@lru_cache(maxsize=1)
def hasher() -> PasswordHasher:
    """The library's defaults are RFC 9106's second recommended set: 64 MiB, three passes, four lanes."""
    return PasswordHasher()


@lru_cache(maxsize=1)
def _nobody() -> str:
    """A hash that no password has: whoever is unknown takes as long to refuse as whoever is known."""
    return hasher().hash(secrets.token_urlsafe(16))


def create(session: Session, code: str, email: str, name: str, *, actor: str, mediator: str | None = None) -> Account:
    """A new account without any role. Raises ``OutreachError`` for what cannot be one, or is there already."""
    code, email, name = code.strip().lower(), email.strip(), " ".join(name.split())
    if not CODE.fullmatch(code):
        raise OutreachError(_("ce nom de connexion ne convient pas"), place=code, mend=_("Lettres, chiffres, points et tirets."))
    if not EMAIL.fullmatch(email):
        raise OutreachError(_("cette adresse de courriel n'est pas complète"), place=code)
    if not name:
        raise OutreachError(_("le nom manque"), place=code)
    taken = select(Account.id).where((Account.code == code) | (func.lower(Account.email) == email.lower()))
    if session.scalar(taken) is not None:
        raise OutreachError(_("ce nom ou ce courriel a déjà un compte"), place=code)
    worker = session.scalar(select(Mediator).where(Mediator.code == mediator)) if mediator else None
    if mediator and worker is None:
        raise OutreachError(_("médiateur inconnu : {code}").format(code=mediator), place=code)
    account = Account(code=code, email=email, name=name, created_at=clock.now(), created_by=actor)
    account.mediator_id = worker.id if worker else None
    session.add(account)
    session.flush()
    audit.record(session, actor, "account.create", f"account {account.id}", {})
    return account


def grant(
    session: Session, account: Account, role: Role, *, actor: str, association: str | None = None, partner: str | None = None
) -> None:
    """Give a role, for an association, a partner or the network. Raises ``PolicyError`` for roles that do not go together."""
    held = session.scalars(select(AccountRole).where(AccountRole.account_id == account.id, AccountRole.ended_at.is_(None))).all()
    if held and (role is Role.PARTNER) != (held[0].role == Role.PARTNER):
        raise PolicyError(_("un compte de partenaire n'a pas d'autre rôle"), place=account.code)
    where = AccountRole(account_id=account.id, role=role.value, granted_at=clock.now(), granted_by=actor)
    if role in OF_AN_ASSOCIATION:
        where.association_id = _number_of(session, Association, association, _("quelle association ?"))
        _require_own_mediator(session, account, where.association_id)
    if role is Role.PARTNER:
        where.partner_id = _number_of(session, Partner, partner, _("quel partenaire ?"))
        if held and held[0].partner_id != where.partner_id:
            raise PolicyError(_("un compte est d'un seul partenaire"), place=account.code)
    if any(
        (one.role, one.association_id, one.partner_id) == (where.role, where.association_id, where.partner_id) for one in held
    ):
        return
    session.add(where)
    session.flush()
    audit.record(session, actor, "account.grant", f"account {account.id}", {"role": role.value, "of": association or partner})


def withdraw(session: Session, account: Account, role: AccountRole, *, actor: str) -> None:
    """Take a role back; what was done under it stays theirs."""
    role.ended_at = clock.now()
    audit.record(session, actor, "account.withdraw", f"account {account.id}", {"role": role.role})


def invite(session: Session, account: Account, *, actor: str) -> str:
    """The secret of an invitation to choose a password; earlier ones end. It is shown once and kept nowhere."""
    now, secret = clock.now(), secrets.token_urlsafe(24)
    session.execute(
        update(Invitation).where(Invitation.account_id == account.id, Invitation.used_at.is_(None)).values(used_at=now)
    )
    session.add(Invitation(sha256=hashed(secret), account_id=account.id, made_at=now, made_by=actor, valid_to=now + INVITED_FOR))
    session.flush()
    audit.record(session, actor, "account.invite", f"account {account.id}", {})
    return secret


def invited(session: Session, secret: str) -> Account | None:
    """Whose invitation this is, while it can be taken up."""
    query = select(Account).join(Invitation, Invitation.account_id == Account.id).where(
        Invitation.sha256 == hashed(secret), Invitation.used_at.is_(None), Invitation.valid_to > clock.now(),
        Account.closed_at.is_(None)
    )  # fmt: skip
    return session.scalar(query)


def take_up(session: Session, secret: str, password: str, again: str | None = None) -> Account:
    """Choose the password of an invitation, once; every session of the account ends. ``again``: the password, written once more.

    Raises ``PolicyError``.
    """
    account = invited(session, secret)
    if account is None:
        raise PolicyError(_("cette invitation a déjà servi, ou elle est trop ancienne"), mend=_("Demandez-en une autre."))
    change_password(session, account, password, again)
    session.execute(update(Invitation).where(Invitation.sha256 == hashed(secret)).values(used_at=clock.now()))
    return account


def add_factor(session: Session, account: Account, sealed: bytes, step: int, *, here: UUID) -> None:
    """Take a second factor into use by a code of ``step``, given in the session ``here``; those of the password alone end.

    The code is used up with this: whoever saw it typed does not sign in by it.
    """
    account.second_factor, account.factor_step = sealed, step
    shown = update(WebSession).where(WebSession.id == here, WebSession.proof == "password")
    session.execute(shown.values(proof="second_factor"))
    _end_sessions(session, account, here=here)
    audit.record(session, account.code, "account.factor", f"account {account.id}", {})


def change_password(session: Session, account: Account, password: str, again: str | None, *, here: UUID | None = None) -> None:
    """Another password, for whom was made sure of before; every session but that of ``here`` ends. Raises ``PolicyError``."""
    if again is not None and again != password:
        raise PolicyError(_("les deux mots de passe diffèrent"))
    require_good(password, account)
    account.password_hash = hasher().hash(password)
    _end_sessions(session, account, here=here)
    audit.record(session, account.code, "account.password", f"account {account.id}", {})


def require_good(password: str, account: Account) -> None:
    """Raises ``PolicyError`` for a password that is too short, too long, or guessed at once."""
    if len(password) > LONGEST:
        raise PolicyError(_("le mot de passe doit avoir au plus {count} caractères").format(count=LONGEST))
    if len(password) < SHORTEST:
        message = _("le mot de passe doit avoir au moins {count} caractères").format(count=SHORTEST)
        raise PolicyError(message, mend=_("Quatre mots sans lien font un bon mot de passe."))
    plain = password.lower()
    known = {account.code, account.email.partition("@")[0].lower(), *account.name.lower().split()}
    if any(len(word) > 3 and word in plain for word in known) or not _hard_to_guess(password, known):  # noqa: PLR2004
        raise PolicyError(_("ce mot de passe se devine trop vite"), mend=_("Quatre mots sans lien font un bon mot de passe."))


def _hard_to_guess(password: str, known: Iterable[str]) -> bool:
    """Whether zxcvbn counts on a hundred million guesses at least; its lists know 30,000 common passwords (ASVS 4.0.3, V2.1.7)."""
    guessed = zxcvbn(password[:READ_BY_ZXCVBN], user_inputs=[*known, *TRIED_FIRST])
    return int(guessed["score"]) >= HARD


def recognise(session: Session, login: str, password: str) -> Account | None:
    """The account of a code or e-mail and its password. Unknown ones take as long as known ones."""
    account = named(session, login.strip().lower())
    kept = account.password_hash if account else None
    try:
        hasher().verify(kept or _nobody(), password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return None
    if account is None or kept is None or len(password) > LONGEST:
        return None
    if hasher().check_needs_rehash(kept):
        account.password_hash = hasher().hash(password)
    return account


def named(session: Session, login: str) -> Account | None:
    """The account of a code or e-mail, in small letters; ``None`` when there is none, or it was closed."""
    query = select(Account).where((Account.code == login) | (func.lower(Account.email) == login), Account.closed_at.is_(None))
    return session.scalar(query)


def remove_factor(session: Session, account: Account, *, actor: str) -> None:
    """Do without the second factor again. Raises ``PolicyError`` where there is none."""
    if account.second_factor is None:
        raise PolicyError(_("ce compte n'a pas de deuxième preuve"), place=account.code)
    account.second_factor, account.factor_step = None, None
    audit.record(session, actor, "account.factor_removed", f"account {account.id}", {})


def replace_phone(session: Session, account: Account, *, actor: str) -> None:
    """For somebody whose phone is gone, and only after one made sure that it is them: no link stands for the second factor.

    Whoever has the phone now may be signed in on it: every session ends.
    """
    remove_factor(session, account, actor=actor)
    _end_sessions(session, account)


def close(session: Session, account: Account, *, actor: str) -> None:
    """Close an account for good: its sessions end, its name stays on what it did."""
    account.closed_at = clock.now()
    _end_sessions(session, account)
    audit.record(session, actor, "account.close", f"account {account.id}", {})


def _end_sessions(session: Session, account: Account, *, here: UUID | None = None) -> None:
    """End every session of an account but the one of ``here``."""
    open_ones = (WebSession.account_id == account.id, WebSession.ended_at.is_(None), WebSession.id.is_distinct_from(here))
    session.execute(update(WebSession).where(*open_ones).values(ended_at=clock.now()))


def _number_of(session: Session, table: type[Association | Partner], code: str | None, asked: str) -> int:
    number = session.scalar(select(table.id).where(table.code == code)) if code else None
    if number is None:
        raise OutreachError(asked, place=code)
    return int(number)


def _require_own_mediator(session: Session, account: Account, association: int) -> None:
    """Who works lists works those of their own association."""
    if account.mediator_id is None:
        return
    theirs = session.scalar(
        select(Site.association_id).join(Mediator, Mediator.site_id == Site.id).where(Mediator.id == account.mediator_id)
    )
    if theirs != association:
        raise PolicyError(_("ce médiateur est d'une autre association"), place=account.code)
