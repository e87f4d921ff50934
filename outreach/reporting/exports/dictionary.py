"""The dictionary beside an extract for research: what each column means, how coarse it had to become, and what is missing."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from outreach.core.spreadsheets import harmless_row
from outreach.definitions.agreement import Research
from outreach.reporting.disclosure import is_small

MEANINGS = {
    "pseudonym": "Un dossier. Tiré au hasard pour cet extrait : deux extraits ne peuvent pas être rapprochés.",
    "age": "Tranche d'âge de la personne à qui l'on s'adresse, à l'ouverture du dossier.",
    "size": "Nombre de personnes connues au foyer.",
    "language": "Langue parlée, si elle est assez fréquente ; « other » sinon.",
    "reading": "Lit le français : reads, does_not, unknown.",
    "area": "Type de quartier : inside (quartier prioritaire), rural (commune rurale), outside (ailleurs), none (adresse inconnue).",
    "opened": "Mois d'ouverture du dossier.",
    "contacted": "Mois du premier contact ; vide si personne n'a été contacté.",
    "mediated": "Mois de la première médiation ; vide s'il n'y en a pas.",
    "outcome": "Où en est le dossier : mediated, refused, unreachable, wrong_data, withdrawn, open.",
    "kind": "Ce qu'a été la médiation, au mieux : action, information, exchange.",
    "actions": "Ce qui a été mis en place, séparé par des espaces.",
    "causes": "Pourquoi il fallait de l'aide, séparé par des espaces.",
}
STEPS = ("tel que compté", "plus large", "encore plus large", "encore plus large")


def write_dictionary(
    path: Path, research: Research, columns: Mapping[str, str], *, k: int, lines: int, rare: int, objecting: int
) -> Path:
    """Write the dictionary of an extract. ``columns``: each with how coarse it became. Counts of a handful are not told."""
    told = [
        ("*destinataire", research.organisation, ""),
        ("*finalité", research.purpose, ""),
        ("*lignes", str(lines), ""),
        (
            "*taille minimale d'un groupe",
            str(k),
            "autant de lignes au moins ont les mêmes valeurs de toutes les colonnes généralisées",
        ),
        ("*lignes supprimées", _count(rare, k), "trop rares pour être montrées"),
        ("*oppositions", _count(objecting, k), "dossiers de personnes qui s'opposent, absents de l'extrait"),
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerow(("colonne", "sens", "précision"))
        writer.writerows(map(harmless_row, told))
        writer.writerows((name, MEANINGS[name], how) for name, how in columns.items())
    return path


def how_coarse(step: int, top: int) -> str:
    """How far a column climbed, in words."""
    return "ne dit plus rien" if step == top else STEPS[step]


def _count(number: int, k: int) -> str:
    return f"moins de {k}" if is_small(number, k) else str(number)
