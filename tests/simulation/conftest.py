"""One small town, written once for all tests that read it."""

from __future__ import annotations

import pytest

from outreach.simulation.town import write_town
from tests.simulation.towns import WrittenTown

PEOPLE = 5000
SEED = 3


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> WrittenTown:
    folder = tmp_path_factory.mktemp("town")
    write_town(PEOPLE, SEED, folder)
    return WrittenTown(folder)
