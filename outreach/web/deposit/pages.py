"""What partners and managers do with a list on a page; whose list it is, the routes of each have asked before."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response, UploadFile
from fastapi.responses import RedirectResponse

from outreach.core.errors import ListRefusedError
from outreach.core.i18n import _, language
from outreach.flows import lists
from outreach.web.access import limits
from outreach.web.access.gate import NotThereError, Visit
from outreach.web.deposit.looking import KIND, Where, asked_of, keep, look_at
from outreach.web.jobs.pages import job_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COLUMN = "column:"
STATES = ("new", "changed", "unchanged", "removed", "leaving", "duplicate", "rejected")
"""The states of rows, in the order in which a page shows them."""


async def answers_of(request: Request) -> dict[str, str]:
    """What somebody said that columns mean: the header, and the field or « - »."""
    async with request.form() as form:
        given = {name.removeprefix(COLUMN): str(value) for name, value in form.items() if name.startswith(COLUMN)}
    return {header: field for header, field in given.items() if field}


Answers = Annotated[dict[str, str], Depends(answers_of)]


def deliver(visit: Visit, where: Where, file: UploadFile) -> Response:
    """Keep a file and start looking at it; nothing counts before it is confirmed.

    Raises ``ListRefusedError`` for too many in an hour.
    """
    if not limits.take(visit.database, limits.UPLOAD, visit.actor):
        raise ListRefusedError(_("trop de fichiers en une heure"), mend=_("Attendez quelques minutes."))
    return _looking(visit, where, keep(file), {})


def ask_columns(visit: Visit, job: UUID, base: str) -> Response:
    """What some columns mean, when nobody can be sure of it."""
    questions = asked_of(_look(visit, job, base).problem or {})
    if not questions:
        raise NotThereError
    return visit.page("lists/columns.html", questions=questions, job=job, base=base)


def look_again(visit: Visit, job: UUID, base: str, answers: dict[str, str]) -> Response:
    """Look at the same file with the answers; they are kept for the partner's next lists once the list is confirmed."""
    asked = _look(visit, job, base).arguments
    return _looking(visit, Where(asked["campaign"], base), Path(asked["path"]), asked["answers"] | answers)


def shown_rows(number: int, seen: Any, base: str) -> dict[str, Any]:
    """What the page of one list says of its rows: how many in each state, also those without any, and the faulty cells."""
    counts = {str(state): count for state, count in seen.result.counts.items()} | {"removed": seen.result.removed}
    states = [(state, int(counts.get(state, 0))) for state in STATES]
    return {
        "list_id": number,
        "result": seen.result,
        "states": states,
        "faults": [asdict(fault) for fault in seen.faults],
        "base": base,
    }


def confirm(visit: Visit, number: int, removals: str) -> None:
    """Put a list in force as it was shown."""
    lists.confirm(visit.database, number, actor=visit.actor, accept_removals=removals == "yes")


def bad_rows(visit: Visit, number: int) -> Response:
    """The rows to be corrected, as a workbook that can come back."""
    with tempfile.TemporaryDirectory(prefix="bad-rows-") as folder:
        path = Path(folder) / "bad-rows.xlsx"
        if not lists.bad_rows(visit.database, number, path):
            raise NotThereError
        headers = {"Content-Disposition": f'attachment; filename="a-corriger-{number}.xlsx"'}
        return Response(path.read_bytes(), media_type=XLSX, headers=headers)


def _looking(visit: Visit, where: Where, path: Path, answers: dict[str, str]) -> Response:
    job = look_at(visit.database, path, where, account=visit.viewer.id, language=language(), answers=answers)
    visit.request.app.state.jobs.wake()
    return RedirectResponse(f"/jobs/{job}", 303)


def _look(visit: Visit, job: UUID, base: str) -> Any:
    """The own job that looked at a file put down on this very page. Raises ``NotThereError`` for any other."""
    found = job_of(visit, job)
    if found.kind != KIND or found.arguments["base"] != base:
        raise NotThereError
    return found
