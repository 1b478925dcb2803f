"""Lists of image hashes: exact digests, or perceptual hashes that count within a distance."""

from __future__ import annotations

import re
from typing import Literal

import numpy as np

HashKind = Literal["sha256", "phash", "dhash"]
HEX_DIGITS: dict[HashKind, int] = {"sha256": 64, "phash": 16, "dhash": 16}
BITS = 64  # of a perceptual hash

# What else may stand on the line, such as the file's name, is for the reader.
_LINE = re.compile(r"(?P<hash>[0-9a-fA-F]+)(?:[\s,;].*)?")
_BITS_OF_BYTE = np.array([value.bit_count() for value in range(256)], np.uint8)


class HashList:
    """hashes: in lower case, all of one length."""

    def __init__(self, hashes: frozenset[str]) -> None:
        self.hashes = hashes
        self._numbers = np.array(sorted(int(each, 16) for each in hashes if len(each) * 4 == BITS), np.uint64)

    def nearest(self, given: str) -> int | None:
        """Bits by which the nearest hash of the list differs from a perceptual one; None for an empty list."""
        if not len(self._numbers):
            return None
        differing = (self._numbers ^ np.uint64(int(given, 16))).view(np.uint8).reshape(-1, 8)
        return int(_BITS_OF_BYTE[differing].sum(axis=1, dtype=np.int64).min())


def parse_hash_list(lines: list[str]) -> HashList:
    """One hash in hex digits a line; `#` begins a comment.

    Raises ValueError, `3: ...`, for a line that is none, or whose hash has another length than those before.
    """
    hashes: set[str] = set()
    length = 0
    for number, written in enumerate(lines, start=1):
        line = written.partition("#")[0].strip()
        if not line:
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            raise ValueError(f"{number}: {line[:80]!r} does not begin with a hash in hex digits")
        length = length or len(found["hash"])
        if len(found["hash"]) != length:
            raise ValueError(f"{number}: a hash of {len(found['hash'])} hex digits among such of {length}")
        hashes.add(found["hash"].lower())
    return HashList(frozenset(hashes))
