"""PDQ: the perceptual hash of 256 bits in which lists of known abuse are exchanged.

Made by what Meta published of it ("The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm", 2019):
brightness, blurred and reduced to 64 x 64, the 16 x 16 lowest frequencies of that less the constant ones, a bit for
each that is above their median. All but the last step is linear: two products with a matrix on either side.
"""

from __future__ import annotations

import functools
import math

import numpy as np
from PIL import Image

BITS = 256
LEAST_QUALITY = 50  # of 100: what Meta takes for the least at which two hashes can be compared

_SIDE, _FREQUENCIES = 64, 16
_LEAST_SIDE = 5  # pixels; smaller pictures have no quality
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def pdq(image: Image.Image) -> tuple[str, int]:
    """Hash as 64 hex digits and its quality, 0 to 100: how much there is to see. image: RGB, upright."""
    if min(image.size) < _LEAST_SIDE:
        return "0" * (BITS // 4), 0
    luma = np.asarray(image, dtype=np.float32) @ _LUMA
    small = _reduction(luma.shape[0]) @ luma @ _reduction(luma.shape[1]).T
    lowest = _COSINES @ small @ _COSINES.T
    # The lower one of the two in the middle. The first frequency is the last bit.
    median = np.sort(lowest, axis=None)[lowest.size // 2 - 1]
    return np.packbits((lowest > median).ravel()[::-1]).tobytes().hex(), _quality(small)


def _quality(small: np.ndarray) -> int:
    """Sum of the steps between neighbours, in whole hundredths of the range."""
    steps = (np.abs(np.diff(small, axis=axis)).astype(np.float32) * 100 / 255 for axis in (0, 1))
    return min(100, sum(int(np.trunc(step).sum()) for step in steps) // 90)


@functools.lru_cache(maxsize=64)
def _reduction(length: int) -> np.ndarray:
    """(64, length): blurs a row of so many pixels twice by a moving average of about a 128th of it, and takes 64."""
    width = (length + 2 * _SIDE - 1) // (2 * _SIDE)
    ahead = (width + 2) // 2
    places = np.arange(length)
    firsts, ends = np.maximum(places + ahead - width, 0), np.minimum(places + ahead, length)
    average = ((places >= firsts[:, None]) & (places < ends[:, None])) / (ends - firsts)[:, None]
    taken = ((np.arange(_SIDE) + 0.5) * length / _SIDE).astype(np.int64)
    reduction: np.ndarray = (average[taken] @ average).astype(np.float32)
    return reduction


_COSINES = np.array(
    [
        [math.sqrt(2 / _SIDE) * math.cos(math.pi / 2 / _SIDE * (k + 1) * (2 * n + 1)) for n in range(_SIDE)]
        for k in range(_FREQUENCIES)
    ],
    dtype=np.float32,
)
