"""The summary in plain French: a few sentences, and the small print."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from outreach.core.i18n import french_day, number
from outreach.core.words import Unit
from outreach.reporting.funnel import UNIT_WORDS

if TYPE_CHECKING:
    from outreach.definitions.registry import Loaded

HIDDEN = "n.c."
"""What stands for a hidden count."""


def shown(count: int | None) -> str:
    """A count as it is read: ``1 234``, or ``n.c.`` when hidden."""
    return HIDDEN if count is None else number(count)


def sentences(content: dict[str, Any], start: date, end: date) -> list[str]:
    """What happened, what came of it, how long it took, what the list was worth."""
    many = UNIT_WORDS[Unit.HOUSEHOLD if content["unit"] == "foyer" else Unit.PERSON].many
    targeted = next(step["count"] for step in content["funnel"] if step["id"] == "targeted")
    when = f"Du {french_day(start)} au {french_day(end)}"
    if not content["solicited"]:
        hidden = content["solicited"] is None
        too_few = f"{when}, trop peu de {many} ont été joints pour en parler sans les désigner."
        first = too_few if hidden else f"{when}, personne n'a encore été sollicité."
        return [first, "Les résultats viendront dans un prochain bilan.", _quality_sentence(content["quality"])]
    of = f" sur {number(targeted)} ciblés" if targeted else ""
    first = f"{when}, nous avons sollicité {number(content['solicited'])} {many}{of}."
    return [first, _result_sentence(content, many), *_delay_sentence(content), _quality_sentence(content["quality"])]


WHOLE_TABLES = (
    "Trop de chiffres de ce bilan et des précédents se recoupent pour être examinés un par un : par précaution, des tableaux"
    " entiers ne sont pas communiqués."
)


def notes(threshold: int, loaded: Loaded, *, is_coarse: bool = False) -> list[str]:
    """The small print: what words mean, what is hidden and why."""
    version = loaded.version.number if loaded.version else 0
    return [
        "Médiation : un échange a eu lieu, une information a été délivrée, ou une action a été mise en place.",
        (
            "Sollicités : première sollicitation pendant la période. Résultats : état au soir du dernier jour. Une opposition"
            " l'emporte sur tout autre résultat."
        ),
        (
            f"Secret : un nombre inférieur à {threshold} n'est pas publié (« {HIDDEN} », non communiqué), ni ceux qui"
            " permettraient de le retrouver par différence, y compris avec les bilans précédents. Les communes peu nombreuses"
            " sont réunies sous « Autres »."
        ),
        *([WHOLE_TABLES] if is_coarse else []),
        "Aucune donnée de personne ne figure dans ce bilan, ni dans les fichiers qui l'accompagnent.",
        f"Définitions : campagne « {loaded.campaign.code} », version {version}.",
    ]


def _result_sentence(content: dict[str, Any], many: str) -> str:
    if content["mediated"] is None or content["conversion"] is None:
        return "Le nombre de médiations est trop proche d'un petit nombre de personnes pour être publié."
    rate = spoken(content["conversion"])
    open_ = next(step["count"] for step in content["outcomes"] if step["id"] == "open")
    still = f" ; pour {number(open_)} autres, nous continuons" if open_ else ""
    them = "eux" if many == "foyers" else "elles"
    return (
        f"Une médiation a eu lieu pour {number(content['mediated'])} d'entre {them}, soit {rate} %"
        f" (moyenne du réseau : {spoken(content['network_conversion'])} %){still}."
    )


def _delay_sentence(content: dict[str, Any]) -> list[str]:
    days = next(part["days"] for part in content["delays"] if part["id"] == "mediation")
    if days is None:
        return []
    return [
        "La moitié des médiations ont eu lieu "
        + ("le jour du premier contact." if days == 0 else f"en {days} jours au plus." if days > 1 else "dès le lendemain.")
    ]


def _quality_sentence(quality: dict[str, Any]) -> str:
    if not quality["received"]:
        return "Aucune liste n'a été reçue."
    usable = sum(state["count"] for state in quality["states"] if state["label"] not in {"Doublons exacts", "Rejetées"})
    phone = next((part["rate"] for part in quality["filled"] if part["label"] == "Un téléphone valable"), None)
    of = f" ; {spoken(phone)} % ont un téléphone valable" if phone is not None else ""
    lists = f"{quality['lists']} listes" if quality["lists"] > 1 else "une liste"
    return f"Sur {number(quality['received'])} lignes reçues en {lists}, {number(usable)} étaient exploitables{of}."


def spoken(rate: float) -> str:
    """``64,5``, and ``60`` rather than ``60,0``."""
    return number(int(rate) if rate == int(rate) else rate)
