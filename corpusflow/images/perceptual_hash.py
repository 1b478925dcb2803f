"""Hashes of what a picture looks like: close where two pictures look alike, whatever their size or compression."""

from __future__ import annotations

import math
from typing import cast

import numpy as np
from PIL import Image

BITS = 64  # of a hash
SMALL_SIDE = 64  # pixels of the square copy that is looked at
ONE_COLOUR = 8  # levels of 255; JPEG moves a flat colour by 2 or 3

# Of ones and zeros. In 498 photographs a phash had 32 ones in each, since half of 64 values are above their median
# unless many are equal; a dhash had 7 to 51.
LEAST_PHASH = 24
LEAST_DHASH = 8

# Whole numbers, so that flat and symmetric pictures give exact zeros, and every machine the same bits.
_COSINES = np.array(
    [[round(math.cos(math.pi * k * (2 * n + 1) / 64) * (1 << 14)) for n in range(32)] for k in range(8)], dtype=np.int64
)


def small_copy(image: Image.Image) -> Image.Image:
    """A picture in L or RGB scaled to 64 x 64 without regard to its shape, every pixel weighted (triangle filter)."""
    return image.resize((SMALL_SIDE, SMALL_SIDE), Image.Resampling.BILINEAR, reducing_gap=2.0)


def phash(grey: Image.Image) -> str:
    """64 bits as 16 hex digits: which of the lowest frequencies are stronger than their median.

    grey: mode L, a small copy or any other size. It is scaled to 32 x 32 (Lanczos); of its type-II DCT the 8 x 8
    lowest coefficients are taken, the constant one too; a bit is 1 where a coefficient is above the median of the 64.
    Row by row, the constant coefficient first and as the highest bit: the order of the package `imagehash`, whose
    hashes can be compared with these.
    """
    pixels = np.asarray(grey.resize((32, 32), Image.Resampling.LANCZOS), dtype=np.int64)
    lowest = _COSINES @ pixels @ _COSINES.T
    ordered = np.sort(lowest, axis=None)
    return _hex(2 * lowest > ordered[31] + ordered[32])


def dhash(grey: Image.Image) -> str:
    """64 bits as 16 hex digits: where a picture gets lighter from left to right.

    grey: mode L, a small copy or any other size. It is scaled to 9 x 8 (Lanczos); a bit is 1 where a pixel is lighter
    than the one to its left. Row by row from the top, the first as the highest bit, as in `imagehash`.
    """
    pixels = np.asarray(grey.resize((9, 8), Image.Resampling.LANCZOS))
    return _hex(pixels[:, 1:] > pixels[:, :-1])


def hamming(one: str, other: str) -> int:
    """In how many bits two hashes differ: a few of 64 where pictures look alike, some 32 where they do not."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def tells_apart(digits: str, least: int) -> bool:
    """Whether a hash of 64 bits has at least so many ones and so many zeros: `LEAST_PHASH` or `LEAST_DHASH`.

    Nearly flat pictures and plain gradients have fewer, and the same few whatever they show.
    """
    ones = int(digits, 16).bit_count()
    return least <= ones <= BITS - least


def is_one_colour(small: Image.Image) -> bool:
    """Whether no band of a small copy spans more than `ONE_COLOUR` levels.

    A pixel of it is the mean of a neighbourhood: noise and stray pixels are lost in it, a line of text is not.
    """
    bands = cast(tuple[tuple[int, int], ...], small.convert("RGB").getextrema())
    return all(highest - lowest <= ONE_COLOUR for lowest, highest in bands)


def _hex(bits: np.ndarray) -> str:
    return np.packbits(bits).tobytes().hex()
