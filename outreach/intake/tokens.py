"""Tokens of programs: each opens one campaign, as far as its scopes go, until it ends or is revoked."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import select

from outreach.core import audit, clock
from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.models import Campaign, DeliveryToken

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded

PREFIX = "outreach_"
"""Makes a token that leaked into a file easy to find."""
LONGEST_DAYS = 366
SCOPES = ("lists", "events", "summaries")
"""What a token may be good for. ``lists`` and ``summaries`` are for partners, ``events`` for the association's own programs."""


@dataclass(frozen=True)
class Held:
    """A token in force: its number, the campaign that it opens, its name, what it is good for."""

    id: int
    campaign: str
    name: str
    scopes: frozenset[str]


def create_token(
    session: Session, loaded: Loaded, *, name: str, days: int, actor: str, scopes: Sequence[str] = ("lists",)
) -> str:
    """A new token, shown this once: only its hash is kept. Raises ``OutreachError`` for a scope that does not exist."""
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise OutreachError(_("ce droit n'existe pas"), place=", ".join(unknown), mend=", ".join(SCOPES))
    token = PREFIX + secrets.token_urlsafe(32)
    row = DeliveryToken(
        campaign_id=loaded.campaign.id, name=name, sha256=_hash(token), created_by=actor, created_at=clock.now(),
        valid_to=clock.now() + timedelta(days=min(days, LONGEST_DAYS)), revoked_at=None, scopes=sorted(set(scopes)),
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.record(
        session, actor, "token.create", f"delivery_token/{row.id}", {"campaign": loaded.campaign.code, "scopes": row.scopes}
    )
    return token


def revoke_tokens(session: Session, loaded: Loaded, *, name: str, actor: str) -> int:
    """End every token of that name in a campaign; returns how many were in force."""
    query = select(DeliveryToken).where(
        DeliveryToken.campaign_id == loaded.campaign.id, DeliveryToken.name == name, DeliveryToken.revoked_at.is_(None)
    )
    rows = list(session.scalars(query))
    for row in rows:
        row.revoked_at = clock.now()
        audit.record(session, actor, "token.revoke", f"delivery_token/{row.id}", {"campaign": loaded.campaign.code})
    return sum(row.valid_to > clock.now() for row in rows)


def bearer_of(session: Session, token: str) -> Held | None:
    """A token in force; ``None`` for any other."""
    query = (
        select(DeliveryToken.id, Campaign.code, DeliveryToken.name, DeliveryToken.scopes)
        .join(Campaign, Campaign.id == DeliveryToken.campaign_id)
        .where(DeliveryToken.sha256 == _hash(token), DeliveryToken.revoked_at.is_(None), DeliveryToken.valid_to > clock.now())
    )
    found = session.execute(query).first()
    return Held(found.id, found.code, found.name, frozenset(found.scopes)) if found else None


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
