"""Static files under the hash of their content, so that a browser keeps them for ever; and icons of the sprite."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup

STATIC = Path(__file__).parents[1] / "static"
SPRITE = "icons.svg"
HASH_SHOWN = 12


@lru_cache(maxsize=256)
def asset(path: str) -> str:
    """The address of a static file, with the hash of its content; a file that is not there is a mistake of ours."""
    return f"/static/{path}?v={hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:HASH_SHOWN]}"


@lru_cache(maxsize=256)
def icon(name: str) -> Markup:
    """An icon beside a word. It says nothing to a screen reader: the word does."""
    if name not in icons():
        raise KeyError(f"no icon is called {name}")
    return Markup('<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>').format(asset(SPRITE), name)


@lru_cache(maxsize=1)
def icons() -> frozenset[str]:
    """The names of all icons there are."""
    return frozenset(re.findall(r'<symbol id="([\w-]+)"', (STATIC / SPRITE).read_text()))
