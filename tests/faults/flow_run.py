"""A run of the flow dispatch as a process of its own, in a simulated morning; told to go on slowly, so that there is time to disturb it.

python -m tests.faults.flow_run MOMENT
"""

from __future__ import annotations

import sys
from datetime import datetime

from outreach.core import clock
from outreach.flows.dispatch import dispatch


def main() -> None:
    """Run it once."""
    with clock.travel(datetime.fromisoformat(sys.argv[1])):
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        dispatch()


if __name__ == "__main__":
    main()
