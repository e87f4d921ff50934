"""A draft on its way: read through the wall, changed by the checks of the loader, stored for its own association alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import audit
from outreach.core.errors import DefinitionError, PolicyError
from outreach.core.i18n import _
from outreach.definitions.loader import Folder, Mistake, content_hash
from outreach.definitions.registry import find_campaign, load_campaign
from outreach.definitions.written import Written, as_written, check_written
from outreach.web.access.gate import NotThereError
from outreach.web.manager.steps import Step, steps_of

if TYPE_CHECKING:
    from fastapi import Response
    from sqlalchemy.orm import Session

    from outreach.web.access.gate import Visit

ONE = "SELECT id, code, name, state, unit, version_id, draft FROM campaign WHERE code = :code"
TAKEN = "SELECT 1 FROM campaign WHERE code = :code"
AGREEMENT = "SELECT definition, content_hash FROM agreement WHERE code = :code"
# Sites and mediators that a definition names and that are somebody else's: asked past the wall, or they would not be found.
OTHERS = """
SELECT code FROM site WHERE code = ANY(:sites) AND association_id <> :association
UNION ALL
SELECT m.code
FROM mediator m JOIN site s ON s.id = m.site_id
WHERE m.code = ANY(:people) AND s.association_id <> :association
"""
NUMBER = "SELECT id, association_id FROM agreement WHERE code = :code"
FINGERPRINT = 12


@dataclass(frozen=True)
class Draft:
    """A campaign that the viewer may see, with its definition: the draft, or the frozen one once it is launched."""

    id: int
    code: str
    name: str
    state: str
    unit: str
    launched: bool
    folder: Folder
    way: list[Step] = field(default_factory=list)

    @property
    def hash(self) -> str:
        """What names its definition."""
        return content_hash(self.folder.definition())

    @property
    def is_open(self) -> bool:
        """Whether its definition may still be changed here."""
        return not self.launched

    def href(self, step: str = "") -> str:
        """The address of a step."""
        return f"/campaigns/{self.code}/way{'/' + step if step else ''}"


def draft_of(visit: Visit, code: str) -> Draft:
    """A campaign of the viewer's association. Raises ``NotThereError``."""
    with visit.reading() as session:
        row = session.execute(text(ONE), {"code": code}).first()
        way = steps_of(session, row.id) if row is not None else []
    if row is None:
        raise NotThereError
    with visit.database.session() as session:
        folder = find_campaign(session, code, drafts=True).folder
    return Draft(row.id, row.code, row.name, row.state, row.unit, row.version_id is not None, folder, way)


def written_of(draft: Draft) -> Written:
    """Its definition as data that may be changed. Raises ``PolicyError`` once it is launched."""
    if not draft.is_open:
        raise PolicyError(
            _("cette campagne est lancée : sa définition est figée"), mend=_("Préparez-en une nouvelle à partir d'elle.")
        )
    return as_written(draft.folder)


def save(visit: Visit, draft: Draft, written: Written, what: str) -> list[Mistake]:
    """Check a changed definition, under its agreement as it stands today, and store it.

    Nothing is stored when there is a mistake.
    """
    with visit.reading() as session:
        agreed = session.execute(text(AGREEMENT), {"code": draft.folder.agreement.code}).first()
    if agreed is not None:
        written["agreement"] = agreed.definition
    folder, mistakes = check_written(written)
    if folder is None or mistakes:
        return mistakes
    if folder.campaign.code != draft.code:
        raise PolicyError(_("le code d'une campagne ne change pas"), place=draft.code)
    store(visit, folder, what)
    return []


def store(visit: Visit, folder: Folder, what: str) -> None:
    """Store a checked definition as the draft of a campaign of the viewer's association.

    Raises ``DefinitionError`` for an agreement that is not the one signed, and for sites or mediators of somebody else.
    """
    agreement = require_agreement(visit, folder)
    with visit.reading() as session:
        mine = session.execute(text(ONE), {"code": folder.campaign.code}).first()
    if mine is not None and mine.version_id is not None:
        raise PolicyError(_("cette campagne est lancée : sa définition est figée"), place=folder.campaign.code)
    with visit.database.session() as session:
        if mine is None and session.execute(text(TAKEN), {"code": folder.campaign.code}).first() is not None:
            raise DefinitionError(_("ce code est déjà pris"), place=folder.campaign.code, mend=_("Choisissez-en un autre."))
        _require_own(session, folder, agreement)
        load_campaign(session, folder)
        audit.record(
            session,
            visit.actor,
            f"campaign.{what}",
            folder.campaign.code,
            {"hash": content_hash(folder.definition())[:FINGERPRINT]},
        )


def require_agreement(visit: Visit, folder: Folder) -> Any:
    """The association of the agreement under which a definition stands, as it was signed.

    Managers prepare campaigns; what an agreement allows is not theirs to change.
    """
    with visit.reading() as session:
        row = session.execute(text(AGREEMENT), {"code": folder.agreement.code}).first()
        known = session.execute(text(NUMBER), {"code": folder.agreement.code}).first()
    if row is None or known is None:
        message = _("votre association n'a pas cette convention")
        raise DefinitionError(message, place=folder.agreement.code, mend=_("L'administration du réseau l'enregistre d'abord."))
    if row.content_hash != content_hash(folder.agreement.model_dump(mode="json")):
        message = _("agreement.yaml n'est pas la convention signée")
        raise DefinitionError(
            message, place=folder.agreement.code, mend=_("Reprenez celle que l'on exporte d'une de vos campagnes.")
        )
    return known.association_id


def _require_own(session: Session, folder: Folder, association: int) -> None:
    sites = folder.campaign.sites
    values = {
        "sites": [site.code for site in sites], "people": [person.code for site in sites for person in site.mediators],
        "association": association,
    }  # fmt: skip
    others = session.execute(text(OTHERS), values).scalars().all()
    if others:
        message = _("ces codes de sites ou de personnes sont déjà pris ailleurs : {codes}").format(
            codes=", ".join(sorted(others))
        )
        raise DefinitionError(message, place="campaign.yaml", mend=_("Donnez-leur d'autres codes."))


def shown(visit: Visit, template: str, draft: Draft, current: str, status: int = 200, **values: Any) -> Response:
    """A page of a step."""
    return visit.page(f"wizard/{template}.html", status=status, draft=draft, current=current, **values)
