"""The sealed order of contact: drawn by lot at the first launch, promised by its hash before anybody is contacted.

The hash is shown at once; seed and salt stay in the database and prove afterwards that nobody chose who came first.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import select

from outreach.core import audit, clock
from outreach.core.errors import PolicyError
from outreach.core.i18n import _
from outreach.models import CampaignVersion, WaveDesign

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

STRATA = "site_id|segment|run_id"
"""Within what the order is drawn: the cases of one segment, at one site, that were opened together."""
URGENT = 2
"""Segments of these priorities (1 is the first) are all in the first wave: nobody waits there for a comparison."""
BYTES = 16


@dataclass(frozen=True)
class Design:
    """The sealed design of a campaign. ``commitment`` may be shown to anybody; ``seed`` and ``salt`` prove it."""

    campaign_id: int
    version_hash: str
    seed: str
    salt: str
    waves: int
    urgent: int
    strata: str
    commitment: str
    sealed_at: datetime

    @property
    def is_kept(self) -> bool:
        """Whether the commitment is the hash of what is stored."""
        return self.commitment == commitment_of(self.seed, self.salt, self.version_hash, self.waves, self.urgent, self.strata)


def commitment_of(seed: str, salt: str, version_hash: str, waves: int, urgent: int, strata: str) -> str:
    """SHA-256 of the parts of a design joined by « | », in UTF-8: what anybody can compute again."""
    return sha256("|".join([seed, salt, version_hash, str(waves), str(urgent), strata]).encode()).hexdigest()


def seal(session: Session, version: CampaignVersion, waves: int, *, actor: str, lot: str | None = None) -> Design:
    """Draw and store the design of a campaign; a later launch keeps the first one.

    ``lot`` fixes the draw, for simulations only. Raises ``PolicyError`` when a relaunch asks for another number of waves.
    """
    known = sealed(session, version.campaign_id)
    if known is not None:
        if known.waves != waves:
            raise PolicyError(
                _("l'ordre des contacts est scellé avec {waves} vague(s)").format(waves=known.waves),
                place="waves.count",
                mend=_("Remettez ce nombre, ou créez une nouvelle campagne."),
            )
        return known
    seed, salt = (
        (sha256(f"{lot}:{part}".encode()).hexdigest()[: 2 * BYTES] for part in ("seed", "salt"))
        if lot is not None
        else (secrets.token_hex(BYTES) for _part in range(2))
    )
    commitment = commitment_of(seed, salt, version.content_hash, waves, URGENT, STRATA)
    row = WaveDesign(
        campaign_id=version.campaign_id, version_id=version.id, version_hash=version.content_hash, seed=seed, salt=salt,
        waves=waves, urgent=URGENT, strata=STRATA, commitment=commitment, sealed_at=clock.now(), sealed_by=actor,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.record(session, actor, "campaign.seal", f"campaign/{version.campaign_id}", {"commitment": commitment, "waves": waves})
    return _as_design(row)


def sealed(session: Session, campaign_id: int) -> Design | None:
    """The sealed design of a campaign; ``None`` before its first launch."""
    row = session.scalar(select(WaveDesign).where(WaveDesign.campaign_id == campaign_id))
    return _as_design(row) if row else None


def _as_design(row: WaveDesign) -> Design:
    return Design(
        row.campaign_id, row.version_hash, row.seed, row.salt, row.waves, row.urgent, row.strata, row.commitment, row.sealed_at
    )
