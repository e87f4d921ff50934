"""Typst, called one way: data in, PDF/A out, the same bytes for the same data on every machine.

Only two shelves of fonts are used: those inside typst, and the DejaVu family that matplotlib carries (it comes with
the round solver). A machine's own fonts are never looked at. PDF/A forbids missing glyphs, so nothing is ever printed
as an empty box: text is checked with ``undrawable`` and ``drawable`` before it is set.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import distribution, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import typst

TYPESETTER = Path(__file__).with_name("typesetter.py")
STANDARD: Literal["a-2b"] = "a-2b"
"""PDF/A-2b: fonts embedded, no missing glyph, readable in twenty years; what print houses and archives take."""
SAFE = frozenset("‘’“”«»–—…•·€′°²³№ \u00a0\u202f" + "".join(map(chr, range(0x20, 0x7F))))
"""With the Latin letters below, characters that every font we set text in has."""
SAFE_LETTERS = range(0xA1, 0x180)
DIRECTIONS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
PROBE = Path(__file__).with_name("probe.typ")
_UNSURE = re.compile("[^" + re.escape("".join(sorted(SAFE)) + "".join(map(chr, SAFE_LETTERS))) + "]")
# The first scripts of Unicode that run from right to left; before them no letter does.
_FROM_HEBREW_ON = re.compile("[\u0590-\U0010ffff]")
_VERSION = re.compile(r"^Version: *(\S+) *$", re.MULTILINE)
_FRENCH_PHONE = re.compile(r"(?<!\d)(?:\+33 ?|0)\d(?: \d\d){4}(?!\d)")
# One sign between digits: the pairs of a phone, 24/11/2026, 14:30, 1,5. Cut at the sign, a date would run from right to left.
_NUMBERS = re.compile(r"\+?\d+(?:[ \u00a0\u202f.,/:-]\d+)*")


TOO_LONG = 4
"""What the setting process ends with then."""
LONGEST = 120.0
"""Seconds after which a document that is still not set is given up: a run of a thousand letters takes five."""
ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": "67108864", "MALLOC_TRIM_THRESHOLD_": "536870912", "MALLOC_TOP_PAD_": "16777216"}
"""For the GNU allocator: each page is compressed in a large buffer, which is kept instead of being asked for again."""
NO_NETWORK = dict.fromkeys(
    ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9"
) | {"no_proxy": "", "NO_PROXY": ""}
"""Typst fetches packages that a template names.

Here nothing leaves the machine (port 9 discards), whatever hosts it reaches directly.
"""


class TypesettingError(RuntimeError):
    """A document that typst could not set. ``reason``: its own words; ``line``: ``file:line:column``, where it knows one."""

    def __init__(self, template: str, reason: str, line: str = "") -> None:
        super().__init__(f"typst could not set {line or template}: {reason}")
        self.reason = reason
        self.line = line


class TooLongError(TypesettingError):
    """A document that has too many pages at every size."""


@dataclass(frozen=True)
class Pages:
    """A PDF that was written: where, how many pages, and the hash of its bytes; ``size``: the one that was chosen."""

    path: Path
    pages: int
    sha256: str
    size: float | None = None


@dataclass(frozen=True)
class Fit:
    """How large type may be: the first of ``sizes`` (points; templates read ``data.size``) that gives ``pages`` pages.

    ``sample``: data of what is likely to need most room, and its pages; it is tried before the whole is set. A small whole
    has none: it is its own sample.
    """

    sizes: Sequence[float]
    pages: int
    sample: Any = None
    sample_pages: int = 0


def compile_pdf(template: Path, data: Any, out: Path, *, day: date, tagged: bool = True, fit: Fit | None = None) -> Pages:
    """Set ``data`` (JSON-ready; the template reads it as ``sys.inputs.data``) and write ``out``, in whole or not at all.

    ``day`` is the only date in the file.
    ``tagged``: with a structure for screen readers; a print run needs none and is half the size without.
    The template may read its own folder and nothing else. Raises ``TypesettingError`` when it cannot be set, and
    ``TooLongError`` when it fits at no size.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = out.with_name(out.name + ".part")
    order = {
        "template": str(template),
        "fonts": "\n".join(str(folder) for folder in _shelves()),
        "stamp": str(int(datetime.combine(day, time(12), UTC).timestamp())),
        "standard": STANDARD,
        "tagged": "yes" if tagged else "no",
        "cores": str(os.cpu_count() or 1),
        "out": str(unfinished),
    }
    parts = [data]
    if fit is not None:
        sizes = ",".join(str(size) for size in fit.sizes)
        order |= {"sizes": sizes, "pages": str(fit.pages), "sample_pages": str(fit.sample_pages)}
        parts += [] if fit.sample is None else [fit.sample]
    pages, size = _set(order, [json.dumps(part, ensure_ascii=False) for part in parts], template.name)
    content = unfinished.read_bytes()
    unfinished.replace(out)
    return Pages(out, pages, sha256(content).hexdigest(), size)


def _set(order: dict[str, str], parts: Sequence[str], name: str) -> tuple[int, float | None]:
    """One process sets one document and says pages and size; what it leaves behind when it fails is removed.

    It is started without what an installation has Python load first: that takes longer than to set a letter. ``parts``: the data,
    and perhaps a sample of them.
    """
    command = [sys.executable, "-S", "-P", str(TYPESETTER), *(f"{word}={value}" for word, value in order.items())]
    try:
        done = subprocess.run(
            command,
            input="\n".join(parts),
            text=True,
            encoding="utf-8",
            capture_output=True,
            check=False,
            timeout=LONGEST,
            env=os.environ | NO_NETWORK | ALLOCATOR | {"PYTHONPATH": _packages(), "PYTHONUTF8": "1"},
        )
    except subprocess.TimeoutExpired:
        Path(order["out"]).unlink(missing_ok=True)
        raise TypesettingError(name, f"not set after {LONGEST:.0f} seconds") from None
    if done.returncode != 0:
        Path(order["out"]).unlink(missing_ok=True)
        if done.returncode < 0:
            raise TypesettingError(name, "it asks for more memory than a document may have")
        line, _tab, reason = done.stderr.strip().rpartition("\n")[2].partition("\t")
        raise (TooLongError if done.returncode == TOO_LONG else TypesettingError)(name, reason or line, line if reason else "")
    pages, _space, size = done.stdout.partition(" ")
    return int(pages), float(size) if size else None


def design_of(sources: Sequence[str]) -> str:
    """The hash of all that decides how the same data looks: these template sources, typst, its fonts, the standard."""
    shelf = _version("matplotlib") if find_spec("matplotlib") else ""
    return sha256("\0".join([*sources, _version("typst"), shelf, STANDARD]).encode()).hexdigest()


def _version(package: str) -> str:
    """What is installed now, which a process that runs for months may have to look up: by the one line that says it."""
    found = _VERSION.search(distribution(package).read_text("METADATA") or "")
    return found[1] if found else version(package)


def undrawable(text: str) -> str:
    """The characters of ``text`` that no font on our shelves has, each once; empty when all can be printed."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(sorted({letter for letter in _UNSURE.findall(composed) if not _has_glyph(letter)}))


def drawable(text: str) -> str:
    """``text`` as it can be printed: a letter without a glyph becomes its base letter, or is left out."""
    composed = unicodedata.normalize("NFC", text)
    if not _UNSURE.search(composed) or not undrawable(composed):
        return composed
    return "".join(letter if _has_glyph(letter) else _base(letter) for letter in composed)


def typographic(text: str) -> str:
    """French spacing that never breaks (high punctuation, guillemets, a phone's pairs), and curved apostrophes."""
    text = re.sub(r"(?<=\w)'(?=\w)", "’", text)
    text = re.sub(r" (?=[:;!?»%])", "\u00a0", text).replace("« ", "«\u00a0")
    return _FRENCH_PHONE.sub(lambda phone: phone[0].replace(" ", "\u00a0"), text)


def printable(value: Any) -> Any:
    """JSON-ready data with every text fit to be set: drawable, and spaced as French typography wants it."""
    if isinstance(value, str):
        return typographic(drawable(value))
    if isinstance(value, dict):
        return {name: printable(part) for name, part in value.items()}
    return [printable(part) for part in value] if isinstance(value, list | tuple) else value


def is_right_to_left(text: str) -> bool:
    """Whether the text is written from right to left (Arabic, Hebrew …)."""
    return any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in _FROM_HEBREW_ON.findall(text))


def isolate_numbers(text: str) -> str:
    """Numbers of a right-to-left text kept whole and in order: isolated, their groups joined by no-break spaces.

    Left alone, ``04 65 71 00 08`` inside Arabic may be shown group by group from the right (Unicode annex 9).
    """
    if not is_right_to_left(text):
        return text
    return _NUMBERS.sub(lambda number: f"\u2066{number[0].replace(' ', chr(0xA0))}\u2069", text)


def _base(letter: str) -> str:
    kept = [part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part)]
    return "".join(part for part in kept if part != letter and _has_glyph(part))


@lru_cache(maxsize=4096)
def _has_glyph(letter: str) -> bool:
    if letter in SAFE or letter in DIRECTIONS or ord(letter) in SAFE_LETTERS:
        return True
    if unicodedata.category(letter) in {"Cc", "Cn", "Co", "Cs"}:
        return False
    from typst import Compiler, TypstError

    inputs = {"letter": letter}
    compiler = Compiler(PROBE, root=PROBE.parent, font_paths=_fonts(), ignore_system_fonts=True, sys_inputs=inputs)
    try:
        compiler.compile(format="pdf", pdf_standards=[STANDARD], timestamp=0)
    except TypstError:
        return False
    return True


@lru_cache(maxsize=1)
def _packages() -> str:
    """The folder that typst is installed in."""
    found = find_spec("typst")
    return str(Path(found.origin).parent.parent) if found and found.origin else ""


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    from typst import Fonts

    return Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=_shelves())


def _shelves() -> list[Path]:
    plotting = find_spec("matplotlib")
    folder = Path(plotting.origin).parent / "mpl-data" / "fonts" / "ttf" if plotting and plotting.origin else None
    return [folder] if folder and folder.is_dir() else []
