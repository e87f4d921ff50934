"""Who may come in: accounts and what they are, invitations, sessions, how often somebody may try."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from outreach.core.roles import Role
from outreach.models.base import Base, Code, Key, one_of


class Account(Base):
    """Somebody who signs in. ``code`` is what stands as the actor in events and audit; a mediator's is the mediator's own.

    ``password_hash``: argon2id; none until an invitation was taken up, or where the association's provider signs in.
    ``second_factor``: the sealed secret of a time-based code (RFC 6238); ``factor_step``: the last step used, so that no code
    serves twice.
    """

    __tablename__ = "account"
    __table_args__ = (Index("uq_account_email", text("lower(email)"), unique=True),)
    id: Mapped[Key]
    code: Mapped[Code]
    email: Mapped[str]
    name: Mapped[str]
    language: Mapped[str | None]
    mediator_id: Mapped[int | None] = mapped_column(ForeignKey("mediator.id"), unique=True)
    password_hash: Mapped[str | None]
    second_factor: Mapped[bytes | None] = mapped_column(LargeBinary)
    factor_step: Mapped[int | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    closed_at: Mapped[datetime | None]


class AccountRole(Base):
    """One role of an account, for its association, its partner, or the network."""

    __tablename__ = "account_role"
    __table_args__ = (
        one_of("role", Role),
        CheckConstraint("(role = 'partner') = (partner_id IS NOT NULL)", name="partner"),
        CheckConstraint("(role IN ('manager', 'mediator')) = (association_id IS NOT NULL)", name="association"),
        Index(
            "uq_account_role", "account_id", "role", text("coalesce(association_id, 0)"), text("coalesce(partner_id, 0)"),
            unique=True, postgresql_where=text("ended_at IS NULL"),
        ),
    )  # fmt: skip
    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    role: Mapped[str]
    association_id: Mapped[int | None] = mapped_column(ForeignKey("association.id"))
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("partner.id"))
    granted_at: Mapped[datetime]
    granted_by: Mapped[str]
    ended_at: Mapped[datetime | None]


class Invitation(Base):
    """The right to choose a password, once, until a day. Only the hash of its secret is kept."""

    __tablename__ = "invitation"
    sha256: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    valid_to: Mapped[datetime]
    used_at: Mapped[datetime | None]


class WebSession(Base):
    """Somebody signed in on one device. Only the hash of what the cookie holds is kept."""

    __tablename__ = "web_session"
    __table_args__ = (Index("ix_web_session_account_id", "account_id", postgresql_where=text("ended_at IS NULL")),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    proof: Mapped[str]
    """How they showed who they are: ``password``, ``second_factor``, ``provider``."""
    association_id: Mapped[int | None] = mapped_column(ForeignKey("association.id"))
    """Whose identity provider vouched for them: it speaks for its own association alone."""
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    valid_to: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SignInStart(Base):
    """A sign-in by an identity provider that has begun and not come back yet. Only the hash of its state is kept."""

    __tablename__ = "sign_in_start"
    sha256: Mapped[str] = mapped_column(primary_key=True)
    association_id: Mapped[int] = mapped_column(ForeignKey("association.id"))
    nonce: Mapped[str]
    verifier: Mapped[str]
    begun_at: Mapped[datetime]


class IdentityProvider(Base):
    """The identity provider (OIDC) of an association. Its secret comes from the environment alone."""

    __tablename__ = "identity_provider"
    association_id: Mapped[int] = mapped_column(ForeignKey("association.id"), primary_key=True)
    issuer: Mapped[str]
    client_id: Mapped[str]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]


class ProviderSubject(Base):
    """Who an account is to an identity provider, since it first signed in by it.

    A ``sub`` of OIDC is unique at its issuer alone, which may give another to each of its clients (OpenID Connect Core 1.0, §8).
    """

    __tablename__ = "provider_subject"
    __table_args__ = (UniqueConstraint("account_id", "issuer", "client_id"),)
    issuer: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    first_at: Mapped[datetime]


class RateBucket(Base):
    """How much of an allowance is left: so many acts, filled up again with time. Unlogged: a crash gives it all back."""

    __tablename__ = "rate_bucket"
    __table_args__ = {"prefixes": ["UNLOGGED"]}  # noqa: RUF012
    key: Mapped[str] = mapped_column(primary_key=True)
    left: Mapped[Decimal] = mapped_column(Numeric(12, 4))
    at: Mapped[datetime]
