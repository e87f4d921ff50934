"""What probability alone may not decide: merges never made, and one always made. Pure functions of levels."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from outreach.matching.fields import SAME_ADDRESS

Levels = Mapping[str, NDArray[np.int8]]
Marks = NDArray[np.bool_]
Ties = NDArray[np.int8]
UNTIED, BY_NAME, TIED = 0, 1, 2
"""What two rows have of a household in common: nothing that counts, one surname among many people, or more."""
GIVEN_DIFFERENT, GIVEN_EQUAL = 0, 5
YEAR_OR_DAY, ONE_SLIP, BORN_EQUAL = 1, 2, 3
GIVEN_CLOSE, VERY_CLOSE_GIVEN = 3, 4
PHONE_EQUAL = 2
CROWDED = 3
"""More than twelve rows at the address."""


def contradicted(levels: Levels) -> Marks:
    """Pairs that cannot be one person: another first name and another birth date.

    A first name that is only alike (Jean, Jeanne) does not excuse a birth date that is plainly another.
    """
    given, born = levels["given_name"], levels["birth_date"]
    other_name = (given == GIVEN_DIFFERENT) & (born >= 0) & (born <= ONE_SLIP)
    other_date = (given >= 0) & (given < GIVEN_EQUAL) & (born >= 0) & (born <= YEAR_OR_DAY)
    return np.asarray(other_name | other_date)


def estranged(levels: Levels) -> Marks:
    """Pairs that may not be joined through others: contradicted, or of another first name without proof."""
    other_name = levels["given_name"] == GIVEN_DIFFERENT
    proven = (levels["birth_date"] == BORN_EQUAL) & (levels["reference"] == 1)
    return np.asarray(contradicted(levels) | (other_name & ~proven))


def mergeable(levels: Levels) -> Marks:
    """Pairs that may be merged automatically: a shared phone, e-mail or home alone is never enough.

    Something personal has to agree: the first name, or the birth date when a first name is missing. A first name that
    only sounds alike (Hassan, Hussein; Jean, Jeanne) is often a brother's or a wife's: it needs a birth date or a
    customer reference beside it. Two customers of one partner whose first names are but alike may be twins (Adama and Awa, Jean and
    Jeanne). Where many live behind one street door, namesakes with plainly different birth dates are two people unless a phone or an e-mail
    says otherwise.
    """
    given = levels["given_name"]
    vouched = (levels["birth_date"] >= ONE_SLIP) | (levels["reference"] == 1)
    named = (given > GIVEN_DIFFERENT) & ((given != GIVEN_CLOSE) | vouched)
    born = (levels["given_name"] < 0) & (levels["birth_date"] == BORN_EQUAL)
    apart = (
        (levels["crowd"] == CROWDED) & (levels["birth_date"] >= 0) & (levels["birth_date"] <= YEAR_OR_DAY) & ~_one_way_in(levels)
    )
    twins = (levels["reference"] == 0) & (given >= GIVEN_CLOSE) & (given < GIVEN_EQUAL)
    return np.asarray((named | born) & ~twins & ~apart & ~estranged(levels))


def _one_way_in(levels: Levels) -> Marks:
    """A phone or an e-mail on both sides."""
    return np.asarray((levels["mobile"] == PHONE_EQUAL) | (levels["fixed"] == PHONE_EQUAL) | (levels["email"] == 1))


def same_customer(levels: Levels) -> Marks:
    """One partner's customer reference on both sides and names that fit: one person, wherever he lives."""
    given, surname = levels["given_name"], levels["family_name"]
    fits = (given != GIVEN_DIFFERENT) & ((surname != 0) | (given >= VERY_CLOSE_GIVEN))
    dated_apart = (levels["birth_date"] >= 0) & (levels["birth_date"] <= YEAR_OR_DAY)
    return np.asarray((levels["reference"] == 1) & fits & ~dated_apart)


def ties(levels: Levels) -> Ties:
    """What of a household each pair has in common: a phone, an e-mail, or at one address the door or the surname.

    The street door alone is a neighbour's too; and one surname behind two addresses is a family, not a household. Where many live
    behind one street door, or nobody knows where, one surname says less than the rest (``BY_NAME``).
    """
    near = (levels["address"] < 0) | (levels["address"] == SAME_ADDRESS)
    named, few = near & (levels["family_name"] > 0), (levels["crowd"] >= 0) & (levels["crowd"] < CROWDED)
    surely = _one_way_in(levels) | (near & (levels["flat"] == 1)) | (named & few)
    return np.select([surely, named], [TIED, BY_NAME], UNTIED).astype(np.int8)
