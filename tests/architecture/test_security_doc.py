"""docs/security.md names tests that exist, for every chapter of ASVS that it says to be checked against."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def functions(path):
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}


def test_every_test_that_is_named_exists():
    missing = []
    for file, function in NAMED.findall(PAGE):
        path = ROOT / file
        if not path.is_file() or (function and function not in functions(path)):
            missing.append(f"{file}::{function}")
    assert missing == []
    assert len(NAMED.findall(PAGE)) > 50


def test_every_chapter_is_there_and_every_line_says_how_or_why_not():
    chapters = {int(number) for number in re.findall(r"\bV(\d+)\b", " ".join(re.findall(r"^## .*", PAGE, re.MULTILINE)))}
    assert chapters == set(range(1, 15))
    rows = [
        line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith(("| ---", "| asks for", "| who |"))
    ]
    assert [row for row in rows if not row.rstrip(" |").rpartition("|")[2].strip()] == []
