"""Campaigns in the database: loaded as drafts, frozen at launch under their content hash."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import defer

from outreach.core import audit, clock
from outreach.core.errors import DefinitionError, OutreachError, PolicyError
from outreach.core.i18n import _
from outreach.core.letter_codes import number_of
from outreach.core.references import plain_number
from outreach.core.words import CampaignState
from outreach.definitions.agreement import Agreement as AgreementDefinition
from outreach.definitions.loader import Folder, content_hash
from outreach.definitions.sealing import seal
from outreach.models import Agreement, Association, Campaign, CampaignVersion, Case, Contact, Mediator, Partner, Site

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.models.base import Base
    from outreach.policy.ruling import Terms


_AGREEMENTS: dict[str, AgreementDefinition] = {}
"""Checked agreements by the hash of their content, which never changes under its hash."""
_FOLDERS: dict[str, Folder] = {}
"""Frozen definitions likewise."""


@dataclass(frozen=True)
class Loaded:
    """A campaign of the database with its definition in force (the frozen one once launched)."""

    campaign: Campaign
    folder: Folder
    version: CampaignVersion | None


def load_campaign(session: Session, folder: Folder) -> Campaign:
    """Store or refresh the campaign and all it names (partner, association, sites, mediators); it stays a draft.

    A launched campaign keeps its frozen version until it is launched again.
    """
    agreement = _store_agreement(session, folder)
    _store_sites(session, folder)
    written = folder.campaign
    campaign = session.scalar(select(Campaign).where(Campaign.code == written.code))
    if campaign is None:
        campaign = Campaign(code=written.code, state=CampaignState.DRAFT, unit=written.unit, version_id=None)
        session.add(campaign)
    elif campaign.unit != written.unit:
        message, mend = _("l'unité d'une campagne ne change pas"), _("Créez une nouvelle campagne.")
        raise DefinitionError(message, place=written.code, mend=mend)
    campaign.name = written.name
    campaign.agreement_id = agreement.id
    campaign.draft = folder.definition()
    session.flush()
    return campaign


def launch_campaign(session: Session, folder: Folder, *, actor: str, lot: str | None = None) -> CampaignVersion:
    """Freeze the definition, seal the order of contact, and set the campaign to launched.

    The same content twice is the same version; the seal of the first launch stays. ``lot`` fixes its draw, for simulations.
    Raises ``PolicyError`` outside the agreement's dates, and when the number of waves is not the sealed one.
    """
    campaign = load_campaign(session, folder)
    today = clock.today()
    if not folder.agreement.valid_from <= today <= folder.agreement.valid_to:
        raise PolicyError(_("la convention n'est pas en vigueur aujourd'hui"), place=folder.agreement.code)
    definition = folder.definition()
    digest = content_hash(definition)
    version = session.scalar(
        select(CampaignVersion).where(CampaignVersion.campaign_id == campaign.id, CampaignVersion.content_hash == digest)
    )
    if version is None:
        number = session.scalar(
            select(func.coalesce(func.max(CampaignVersion.number), 0)).where(CampaignVersion.campaign_id == campaign.id)
        )
        version = CampaignVersion(
            campaign_id=campaign.id,
            number=(number or 0) + 1,
            content_hash=digest,
            definition=definition,
            launched_at=clock.now(),
            launched_by=actor,
        )
        session.add(version)
        session.flush()
        audit.record(session, actor, "campaign.launch", campaign.code, {"version": version.number, "hash": digest})
    seal(session, version, folder.campaign.waves.count, actor=actor, lot=lot)
    campaign.state = CampaignState.LAUNCHED
    campaign.version_id = version.id
    session.flush()
    return version


def find_campaign(session: Session, code: str, *, drafts: bool = False) -> Loaded:
    """The launched campaign of that code; raises ``DefinitionError`` when it is unknown or still a draft.

    With ``drafts`` a campaign that was loaded and not launched yet comes too, without a version: its lists can be taken
    in and previewed before anything is frozen.
    """
    campaign = session.scalar(select(Campaign).where(Campaign.code == code))
    if campaign is None:
        raise DefinitionError(_("campagne inconnue"), place=code, mend=_("Chargez-la par « outreach campaign load »."))
    version = session.get(CampaignVersion, campaign.version_id) if campaign.version_id else None
    if version is None and drafts and campaign.draft is not None:
        return Loaded(campaign, Folder.thaw(campaign.draft), None)
    if version is None:
        mend = _("Faites « outreach campaign launch {code} ».").format(code=code)
        raise DefinitionError(_("la campagne n'est pas lancée"), place=code, mend=mend)
    return Loaded(campaign, thawed(version), version)


def thawed(version: CampaignVersion) -> Folder:
    """The definition of a frozen version. It is checked once: screens and phones ask for it all the time."""
    if version.content_hash not in _FOLDERS:
        _FOLDERS[version.content_hash] = Folder.thaw(version.definition)
    return _FOLDERS[version.content_hash]


def in_force(session: Session, campaigns: Collection[int]) -> dict[int, tuple[Loaded, Agreed]]:
    """Launched campaigns by number, each with its definition and agreement in force, in one query when all are known already."""
    query = (
        select(Campaign, CampaignVersion, Agreement)
        .join(CampaignVersion, CampaignVersion.id == Campaign.version_id)
        .join(Agreement, Agreement.id == Campaign.agreement_id)
        .where(Campaign.id.in_(list(campaigns)))
        # Large, and nearly always known by their hashes: read when they are not.
        .options(defer(Campaign.draft), defer(CampaignVersion.definition), defer(Agreement.definition))
    )
    found = {}
    for campaign, version, agreement in session.execute(query):
        if agreement.content_hash not in _AGREEMENTS:
            _AGREEMENTS[agreement.content_hash] = AgreementDefinition.model_validate(agreement.definition)
        known = Agreed(agreement.id, agreement.partner_id, _AGREEMENTS[agreement.content_hash])
        found[campaign.id] = Loaded(campaign, thawed(version), version), known
    return found


def campaign_of_contact(session: Session, contact: int) -> Loaded:
    """The campaign of a contact. Raises ``OutreachError`` for a number that is no contact's."""
    code = session.scalar(select(Campaign.code).join(Contact, Contact.campaign_id == Campaign.id).where(Contact.id == contact))
    if code is None:
        raise OutreachError(_("ce contact n'existe pas"), place=str(contact))
    return find_campaign(session, code)


def planned_call(session: Session, case: Case) -> int:
    """The call that is planned for a case, or under way. Raises ``OutreachError`` when there is none."""
    live = ("planned", "claimed")
    query = select(Contact.id).where(Contact.case_id == case.id, Contact.channel == "call", Contact.state.in_(live))
    found = session.scalar(query)
    if found is None:
        raise OutreachError(_("aucun appel n'est prévu pour ce dossier"), place=str(case.id), mend=_("Promettez-en un."))
    return found


def find_case(session: Session, written: str) -> Case:
    """The case of a number, or of the code of a letter, as people write it.

    Raises ``OutreachError`` for an unknown one, and for what is the number of one case and the code of another: some codes
    are all digits.
    """
    by_number = session.get(Case, plain_number(written))
    by_code = session.get(Case, number_of(written))
    if by_number is not None and by_code is not None and by_number is not by_code:
        mend = _("Pour le code écrivez « {code} », pour le numéro « 0{number} ».").format(
            code=f"{written[:3]}-{written[3:]}", number=by_number.id
        )
        raise OutreachError(_("c'est le numéro d'un dossier et le code d'un autre"), place=written, mend=mend)
    found = by_number or by_code
    if found is None:
        raise OutreachError(_("ce dossier n'existe pas"), place=written, mend=_("Donnez son numéro, ou le code de sa lettre."))
    return found


@dataclass(frozen=True)
class Agreed:
    """An agreement as it is in force today, whatever the version of the campaign was launched with."""

    id: int
    partner_id: int
    definition: AgreementDefinition


def agreed(session: Session, campaign: Campaign) -> Agreed:
    """The agreement in force of a campaign. Read and checked once for each content that it ever had: every claim asks."""
    known = select(Agreement.partner_id, Agreement.content_hash).where(Agreement.id == campaign.agreement_id)
    partner, digest = session.execute(known).one()
    if digest not in _AGREEMENTS:
        definition = session.scalar(select(Agreement.definition).where(Agreement.id == campaign.agreement_id))
        _AGREEMENTS[digest] = AgreementDefinition.model_validate(definition)
    return Agreed(campaign.agreement_id, partner, _AGREEMENTS[digest])


def terms_of(session: Session, campaign: Campaign) -> tuple[int, Terms]:
    """The partner of a campaign, and what the agreement in force today says about contacts."""
    found = agreed(session, campaign)
    return found.partner_id, found.definition.terms


def pause_campaign(session: Session, code: str, *, actor: str, paused: bool = True) -> None:
    """Pause or resume: nothing of a paused campaign is claimed for sending."""
    loaded = find_campaign(session, code)
    loaded.campaign.state = CampaignState.PAUSED if paused else CampaignState.LAUNCHED
    audit.record(session, actor, "campaign.pause" if paused else "campaign.resume", code, {})


def _store_agreement(session: Session, folder: Folder) -> Agreement:
    written = folder.agreement
    association = {"code": written.association.code, "name": written.association.name}
    association_id = _upsert(session, Association, association)
    partner = {"code": written.partner.code, "name": written.partner.name, "kind": written.partner.kind}
    partner_id = _upsert(session, Partner, partner)
    definition = written.model_dump(mode="json")
    values = {
        "code": written.code,
        "partner_id": partner_id,
        "association_id": association_id,
        "valid_from": written.valid_from,
        "valid_to": written.valid_to,
        "definition": definition,
        "content_hash": content_hash(definition),
    }
    agreement_id = _upsert(session, Agreement, values)
    return session.get_one(Agreement, agreement_id)


def _store_sites(session: Session, folder: Folder) -> None:
    association_id = session.scalar(select(Association.id).where(Association.code == folder.agreement.association.code))
    for site in folder.campaign.sites:
        values = site.model_dump(exclude={"mediators"}) | {"association_id": association_id}
        site_id = _upsert(session, Site, values)
        for person in site.mediators:
            _upsert(
                session,
                Mediator,
                {
                    "code": person.code,
                    "name": person.name,
                    "site_id": site_id,
                    "languages": list(person.languages),
                    "travel_mode": person.travel.value,
                    "phone": person.phone,
                },
            )


def _upsert(session: Session, model: type[Base], values: dict[str, Any]) -> int:
    """Insert or refresh the row of that ``code``; returns its id."""
    statement = insert(model).values(values).on_conflict_do_update(index_elements=["code"], set_=values)
    return int(session.execute(statement.returning(model.__table__.c.id)).scalar_one())
