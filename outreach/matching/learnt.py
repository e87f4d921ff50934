"""Parameters learnt from the network's own rows: kept by version, in force once adopted, the shipped ones before any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from outreach.matching.parameters import Parameters, shipped
from outreach.models import MatchParameters

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def parameters_in_force(session: Session) -> Parameters:
    """The last adopted parameters, or those that come with the package."""
    query = select(MatchParameters).where(MatchParameters.adopted_at.is_not(None)).order_by(MatchParameters.adopted_at.desc())
    adopted = session.scalars(query.limit(1)).one_or_none()
    return Parameters.from_data(adopted.content) if adopted else shipped()
