"""Freed memory goes back to the system."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
from outreach.core.memory import give_large_blocks_back
known = give_large_blocks_back()
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 / 1e6
before = resident()
for _ in range(20):
    parts = [b"x" * (700_000 + at) for at in range(100)]
    held = resident()
    del parts
print(known, held - before > 50, resident() - before < 20)
"""


def test_what_was_large_and_is_freed_is_not_kept():
    told = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True).stdout.split()
    assert told == ["True", "True", "True"]
