"""What a run of the planner changed, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from outreach.core import clock
from outreach.core.i18n import _
from outreach.core.labels import CHANGES, label

if TYPE_CHECKING:
    from outreach.planning.writing import Changed


def change_rows(changes: Sequence[Changed]) -> list[list[Any]]:
    """One row a change: the case, what happened, before and after, and why."""
    from outreach.planning.reasons import reason_in_words

    return [
        [
            _("dossier {number}").format(number=change.case_id), label(CHANGES, change.change.value),
            " → ".join(part for part in (_told(change.before_at, change.before_mediator), _told(change.after_at, change.after_mediator)) if part),
            reason_in_words(change.reason),
        ]
        for change in changes
    ]  # fmt: skip


def _told(moment: datetime | None, mediator: str | None) -> str:
    return " ".join(filter(None, (f"{moment.astimezone(clock.PARIS):%d/%m %H:%M}" if moment else "", mediator)))
