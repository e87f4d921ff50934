"""The officer's documents say where data come from, and what the lists of several partners do to each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from outreach.definitions.loader import read_folder
from outreach.privacy.processing.criteria import Volume, criteria

CAMPAIGN = Path(__file__).parents[2] / "campaigns" / "energy-arrears"


@pytest.mark.parametrize("partners", [1, 2])
def test_that_details_serve_the_actions_of_all_is_said_where_there_are_several_partners(partners):
    found = {one.name: one for one in criteria(read_folder(CAMPAIGN).agreement, Volume(10, partners))}
    crossed = found["croisement de données"]
    assert crossed.met == (partners > 1)
    assert ("les coordonnées que donne l'un servent aux actions de tous" in crossed.because) == (partners > 1)
