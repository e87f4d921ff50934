"""French first, English second: no text that people read is left without its translation."""

from __future__ import annotations

import ast
from pathlib import Path

from outreach.core.i18n import _, english, number
from outreach.tracking.invariants import INVARIANTS


def written_texts() -> set[str]:
    found = {label for _code, label, _check in INVARIANTS}
    for path in Path("outreach").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_" and node.args:
                argument = node.args[0]
                found |= {argument.value} if isinstance(argument, ast.Constant) else set()
    return found


def test_the_english_catalogue_is_complete_and_has_nothing_over():
    assert written_texts() == set(english())


def test_texts_follow_the_language(monkeypatch):
    assert _("Bilan") == "Bilan"
    monkeypatch.setenv("OUTREACH_LANGUAGE", "en")
    assert _("Bilan") == "Summary"


def test_numbers_are_written_for_french_readers():
    assert (number(12345), number(1234.5)) == ("12\u202f345", "1\u202f234,5")
