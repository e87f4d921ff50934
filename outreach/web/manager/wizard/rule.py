"""Step 3, one rule: its groups and conditions changed one by one, with what each change would make of the lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from outreach.core.i18n import _
from outreach.definitions.facts import vocabulary
from outreach.definitions.written import as_written as definition_as_written
from outreach.definitions.written import check_written
from outreach.flows.counting import try_count
from outreach.web.access.gate import NotThereError, Visit, Visiting
from outreach.web.manager.wizard import rule_tree
from outreach.web.manager.wizard.counted import counted_of
from outreach.web.manager.wizard.drafts import Draft, draft_of, save, shown, written_of
from outreach.web.manager.wizard.rules_form import PARTS, sentence, vocabulary_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from outreach.definitions.campaign import Exclusion, Segment
    from outreach.definitions.facts import Fact
    from outreach.definitions.loader import Mistake
    from outreach.definitions.written import Written
    from outreach.segments.preview import Group, Preview
    from outreach.web.manager.wizard.rule_tree import Node

router = APIRouter(prefix="/campaigns/{code}/way/segments/{part}/{rule}")


@dataclass(frozen=True)
class Edited:
    """A rule that is being changed: of which draft, where it stands, and the facts that it may ask about."""

    draft: Draft
    part: str
    at: int
    known: Segment | Exclusion
    facts: Mapping[str, Fact]

    @property
    def place(self) -> str:
        """Its place in campaign.yaml."""
        return f"{self.part}.{self.at}.when"

    @property
    def href(self) -> str:
        """The address of its page."""
        return f"{self.draft.href('segments')}/{self.part}/{self.known.code}"


@router.get("")
def show(visit: Visiting, code: str, part: str, rule: str, done: str = "") -> Response:
    """The rule as it is stored; one that the form cannot show in words, with the way round."""
    edited = _edited(visit, code, part, rule)
    try:
        tree = rule_tree.tree_of(edited.known.when, edited.facts)
    except rule_tree.NotShownError:
        return _as_text(visit, edited)
    return _page(visit, edited, tree, [], done=done)


@router.post("")
async def change(visit: Visiting, request: Request, code: str, part: str, rule: str) -> Response:
    """Keep the rule, or show it as the pressed button rearranges it; nothing is kept that the loader finds wrong."""
    form = await request.form()

    def kept() -> Response:
        edited = _edited(visit, code, part, rule)
        written = written_of(edited.draft)
        sent = rule_tree.sent_tree(form, edited.facts)
        if sent is None:
            raise NotThereError
        act = str(form.get("act", ""))
        tree = rule_tree.rearranged(sent, act)
        written["campaign"][part][edited.at]["when"] = rule_tree.as_written(tree, edited.facts)
        if act or rule_tree.is_fresh(tree):
            return _tried(visit, edited, tree, written)
        mistakes = save(visit, edited.draft, written, "segments")
        if mistakes:
            return _page(visit, edited, tree, mistakes, status=422)
        return RedirectResponse(f"{edited.href}?done=saved", 303)

    return await run_in_threadpool(kept)


def _edited(visit: Visit, code: str, part: str, rule: str) -> Edited:
    draft = draft_of(visit, code)
    rules = getattr(draft.folder.campaign, part) if part in PARTS else ()
    at = next((place for place, one in enumerate(rules) if one.code == rule), None)
    if at is None:
        raise NotThereError
    return Edited(draft, part, at, rules[at], vocabulary(draft.folder.campaign, draft.folder.agreement))


def _tried(visit: Visit, edited: Edited, tree: Node, written: Written) -> Response:
    """What a rule would make of the lists that nobody has kept yet."""
    folder, mistakes = check_written(written)
    seen = try_count(visit.database, edited.draft.code, folder) if folder is not None and not mistakes else None
    return _page(visit, edited, tree, mistakes, seen=seen, is_kept=False)


def _page(
    visit: Visit, edited: Edited, tree: Node, mistakes: list[Mistake], status: int = 200, seen: Preview | None = None, done: str = "",
    *, is_kept: bool = True,
) -> Response:  # fmt: skip
    counted = counted_of(visit, edited.draft)
    if is_kept and not mistakes and seen is None:
        seen = try_count(visit.database, edited.draft.code, edited.draft.folder)
    root = rule_tree.shown_tree(tree, edited.facts, edited.place, mistakes)
    return shown(
        visit, "rule", edited.draft, "segments", status, edited=edited, root=root, name=_(edited.known.label), mistakes=[one for one in mistakes if not one.where.startswith(edited.place)],
        tried=_group(edited, seen), seen=seen, before=_group(edited, counted.seen) if counted else None, done=done,
        is_kept=is_kept,
        is_wrong=bool(mistakes), is_fresh=rule_tree.is_fresh(tree), facts=vocabulary_of(edited.facts), words="", text="",
    )  # fmt: skip


def _as_text(visit: Visit, edited: Edited) -> Response:
    written: Any = definition_as_written(edited.draft.folder)["campaign"][edited.part][edited.at]
    return shown(
        visit, "rule", edited.draft, "segments", edited=edited, root=None, name=_(edited.known.label), done="",
        words=sentence(edited.known.when, edited.facts), text=yaml.safe_dump(written["when"], allow_unicode=True, sort_keys=False),
    )  # fmt: skip


def _group(edited: Edited, seen: Preview | None) -> Group | None:
    """Whom the rule takes."""
    groups = (*seen.segments, *seen.excluded) if seen is not None else ()
    return next((group for group in groups if group.code == edited.known.code), None)
