"""Why a pair is, or is not, one person: each field's agreement, what it weighed, and how the probability moved."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outreach.matching import rules
from outreach.matching.fields import FAR_FIELDS, FIELDS, NEAR_FIELDS, SAME_ADDRESS, columns, unpack
from outreach.matching.model import far_log_weights, posteriors
from outreach.matching.parameters import CLASSES, Parameters
from outreach.matching.settle import SAME_CUSTOMER

ORDER = (
    "family_name", "given_name", "birth_date", "mobile", "fixed", "email", "reference", "address", "flat", "crowd", "partner",
)  # fmt: skip
"""The order in which people weigh things up: the names first, where they live later."""
NOTHING = 1e-6
MISSING = "missing"
START, RARITY, RULE = "start", "names", "rule"


@dataclass(frozen=True)
class Evidence:
    """One field of a compared pair.

    level names the agreement ("missing" when a side lacks the field). `same` and `household` are the weights
    in bits of this agreement for one person, and for one household, against strangers: +10 is a thousand to
    one.
    """

    field: str
    level: str
    same: float
    household: float


@dataclass(frozen=True)
class Step:
    """One step from the first guess to the verdict: what was looked at, and P(same person) after it.

    `weight` is how far the step moved the odds, in bits: +1 doubles them, -1 halves them.
    """

    field: str
    level: str
    weight: float
    p_after: float


@dataclass(frozen=True)
class Waterfall:
    """All steps, from what any such pair is worth to P(same person) of this one.

    `barred` says what forbids an automatic merge.
    """

    steps: tuple[Step, ...]
    p_same: float
    barred: str | None

    @property
    def telling(self) -> list[Step]:
        """The steps that could say something."""
        return [step for step in self.steps if step.level != MISSING]

    @property
    def silent(self) -> list[str]:
        """The fields that could not: a side lacks them, or every pair of the register has them alike."""
        return [step.field for step in self.steps if step.level == MISSING]


def explain(pattern: int, parameters: Parameters) -> tuple[Evidence, ...]:
    """The evidence of a link's pattern, field by field; `parameters` are those of the run (Matching)."""
    levels = _levels(pattern)
    logs = (parameters.near if _is_near(levels) else parameters.far).log_tables() / np.log(2)
    where = columns()
    found = []
    for field in FIELDS:
        level = levels[field.name]
        if level < 0:
            found.append(Evidence(field.name, MISSING, 0.0, 0.0))
            continue
        same, household, stranger = logs[:, where[field.name].start + level]
        found.append(Evidence(field.name, field.levels[level], float(same - stranger), float(household - stranger)))
    return tuple(found)


def waterfall(pattern: int, parameters: Parameters, records: int, p_same: float) -> Waterfall:
    """How `parameters`, on a register of so many `records`, come from nothing to `p_same` of a pair of this pattern.

    What the fields do not account for is the rarity of the names, or the rule of one customer reference. The steps add
    up: each starts where the one before ended.
    """
    levels = _levels(pattern)
    near = _is_near(levels)
    stratum, used = (parameters.near, NEAR_FIELDS) if near else (parameters.far, FAR_FIELDS)
    logs, where = stratum.log_tables(), columns()
    joint = _prior(parameters, near=near, records=records)
    steps = [Step(START, "same_address" if near else "anywhere", _log_odds(joint), _p(joint))]
    names = {field.name: field.levels for field in FIELDS}
    for name in ORDER:
        level = levels[name]
        if name not in used:
            continue
        if level < 0:
            steps.append(Step(name, MISSING, 0.0, steps[-1].p_after))
            continue
        before = _log_odds(joint)
        joint = joint + logs[:, where[name].start + level]
        steps.append(Step(name, names[name][level], _log_odds(joint) - before, _p(joint)))
    rest = _logit(p_same) - _log_odds(joint)
    one_customer = bool(rules.same_customer(_marks(pattern))[0])
    if one_customer and p_same >= float(SAME_CUSTOMER) - NOTHING and rest > 0:
        steps.append(Step(RULE, "same_customer", rest, p_same))
    elif abs(p_same - steps[-1].p_after) > 5e-4:  # noqa: PLR2004 - less than anybody reads
        steps.append(Step(RARITY, "rare" if rest > 0 else "frequent", rest, p_same))
    return Waterfall(tuple(steps), p_same, barred(pattern))


def barred(pattern: int) -> str | None:
    """The rule that forbids an automatic merge of a pair of this pattern, whatever its probability."""
    marks = _marks(pattern)
    if rules.contradicted(marks)[0]:
        return "contradicted"
    if not (rules.mergeable(marks)[0] or rules.same_customer(marks)[0]):
        return "nothing_personal"
    return None


def _levels(pattern: int) -> dict[str, int]:
    return {name: int(level[0]) for name, level in _marks(pattern).items()}


def _marks(pattern: int) -> dict[str, NDArray[np.int8]]:
    return unpack(np.array([pattern], dtype=np.int32))


def _is_near(levels: dict[str, int]) -> bool:
    return levels["address"] == SAME_ADDRESS


def _prior(parameters: Parameters, *, near: bool, records: int) -> NDArray[np.float64]:
    if near:
        return np.log([parameters.near.weights[name] for name in CLASSES])
    return far_log_weights(np.array([parameters.far.weights[name] for name in CLASSES[:2]]), records)


def _p(joint: NDArray[np.float64]) -> float:
    return float(posteriors(joint[None, :])[0, 0])


def _log_odds(joint: NDArray[np.float64]) -> float:
    others = np.logaddexp(joint[1], joint[2])
    return float((joint[0] - others) / np.log(2))


def _logit(p: float) -> float:
    p = min(max(p, 1e-9), 1 - 1e-9)
    return float(np.log2(p / (1 - p)))
