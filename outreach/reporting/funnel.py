"""The funnel of a campaign: from the rows of its lists to completed mediations, every step with its definition."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from outreach.core import clock
from outreach.core.i18n import N_
from outreach.core.labels import MEDIATIONS
from outreach.core.words import CaseStatus, Channel, Unit
from outreach.reporting.figures.keeping import refresh_all
from outreach.reporting.figures.reading import Span, Tally, rows, total, until_now
from outreach.reporting.lists import listed

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded

NETWORK_CONVERSION = 0.60
"""Share of solicitations that end in a mediation, over the whole network in its reference year."""
OPEN = "open"
OUTCOMES = {
    "mediated": N_("Médiation réalisée"),
    "refused": N_("Ne souhaite pas d'aide"),
    "unreachable": N_("Injoignable"),
    "wrong_data": N_("Coordonnées fausses"),
    "withdrawn": N_("Retiré par le partenaire"),
    "objected": N_("Opposition"),
    OPEN: N_("En cours"),
}
"""What became of those solicited; each is in exactly one."""


@dataclass(frozen=True)
class UnitWords:
    """What is said of one kind of unit, in whole sentences: another language does more than replace the noun."""

    one: str
    many: str
    units: str
    listed: str
    targeted: str
    mediated: str
    of_kind: str


UNIT_WORDS = {
    Unit.HOUSEHOLD: UnitWords(
        one=N_("foyer"),
        many=N_("foyers"),
        units=N_("Foyers distincts"),
        listed=N_("Foyers de ces listes, comptés une fois"),
        targeted=N_("Foyers retenus par les règles de la campagne"),
        mediated=N_("Foyers sollicités pour qui une médiation a abouti"),
        of_kind=N_("Foyers dont la médiation la plus aboutie est de ce type"),
    ),
    Unit.PERSON: UnitWords(
        one=N_("personne"),
        many=N_("personnes"),
        units=N_("Personnes à étudier"),
        listed=N_("Personnes de ces listes, comptées une fois"),
        targeted=N_("Personnes retenues par les règles de la campagne"),
        mediated=N_("Personnes sollicitées pour qui une médiation a abouti"),
        of_kind=N_("Personnes dont la médiation la plus aboutie est de ce type"),
    ),
}


@dataclass(frozen=True)
class Step:
    """One step: ``count`` of ``unit`` (plural), and what is counted, in a sentence.

    All its texts are French, as the partner's summary keeps them, and in the catalogue: a screen passes them through ``_``.
    """

    id: str
    label: str
    count: int
    unit: str
    definition: str


@dataclass(frozen=True)
class Rate:
    """One rate: ``numerator`` over ``denominator``, both ids of steps, kinds or outcomes.

    ``value``: from 0 to 1, if there is one.
    """

    id: str
    label: str
    numerator: str
    denominator: str
    definition: str
    value: float | None


@dataclass(frozen=True)
class Funnel:
    """The whole funnel. ``outcomes`` add up to solicited, ``kinds`` to mediated. ``mature``: of the cases long enough under way.

    ``attempts``: contacts made, by channel; several for one case.
    """

    unit: str
    steps: tuple[Step, ...]
    kinds: tuple[Step, ...]
    outcomes: tuple[Step, ...]
    attempts: tuple[Step, ...]
    rates: tuple[Rate, ...]
    mature: Tally
    came_unasked: int
    """Mediations with targeted units that came before we solicited them: counted apart."""
    conversion: float | None
    """Mediated over solicited; ``None`` when nobody was solicited."""
    network_conversion: float = NETWORK_CONVERSION

    def count(self, step: str) -> int:
        """The count of a step, kind, outcome or channel; raises ``KeyError``."""
        return {part.id: part.count for part in (*self.attempts, *self.kinds, *self.outcomes, *self.steps)}[step]


def campaign_funnel(session: Session, loaded: Loaded, span: Span | None = None) -> Funnel:
    """The funnel of a campaign: as of now, or of the months of ``span``.

    What changed since figures were taken is counted first.
    """
    refresh_all(session)
    return read_funnel(session, loaded, span or until_now())


def read_funnel(session: Session, loaded: Loaded, span: Span) -> Funnel:
    """The funnel from the figures as they are kept."""
    campaigns = [loaded.campaign.id]
    tally = total(session, campaigns, span)
    mature = total(session, campaigns, Span(span.first, min(span.last, _ripe_month(loaded))))
    words = UNIT_WORDS[Unit(loaded.campaign.unit)]
    numbers = {**asdict(tally), **listed(session, loaded, span.last).counts}
    outcomes = tuple(
        Step(code, label, numbers[code], words.many, _outcome_definition(code, words)) for code, label in OUTCOMES.items()
    )
    return Funnel(
        unit=words.one,
        steps=tuple(
            Step(code, label, numbers[code], counted, definition)
            for code, label, counted, definition in _steps(words, is_period=span.is_period)
        ),
        kinds=tuple(Step(kind, label, numbers[kind], words.many, words.of_kind) for kind, label in MEDIATIONS.items()),
        outcomes=outcomes,
        attempts=_attempts(session, campaigns, span),
        rates=tuple(_rate(rate, tally if not rate.startswith("mature") else mature) for rate in RATES),
        mature=mature,
        came_unasked=tally.unasked,
        conversion=tally.mediated / tally.solicited if tally.solicited else None,
    )


RATES = {
    "contact": ("reached", "solicited", N_("Taux de contact"), N_("Contact établi, sur sollicités")),
    "acceptance": ("accepted", "reached", N_("Taux d'acceptation"), N_("Aide acceptée, sur contact établi")),
    "conversion": ("mediated", "solicited", N_("Taux de médiation"), N_("Médiation réalisée, sur sollicités")),
    "mature_conversion": (
        "mediated", "solicited", N_("Taux de médiation, cas mûrs"),
        N_("Médiation réalisée, sur sollicités depuis assez longtemps pour que le résultat ne change plus guère"),
    ),
}  # fmt: skip
"""Each rate: numerator, denominator, label, definition."""


def _attempts(session: Session, campaigns: list[int], span: Span) -> tuple[Step, ...]:
    values = {"campaigns": campaigns, "first": span.first, "last": span.last}
    found = {row["channel"]: int(row["n"]) for row in rows(session, MADE, values)}
    unit, definition = N_("contacts"), N_("Contacts faits sur ce canal, plusieurs pour un même cas")
    return tuple(Step(channel.value, label, found.get(channel, 0), unit, definition) for channel, label in CHANNELS.items())


MADE = """
SELECT channel, sum(n) AS n FROM figure_work
WHERE campaign_id = ANY(:campaigns) AND month BETWEEN :first AND :last AND result <> 'mediation' GROUP BY 1
"""
CHANNELS = {Channel.LETTER: N_("Courriers"), Channel.SMS: N_("SMS"), Channel.CALL: N_("Appels"), Channel.VISIT: N_("Visites")}


def _rate(code: str, tally: Tally) -> Rate:
    numerator, denominator, label, definition = RATES[code]
    of = getattr(tally, denominator)
    return Rate(code, label, numerator, denominator, definition, getattr(tally, numerator) / of if of else None)


def _ripe_month(loaded: Loaded) -> date:
    """The last month of which every case was first contacted long enough ago."""
    ripe = clock.today() - timedelta(days=loaded.folder.campaign.measure.mature_after_days)
    return (ripe.replace(day=1) - timedelta(days=1)).replace(day=1)


def _steps(words: UnitWords, *, is_period: bool) -> tuple[tuple[str, str, str, str], ...]:
    lines, people, many = N_("lignes"), N_("personnes"), words.many
    solicited = (
        N_("Ciblés à qui un courrier, un SMS, un appel ou une visite a été adressé pendant la période")
        if is_period
        else N_("Ciblés à qui un courrier, un SMS, un appel ou une visite a été adressé")
    )
    return (
        ("received", N_("Lignes reçues"), lines, N_("Lignes de toutes les listes déposées, lignes vides non comptées")),
        ("usable", N_("Lignes exploitables"), lines, N_("Lignes reçues, moins les doublons et les lignes rejetées")),
        ("persons", N_("Personnes distinctes"), people,
         N_("Personnes trouvées derrière les lignes, chacune comptée une fois")),
        ("units", words.units, many, words.listed),
        ("targeted", N_("Ciblés"), many, words.targeted),
        ("contactable", N_("Joignables"), many,
         N_("Ciblés, avec au moins une adresse ou un téléphone utilisable par la campagne")),
        ("solicited", N_("Sollicités"), many, solicited),
        ("reached", N_("Contact établi"), many, N_("Sollicités avec qui un échange dans les deux sens a eu lieu")),
        ("accepted", N_("Aide acceptée"), many, N_("Contact établi, et la personne veut bien être aidée, maintenant ou plus tard")),
        ("mediated", N_("Médiation réalisée"), many,
         N_("Sollicités pour qui un échange, une information ou une action a abouti")),
    )  # fmt: skip


def _outcome_definition(code: str, words: UnitWords) -> str:
    return {
        CaseStatus.MEDIATED: words.mediated,
        CaseStatus.REFUSED: N_("Ont dit ne pas vouloir d'aide"),
        CaseStatus.UNREACHABLE: N_("Toutes les tentatives prévues ont été faites, sans réponse"),
        CaseStatus.WRONG_DATA: N_("Aucune adresse ni aucun téléphone ne s'est révélé juste"),
        CaseStatus.WITHDRAWN: N_("Le partenaire les a retirés de sa liste"),
        CaseStatus.OBJECTED: N_("Ont demandé à ne plus être contactés"),
        OPEN: N_("Une étape est encore prévue"),
    }[code]
