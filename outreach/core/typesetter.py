"""The process that sets one document and ends: typst keeps all it ever set in memory until its process is gone.

Reads one JSON object on standard input: template, data, fonts, stamp, standard, tagged, out.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path


def main() -> None:
    """Set the document that standard input describes."""
    from typst import Compiler, Fonts

    order = json.load(sys.stdin)
    template = Path(order["template"])
    inputs = {"data": json.dumps(order["data"], ensure_ascii=False)}
    fonts = Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[Path(folder) for folder in order["fonts"]])
    compiler = Compiler(template, root=template.parent, font_paths=fonts, ignore_system_fonts=True, sys_inputs=inputs)
    stamp = datetime.fromisoformat(order["stamp"])
    content = compiler.compile(format="pdf", pdf_standards=[order["standard"]], timestamp=stamp, pdf_tags=order["tagged"])
    if not isinstance(content, bytes):
        message = "typst wrote no PDF"
        raise TypeError(message)
    Path(order["out"]).write_bytes(content)


if __name__ == "__main__":
    main()
