"""Learn the shipped parameters again: ``python -m tests.matching.ship_parameters``.

They come from one generated list of 200,000 rows; no test uses its seed. A change of fields or levels asks for
a new version number and file name.
"""

from pathlib import Path

import outreach.matching
from outreach.matching.parameters import SHIPPED
from outreach.matching.training import train
from outreach.simulation.records.lists import generate

SEED = 550
ROWS = 200_000

if __name__ == "__main__":
    parameters = train(generate(ROWS, SEED).records, version="2")
    parameters.save(Path(outreach.matching.__file__).parent / "data" / SHIPPED)
