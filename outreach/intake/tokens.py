"""Tokens with which a partner's program delivers lists: each opens one campaign, until it ends or is revoked."""

from __future__ import annotations

import secrets
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import select

from outreach.core import audit, clock
from outreach.models import Campaign, DeliveryToken

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded

PREFIX = "outreach_"
"""Makes a token that leaked into a file easy to find."""
LONGEST_DAYS = 366


def create_token(session: Session, loaded: Loaded, *, name: str, days: int, actor: str) -> str:
    """A new token, shown this once: only its hash is kept."""
    token = PREFIX + secrets.token_urlsafe(32)
    row = DeliveryToken(
        campaign_id=loaded.campaign.id, name=name, sha256=_hash(token), created_by=actor, created_at=clock.now(),
        valid_to=clock.now() + timedelta(days=min(days, LONGEST_DAYS)), revoked_at=None,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.record(session, actor, "token.create", f"delivery_token/{row.id}", {"campaign": loaded.campaign.code})
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
    return len(rows)


def bearer_of(session: Session, token: str) -> tuple[str, str] | None:
    """(campaign code, the token's name) of a token in force; ``None`` for any other."""
    query = (
        select(Campaign.code, DeliveryToken.name)
        .join(Campaign, Campaign.id == DeliveryToken.campaign_id)
        .where(DeliveryToken.sha256 == _hash(token), DeliveryToken.revoked_at.is_(None), DeliveryToken.valid_to > clock.now())
    )
    found = session.execute(query).first()
    return (found.code, found.name) if found else None


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
