"""A new campaign under an agreement in force, and the definition of one as files.

It begins from one that exists, or from the files of a definition.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Form, Response, UploadFile
from fastapi.responses import RedirectResponse
from sqlalchemy import text

from outreach.core import clock
from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.plain_names import plain_name
from outreach.core.settings import settings
from outreach.definitions.agreement import Agreement
from outreach.definitions.fields import ListField, allowed
from outreach.definitions.loader import FILES, TEMPLATE, Folder, Mistake, check_folder
from outreach.definitions.written import LARGEST, Written, as_written, check_files, check_written, files_of
from outreach.web.access.gate import NotThereError, Visiting
from outreach.web.manager.wizard.drafts import TAKEN, draft_of, store

if TYPE_CHECKING:
    from outreach.web.access.gate import Visit

router = APIRouter()
AGREEMENTS = """
SELECT g.code, g.definition, p.name AS partner FROM agreement g JOIN partner p ON p.id = g.partner_id
WHERE :today BETWEEN g.valid_from AND g.valid_to ORDER BY p.name, g.code
"""
CAMPAIGNS = (
    "SELECT c.code, c.name, g.code AS agreement FROM campaign c JOIN agreement g ON g.id = c.agreement_id ORDER BY c.id DESC"
)
WEEKS = timedelta(weeks=8)
SHIPPED = "shipped:"
LONGEST_CODE = 40


def agreements_in_force(visit: Visit) -> list[Agreement]:
    """The agreements under which a campaign may be prepared today."""
    with visit.reading() as session:
        rows = session.execute(text(AGREEMENTS), {"today": clock.today()}).all()
    return [Agreement.model_validate(row.definition) for row in rows]


@router.get("/campaigns/new")
def new(visit: Visiting) -> Response:
    """Choose under which agreement, from what, and say the few things that differ."""
    first = clock.today() + timedelta(days=7)
    return _form(visit, {"starts": first.isoformat(), "ends": (first + WEEKS).isoformat()}, [])


@router.post("/campaigns/new")
def create(
    visit: Visiting, agreement: Annotated[str, Form()] = "", origin: Annotated[str, Form()] = "", name: Annotated[str, Form()] = "",
    code: Annotated[str, Form()] = "", unit: Annotated[str, Form()] = "", starts: Annotated[str, Form()] = "", ends: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """Store the draft, and lead to its first step."""
    given = {
        "agreement": agreement,
        "origin": origin,
        "name": name.strip(),
        "code": code.strip(),
        "unit": unit,
        "starts": starts,
        "ends": ends,
    }
    under = next((one for one in agreements_in_force(visit) if one.code == agreement), None)
    source = _source(visit, origin)
    if under is None or source is None or not given["name"]:
        return _form(
            visit, given, [Mistake("campaign.yaml", 1, "name", _("choisissez une convention, un point de départ et un nom"))]
        )
    written = as_written(source)
    written["agreement"] = under.model_dump(mode="json", exclude_defaults=True)
    written["campaign"] |= {
        "code": given["code"] or proposed_code(given["name"]), "name": given["name"], "unit": unit or str(source.campaign.unit),
        "starts_on": starts, "ends_on": ends,
    }  # fmt: skip
    _fit(written, under, same=source.agreement.code == under.code)
    if source.agreement.association.code != under.association.code:
        written["campaign"]["sites"] = _own_sites(visit, under) or written["campaign"]["sites"]
    folder, mistakes = check_written(written)
    if folder is None or mistakes:
        return _form(visit, given, mistakes)
    if folder.campaign.code == "new":
        return _form(visit, given, [Mistake("campaign.yaml", 1, "code", _("ce code est déjà pris"))])
    return _stored(visit, folder, given)


@router.post("/campaigns/new/import")
def import_definition(visit: Visiting, files: list[UploadFile]) -> Response:
    """The draft of a definition that comes as its files, or as one zip of them."""
    texts = texts_of(files)
    folder, mistakes = check_files(texts)
    if folder is None or mistakes:
        return _form(visit, {}, [], mistakes)
    if folder.campaign.code == "new":
        return _form(visit, {}, [], [Mistake("campaign.yaml", 1, "code", _("ce code est déjà pris"))])
    store(visit, folder, "import")
    return RedirectResponse(f"/campaigns/{folder.campaign.code}/way", 303)


@router.get("/campaigns/{code}/definition.zip")
def export(visit: Visiting, code: str) -> Response:
    """The definition as a campaign folder: read again, it is the same to the last letter."""
    draft = draft_of(visit, code)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, words in files_of(as_written(draft.folder)).items():
            archive.writestr(zipfile.ZipInfo(f"{code}/{name}"), words)
    headers = {"Content-Disposition": f'attachment; filename="{code}.zip"'}
    return Response(packed.getvalue(), media_type="application/zip", headers=headers)


@router.get("/campaigns/{code}/way")
def way(visit: Visiting, code: str) -> Response:
    """The first step that is not done."""
    draft = draft_of(visit, code)
    step = next((step for step in draft.way if step.state in {"now", "waiting"}), draft.way[-1])
    return RedirectResponse(step.href, 303)


def proposed_code(name: str) -> str:
    """A code that reads like the name."""
    return re.sub(r"[^a-z0-9]+", "-", plain_name(name)).strip("-")[:LONGEST_CODE].strip("-") or "campagne"


def texts_of(files: list[UploadFile]) -> dict[str, str]:
    """The definition files among what was sent, by name. Raises ``OutreachError`` for what cannot be one."""
    found: dict[str, bytes] = {}
    for file in files:
        content = file.file.read(LARGEST * 4 + 1)
        if zipfile.is_zipfile(io.BytesIO(content)):
            try:
                found |= _unpacked(content)
            except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError) as error:
                # Damaged, under a password, or packed in a way of its own (NotImplementedError is a RuntimeError).
                raise OutreachError(
                    _("ce zip ne s'ouvre pas"), mend=_("Envoyez les fichiers, ou un zip sans mot de passe.")
                ) from error
        elif file.filename:
            found[file.filename.rpartition("/")[2]] = content
    known = {name: content for name, content in found.items() if name in {*FILES, TEMPLATE}}
    if not known:
        names = ", ".join(FILES)
        raise OutreachError(
            _("aucun fichier de définition n'a été reçu"),
            mend=_("Envoyez {names}, ou un zip qui les contient.").format(names=names),
        )
    try:
        return {name: content.decode("utf-8-sig") for name, content in known.items()}
    except UnicodeDecodeError as error:
        raise OutreachError(_("le fichier n'est pas en UTF-8 ; enregistrez-le en UTF-8")) from error


def _unpacked(content: bytes) -> dict[str, bytes]:
    found = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.infolist():
            name = entry.filename.rpartition("/")[2]
            if name in {*FILES, TEMPLATE} and entry.file_size <= LARGEST * 4:
                with archive.open(entry) as packed:
                    found[name] = packed.read(LARGEST * 4)
    return found


def _source(visit: Visit, origin: str) -> Folder | None:
    """The definition to start from: a campaign of the viewer, or one of the shipped ones."""
    if origin.startswith(SHIPPED):
        return _shipped().get(origin.removeprefix(SHIPPED))
    try:
        return draft_of(visit, origin).folder if origin else None
    except NotThereError:
        return None


def _shipped() -> dict[str, Folder]:
    """The definitions of the campaigns folder that are without mistake."""
    folders: dict[str, Folder] = {}
    place = settings().campaigns
    for path in sorted(place.iterdir()) if place.is_dir() else ():
        if (path / "campaign.yaml").is_file():
            folder, mistakes = check_folder(path)
            if folder is not None and not mistakes:
                folders[path.name] = folder
    return folders


def _fit(written: Written, under: Agreement, *, same: bool) -> None:
    """Leave out of a model what another agreement does not allow, so that the draft begins without mistake."""
    if same:
        return
    campaign = written["campaign"]
    channels = {str(channel) for channel in under.allowed_channels}
    campaign["cadence"] = [step for step in campaign["cadence"] if step["channel"] in channels]
    kept = {step["code"] for step in campaign["cadence"]}
    campaign["cadence"] = [step for step in campaign["cadence"] if step.get("instead_of") in {None, *kept}]
    for part in campaign["lists"]:
        part["columns"] = {
            name: heads for name, heads in part["columns"].items() if allowed(ListField(name), under.allowed_fields)
        }
    campaign["returns"] = []
    campaign.pop("measure", None)


def _own_sites(visit: Visit, under: Agreement) -> list[Any]:
    """The sites and people of the association, as its latest campaign has them."""
    with visit.reading() as session:
        codes = session.execute(text(CAMPAIGNS)).all()
    for row in codes:
        folder = draft_of(visit, row.code).folder
        if folder.agreement.association.code == under.association.code:
            return list(as_written(folder)["campaign"]["sites"])
    return []


def _stored(visit: Visit, folder: Folder, given: dict[str, str]) -> Response:
    with visit.database.session() as session:
        known = session.execute(text(TAKEN), {"code": folder.campaign.code}).first() is not None
    if known:
        return _form(visit, given, [Mistake("campaign.yaml", 1, "code", _("ce code est déjà pris"))])
    store(visit, folder, "draft")
    return RedirectResponse(f"/campaigns/{folder.campaign.code}/way/list", 303)


def _form(visit: Visit, given: dict[str, Any], mistakes: list[Mistake], imported: list[Mistake] | None = None) -> Response:
    agreements = agreements_in_force(visit)
    with visit.reading() as session:
        own = session.execute(text(CAMPAIGNS)).all()
    kinds = {agreement.partner.kind for agreement in agreements}
    origins = [(row.code, _("La campagne « {name} »").format(name=row.name)) for row in own]
    origins += [
        (f"{SHIPPED}{code}", _("Le modèle « {name} »").format(name=folder.campaign.name))
        for code, folder in _shipped().items()
        if folder.agreement.partner.kind in kinds
    ]
    return visit.page(
        "wizard/new.html", 422 if mistakes or imported else 200, agreements=agreements, origins=origins, given=given, mistakes=mistakes,
        imported=imported or [], wrong={mistake.where: mistake.message for mistake in mistakes}, starts=_as_day(given.get("starts")),
    )  # fmt: skip


def _as_day(written: str | None) -> date | None:
    try:
        return date.fromisoformat(written or "")
    except ValueError:
        return None
