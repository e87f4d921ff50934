"""Runs a command in a process of its own and tells its CPU seconds and peak memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parents[1]
PEERS = HERE.parent / ".venv-peers" / "bin" / "python"
# Started from a small process: the peak of a process that a large one starts would be the large one's.
LAUNCH = """
import json, resource, subprocess, sys, time
begun = time.perf_counter()
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"code": done.returncode, "out": done.stdout, "error": done.stderr[-2000:], "wall": time.perf_counter() - begun,
                  "cpu": used.ru_utime + used.ru_stime, "megabytes": used.ru_maxrss / 1024}))
"""


def measured(*command: object) -> dict[str, Any]:
    """What a command printed as JSON on its last line, with its CPU and wall seconds and peak memory (MB)."""
    line = [sys.executable, "-c", LAUNCH, *(str(word) for word in command)]
    done = json.loads(subprocess.run(line, capture_output=True, text=True, check=True).stdout)
    if done["code"]:
        raise SystemExit(done["error"])
    out = done["out"].strip().splitlines()
    return {**(json.loads(out[-1]) if out else {}), "cpu": done["cpu"], "wall": done["wall"], "megabytes": done["megabytes"]}


def ours(what: str, *words: object) -> dict[str, Any]:
    """A step of this engine (routing/measured.py)."""
    return measured(sys.executable, HERE / "routing" / "measured.py", what, *words)


def peer(script: str, *words: object) -> dict[str, Any] | None:
    """A peer in its own environment; None where that is not installed."""
    return measured(PEERS, HERE / "peers" / script, *words) if PEERS.exists() else None
