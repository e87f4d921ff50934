"""Parameters learnt from the network's own rows: kept by version, in force once adopted, the shipped ones before any."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from sqlalchemy import func, select

from outreach.core import audit, clock
from outreach.core.errors import PolicyError
from outreach.core.i18n import _
from outreach.matching.engine import match_records
from outreach.matching.fields import FIELDS
from outreach.matching.parameters import Parameters, Stratum, shipped
from outreach.matching.training import train
from outreach.models import MatchParameters

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.matching.constraints import Constraints

LEAST_RECORDS = 2_000
"""Fewer rows say too little of how often strangers, relatives and one person agree."""
TOLD_FROM = 1.0
"""A weight is told to have changed when it moved by this many bits: the odds doubled or halved."""
SELDOM = 0.001
"""A level that hardly occurs in either class is not told about."""


@dataclass(frozen=True)
class Shift:
    """A weight that moved: what this agreement was worth for one person against strangers, in bits, before and after."""

    near: bool
    field: str
    level: str
    before: float
    after: float


@dataclass(frozen=True)
class Effect:
    """What other parameters would do to the register: pairs of rows merged that are not now, and the other way round."""

    merged: int
    parted: int
    review_before: int
    review_after: int


@dataclass(frozen=True)
class Training:
    """What was learnt, from how many rows, against which version, what moved, and what it would change."""

    version: str
    records: int
    against: str
    shifts: list[Shift]
    effect: Effect


def parameters_in_force(session: Session) -> Parameters:
    """The last adopted parameters, or those that come with the package."""
    query = select(MatchParameters).where(MatchParameters.adopted_at.is_not(None)).order_by(MatchParameters.adopted_at.desc())
    adopted = session.scalars(query.limit(1)).one_or_none()
    return Parameters.from_data(adopted.content) if adopted else shipped()


def learn(session: Session, records: pa.Table, constraints: Constraints, *, actor: str) -> Training:
    """Learn from the register's own rows, without labels, and keep the result under a version of its own; nothing is adopted.

    ``records``: columns as for ``match_records``. Raises ``PolicyError`` when there are too few.
    """
    if records.num_rows < LEAST_RECORDS:
        raise PolicyError(
            _("trop peu de lignes pour apprendre : {rows}, il en faut {least}").format(
                rows=records.num_rows, least=LEAST_RECORDS
            ),
            mend=_("Gardez les paramètres livrés, faits pour cela."),
        )
    before = parameters_in_force(session)
    version = _next_version(session)
    after = replace(train(records, version=version), calibration=before.calibration)
    _keep(session, after, f"{records.num_rows} rows", actor)
    return Training(version, records.num_rows, before.version, shifts(before, after), effect(records, constraints, before, after))


def adopt(session: Session, version: str, *, actor: str) -> Parameters:
    """Put kept parameters, or the shipped ones by their version, in force from the next match on.

    Raises ``PolicyError`` for a version that nobody keeps.
    """
    found = session.scalars(select(MatchParameters).where(MatchParameters.version == version)).one_or_none()
    if found is None and version == shipped().version:
        found = _keep(session, shipped(), "shipped", actor)
    if found is None:
        raise PolicyError(_("ces paramètres n'existent pas"), place=version, mend=_("Voyez « outreach match train »."))
    found.adopted_at = clock.now()
    session.flush()
    audit.record(session, actor, "match.adopt", f"match_parameters/{found.id}", {"version": version})
    return Parameters.from_data(found.content)


def keep_calibrated(session: Session, calibration: tuple[float, float], labels: int, *, actor: str) -> str:
    """Keep the parameters in force with another calibration, under a version of its own; returns it."""
    version = _next_version(session)
    _keep(session, replace(parameters_in_force(session), version=version, calibration=calibration), f"{labels} labels", actor)
    return version


def shifts(before: Parameters, after: Parameters) -> list[Shift]:
    """The weights that moved, the widest first."""
    found = [
        *_stratum_shifts(before.near, after.near, near=True),
        *_stratum_shifts(before.far, after.far, near=False),
    ]
    return sorted(found, key=lambda shift: -abs(shift.after - shift.before))


def effect(records: pa.Table, constraints: Constraints, before: Parameters, after: Parameters) -> Effect:
    """Both parameters on the same rows: what would be merged or parted."""
    old, new = (match_records(records, parameters=parameters, constraints=constraints) for parameters in (before, after))
    persons = np.column_stack([old.persons.column("person_key").to_numpy(), new.persons.column("person_key").to_numpy()])
    both = _pairs(persons)
    return Effect(_pairs(persons[:, 1:]) - both, _pairs(persons[:, :1]) - both, old.review_count, new.review_count)


def _pairs(keys: np.ndarray) -> int:
    """How many pairs of rows share all keys of a row."""
    counts = np.unique(keys, axis=0, return_counts=True)[1].astype(np.int64)
    return int((counts * (counts - 1) // 2).sum())


def _stratum_shifts(before: Stratum, after: Stratum, *, near: bool) -> list[Shift]:
    found = []
    for field in FIELDS:
        if field.name not in before.tables["same"] or field.name not in after.tables["same"]:
            continue
        for index, level in enumerate(field.levels):
            shares = [
                (stratum.tables["same"][field.name][index], stratum.tables["stranger"][field.name][index])
                for stratum in (before, after)
            ]
            if max(max(pair) for pair in shares) < SELDOM:
                continue
            weights = [float(np.log2(max(same, 1e-12) / max(stranger, 1e-12))) for same, stranger in shares]
            if abs(weights[1] - weights[0]) >= TOLD_FROM:
                found.append(Shift(near, field.name, level, *weights))
    return found


def _next_version(session: Session) -> str:
    return f"own-{(session.scalar(select(func.max(MatchParameters.id))) or 0) + 1}"


def _keep(session: Session, parameters: Parameters, learnt_from: str, actor: str) -> MatchParameters:
    kept = MatchParameters(
        version=parameters.version, content=parameters.as_data(), learnt_from=learnt_from, created_at=clock.now(), created_by=actor,
        adopted_at=None,
    )  # fmt: skip
    session.add(kept)
    session.flush()
    audit.record(session, actor, "match.keep", f"match_parameters/{kept.id}", {"version": kept.version})
    return kept
