"""Numbers that look drawn and are the same in every export: hashes of a seed and what they are for."""

from __future__ import annotations

import hashlib


def draw(below: int, seed: int, *words: str | int) -> int:
    """A number from 0 to below - 1, all of them equally likely over many words."""
    text = " ".join(map(str, (seed, *words)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % below
