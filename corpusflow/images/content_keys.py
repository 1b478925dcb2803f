"""Under which keys two pictures count as the same: digest of the stored bytes, perceptual hashes."""

from __future__ import annotations

from corpusflow.document import Picture
from corpusflow.images.perceptual_hash import LEAST_DHASH, LEAST_PHASH, tells_apart

USES = {"sha256": "sha256_uses", "phash": "phash_uses", "dhash": "dhash_uses"}  # the measure of each kind of key


def content_keys(picture: Picture) -> dict[str, str]:
    """By the kind (`sha256`, `phash`, `dhash`) the key of a picture.

    A picture of one colour, or nearly so, has no perceptual key: its hash says nothing of what it shows.
    """
    return keys_of_hashes(picture.sha256, picture.phash, picture.dhash, picture.single_colour)


def keys_of_hashes(sha256: str, phash: str, dhash: str, single_colour: bool) -> dict[str, str]:
    """As content_keys, where there is no more of a picture than these."""
    keys = {"sha256": sha256}
    for kind, digits, least in (("phash", phash, LEAST_PHASH), ("dhash", dhash, LEAST_DHASH)):
        if not single_colour and tells_apart(digits, least):
            keys[kind] = digits
    return keys
