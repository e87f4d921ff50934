"""A file that was handed over is kept, and looked at as a job.

The look tells what becomes of each row, or what has to be asked about its columns.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from fastapi import UploadFile

from outreach.core.errors import ListRefusedError
from outreach.core.i18n import Language, _
from outreach.core.words import Through
from outreach.definitions.fields import ListField
from outreach.flows import lists
from outreach.intake import MappingNeededError, Request, read_answer
from outreach.intake.files import Limits
from outreach.web.jobs import Outcome, job_kind, start
from outreach.web.uploads import new_folder

if TYPE_CHECKING:
    from outreach.core.database import Database

KIND = "look at a list"
NAME = re.compile(r"[^\w.\- ]+")
LONGEST_NAME = 120
PART = 1 << 20


@dataclass(frozen=True)
class Where:
    """Where a deposit belongs: the campaign, and the page under which its lists are shown."""

    campaign: str
    base: str


def keep(upload: UploadFile) -> Path:
    """Write an uploaded file down, in a folder of its own. Raises ``ListRefusedError`` for none, or one that is too large."""
    if not upload.filename:
        raise ListRefusedError(_("choisissez un fichier"), mend=_("CSV, Excel ou OpenDocument."))
    folder = new_folder()
    path = folder / (NAME.sub("_", Path(upload.filename).name)[-LONGEST_NAME:].lstrip(".") or "list")
    most, size = Limits().file, 0
    with path.open("wb") as file:
        while part := upload.file.read(PART):
            size += len(part)
            if size > most:
                break
            file.write(part)
    if size > most or not size:
        shutil.rmtree(folder)
        message = _("le fichier est trop grand") if size else _("le fichier est vide")
        raise ListRefusedError(message, place=path.name)
    return path


def look_at(
    database: Database, path: Path, where: Where, *, account: int, language: Language, answers: dict[str, str] | None = None
) -> UUID:
    """Start looking at a kept file; ``answers``: what columns mean, « header »: field."""
    return start(
        database, KIND, account, language, where.base, path=str(path), campaign=where.campaign, base=where.base,
        answers=answers or {},
        back=where.base,
    )  # fmt: skip


@job_kind(KIND)
def _look(database: Database, arguments: dict[str, Any], actor: str) -> Outcome:
    path, base = Path(arguments["path"]), arguments["base"]
    if not path.exists():
        raise ListRefusedError(_("le fichier n'est plus là"), place=path.name, mend=_("Déposez-le encore une fois."))
    answers = dict(read_answer(f"{header}={field}") for header, field in arguments["answers"].items())
    loaded = lists.loaded_campaign(database, arguments["campaign"], drafts=True)
    try:
        shown = lists.preview_file(database, loaded, path, actor=actor, request=Request(answers=answers, through=Through.WEB))
    except MappingNeededError as error:
        questions = [
            {"header": asked.header, "position": asked.position, "candidate": asked.candidate.value} for asked in error.questions
        ]
        problem = {"message": error.message, "place": error.place, "mend": None, "questions": questions}
        return Outcome(base, problem)
    except Exception:
        shutil.rmtree(path.parent, ignore_errors=True)
        raise
    shutil.rmtree(path.parent, ignore_errors=True)
    return Outcome(f"{base}/{shown.result.list_id}")


def asked_of(problem: dict[str, Any]) -> list[dict[str, Any]]:
    """What a person is asked about the columns of a file, with what each may be."""
    fields = [field.value for field in ListField]
    return [question | {"key": key_of(question), "fields": fields} for question in problem.get("questions", [])]


def key_of(question: dict[str, Any]) -> str:
    """How an answer names the column: by its header, or by its place where it has none."""
    return str(question["header"] or f"#{question['position'] + 1}")
