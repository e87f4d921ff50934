"""Measures letters: 10,000 personalised one-page letters with their QR codes, beside WeasyPrint on the same letters.

    python benchmarks/sending/letters.py [--quick] [--json FILE]

Everything is invented. Each side runs in a fresh process; CPU seconds are the operating system's for it and all that it starts,
start of Python included; memory is the largest process of WeasyPrint, and of ours the sum of its largest two (it sets type in
a process of its own). WeasyPrint gets fewer letters, the same texts and fonts, PDF/A-2b as well, and its QR codes ready-made.

The peer (benchmarks/peers/weasyprint_letters.py) needs an environment of its own:
    python3 -m venv .venv-peers && .venv-peers/bin/pip install -r benchmarks/requirements.txt
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

if not __package__:  # run as a file
    sys.path.insert(0, str(Path(__file__).parents[1]))

from routing.launch import PEERS, measured, peer

LETTERS, QUICK, PEER_LETTERS, RUN = 10_000, 300, 500, 1_000
CPU, MEGABYTES = 30.0, 600.0
"""What is promised for ``LETTERS``."""
DAY = date(2026, 10, 5)
NAMES = ("Awa DIALLO", "Paul ROUX", "Ayşe YILDIRIM", "Élodie LEFÈVRE", "Mohamed BEN SALAH", "Rosa FERREIRA")
STREETS = ("RUE DES ESSAIS", "AVENUE DU MODELE", "ALLEE DES EXEMPLES", "BOULEVARD DE LA MAQUETTE")
PHONE = "04 65 71 00 08"
PARAGRAPHS = (
    (
        "Énergie de la Vallée nous a dit que vous aviez une facture d'énergie en retard, et nous a demandé de vous proposer notre "
        "aide. Nous sommes le PIMMS Lyon Métropole, une association. Nous ne sommes pas chargés de réclamer de l'argent."
    ),
    (
        "Nous pouvons, avec vous et gratuitement : relire votre facture, demander un délai ou un paiement en plusieurs fois, vérifier "
        "votre droit au chèque énergie, préparer une demande d'aide au Fonds de solidarité pour le logement."
    ),
    (
        f"Appelez-nous au {PHONE}, ou venez nous voir sans rendez-vous : PIMMS Lyon 8e, 12 rue des Essais, 69008 Lyon. Donnez ce code, "
        "il nous évite de vous demander vos papiers : {code}."
    ),
    (
        "Sans nouvelles de vous, une médiatrice ou un médiateur pourra vous appeler ou passer vous voir dans les prochains jours. Si "
        "vous ne le souhaitez pas, dites-le-nous au même numéro : nous ne vous contacterons plus."
    ),
)
CALL_BACK = (
    ("en", f"Do you need help in your language? Call us, it is free: {PHONE}."),
    ("ar", f"هل تحتاج إلى مساعدة بلغتك؟ اتصل بنا مجانا: {PHONE}"),
    ("tr", f"Kendi dilinizde yardım ister misiniz? Bizi arayın, ücretsizdir: {PHONE}."),
    ("pt", f"Precisa de ajuda na sua língua? Ligue-nos, é gratuito: {PHONE}."),
)
LEGAL = (
    "Vos coordonnées nous viennent de Énergie de la Vallée. But : prévenir les coupures et les réductions de puissance : joindre les "
    "foyers qui ont une facture d'énergie impayée, les informer de leurs droits et les aider à trouver une solution avec leur "
    "fournisseur. Base légale : intérêt légitime. Conservation : 24 mois au plus après le dernier contact. Pour voir vos données, les "
    "corriger ou vous opposer : 04 65 71 00 00 ou droits@pimms-lyon.example. Réclamation : CNIL, cnil.fr."
)


def figures(*, quick: bool = False) -> dict[str, dict[str, Any]]:
    """The figures beside their targets and the peer's, by what they are called."""
    found = compared(quick=quick)
    theirs = found.get("weasyprint")
    beside = f"WeasyPrint {theirs['version']}: " if theirs else ""
    count = found["letters"]

    def told(value: float, unit: str, target: float | None, peer_value: str) -> dict[str, Any]:
        met = None if target is None else value <= target
        return {
            "value": round(value, 2),
            "unit": unit,
            "target": target,
            "ok": met,
            "peer": beside + peer_value if beside else None,
        }

    return {
        # Few letters cost mostly the start of Python: a quick run is held to nothing.
        f"letters: CPU of {count:,}": told(
            found["cpu"], "s", None if quick else CPU, f"{theirs['cpu']:.1f} s for {theirs['letters']}" if theirs else ""
        ),
        "letters: memory": told(found["megabytes"], "MB", MEGABYTES, f"{theirs['megabytes']:.0f} MB" if theirs else ""),
        "letters: CPU of a letter": told(
            found["ms_a_letter"], "ms", None, f"{theirs['ms_a_letter']:.0f} ms, {found['ratio']:.1f} times" if theirs else ""
        ),
    }


def compared(*, quick: bool = False) -> dict[str, Any]:
    """CPU seconds, megabytes and CPU milliseconds a letter of both; ``ratio``: how many times WeasyPrint's are ours."""
    count = QUICK if quick else LETTERS
    few = QUICK // 3 if quick else PEER_LETTERS
    with tempfile.TemporaryDirectory(prefix="letters-bench-") as home:
        mine = measured(sys.executable, __file__, "--ours", count, home)
        found: dict[str, Any] = {
            "letters": count,
            "cpu": mine["cpu"],
            "megabytes": mine["own"] + mine["typst"],
            "wall": mine["wall"],
        }
        found |= {"ms_a_letter": 1000 * mine["cpu"] / count, "bytes_a_letter": mine["bytes"] / count, "pages": mine["pages"]}
        measured(sys.executable, __file__, "--describe", few, home)
        theirs = peer("weasyprint_letters.py", Path(home, "letters.json"), Path(home, "peer.pdf"))
    if theirs:
        found["weasyprint"] = {
            "letters": few, "cpu": theirs["cpu"], "megabytes": theirs["megabytes"], "ms_a_letter": 1000 * theirs["cpu"] / few,
            "bytes_a_letter": theirs["bytes"] / few, "pages": theirs["pages"], "version": theirs["version"],
        }  # fmt: skip
        found["ratio"] = found["weasyprint"]["ms_a_letter"] / found["ms_a_letter"]
    return found


def letters(count: int, first: int = 1) -> list[Any]:
    """Invented letters, as a campaign would compose them, numbered from ``first``."""
    from outreach.channels.letters import Letter
    from outreach.channels.letters.house_words import objection
    from outreach.core.letter_codes import code_of
    from outreach.core.references import reference_of

    made = []
    for number in range(first, first + count):
        code, name = code_of(number), NAMES[number % len(NAMES)]
        address = (
            f"Mme {name}",
            f"APPARTEMENT {number % 60 + 1}",
            f"{number % 90 + 1} {STREETS[number % len(STREETS)]}",
            "69008 LYON",
        )
        made.append(
            Letter(
                reference_of(number), address, "Votre facture d'énergie — nous pouvons vous aider, gratuitement",
                (f"Madame {name.split(maxsplit=1)[1].title()},", *(paragraph.format(code=code) for paragraph in PARAGRAPHS)), CALL_BACK,
                "L'équipe du PIMMS Lyon Métropole", code,
                ("PIMMS Lyon Métropole", "PIMMS Lyon 8e", "12 rue des Essais, 69008 Lyon", PHONE), LEGAL,
                objection=objection("fr", phone=PHONE, has_page=True, has_square=True),
                link=f"https://mediation.example.org/o/{code}",
            )
        )  # fmt: skip
    return made


def set_ours(count: int, home: Path) -> dict[str, Any]:
    """Set the letters in runs of a thousand, each file with its manifest, and say what it took."""
    from outreach.channels.letters import manifest, render_letters

    pages = size = 0
    for start in range(0, count, RUN):
        run = letters(min(RUN, count - start), start + 1)
        rendered = render_letters(run, home / f"run-{start}.pdf", day=DAY)
        described = manifest(rendered, run, day=DAY, campaign="bench", number=start)
        (home / f"run-{start}.json").write_text(json.dumps(described), encoding="utf-8")
        pages += rendered.pages
        size += rendered.path.stat().st_size
    own, typst = (resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {"pages": pages, "bytes": size, "own": own, "typst": typst}


def describe(count: int, home: Path) -> dict[str, Any]:
    """The same letters as data for the peer, the QR codes as ready rows of modules."""
    from outreach.channels.letters import qr
    from outreach.core.typesetting import _shelves

    made = letters(count)
    squares = qr.modules([letter.link for letter in made])
    data = [
        {
            "address": letter.address, "subject": letter.subject, "paragraphs": letter.paragraphs, "call_back": letter.call_back_lines,
            "signature": letter.signature, "code": letter.letter_code, "sender": letter.sender, "objection": letter.objection,
            "legal": letter.legal, "reference": letter.reference, "square": square.tolist(),
        }
        for letter, square in zip(made, squares, strict=True)
    ]  # fmt: skip
    told = {"fonts": str(_shelves()[0]), "day": "Le 5 octobre 2026", "letters": data}
    (home / "letters.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    return {"letters": count}


def main() -> None:
    """Run the benchmark, or one side of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few letters, to see that it runs")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--ours", nargs=2, metavar=("COUNT", "FOLDER"), help=argparse.SUPPRESS)
    parser.add_argument("--describe", nargs=2, metavar=("COUNT", "FOLDER"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    for words, side in ((chosen.ours, set_ours), (chosen.describe, describe)):
        if words:
            print(json.dumps(side(int(words[0]), Path(words[1]))))
            return
    if not PEERS.exists():
        print(
            "No peers: python3 -m venv .venv-peers && .venv-peers/bin/pip install -r benchmarks/requirements.txt installs them."
        )
    found = compared(quick=chosen.quick)
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=2), encoding="utf-8")
    show(found)


def show(found: dict[str, Any]) -> None:
    """Print the table."""
    share = found["letters"] / LETTERS
    met = found["cpu"] <= CPU * share and found["megabytes"] <= MEGABYTES
    print(f"{'':<14}{'letters':>9}{'CPU s':>9}{'ms/letter':>11}{'MB':>7}{'kB/letter':>11}")
    for name, side in (("ours", found), ("WeasyPrint", found.get("weasyprint"))):
        if side:
            print(
                f"{name:<14}{side['letters']:>9,}{side['cpu']:>9.1f}{side['ms_a_letter']:>11.2f}{side['megabytes']:>7.0f}"
                f"{side['bytes_a_letter'] / 1000:>11.1f}"
            )
    print(f"target: {CPU * share:.1f} CPU s, {MEGABYTES:.0f} MB: {'met' if met else 'MISSED'}")
    if "ratio" in found:
        print(f"WeasyPrint {found['weasyprint']['version']} takes {found['ratio']:.1f} times the CPU a letter")


if __name__ == "__main__":
    main()
