"""Communes are called as they are officially written; districts of the three cities by their numbers."""

from __future__ import annotations

import pytest

from outreach.core.communes import commune_names, lines
from outreach.reporting.summary.groups import commune


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("69259|VENISSIEUX", "Vénissieux"), ("69388|LYON", "Lyon 8e"), ("13201|MARSEILLE", "Marseille 1er"), ("75056|PARIS", "Paris"),
        ("|SAINT PRIEST", "Saint-Priest"), ("|", "Adresse non localisée"),
    ],
)  # fmt: skip
def test_a_commune_is_called_by_its_name(place, told):
    assert commune(place) == told


def test_every_present_commune_has_one_name():
    present = [line for line in lines() if line[3]]
    assert len(present) == len(commune_names()) > 34_900
    assert all(len(line) == 4 for line in lines())
