"""Agreements of the network with their documents: what was signed, kept as it came."""

from __future__ import annotations

from hashlib import sha256
from pathlib import PurePath

from fastapi import APIRouter, Response, UploadFile
from fastapi.responses import RedirectResponse
from sqlalchemy import text

from outreach.core import audit, clock
from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.models import Agreement, AgreementDocument
from outreach.web.access.gate import NotThereError, Visiting

router = APIRouter(prefix="/admin/agreements")
LARGEST = 20 << 20
"""Bytes of a document."""
KINDS = {".pdf": b"%PDF", ".docx": b"PK\x03\x04", ".odt": b"PK\x03\x04"}
"""Endings that are taken, and what such a file begins with."""
AGREEMENTS = """
SELECT g.id, g.code, g.valid_from, g.valid_to, p.name AS partner, a.name AS association,
       (SELECT count(*) FROM campaign c WHERE c.agreement_id = g.id) AS campaigns
FROM agreement g JOIN partner p ON p.id = g.partner_id JOIN association a ON a.id = g.association_id
ORDER BY g.valid_to DESC, g.code
"""
DOCUMENTS = (
    "SELECT id, agreement_id, name, sha256, length(body) AS size, added_at, added_by FROM agreement_document ORDER BY id DESC"
)


@router.get("")
def listed(visit: Visiting) -> Response:
    """Every agreement, when it ends, and what was signed."""
    with visit.database.session() as session:
        rows = session.execute(text(AGREEMENTS)).all()
        documents = session.execute(text(DOCUMENTS)).all()
    return visit.page("admin/agreements.html", agreements=rows, documents=documents)


@router.post("/{number}/documents")
def add(visit: Visiting, number: int, file: UploadFile) -> Response:
    """Keep a document."""
    body, name = file.file.read(LARGEST + 1), PurePath(file.filename or "").name
    begins = KINDS.get(PurePath(name).suffix.lower())
    if begins is None or not body.startswith(begins) or len(body) > LARGEST:
        raise OutreachError(_("ce document ne convient pas"), place=name, mend=_("Un PDF, DOCX ou ODT de 20 Mo au plus."))
    with visit.database.session() as session:
        if session.get(Agreement, number) is None:
            raise NotThereError
        document = AgreementDocument(
            agreement_id=number,
            name=name[-120:],
            sha256=sha256(body).hexdigest(),
            body=body,
            added_at=clock.now(),
            added_by=visit.actor,
        )
        session.add(document)
        session.flush()
        audit.record(session, visit.actor, "agreement.document", f"agreement {number}", {"sha256": document.sha256})
    return RedirectResponse("/admin/agreements", 303)


@router.get("/documents/{number}")
def document(visit: Visiting, number: int) -> Response:
    """A document, always as a download: nothing of it is shown by our pages."""
    with visit.database.session() as session:
        found = session.get(AgreementDocument, number)
        if found is None:
            raise NotThereError
        headers = {"Content-Disposition": f'attachment; filename="document-{number}{PurePath(found.name).suffix.lower()}"'}
        return Response(found.body, media_type="application/octet-stream", headers=headers)
