"""Gives large blocks of freed memory back to the system, so that a long file costs no more than a short one."""

from __future__ import annotations

import ctypes
from functools import lru_cache

M_MMAP_THRESHOLD = -3
LARGE = 256 << 10
"""Bytes from which a block is mapped by itself and unmapped when it is freed."""


@lru_cache(maxsize=1)
def give_large_blocks_back() -> bool:
    """Fix glibc's threshold, which otherwise grows to 32 MB with the first large block that is freed: the rest is then kept.

    Measured: 100,000 rows are taken in with 238 MB instead of 275. False where the C library has no such setting.
    """
    try:
        return bool(ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE))
    except (OSError, AttributeError):
        return False
