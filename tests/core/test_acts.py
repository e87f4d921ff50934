"""Every act that the audit trail writes down has its words, and no words are left of an act that is gone."""

from __future__ import annotations

import ast
from pathlib import Path

from outreach.core.acts import ACTS
from outreach.core.words import PairVerdict

ROOM = Path(__file__).parents[2] / "outreach"
BY_NAME = {
    "f'match.{verdict}'": {f"match.{verdict}" for verdict in PairVerdict},
    "f'campaign.{what}'": {f"campaign.{what}" for what in ("import", "draft", "messages", "people", "plan", "segments")},
    "BEGUN": {"letters.deliver"}, "FAILED": {"letters.deliver_failed"}, "PLAYED": {"season.day"},
}  # fmt: skip
"""Acts whose code is put together: what it may be. Whoever adds one adds it here, and its words."""


def codes(node):
    if isinstance(node, ast.Constant):
        return {node.value}
    if isinstance(node, ast.IfExp):
        return codes(node.body) | codes(node.orelse)
    return BY_NAME[ast.unparse(node)]


def written():
    calls = (node for path in ROOM.rglob("*.py") for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    return {code for call in calls if ast.unparse(call.func) == "audit.record" for code in codes(call.args[2])}


def test_every_act_has_its_words_and_nothing_over():
    assert written() == set(ACTS)
