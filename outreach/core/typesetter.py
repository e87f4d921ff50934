"""The process that sets one document and ends: typst keeps all it ever set in memory until its process is gone.

Reads one JSON object on standard input: template, data (as JSON text), fonts, stamp, standard, tagged, out. Where typst
refuses, the last line on standard error is ``file:line:column``, a tab, and its reason; the code is 3.
"""

from __future__ import annotations

import json
import re
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn


def main() -> None:
    """Set the document that standard input describes."""
    from typst import Compiler, Fonts, TypstError

    order = json.load(sys.stdin)
    template = Path(order["template"])
    fonts = Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[Path(folder) for folder in order["fonts"]])
    compiler = Compiler(
        template, root=template.parent, font_paths=fonts, ignore_system_fonts=True, sys_inputs={"data": order["data"]}
    )
    stamp = datetime.fromisoformat(order["stamp"])
    try:
        content = compiler.compile(format="pdf", pdf_standards=[order["standard"]], timestamp=stamp, pdf_tags=order["tagged"])
    except TypstError as error:
        _refuse(error)
    if not isinstance(content, bytes):
        message = "typst wrote no PDF"
        raise TypeError(message)
    Path(order["out"]).write_bytes(content)


def _refuse(error: Any) -> NoReturn:
    """Say on one line where and why, without the lines of the template, which the reader has."""
    found = re.search(r"error:.*?┌─ (\S+:\d+:\d+)", str(error.diagnostic), re.DOTALL)
    place = found[1].rpartition("/")[2] if found else ""
    sys.stderr.write(f"\n{place}\t{' '.join(str(error.message).split())}\n")
    sys.exit(3)


if __name__ == "__main__":
    main()
