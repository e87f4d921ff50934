"""QR codes by the thousand: what each module shows is a sum, without carry, of what the message's bits show.

For one length of message, one version and one mask, a QR code is an affine function of its bits (data, error correction and
mask are all sums modulo two). So a handful of codes is made by segno, and every other one is a sum of those: fifty times faster.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import segno

from outreach.channels.letters.png import GREY, png

ERROR = "m"
"""A code is still read with a seventh of it soiled."""
MASK = 2
APART = 2
"""Light rows between two codes on a sheet of codes."""


def modules(texts: Sequence[str]) -> list[np.ndarray]:
    """For each text (UTF-8, up to some 200 bytes) its QR code without a margin: a square array, 1 where it is dark.

    All are of one size, that of the longest text.
    """
    encoded = [text.encode() for text in texts]
    version = _version(max(map(len, encoded), default=0))
    result: list[np.ndarray] = [np.empty(0, np.uint8)] * len(texts)
    for length in sorted({len(message) for message in encoded}):
        places = [place for place, message in enumerate(encoded) if len(message) == length]
        bits = np.unpackbits(np.array([list(encoded[place]) for place in places], np.uint8), axis=1)
        turned = bits ^ bits[0]
        # Links differ in their last letters only: the other bits turn nothing over.
        varying = np.flatnonzero(turned.any(axis=0))
        base = _code(encoded[places[0]], version)
        shown = np.array([_turned_over(length, int(bit), version) for bit in varying], np.float32).reshape(
            len(varying), len(base)
        )
        sums = (turned[:, varying].astype(np.float32) @ shown).astype(np.int64) % 2
        size = int(len(base) ** 0.5)
        for place, code in zip(places, sums.astype(np.uint8) ^ base, strict=True):
            result[place] = code.reshape(size, size)
    return result


def side(texts: Sequence[str]) -> int:
    """Modules along a side of the codes of these texts."""
    return 17 + 4 * _version(max((len(text.encode()) for text in texts), default=0))


def sheet(codes: Sequence[np.ndarray]) -> bytes:
    """Codes of one size below each other, ``APART`` light rows after each, as a PNG of one bit a module.

    A print run shows parts of such sheets: an image for each letter would cost more than setting its text.
    """
    gap = np.zeros((APART, len(codes[0])), np.uint8)
    dark = np.concatenate([part for code in codes for part in (code, gap)])
    return png(np.packbits(1 - dark, axis=1), dark.shape[1], bits=1, kind=GREY)


@lru_cache(maxsize=2048)
def _turned_over(length: int, bit: int, version: int) -> np.ndarray:
    """The modules that one bit of a message of this length (in bytes) turns over."""
    message = bytearray(length)
    message[bit // 8] = 0x80 >> bit % 8
    turned: np.ndarray = _code(bytes(message), version) ^ _zeros(length, version)
    return turned


@lru_cache(maxsize=64)
def _zeros(length: int, version: int) -> np.ndarray:
    return _code(bytes(length), version)


@lru_cache(maxsize=64)
def _version(length: int) -> int:
    made = segno.make(bytes(length), mode="byte", error=ERROR, boost_error=False, micro=False, mask=MASK)
    return int(made.version)


@lru_cache(maxsize=64)
def _code(message: bytes, version: int) -> np.ndarray:
    made = segno.make(message, mode="byte", error=ERROR, boost_error=False, micro=False, mask=MASK, version=version)
    return np.array([list(row) for row in made.matrix], np.uint8).ravel()
