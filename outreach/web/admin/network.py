"""The network: associations and sites, from which numbers they write and call, when they are closed, how people sign in."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from outreach.channels.senders import rate_of, senders, set_sender
from outreach.core import audit, clock
from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.words import Channel
from outreach.models import Association, IdentityProvider
from outreach.planning import record_absence
from outreach.policy.holidays import is_public_holiday
from outreach.policy.territories import territory_of, zone_of
from outreach.web.access.gate import Visiting

router = APIRouter(prefix="/admin/network")
SITES = """
SELECT s.code, s.name, s.address, s.phone, s.insee, a.code AS association_code, a.name AS association,
       (SELECT count(*) FROM mediator m WHERE m.site_id = s.id) AS mediators
FROM site s JOIN association a ON a.id = s.association_id ORDER BY a.name, s.name
"""
OF_SITE = "SELECT m.code, s.insee FROM mediator m JOIN site s ON s.id = m.site_id WHERE s.code = :site ORDER BY m.code"
PROVIDERS = """
SELECT a.code, a.name, p.issuer, p.client_id
FROM association a LEFT JOIN identity_provider p ON p.association_id = a.id
ORDER BY a.name
"""


@router.get("")
def show(visit: Visiting, done: str = "") -> Response:
    """All of it on one page."""
    with visit.database.session() as session:
        sites = session.execute(text(SITES)).all()
        numbers = senders(session)
        providers = session.execute(text(PROVIDERS)).all()
    year = clock.today().year
    territories = sorted({territory_of(site.insee) for site in sites})
    holidays = {place: holidays_of(place, year) for place in territories}
    return visit.page(
        "admin/network.html", sites=sites, senders=numbers, providers=providers, holidays=holidays, year=year, channels=(Channel.SMS, Channel.CALL),
        done=done,
    )  # fmt: skip


@router.post("/senders")
def sender(
    visit: Visiting, channel: Annotated[Channel, Form()], value: Annotated[str, Form()], association: Annotated[str, Form()] = "",
    per_second: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """From which number or name messages come; the one before is retired."""
    rate = rate_of(per_second)
    with visit.database.session() as session:
        set_sender(session, channel, value.strip(), actor=visit.actor, association=association or None, per_second=rate)
    return RedirectResponse("/admin/network?done=sender", 303)


@router.post("/closures")
def closure(
    visit: Visiting,
    site: Annotated[str, Form()],
    first: Annotated[date, Form()],
    last: Annotated[date, Form()],
    reason: Annotated[str, Form()] = "",
) -> Response:
    """A site is closed on some days: everybody there is absent, and what was planned is planned anew at night."""
    if last < first or (last - first).days > LONGEST_CLOSURE:
        raise OutreachError(_("ces jours ne vont pas ensemble"), place=f"{first:%d/%m/%Y} – {last:%d/%m/%Y}")
    with visit.database.session() as session:
        people = session.execute(text(OF_SITE), {"site": site}).all()
        if not people:
            raise OutreachError(_("personne ne travaille sur ce site"), place=site)
        zone = zone_of(territory_of(people[0].insee))
        begins, ends = (datetime.combine(day, time(), zone) for day in (first, last + timedelta(days=1)))
        for one in people:
            record_absence(session, one.code, begins, ends, reason.strip() or _("site fermé"), actor=visit.actor)
    return RedirectResponse("/admin/network?done=closure", 303)


LONGEST_CLOSURE = 62


@router.post("/providers")
def provider(
    visit: Visiting,
    association: Annotated[str, Form()],
    issuer: Annotated[str, Form()] = "",
    client_id: Annotated[str, Form()] = "",
) -> Response:
    """Let an association's people sign in by its own identity provider (OIDC), or no longer.

    Its secret comes by the environment.
    """
    issuer, client_id = issuer.strip().rstrip("/"), client_id.strip()
    parts = urlsplit(issuer)
    if issuer and ((parts.scheme != "https" and parts.hostname not in {"127.0.0.1", "localhost"}) or not client_id):
        raise OutreachError(_("il faut l'adresse https du fournisseur et notre identifiant chez lui"), place=association)
    with visit.database.session() as session:
        number = session.scalar(select(Association.id).where(Association.code == association))
        if number is None:
            raise OutreachError(_("association inconnue"), place=association)
        if issuer:
            values = {"issuer": issuer, "client_id": client_id, "recorded_at": clock.now(), "recorded_by": visit.actor}
            write = insert(IdentityProvider).values(association_id=number, **values)
            session.execute(write.on_conflict_do_update(index_elements=["association_id"], set_=values))
        else:
            session.execute(text("DELETE FROM identity_provider WHERE association_id = :id"), {"id": number})
        audit.record(session, visit.actor, "provider.set", f"association {number}", {"issuer": issuer})
    return RedirectResponse("/admin/network?done=provider", 303)


def holidays_of(territory: str, year: int) -> list[date]:
    """The public holidays of a territory in a year."""
    return [day for day in clock.days(date(year, 1, 1), date(year, 12, 31)) if is_public_holiday(day, territory)]
