"""The content of a partner's summary: plain data, already protected, from which workbook and document are both made."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from babel.dates import format_date

from outreach.core import clock
from outreach.core.i18n import number
from outreach.core.words import Unit
from outreach.reporting.breakdowns import answers, attempts, breakdowns
from outreach.reporting.disclosure import suppress, thin_steps
from outreach.reporting.figures import counted_cases
from outreach.reporting.funnel import NETWORK_CONVERSION, UNIT_WORDS, Funnel, Step, read_funnel
from outreach.reporting.quality import list_quality

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded

HIDDEN = "n.c."
"""What stands for a hidden count."""
ROW_STEPS = frozenset({"received", "usable", "persons"})
FIRM_STEPS = frozenset({"units", "targeted", "solicited", "mediated"})
"""Steps that are shown rather than others when two are too close to both be shown."""


def summary_content(session: Session, loaded: Loaded, *, start: date, end: date) -> dict[str, Any]:
    """Everything a partner may read about a period, both days included. Aggregates only; ``None`` is a hidden count.

    Solicited: cases first solicited in the period. Outcomes: where they stand at the end of its last day.
    """
    folder = loaded.folder
    threshold = folder.agreement.smallest_cell
    since, until = clock.at(start, "00:00"), clock.at(end + timedelta(days=1), "00:00")
    with counted_cases(session, loaded, since=since, until=until) as values:
        funnel = read_funnel(session, values)
        tables = breakdowns(session, loaded, values, threshold)
        about = answers(session, values, threshold)
        made = attempts(session, values, threshold)
        quality = list_quality(session, values)
    outcomes = suppress({step.id: step.count for step in funnel.outcomes}, threshold)
    steps = _shown_steps(funnel, outcomes["mediated"], threshold)
    kinds = _shown_kinds(funnel, steps["mediated"], threshold)
    if steps["mediated"] is None:
        tables = [_without_mediated(table) for table in tables]
        about = [part | {"rows": [row | {"count": None} for row in part["rows"]]} for part in about]
    content = {
        "campaign": folder.campaign.name,
        "partner": folder.agreement.partner.name,
        "association": folder.agreement.association.name,
        "start": start.isoformat(),
        "end": end.isoformat(),
        "threshold": threshold,
        "unit": funnel.unit,
        "solicited": steps["solicited"],
        "mediated": steps["mediated"],
        "conversion": _percent(steps["mediated"], steps["solicited"]),
        "network_conversion": round(100 * NETWORK_CONVERSION, 1),
        "funnel": [_as_data(step, steps[step.id]) for step in funnel.steps],
        "kinds": [_as_data(step, kinds[step.id]) for step in funnel.kinds],
        "outcomes": [_as_data(step, outcomes[step.id]) for step in funnel.outcomes],
        "attempts": made,
        "breakdowns": tables,
        "answers": about,
        "quality": quality,
        "notes": _notes(threshold, loaded),
    }
    return content | {"sentences": _sentences(content, start, end)}


def shown(count: int | None) -> str:
    """A count as it is read: ``1 234``, or ``n.c.`` when hidden."""
    return HIDDEN if count is None else number(count)


def _shown_steps(funnel: Funnel, mediated: int | None, threshold: int) -> dict[str, int | None]:
    """Rows and persons are the partner's own list; from the units on, nobody must follow from a difference."""
    people = [(step.id, step.count) for step in funnel.steps if step.id not in ROW_STEPS]
    safe = thin_steps([step for step in people if step[0] != "mediated" or mediated is not None], FIRM_STEPS, threshold)
    return {step.id: step.count if step.id in ROW_STEPS else safe.get(step.id) for step in funnel.steps}


def _shown_kinds(funnel: Funnel, mediated: int | None, threshold: int) -> dict[str, int | None]:
    if mediated is None:
        return {step.id: None for step in funnel.kinds}
    return suppress({step.id: step.count for step in funnel.kinds}, threshold)


def _without_mediated(table: dict[str, Any]) -> dict[str, Any]:
    return table | {"rows": [row | {"mediated": None, "rate": None} for row in table["rows"]]}


def _as_data(step: Step, count: int | None) -> dict[str, Any]:
    return {"id": step.id, "label": step.label, "count": count, "unit": step.unit, "definition": step.definition}


def _percent(part: int | None, whole: int | None) -> float | None:
    return round(100 * part / whole, 1) if part is not None and whole else None


def _sentences(content: dict[str, Any], start: date, end: date) -> list[str]:
    many = UNIT_WORDS[Unit.HOUSEHOLD if content["unit"] == "foyer" else Unit.PERSON].many
    targeted = next(step["count"] for step in content["funnel"] if step["id"] == "targeted")
    when = f"Du {_day(start)} au {_day(end)}"
    if not content["solicited"]:
        hidden = content["solicited"] is None
        too_few = f"{when}, trop peu de {many} ont été joints pour en parler sans les désigner."
        first = too_few if hidden else f"{when}, personne n'a encore été sollicité."
        return [first, "Les résultats viendront dans un prochain bilan.", _quality_sentence(content["quality"])]
    of = f" sur {number(targeted)} ciblés" if targeted else ""
    first = f"{when}, nous avons sollicité {number(content['solicited'])} {many}{of}."
    return [first, _result_sentence(content, many), _quality_sentence(content["quality"])]


def _result_sentence(content: dict[str, Any], many: str) -> str:
    if content["mediated"] is None or content["conversion"] is None:
        return "Le nombre de médiations est trop proche d'un petit nombre de personnes pour être publié."
    rate = _spoken(content["conversion"])
    open_ = next(step["count"] for step in content["outcomes"] if step["id"] == "open")
    still = f" ; pour {number(open_)} autres, nous continuons" if open_ else ""
    them = "eux" if many == "foyers" else "elles"
    return (
        f"Une médiation a eu lieu pour {number(content['mediated'])} d'entre {them}, soit {rate} %"
        f" (moyenne du réseau : {_spoken(content['network_conversion'])} %){still}."
    )


def _quality_sentence(quality: dict[str, Any]) -> str:
    if not quality["received"]:
        return "Aucune liste n'a été reçue."
    usable = sum(state["count"] for state in quality["states"] if state["label"] not in {"Doublons exacts", "Rejetées"})
    phone = next((part["rate"] for part in quality["filled"] if part["label"] == "Un téléphone valable"), None)
    of = f" ; {_spoken(phone)} % ont un téléphone valable" if phone is not None else ""
    lists = f"{quality['lists']} listes" if quality["lists"] > 1 else "une liste"
    return f"Sur {number(quality['received'])} lignes reçues en {lists}, {number(usable)} étaient exploitables{of}."


def _notes(threshold: int, loaded: Loaded) -> list[str]:
    version = loaded.version.number if loaded.version else 0
    return [
        "Médiation : un échange a eu lieu, une information a été délivrée, ou une action a été mise en place.",
        (
            "Sollicités : première sollicitation pendant la période. Résultats : état au soir du dernier jour. Une opposition"
            " l'emporte sur tout autre résultat."
        ),
        (
            f"Secret : un nombre inférieur à {threshold} n'est pas publié (« {HIDDEN} », non communiqué), ni ceux qui"
            " permettraient de le retrouver par différence. Les communes peu nombreuses sont réunies sous « Autres »."
        ),
        "Aucune donnée de personne ne figure dans ce bilan, ni dans les fichiers qui l'accompagnent.",
        f"Définitions : campagne « {loaded.campaign.code} », version {version}.",
    ]


def _spoken(rate: float) -> str:
    """``64,5``, and ``60`` rather than ``60,0``."""
    return number(int(rate) if rate == int(rate) else rate)


def _day(day: date) -> str:
    written = format_date(day, "d MMMM y", locale="fr")
    return f"1er{written[1:]}" if day.day == 1 else written
