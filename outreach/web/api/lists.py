"""The API by which a partner's program delivers lists, sees what became of them, and fetches the bad rows."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from outreach.core.plain import as_data
from outreach.core.words import Through
from outreach.flows import lists
from outreach.intake import ImportResult, read_answer
from outreach.intake import Request as ListRequest
from outreach.intake.files import Limits
from outreach.web.api.bearer import Bearer, Delivering

router = APIRouter(prefix="/api/lists", tags=["lists"])
NAME = re.compile(r"[^\w.\- ]+")
LONGEST_NAME = 120
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.put("/{file_name}")
async def deliver(
    request: Request,
    file_name: str,
    who: Delivering,
    preview: bool = False,
    answers: Annotated[list[str] | None, Query(alias="map")] = None,
) -> JSONResponse:
    """Deliver a file as the body: taken in at once (201), known already (200), or only looked at (``preview``, 202)."""
    with tempfile.TemporaryDirectory(prefix="delivery-") as folder:
        path = Path(folder) / (NAME.sub("_", file_name)[-LONGEST_NAME:].lstrip(".") or "list")
        await _save(request, path)
        wanted = ListRequest(answers=dict(read_answer(answer) for answer in answers or ()), through=Through.API)
        result = await run_in_threadpool(_take, who, path, wanted, preview=preview)
    status = 200 if result.known else 202 if preview else 201
    return JSONResponse(_told(result), status_code=status)


@router.get("")
def history(who: Delivering) -> list[dict[str, Any]]:
    """Every list of the campaign, the newest first."""
    return [_told(result) for result in lists.history(who.database, lists.loaded_campaign(who.database, who.campaign))]


@router.get("/{number}")
def show(number: int, who: Delivering) -> dict[str, Any]:
    """One list: its rows by state, its first faulty cells."""
    shown = who.list_of(number)
    return {**_told(shown.result), "faults": as_data(shown.faults)}


@router.post("/{number}/commit")
def commit(number: int, who: Delivering) -> dict[str, Any]:
    """Put a previewed list in force."""
    who.list_of(number)
    return _told(lists.confirm(who.database, number, actor=who.actor))


@router.delete("/{number}")
def discard(number: int, who: Delivering) -> dict[str, Any]:
    """Drop a preview."""
    who.list_of(number)
    return _told(lists.discard(who.database, number, actor=who.actor))


@router.get("/{number}/bad-rows.xlsx")
def bad_rows(number: int, who: Delivering) -> Response:
    """The rows to be corrected, as a workbook; 204 when there are none."""
    who.list_of(number)
    with tempfile.TemporaryDirectory(prefix="delivery-") as folder:
        path = Path(folder) / "bad-rows.xlsx"
        if not lists.bad_rows(who.database, number, path):
            return Response(status_code=204)
        return Response(path.read_bytes(), media_type=XLSX)


async def _save(request: Request, path: Path) -> None:
    """The body into a file, as it comes; 413 for more than a list may hold."""
    most, size = Limits().file, 0
    with path.open("wb") as file:
        async for part in request.stream():
            size += len(part)
            if size > most:
                raise HTTPException(413, "the file is too large")
            file.write(part)


def _take(who: Bearer, path: Path, wanted: ListRequest, *, preview: bool) -> ImportResult:
    loaded = lists.loaded_campaign(who.database, who.campaign)
    if preview:
        return lists.preview_file(who.database, loaded, path, actor=who.actor, request=wanted).result
    return lists.import_file(who.database, loaded, path, actor=who.actor, request=wanted)


def _told(result: ImportResult) -> dict[str, Any]:
    """What a partner's program is told: its own rows, never what the network knows of people."""
    data = as_data(result)
    data.pop("findings")
    return {**data, "notes": result.notes}
