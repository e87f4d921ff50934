"""The process that sets one document and ends: typst keeps all it ever set in memory until its process is gone.

Reads one JSON object on standard input: template, data (as JSON text), fonts, stamp, standard, tagged, out, and perhaps fit
(sizes, pages, sample, sample_pages). Writes pages and size as JSON. Where typst refuses, the last line on standard error is
``file:line:column``, a tab, and its reason, and the code is 3; it is 4 when the document fits at no size.
"""

from __future__ import annotations

import json
import os
import re
import resource
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

MOST_MEMORY = 2 << 30
"""Bytes of addresses after which typst is ended.

A thousand letters take a tenth of it, a template gone wild takes what there is.
"""
NONE = Path(os.devnull)
MEMORY_OF_A_CORE = 128 << 20
"""Addresses that each of its threads reserves, used or not."""
_PAGE = re.compile(rb"/Type\s*/Page\b")


def main() -> None:
    """Set the document that standard input describes."""
    most = MOST_MEMORY + MEMORY_OF_A_CORE * (os.cpu_count() or 1)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    order = json.load(sys.stdin)
    press = _Press(order)
    fit = order.get("fit")
    if fit is None:
        content, size = press.set(order["data"]), None
    else:
        content, size = _fitted(press, order["data"], fit)
    Path(order["out"]).write_bytes(content)
    sys.stdout.write(json.dumps({"pages": _pages(content), "size": size}))


class _Press:
    """Typst with our fonts, one template."""

    def __init__(self, order: dict[str, Any]) -> None:
        from typst import Compiler, Fonts

        template = Path(order["template"])
        shelves = [Path(folder) for folder in order["fonts"]]
        fonts = Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=shelves)
        # Packages neither: what a machine has of them is no part of a template, and none is fetched.
        self._compiler = Compiler(
            template, root=template.parent, font_paths=fonts, ignore_system_fonts=True, package_path=NONE, package_cache_path=NONE
        )  # fmt: skip
        self._stamp = datetime.fromisoformat(order["stamp"])
        self._order = order

    def set(self, data: str) -> bytes:
        """The PDF of some data; ends the process where typst refuses."""
        from typst import TypstError

        try:
            content = self._compiler.compile(
                format="pdf", sys_inputs={"data": data}, pdf_standards=[self._order["standard"]], timestamp=self._stamp,
                pdf_tags=self._order["tagged"],
            )  # fmt: skip
        except TypstError as error:
            _refuse(error)
        if not isinstance(content, bytes):
            message = "typst wrote no PDF"
            raise TypeError(message)
        return content


def _fitted(press: _Press, data: str, fit: dict[str, Any]) -> tuple[bytes, float]:
    """The document at the first size at which it has its pages, tried on the sample first."""
    for size in fit["sizes"]:
        if _pages(press.set(_sized(fit["sample"], size))) == fit["sample_pages"]:
            content = press.set(_sized(data, size))
            if _pages(content) == fit["pages"]:
                return content, size
    sys.stderr.write("\n\ttoo long at every size\n")
    sys.exit(4)


def _sized(data: str, size: float) -> str:
    """The JSON object with its size."""
    return f'{{"size": {size}, {data[1:]}'


def _pages(content: bytes) -> int:
    return len(_PAGE.findall(content))


def _refuse(error: Any) -> NoReturn:
    """Say on one line where and why, without the lines of the template, which the reader has."""
    found = re.search(r"error:.*?┌─ (\S+:\d+:\d+)", str(error.diagnostic), re.DOTALL)
    place = found[1].rpartition("/")[2] if found else ""
    sys.stderr.write(f"\n{place}\t{' '.join(str(error.message).split())}\n")
    sys.exit(3)


if __name__ == "__main__":
    main()
