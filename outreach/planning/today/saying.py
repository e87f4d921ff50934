"""The words of a contact: what must be said first, and the script in the person's language and in French."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from outreach.definitions.texts import salutation
from outreach.policy.language import EASY_FRENCH, FRENCH

if TYPE_CHECKING:
    from outreach.definitions.messages import Script
    from outreach.definitions.registry import Loaded


def said_to(row: Mapping[str, Any], loaded: Loaded) -> tuple[str, dict[str, dict[str, Any]]]:
    """The required opening words, and the scripts by language: theirs where the campaign has it, French always."""
    agreement, scripts = loaded.folder.agreement, loaded.folder.messages.scripts
    words = {
        "salutation": salutation(row["title"], row["family_name"]),
        "name": " ".join(filter(None, (row["given_name"], row["family_name"]))), "partner": agreement.partner.name,
        "association": agreement.association.name, "site": row["site"], "site_address": row["site_address"], "site_phone": row["site_phone"],
        "letter_code": row["letter_code"], "mediator": row["mediator"],
    }  # fmt: skip
    easy = EASY_FRENCH if row["reads_french"] is False and row["spoken"] in {None, FRENCH} else None
    chosen = [code for code in dict.fromkeys((row["spoken"], easy, FRENCH)) if code in scripts]
    return agreement.opening_words.format(**words), {code: _script(scripts[code], words) for code in chosen}


def _script(script: Script, words: dict[str, str]) -> dict[str, Any]:
    """A script with its places filled; ``then`` of an answer is the place of the next question, nothing at the end."""
    questions = [
        {"ask": question.ask.format(**words), "answers": answers, "then": then}
        for question, (answers, then) in zip(script.questions, script.ways, strict=True)
    ]
    return {"opening": script.opening.format(**words), "questions": questions, "if_nobody": script.if_nobody.format(**words)}
