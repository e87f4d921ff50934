"""The three-class model on pattern counts: estimation by EM, adaptation to a list, posteriors.

A pair is one *same* person, two people of one *household*, or *strangers*. Within a class the fields are
taken as independent and a missing field says nothing (Fellegi and Sunter's model with a third class for
relatives).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from outreach.matching.fields import FAR_FIELDS, NEAR_FIELDS, SAME_ADDRESS, columns, one_hot, unpack
from outreach.matching.frequencies import ListChances
from outreach.matching.parameters import CLASSES, Parameters, Stratum, Table

Floats = NDArray[np.float64]
Patterns = NDArray[np.int32]
PSEUDO_PAIRS = 20.0
ROUNDS = 200
# How much the shipped frequencies weigh against those of the list: about a list of 600 rows, and 500 pairs.
PRIOR_CHANCE_PAIRS = 200_000.0
PRIOR_SAMPLE_PAIRS = 20_000.0
SAMPLE_PAIRS = 100_000
PRIOR_NEAR_PAIRS = 500.0
PRIOR_FAR_RECORDS = 2_000.0
MOVED_FIELDS, MOVED_ROUNDS = ("address", "mobile", "fixed"), 15


@dataclass(frozen=True)
class PatternScores:
    """Logarithm of weight x likelihood per pattern (rows in the order of `patterns`) and class of CLASSES.

    `by_chance` is the share of the namesakes in a household whose first name is alike by chance, not after a father;
    `one_surname` the share of a household's pairs that share a surname.
    """

    patterns: Patterns
    joint: Floats
    near: NDArray[np.bool_]
    by_chance: float
    one_surname: float


def is_near(patterns: Patterns) -> NDArray[np.bool_]:
    """Whether the pair's two addresses are the same."""
    return np.asarray(unpack(patterns)["address"] == SAME_ADDRESS)


def posteriors(joint: Floats) -> Floats:
    """P(class) per row, from log weight x likelihood."""
    shifted = np.exp(joint - joint.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def estimate_near(patterns: Patterns, counts: Floats, start: Stratum) -> Stratum:
    """EM over the pairs at one address; the start tables stay in as a prior: the classes keep their roles."""
    rows, where = one_hot(patterns, NEAR_FIELDS), columns()
    prior = np.exp(start.log_tables())
    logs, weights = start.log_tables(), np.array([start.weights[name] for name in CLASSES])
    for _ in range(ROUNDS):
        share = posteriors(rows @ logs.T + np.log(weights)) * counts[:, None]
        levels = share.T @ rows + PSEUDO_PAIRS * prior
        for field in NEAR_FIELDS:
            part = levels[:, where[field]]
            logs[:, where[field]] = np.log(part / part.sum(axis=1, keepdims=True))
        before, weights = weights, share.sum(axis=0) / counts.sum()
        if np.abs(weights - before).max() < 1e-6:  # noqa: PLR2004 - a share of pairs too small to matter
            break
    tables = {
        name: {field: tuple(np.exp(logs[row, where[field]]).tolist()) for field in sorted(NEAR_FIELDS)}
        for row, name in enumerate(CLASSES)
    }
    return Stratum(dict(zip(CLASSES, weights.tolist(), strict=True)), tables)


def estimate_near_weights(
    patterns: Patterns, counts: Floats, near: Stratum, prior_pairs: float, strangers: float = 0.0
) -> Stratum:
    """Only what depends on whom a list covers, by EM: the class weights, and how crowded each class's addresses are.

    The given ones count as if they had been seen on `prior_pairs` pairs. `strangers` is the number of pairs at one
    address that were not compared: in a crowded block most share nothing.
    """
    likelihood = one_hot(patterns, NEAR_FIELDS - {"crowd"}) @ near.log_tables().T
    rows = one_hot(patterns, frozenset({"crowd"}))[:, columns()["crowd"]]
    known = np.array([near.weights[name] for name in CLASSES])
    crowds = np.array([near.tables[name]["crowd"] for name in CLASSES])
    prior = crowds * (prior_pairs * known + PSEUDO_PAIRS)[:, None]
    stranger = CLASSES.index("stranger")
    weights = known
    for _ in range(ROUNDS):
        share = posteriors(likelihood + rows @ np.log(crowds).T + np.log(weights)) * counts[:, None]
        levels, seen = share.T @ rows, share.sum(axis=0)
        levels[stranger, -1] += strangers
        seen[stranger] += strangers
        crowds = (levels + prior) / (levels + prior).sum(axis=1, keepdims=True)
        before, weights = weights, (seen + prior_pairs * known) / (seen.sum() + prior_pairs)
        if np.abs(weights - before).max() < 1e-7:  # noqa: PLR2004 - a share of pairs too small to matter
            break
    tables = {name: {**near.tables[name], "crowd": tuple(crowds[row].tolist())} for row, name in enumerate(CLASSES)}
    return Stratum(dict(zip(CLASSES, weights.tolist(), strict=True)), tables)


def estimate_far_rates(patterns: Patterns, counts: Floats, far: Stratum, records: int, prior_records: float) -> Stratum:
    """How many same and household pairs there are per record among pairs at different addresses, by EM.

    Strangers are nearly all of the N(N-1)/2 pairs of the list, compared or not, so that blocking does not
    bias the rates.
    """
    likelihood = one_hot(patterns, FAR_FIELDS) @ far.log_tables().T
    known = np.array([far.weights[name] for name in CLASSES[:2]])
    rates = known
    for _ in range(ROUNDS):
        joint = likelihood + far_log_weights(rates, records)
        seen = (posteriors(joint) * counts[:, None]).sum(axis=0)[:2]
        # A class that this list does not show stays possible: a rate of 0 could never grow again.
        before, rates = rates, np.maximum((seen + prior_records * known) / (records + prior_records), 1e-9)
        if np.abs(np.log(rates / before)).max() < 1e-4:  # noqa: PLR2004 - a hundredth of a per cent
            break
    return replace(far, weights=dict(zip(CLASSES, rates.tolist(), strict=False)))


def estimate_moved(patterns: Patterns, counts: Floats, far: Stratum, records: int, prior_pairs: float) -> Stratum:
    """What a move changes, by EM: the tables MOVED_FIELDS of one person between addresses; the given ones count as `prior_pairs`.

    Names and birth dates say who moved, and they stay as they are.
    """
    rows, where, start = one_hot(patterns, FAR_FIELDS), columns(), far
    for _ in range(MOVED_ROUNDS):
        far = estimate_far_rates(patterns, counts, far, records, prior_records=0.0)
        rates = np.array([far.weights[name] for name in CLASSES[:2]])
        share = posteriors(rows @ far.log_tables().T + far_log_weights(rates, records))[:, 0] * counts
        seen = share @ rows
        moved = {
            field: _blended(start.tables["same"][field], tuple(seen[where[field]].tolist()), prior_pairs)
            for field in MOVED_FIELDS
        }
        far = replace(far, tables={**far.tables, "same": {**far.tables["same"], **moved}})
    return far


def far_log_weights(rates: Floats, records: int) -> Floats:
    """Logarithm of the class shares among all pairs of a list; in a list of two, still no certainty."""
    shares = np.minimum(2 * rates / max(records - 1, 1), 0.25)
    return np.asarray(np.log(np.append(shares, 1 - shares.sum())))


def with_chances(far: Stratum, chances: ListChances) -> Stratum:
    """The far stratum with the chance agreements of strangers counted on the list at hand.

    Someone who moved far keeps to the rule that his new place is drawn like anyone's: in a list of one town
    all movers are found in the same town.
    """
    known = far.tables["stranger"]
    strangers = {field: _blended(known[field], chances.levels[field], PRIOR_SAMPLE_PAIRS) for field in known}
    for field in ("given_name", "family_name", "birth_date", "mobile", "fixed", "email", "partner"):
        top = chances.exact[field].rate(known[field][-1], PRIOR_CHANCE_PAIRS)
        strangers[field] = _with_top(strangers[field], top)
    same_town, same_street = known["address"][1:3]
    town = min(chances.exact["postal_code"].rate(same_town + same_street, PRIOR_CHANCE_PAIRS), 1 - 1e-6)
    street = min(chances.exact["street"].rate(same_street, PRIOR_CHANCE_PAIRS), town / 2)
    strangers |= {"address": (1 - town, town - street, street, 1e-12), "reference": known["reference"]}
    tables = {name: _in_town(far.tables[name], town) for name in CLASSES[:2]}
    return replace(far, tables={**tables, "stranger": strangers})


def _blended(shares: tuple[float, ...], seen: tuple[float, ...], prior_pairs: float) -> tuple[float, ...]:
    """Known shares, weighing as much as `prior_pairs` pairs, and the levels seen."""
    total = sum(seen) + prior_pairs
    return tuple((count + share * prior_pairs) / total for share, count in zip(shares, seen, strict=True))


def _with_list_phones(near: Stratum, strangers: Table) -> Stratum:
    """Numbers of one block differ by a digit more often than most: no evidence, even at one address."""
    tables = {name: dict(near.tables[name]) for name in CLASSES}
    for field in ("mobile", "fixed"):
        _, chance_slip, chance_equal = strangers[field]
        _, slip, equal = tables["household"][field]
        slip = max(slip, chance_slip)
        tables["household"][field] = (1 - slip - equal, slip, equal)
        _, slip, equal = tables["stranger"][field]
        slip, equal = max(slip, chance_slip), max(equal, chance_equal)
        tables["stranger"][field] = (1 - slip - equal, slip, equal)
    return replace(near, tables=tables)


def _with_top(shares: tuple[float, ...], top: float) -> tuple[float, ...]:
    """The shares with the highest level set and the others scaled to what is left."""
    rest = sum(shares[:-1])
    return (*(share * (1 - top) / rest for share in shares[:-1]), top)


def _in_town(table: Table, town: float) -> Table:
    elsewhere, same_town, same_street, same = table["address"]
    return {**table, "address": (elsewhere * (1 - town), same_town + elsewhere * town, same_street, same)}


def _with_list_partners(stratum: Stratum, crowding: float, names: tuple[str, ...]) -> Stratum:
    """Different people are found in one partner's list more often the fewer partners there are.

    `crowding` is how much more often than where the parameters were learnt. Where a person's own rows come
    from is a habit of the partners, not of chance, and stays as learnt.
    """
    tables = dict(stratum.tables)
    for name in names:
        together = min(tables[name]["partner"][-1] * crowding, 0.95)
        tables[name] = {**tables[name], "partner": (1 - together, together)}
    return replace(stratum, tables=tables)


def adapt(parameters: Parameters, patterns: Patterns, counts: Floats, records: int, chances: ListChances) -> Parameters:
    """Parameters for one list: its own chance agreements and class frequencies, the shipped likelihoods.

    The shipped frequencies weigh most in a short list and vanish in a long one.
    """
    is_close = is_near(patterns)
    far = with_chances(parameters.far, chances)
    crowding = far.tables["stranger"]["partner"][-1] / parameters.far.tables["stranger"]["partner"][-1]
    near = _with_list_phones(parameters.near, far.tables["stranger"])
    near = _with_list_partners(near, crowding, ("household", "stranger"))
    # Strangers between addresses were counted on the list itself.
    far = _with_list_partners(far, crowding, ("household",))
    uncompared = max(0.0, chances.at_one_address - float(counts[is_close].sum()))
    return replace(
        parameters,
        near=estimate_near_weights(patterns[is_close], counts[is_close], near, PRIOR_NEAR_PAIRS, uncompared),
        far=estimate_far_rates(patterns[~is_close], counts[~is_close], far, records, PRIOR_FAR_RECORDS),
    )


def score(parameters: Parameters, patterns: Patterns, records: int) -> PatternScores:
    """The joint log probability of each pattern and class."""
    near = is_near(patterns)
    near_weights = np.log([parameters.near.weights[name] for name in CLASSES])
    rates = np.array([parameters.far.weights[name] for name in CLASSES[:2]])
    joint = np.where(
        near[:, None],
        one_hot(patterns, NEAR_FIELDS) @ parameters.near.log_tables().T + near_weights,
        one_hot(patterns, FAR_FIELDS) @ parameters.far.log_tables().T + far_log_weights(rates, records),
    )
    chance, household = parameters.far.tables["stranger"]["given_name"][-1], parameters.near.tables["household"]
    return PatternScores(
        patterns, joint, near,
        by_chance=min(chance / household["given_name"][-1], 1.0), one_surname=sum(household["family_name"][1:]),
    )  # fmt: skip
