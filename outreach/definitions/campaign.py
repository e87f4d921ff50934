"""campaign.yaml: one targeted action, from the columns of its lists to the shifts of its mediators."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from itertools import combinations
from typing import Annotated, Self

from pydantic import Field, model_validator

from outreach.core.i18n import _
from outreach.core.words import Channel, LeaveReason, TravelMode, Unit
from outreach.definitions.agreement import Slug
from outreach.definitions.base import Definition, Place, PlacedError
from outreach.definitions.fields import ListField
from outreach.definitions.hours import Span, WorkingTime
from outreach.definitions.outcomes import Attribution, Costs, Measure, OwnResult, Returns
from outreach.definitions.rules import WrittenRule
from outreach.policy.dispositions import DISPOSITIONS

Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]


class ListMode(StrEnum):
    """Whether a file is the partner's whole list, or what changed since the last one."""

    FULL = "full"
    DELTA = "delta"
    CORRECTION = "correction"
    """Rows of an earlier list that came back corrected; never written in a definition."""


class ListDefinition(Definition):
    """One kind of file that the partner sends."""

    code: Slug
    mode: ListMode = ListMode.FULL
    columns: dict[ListField, list[str]] = Field(min_length=1)
    """For each field, the headers it may stand under (accents, case and spacing do not matter)."""
    extra_columns: dict[str, list[str]] = Field(default_factory=dict)
    """For each of the partner's own fields (``extra_fields`` of the agreement), the headers it may stand under."""
    required: list[ListField] = Field(default_factory=lambda: [ListField.REFERENCE])
    stages: dict[str, list[str]] = Field(default_factory=dict)
    """The partner's words for the stage of a debt, by our code."""
    leaving: list[str] | dict[LeaveReason, list[str]] = Field(default_factory=list)
    """In a delta, the words of the movement column that take a customer off the list; by reason where the partner says it."""
    settled: list[str] = Field(default_factory=list)
    """The words of the stage column that say that nothing is due any more."""
    amends: Slug | None = None
    """For a delta, the full list that it changes; the campaign's only full list by default."""
    most_removed_percent: int = Field(default=50, ge=1, le=100)
    """A full list that no longer names more than this share of the customers is held until a person confirms it."""

    @model_validator(mode="after")
    def _delta_has_a_movement(self) -> Self:
        if self.mode is ListMode.CORRECTION:
            raise ValueError(_("« mode » est full ou delta"))
        if self.mode is ListMode.DELTA and (ListField.MOVEMENT not in self.columns or not self.leaving):
            raise ValueError(_("une liste « delta » a besoin d'une colonne « movement » et des mots de « leaving »"))
        return self

    @property
    def leave_words(self) -> dict[str, LeaveReason]:
        """The words that take a customer off the list, each with its reason."""
        by_reason = self.leaving if isinstance(self.leaving, dict) else {LeaveReason.LEFT: self.leaving}
        return {word: reason for reason, words in by_reason.items() for word in words}


class Exclusion(Definition):
    """A reason not to contact somebody."""

    code: Slug
    label: str
    when: WrittenRule


class Segment(Definition):
    """A group contacted for one reason; the first whose rule holds takes the case."""

    code: Slug
    label: str
    priority: int = Field(ge=1, le=9)
    """1 is contacted first."""
    when: WrittenRule


class Waves(Definition):
    """The randomised order of contact inside a segment: later waves are the comparison of earlier ones.

    ``baseline``: the share of people of whom the outcome is expected without any contact; ``icc``: how much doors of one
    building resemble each other (0: not at all). Both serve to say what size of effect the waves can show.
    """

    count: int = Field(default=1, ge=1, le=12)
    days_apart: int = Field(default=7, ge=1)
    baseline: float = Field(default=0.30, gt=0, lt=1)
    icc: float = Field(default=0.05, ge=0, le=1)


class Step(Definition):
    """One step of the cadence. It is skipped when its channel is impossible for the case, or its conditions do not hold."""

    code: Slug
    channel: Channel
    days_after_previous: int = Field(ge=0)
    attempts: int = Field(default=1, ge=1, le=4)
    days_between_attempts: int = Field(default=2, ge=1)
    priorities_up_to: int = Field(default=9, ge=1, le=9)
    """Only segments of this priority or better get this step."""
    only_after: list[str] = Field(default_factory=list)
    """Results of which the case must have had one (codes of dispositions)."""
    not_after: list[str] = Field(default_factory=list)
    """Results of which the case must have had none."""
    recorded: bool = False
    """A call that no mediator makes: a short message is read to whoever answers. For people who do not read."""
    instead_of: Slug | None = None
    """An earlier step: this one is for cases for which that one was impossible, or its channel led nowhere."""

    @model_validator(mode="after")
    def _only_calls_are_recorded(self) -> Self:
        if self.recorded and self.channel is not Channel.CALL:
            raise PlacedError([(("recorded",), _("« recorded » ne va qu'avec channel: call"))])
        return self

    @model_validator(mode="after")
    def _known_results(self) -> Self:
        message = _("résultat inconnu : {codes} ; possibles : {known}")
        found: list[tuple[Place, str]] = [
            ((name,), message.format(codes=", ".join(sorted(unknown)), known=", ".join(DISPOSITIONS)))
            for name in ("only_after", "not_after")
            if (unknown := set(getattr(self, name)) - set(DISPOSITIONS))
        ]
        if found:
            raise PlacedError(found)
        return self


class Capacity(Definition):
    """What the network can do in a day, and how many answers it can take."""

    letters_per_day: int = Field(ge=0)
    sms_per_day: int = Field(default=0, ge=0)
    recorded_per_day: int = Field(default=0, ge=0)
    """Recorded messages of one day."""
    minutes_per_call: int = Field(default=8, ge=2)
    minutes_per_door: int = Field(default=12, ge=3)
    minutes_per_reception: int = Field(default=30, ge=5)
    """One person at the desk."""
    answers_percent: int = Field(default=15, ge=1, le=100)
    """Letters and SMS that bring somebody to the desk, of a hundred, as far as is known."""
    answer_days: int = Field(default=10, ge=1, le=60)
    """Within how many days they come."""
    replies_percent: int = Field(default=5, ge=1, le=100)
    """SMS to which somebody replies or calls back the same day, of a hundred."""
    minutes_per_reply: int = Field(default=6, ge=1)
    lunch: Span | None = None
    """A break of every shift that spans it; rounds are planned around it."""


class MediatorDefinition(Definition):
    """One mediator; ``languages`` are ISO 639-1 codes."""

    code: Slug
    name: str
    languages: list[Language] = Field(min_length=1)
    travel: TravelMode = TravelMode.TRANSIT
    phone: str | None = None
    """On which calls reach them; the site's by default. It is never shown to who is called."""
    calls: WorkingTime | None = None
    visits: WorkingTime | None = None
    desk: WorkingTime | None = None
    """When they receive who comes, calls back or answers."""


class SiteDefinition(Definition):
    """A site that takes part, and its people."""

    code: Slug
    name: str
    address: str
    phone: str
    insee: str = Field(pattern=r"^(\d{2}|2[AB])\d{3}$")
    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    mediators: list[MediatorDefinition] = Field(min_length=1)


class Campaign(Definition):
    """The whole of campaign.yaml."""

    code: Slug
    name: str
    unit: Unit
    starts_on: date
    ends_on: date
    themes: list[str] = Field(min_length=1)
    lists: list[ListDefinition] = Field(min_length=1)
    exclusions: list[Exclusion] = Field(default_factory=list)
    segments: list[Segment] = Field(min_length=1)
    waves: Waves = Waves()
    cadence: list[Step] = Field(min_length=1)
    recontact: dict[str, Annotated[int, Field(ge=1, le=90)]] = Field(default_factory=dict)
    """Days before the next attempt after a result, where it shall not be what the table of results says."""
    pause_after_conversation: int = Field(default=7, ge=0, le=90)
    """Days of rest after somebody was spoken to and nothing was agreed."""
    results: list[OwnResult] = Field(default_factory=list)
    """Results of this campaign alone, each a finer name of a common one."""
    attribution: Attribution = Attribution()
    returns: list[Returns] = Field(default_factory=list)
    """The files in which the partner says what became of its customers."""
    costs: Costs = Costs()
    measure: Measure = Measure()
    capacity: Capacity
    sites: list[SiteDefinition] = Field(min_length=1)

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if self.ends_on <= self.starts_on:
            raise PlacedError([(("ends_on",), _("ends_on doit être après starts_on"))])
        people = [mediator.code for site in self.sites for mediator in site.mediators]
        for what, codes in {
            "lists": [part.code for part in self.lists],
            "segments": [part.code for part in self.segments],
            "exclusions": [part.code for part in self.exclusions],
            "cadence": [part.code for part in self.cadence],
            "results": [part.code for part in self.results],
            "returns": [part.code for part in self.returns],
            "sites": [part.code for part in self.sites],
            "mediators": people,
        }.items():
            twice = {code for code in codes if codes.count(code) > 1}
            if twice:
                raise ValueError(_("{what} : code employé deux fois : {codes}").format(what=what, codes=", ".join(sorted(twice))))
        self._check_cadence()
        self._check_measure()
        unknown = {part.amends for part in self.lists if part.amends} - {part.code for part in self.lists}
        if unknown:
            raise ValueError(_("« amends » nomme une liste inconnue : {codes}").format(codes=", ".join(sorted(unknown))))
        return self

    def _check_cadence(self) -> None:
        """An alternative stands after the step that it replaces; re-contact intervals are of results that exist."""
        seen: set[str] = set()
        for at, step in enumerate(self.cadence):
            if step.instead_of is not None and step.instead_of not in seen:
                message = _("« instead_of » de « {step} » doit nommer une étape qui la précède")
                raise PlacedError([(("cadence", at, "instead_of"), message.format(step=step.code))])
            seen.add(step.code)
        unknown = set(self.recontact) - set(DISPOSITIONS)
        if unknown:
            raise ValueError(_("« recontact » : résultat inconnu : {codes}").format(codes=", ".join(sorted(unknown))))

    def _check_measure(self) -> None:
        """The comparison is between waves that there are, of an outcome that the partner reports."""
        after = self.measure.compare_after
        if after is not None and not after < self.waves.count:
            raise ValueError(_("« compare_after » vient avant la dernière vague ({count})").format(count=self.waves.count))
        reported = {kind for part in self.returns for kind in part.outcomes}
        if self.measure.outcome is not None and self.measure.outcome not in reported:
            raise ValueError(_("aucun fichier de « returns » ne dit « {kind} »").format(kind=self.measure.outcome))

    def scope_of(self, part: ListDefinition) -> str:
        """The full list that a file of this kind is, or amends."""
        full = [other.code for other in self.lists if other.mode is ListMode.FULL]
        return part.amends or (full[0] if part.mode is ListMode.DELTA and len(full) == 1 else part.code)

    def result(self, code: str) -> OwnResult | None:
        """The campaign's own result of that code, if it is one."""
        return next((part for part in self.results if part.code == code), None)

    @property
    def channels(self) -> frozenset[Channel]:
        """The channels the cadence uses."""
        return frozenset(step.channel for step in self.cadence)

    def step(self, code: str) -> Step:
        """The step of that code; raises ``KeyError``."""
        return {step.code: step for step in self.cadence}[code]


def two_places(campaign: Campaign) -> list[tuple[Place, str]]:
    """Who calls, visits or receives at the same time: what is planned in both would be promised to two. With the place of each.

    A mistake of what is written, not of what is in force: a campaign that was launched before goes on.
    """
    found: list[tuple[Place, str]] = []
    for at, site in enumerate(campaign.sites):
        for number, person in enumerate(site.mediators):
            works = {name: pattern for name in ("calls", "visits", "desk") if (pattern := getattr(person, name)) is not None}
            for (one, first), (other, second) in combinations(works.items(), 2):
                if first.meets(second):
                    message = _("« {one} » et « {other} » de « {code} » ont lieu en même temps : séparez leurs heures")
                    place = ("sites", at, "mediators", number, other, "hours")
                    found.append((place, message.format(one=one, other=other, code=person.code)))
    return found
