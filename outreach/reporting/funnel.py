"""The funnel of a campaign: from the rows of its lists to completed mediations, every step with its definition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from outreach.core import clock
from outreach.core.words import CaseStatus, MediationKind, Unit
from outreach.reporting.figures import BEGINNING, COHORT, LISTED, counted_cases, counts, one

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded

NETWORK_CONVERSION = 0.60
"""Share of solicitations that end in a mediation, over the whole network in its reference year."""
OPEN = "open"
OUTCOMES = {
    "mediated": "Médiation réalisée",
    "refused": "Ne souhaite pas d'aide",
    "unreachable": "Injoignable",
    "wrong_data": "Coordonnées fausses",
    "withdrawn": "Retiré par le partenaire",
    "objected": "Opposition",
    OPEN: "En cours",
}
"""What became of those solicited; each is in exactly one."""
KINDS = {
    MediationKind.EXCHANGE: "Échange",
    MediationKind.INFORMATION: "Information délivrée",
    MediationKind.ACTION: "Action mise en place",
}
UNIT_LABELS = {Unit.HOUSEHOLD: ("foyer", "foyers"), Unit.PERSON: ("personne", "personnes")}


@dataclass(frozen=True)
class Step:
    """One step: ``count`` of ``unit`` (French plural), and what is counted, in a sentence."""

    id: str
    label: str
    count: int
    unit: str
    definition: str


@dataclass(frozen=True)
class Funnel:
    """The whole funnel. ``outcomes`` add up to solicited, ``kinds`` to mediated."""

    unit: str
    steps: tuple[Step, ...]
    kinds: tuple[Step, ...]
    outcomes: tuple[Step, ...]
    came_unasked: int
    """Mediations with targeted units that came before we solicited them: counted apart."""
    conversion: float | None
    """Mediated over solicited; ``None`` when nobody was solicited."""
    network_conversion: float = NETWORK_CONVERSION

    def count(self, step: str) -> int:
        """The count of a step, kind or outcome; raises ``KeyError``."""
        return {part.id: part.count for part in (*self.kinds, *self.outcomes, *self.steps)}[step]


def campaign_funnel(session: Session, loaded: Loaded) -> Funnel:
    """The funnel of a campaign as of now."""
    with counted_cases(session, loaded, until=clock.now()) as values:
        return read_funnel(session, values)


def read_funnel(session: Session, values: dict[str, Any]) -> Funnel:
    """The funnel of the cases counted in ``case_figure``."""
    listed, cohort = one(session, LISTED, values), one(session, COHORT, values)
    unit, many = UNIT_LABELS[Unit(values["unit"])]
    found = counts(session, "SELECT coalesce(closing, 'open'), count(*) FROM case_figure WHERE solicited GROUP BY 1", values)
    outcomes = tuple(
        Step(code, label, found.get(code, 0), many, _outcome_definition(code, many)) for code, label in OUTCOMES.items()
    )
    by_kind = counts(
        session, "SELECT kind, count(*) FROM case_figure WHERE solicited AND closing = 'mediated' GROUP BY 1", values
    )
    mediated = outcomes[0].count
    kinds = tuple(
        Step(
            str(kind),
            label,
            by_kind.get(str(kind), 0),
            many,
            f"{many.capitalize()} dont la médiation la plus aboutie est de ce type",
        )
        for kind, label in KINDS.items()
    )
    figures = {**listed, **cohort, "mediated": mediated}
    return Funnel(
        unit=unit,
        steps=tuple(
            Step(code, label, int(figures[code]), counted, definition)
            for code, label, counted, definition in _steps(many, is_period=values["since"] > BEGINNING)
        ),
        kinds=kinds,
        outcomes=outcomes,
        came_unasked=int(cohort["came_unasked"]),
        conversion=mediated / cohort["solicited"] if cohort["solicited"] else None,
    )


def _steps(many: str, *, is_period: bool) -> tuple[tuple[str, str, str, str], ...]:
    when = " pendant la période" if is_period else ""
    return (
        ("received", "Lignes reçues", "lignes", "Lignes de toutes les listes déposées, lignes vides non comptées"),
        ("usable", "Lignes exploitables", "lignes", "Lignes reçues, moins les doublons et les lignes rejetées"),
        ("persons", "Personnes distinctes", "personnes", "Personnes trouvées derrière les lignes, chacune comptée une fois"),
        ("units", f"{many.capitalize()} distincts" if many == "foyers" else "Personnes à étudier", many,
         f"{many.capitalize()} de ces listes, comptés une fois"),
        ("targeted", "Ciblés", many, f"{many.capitalize()} retenus par les règles de la campagne"),
        ("contactable", "Joignables", many, "Ciblés, avec au moins une adresse ou un téléphone utilisable par la campagne"),
        ("solicited", "Sollicités", many, f"Ciblés à qui un courrier, un SMS, un appel ou une visite a été adressé{when}"),
        ("reached", "Contact établi", many, "Sollicités avec qui un échange dans les deux sens a eu lieu"),
        ("mediated", "Médiation réalisée", many, "Sollicités pour qui un échange, une information ou une action a abouti"),
    )  # fmt: skip


def _outcome_definition(code: str, many: str) -> str:
    return {
        CaseStatus.MEDIATED: f"{many.capitalize()} sollicités pour qui une médiation a abouti",
        CaseStatus.REFUSED: "Ont dit ne pas vouloir d'aide",
        CaseStatus.UNREACHABLE: "Toutes les tentatives prévues ont été faites, sans réponse",
        CaseStatus.WRONG_DATA: "Aucune adresse ni aucun téléphone ne s'est révélé juste",
        CaseStatus.WITHDRAWN: "Le partenaire les a retirés de sa liste",
        CaseStatus.OBJECTED: "Ont demandé à ne plus être contactés",
        OPEN: "Une étape est encore prévue",
    }[code]
