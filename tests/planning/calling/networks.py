"""Random small networks to call: sites, languages, do-not-call windows, deadlines."""

from __future__ import annotations

import numpy as np

from outreach.planning.calling import Contacts, Pools

TONGUES = (frozenset({"fr"}), frozenset({"ar"}), frozenset({"ar", "fr"}), frozenset({"tr"}))
SPOKEN = (frozenset({"fr"}), frozenset({"fr", "ar"}), frozenset({"tr", "fr"}))


def network(seed, contacts=40, days=4, windows=3, sites=2, most=3):
    """Contacts and pools; some sites have no pool for some language."""
    draw = np.random.default_rng(seed)
    n = int(draw.integers(0, contacts + 1))
    earliest = draw.integers(0, days, n)
    asked = Contacts(
        site=draw.integers(0, sites, n), speaks=draw.integers(0, len(TONGUES), n), tongues=TONGUES,
        value=draw.choice([0.0, 1.0, 2.0, 4.0], n), chance=draw.random((n, windows)), allowed=draw.random((n, windows)) > 0.3,
        earliest=earliest, deadline=earliest + draw.integers(-1, days + 2, n),
    )  # fmt: skip
    places = [(site, spoken) for site in range(sites) for spoken in SPOKEN if draw.random() < 0.7]
    pools = Pools(
        np.array([site for site, _ in places], dtype=int), [spoken for _, spoken in places],
        draw.integers(0, most, (len(places), days, windows)),
    )  # fmt: skip
    return asked, pools
