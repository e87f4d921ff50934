"""How often Python looks for what refers to itself alone: rarely, where thousands of rows are made and let go."""

from __future__ import annotations

import gc

RARELY = (20_000, 20, 20)
"""Objects more than before at which it looks at the newest, and looks at each age after which it looks at the next older."""


def look_rarely() -> None:
    """Have this process look rarely. For those that plan and send: by Python's own 700 they look two thousand times a day."""
    gc.set_threshold(*RARELY)
