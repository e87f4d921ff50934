"""The letters of benchmarks/sending/letters.py in WeasyPrint: run by it in an environment of its own.

    .venv-peers/bin/python benchmarks/peers/weasyprint_letters.py LETTERS.json OUT.pdf

One HTML document, a page a letter, PDF/A-2b; the QR codes as one SVG path each.
"""

from __future__ import annotations

import html
import json
import re
import sys
from pathlib import Path

import weasyprint

STYLE = """
@font-face {{ font-family: Body; src: url(file://{fonts}/DejaVuSerif.ttf) }}
@font-face {{ font-family: Body; font-weight: bold; src: url(file://{fonts}/DejaVuSerif-Bold.ttf) }}
@font-face {{ font-family: Arabic; src: url(file://{fonts}/DejaVuSans.ttf) }}
@font-face {{ font-family: Mono; src: url(file://{fonts}/DejaVuSansMono.ttf) }}
@page {{ size: A4; margin: 94mm 20mm 43mm 20mm }}
body {{ font: 11pt/1.35 Body; margin: 0 }}
article {{ break-after: page; position: relative }}
.at {{ position: absolute }}
.address {{ left: 80mm; top: -39mm; font: 10pt/4mm Mono; white-space: pre }}
.sender {{ left: 0; top: -79mm; font-size: 9.5pt; color: #4a5563 }}
.foot {{ left: 0; top: 163mm; width: 144mm; font-size: 7.5pt; color: #4a5563 }}
.foot b, .foot p {{ font-size: 9.5pt; color: black }}
.square {{ left: 150mm; top: 166mm; width: 20mm; height: 20mm }}
.code {{ float: right; border: 0.8pt solid #0b6e4f; border-radius: 2mm; padding: 1mm 3mm }}
.help {{ border: 0.6pt solid #9aa5b1; border-radius: 2mm; padding: 2mm 4mm }}
.help p {{ margin: 1mm 0 }}
"""


def page(letter: dict, day: str) -> str:
    """One letter."""
    say = html.escape
    rows = (
        f"M{run.start()} {y}h{run.end() - run.start()}v1H{run.start()}z"
        for y, row in enumerate(letter["square"])
        for run in re.finditer("1+", "".join(map(str, row)))
    )
    size = len(letter["square"])
    help_lines = "".join(
        f'<p lang="{code}" {"dir=rtl style=font-family:Arabic" if code == "ar" else ""}>{say(text)}</p>'
        for code, text in letter["call_back"]
    )
    return (
        f'<article><div class="at sender"><b>{say(letter["sender"][0])}</b><br>{"<br>".join(map(say, letter["sender"][1:]))}</div>'
        f'<div class="at address">{say(chr(10).join(letter["address"]))}</div>'
        f'<div class="code">Votre code <b>{letter["code"]}</b></div><p>{day}</p><p><b>{say(letter["subject"])}</b></p>'
        + "".join(f"<p>{say(paragraph)}</p>" for paragraph in letter["paragraphs"])
        + f'<p>{say(letter["signature"])}</p><div class="help">{help_lines}</div>'
        f'<div class="at foot"><b>{say(letter["objection"][0])}</b><p>{say(letter["objection"][1])}</p>{say(letter["legal"])} '
        f"Réf. {letter['reference']}</div>"
        f'<svg class="at square" viewBox="0 0 {size} {size}"><path d="{"".join(rows)}"/></svg></article>'
    )


def main(source: str, out: str) -> None:
    """Set and print."""
    told = json.loads(Path(source).read_text(encoding="utf-8"))
    body = "".join(page(letter, told["day"]) for letter in told["letters"])
    written = f'<html lang="fr"><style>{STYLE.format(fonts=told["fonts"])}</style><body>{body}</body></html>'
    document = weasyprint.HTML(string=written).render()
    document.write_pdf(out, pdf_variant="pdf/a-2b")
    print(json.dumps({"pages": len(document.pages), "bytes": Path(out).stat().st_size, "version": weasyprint.__version__}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
