"""The order of the samples of a corpus: by a hash of their keys."""

from __future__ import annotations

import hashlib

SLOTS = 1 << 20  # the finest cut between shards


def slot_of(key: str) -> int:
    """The place of a sample among all: a hash of its key, so that neighbours in a shard come from anywhere."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") % SLOTS
