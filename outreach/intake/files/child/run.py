"""The child's life: limits first, then the file, then one last word."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import os
import resource
import signal
import sys
from typing import Any

from outreach.intake.files.child.wire import END, ERROR, RefusedError, Wire

DIE_WITH_PARENT = 1
"""``PR_SET_PDEATHSIG`` of Linux."""
CPU_FACTOR = 3
RESERVED = 1.25
"""Growing tables reserve memory that they never touch; the parent watches what is touched."""


def main() -> None:
    """Reads one file and tells its parent."""
    order: dict[str, Any] = json.loads(sys.argv[1])
    _bound(order)
    wire = Wire(os.dup(1))
    # A library that prints must not talk into what we say.
    os.dup2(2, 1)
    # No cycles are made, and looking for them takes half of the time.
    gc.disable()
    try:
        _read(wire, order)
        wire.send(END)
    except RefusedError as error:
        wire.send(ERROR, [error.code, error.values_])
    except MemoryError:
        wire.send(ERROR, ["memory", {}])
    except BrokenPipeError:
        pass
    except BaseException as error:  # noqa: BLE001  (libraries of other languages panic with their own kinds)
        with contextlib.suppress(OSError):
            wire.send(ERROR, [_code(error), {"reason": f"{type(error).__name__}: {error}"[:500]}])
    # Nothing is worth tidying: the parent has all.
    os._exit(0)


def _code(error: BaseException) -> str:
    kind, text = type(error).__name__, str(error).lower()
    if kind == "PasswordError" or "password" in text:
        return "encrypted"
    return "memory" if kind == "ArrowMemoryError" or "malloc of size" in text else "damaged"


def _bound(order: dict[str, Any]) -> None:
    """Memory, time, no file written, no core left; death with the parent."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != order["parent"]:
        os._exit(1)
    seconds = max(1, int(order["seconds"] * CPU_FACTOR))
    for what, most in (
        (resource.RLIMIT_DATA, int(order["memory"] * RESERVED)),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        bounded = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (bounded, bounded))


def _read(wire: Wire, order: dict[str, Any]) -> None:
    if order["kind"] == "parquet":
        from outreach.intake.files.child.parquet import read
    else:
        from outreach.intake.files.child.workbook import read
    read(wire, order)
