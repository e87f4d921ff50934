"""The process that sets one document and ends: typst keeps all it ever set in memory until its process is gone.

Started anew for each document, it loads nothing that it can do without: a few letters are set sooner than Python's parser of JSON
is loaded. Its arguments are ``name=value``: template, fonts, stamp (seconds), standard, tagged, cores, out, and perhaps sizes,
pages, sample_pages. Standard input gives the data as a line of JSON, and perhaps a sample of them as another. Writes the pages
and the size. Where typst refuses, the last line on standard error is ``file:line:column``, a tab, and its reason, and the code is
3; it is 4 when the document fits at no size.
"""

from __future__ import annotations

import resource
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

MOST_MEMORY = 2 << 30
"""Bytes of addresses after which typst is ended.

A thousand letters take a tenth of it, a template gone wild takes what there is.
"""
NONE = "/dev/null"
MEMORY_OF_A_CORE = 128 << 20
"""Addresses that each of its threads reserves, used or not."""
PAGE = b"/Type/Page"
NAME_ENDS = (b"\n", b"\r", b" ", b"/", b">")
"""What may come after a name in a PDF that typst writes (ISO 32000-1, 7.2.2)."""


def main() -> None:
    """Set the document that arguments and standard input describe."""
    order = dict(word.split("=", 1) for word in sys.argv[1:])
    most = MOST_MEMORY + MEMORY_OF_A_CORE * int(order["cores"])
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    data, *samples = sys.stdin.buffer.read().decode().split("\n")
    press = _Press(order)
    if "sizes" in order:
        content, size = _fitted(press, data, samples, order)
    else:
        content, size = press.set(data), ""
    with open(order["out"], "wb") as out:  # noqa: PTH123  (pathlib is one of the things to do without)
        out.write(content)
    sys.stdout.write(f"{_pages(content)} {size}")


class _Press:
    """Typst with our fonts, one template."""

    def __init__(self, order: dict[str, str]) -> None:
        from typst import Compiler, Fonts

        template = order["template"]
        shelves = [folder for folder in order["fonts"].split("\n") if folder]
        fonts = Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=shelves)
        # Packages neither: what a machine has of them is no part of a template, and none is fetched.
        self._compiler = Compiler(
            template, root=template.rpartition("/")[0], font_paths=fonts, ignore_system_fonts=True, package_path=NONE,
            package_cache_path=NONE,
        )  # fmt: skip
        self._order = order

    def set(self, data: str) -> bytes:
        """The PDF of some data; ends the process where typst refuses."""
        from typst import TypstError

        standards: list[Any] = [self._order["standard"]]
        try:
            content = self._compiler.compile(
                format="pdf", sys_inputs={"data": data}, pdf_standards=standards, timestamp=int(self._order["stamp"]),
                pdf_tags=self._order["tagged"] == "yes",
            )  # fmt: skip
        except TypstError as error:
            _refuse(error)
        if not isinstance(content, bytes):
            message = "typst wrote no PDF"
            raise TypeError(message)
        return content


def _fitted(press: _Press, data: str, samples: list[str], order: dict[str, str]) -> tuple[bytes, str]:
    """The document at the first size at which it has its pages, tried on the sample first where there is one."""
    pages, of_a_sample = int(order["pages"]), int(order["sample_pages"])
    for size in order["sizes"].split(","):
        if all(_pages(press.set(_sized(sample, size))) == of_a_sample for sample in samples):
            content = press.set(_sized(data, size))
            if _pages(content) == pages:
                return content, size
    sys.stderr.write("\n\ttoo long at every size\n")
    sys.exit(4)


def _sized(data: str, size: str) -> str:
    """The JSON object with its size."""
    return f'{{"size": {size}, {data[1:]}'


def _pages(content: bytes) -> int:
    """How many pages a PDF has. Their list is of another type, ``/Pages``: a name goes on to a space or a delimiter."""
    return sum(content.count(PAGE + end) for end in NAME_ENDS) + content.endswith(PAGE)


def _refuse(error: Any) -> NoReturn:
    """Say on one line where and why, without the lines of the template, which the reader has."""
    import re

    found = re.search(r"error:.*?┌─ (\S+:\d+:\d+)", str(error.diagnostic), re.DOTALL)
    place = found[1].rpartition("/")[2] if found else ""
    sys.stderr.write(f"\n{place}\t{' '.join(str(error.message).split())}\n")
    sys.exit(3)


if __name__ == "__main__":
    main()
