"""Rehearsals: a campaign is launched as it was tried out, no other; a large one only when a second person agrees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from outreach.core import audit, clock
from outreach.core.errors import PolicyError
from outreach.core.i18n import N_, _
from outreach.core.settings import settings
from outreach.core.words import ListState
from outreach.definitions.loader import Folder, content_hash
from outreach.definitions.registry import launch_campaign, load_campaign
from outreach.models import Campaign, CampaignVersion, Rehearsal, TargetList

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

PARTS = {
    "campaign": N_("la campagne a changé depuis la répétition"),
    "agreement": N_("la convention a changé depuis la répétition"),
    "messages": N_("les textes ont changé depuis la répétition"),
    "letter_template": N_("le modèle de courrier a changé depuis la répétition"),
}
"""What may have changed, by the part of the definition."""


def store_rehearsal(
    session: Session, folder: Folder, lists: str, *, contacts: int, report: Mapping[str, Any], actor: str
) -> Rehearsal:
    """Keep what a rehearsal found, for the definition, and for the ``lists_hash`` of what it looked at."""
    campaign = load_campaign(session, folder)
    definition = folder.definition()
    rehearsal = Rehearsal(
        campaign_id=campaign.id, content_hash=content_hash(definition), lists_hash=lists, contacts=contacts,
        report=dict(report) | {"parts": {name: content_hash(part) for name, part in definition.items()}},
        rehearsed_at=clock.now(), rehearsed_by=actor,
    )  # fmt: skip
    session.add(rehearsal)
    session.flush()
    audit.record(session, actor, "campaign.rehearse", campaign.code, {"rehearsal": rehearsal.id, "contacts": contacts})
    return rehearsal


def last_rehearsal(session: Session, campaign: Campaign) -> Rehearsal | None:
    """The latest rehearsal of a campaign."""
    query = select(Rehearsal).where(Rehearsal.campaign_id == campaign.id).order_by(Rehearsal.id.desc()).limit(1)
    return session.scalar(query)


def approve(session: Session, code: str, *, actor: str) -> Rehearsal:
    """A second person has looked at the latest rehearsal, and agrees.

    Raises ``PolicyError`` when there is none, or it is the same person's.
    """
    campaign = session.scalar(select(Campaign).where(Campaign.code == code))
    rehearsal = last_rehearsal(session, campaign) if campaign else None
    if campaign is None or rehearsal is None:
        raise PolicyError(_("cette campagne n'a pas été répétée"), place=code, mend=_("Faites « outreach campaign rehearse »."))
    if rehearsal.rehearsed_by == actor:
        raise PolicyError(
            _("une deuxième personne doit approuver : {who} a fait la répétition").format(who=actor),
            place=code,
            mend=_("Demandez à quelqu'un d'autre (OUTREACH_USER dit qui l'on est)."),
        )
    if rehearsal.approved_at is None:
        rehearsal.approved_at, rehearsal.approved_by = clock.now(), actor
        audit.record(session, actor, "campaign.approve", code, {"rehearsal": rehearsal.id, "contacts": rehearsal.contacts})
    return rehearsal


def launch_rehearsed(session: Session, folder: Folder, *, actor: str) -> CampaignVersion:
    """Launch a campaign exactly as it was rehearsed.

    Raises ``PolicyError`` when it was not, when list, texts or agreement changed after it, or when it is large (or its size
    is not known, for want of a list) and no second person approved.
    """
    campaign = load_campaign(session, folder)
    rehearsal = last_rehearsal(session, campaign)
    again = _("Répétez-la : « outreach campaign rehearse ».")
    if rehearsal is None:
        raise PolicyError(_("cette campagne n'a pas été répétée"), place=campaign.code, mend=again)
    before = rehearsal.report["parts"]
    now = {name: content_hash(part) for name, part in folder.definition().items()}
    for part in before.keys() | now.keys():
        if before.get(part) != now.get(part):
            raise PolicyError(_(PARTS[part]), place=campaign.code, mend=again)
    if rehearsal.lists_hash != lists_hash(session, campaign):
        raise PolicyError(_("les listes ont changé depuis la répétition"), place=campaign.code, mend=again)
    most = settings().approval_above
    if rehearsal.approved_at is None and not 0 < rehearsal.contacts <= most:
        raise PolicyError(
            _("au-delà de {most} personnes, ou sans liste, une deuxième personne doit approuver").format(most=most),
            place=campaign.code,
            mend=_("Qu'elle fasse : outreach campaign approve {code}").format(code=campaign.code),
        )
    return launch_campaign(session, folder, actor=actor)


def lists_hash(session: Session, campaign: Campaign) -> str:
    """What names the lists in force of a campaign, in their order."""
    query = (
        select(TargetList.id, TargetList.content_hash)
        .where(TargetList.campaign_id == campaign.id, TargetList.state == ListState.COMMITTED.value)
        .order_by(TargetList.id)
    )
    return content_hash([[number, digest] for number, digest in session.execute(query)])
