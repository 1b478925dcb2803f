"""Hashes of picture files, as lines of a list that the filter `blocked_images` reads."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from corpusflow.errors import ImageError
from corpusflow.images.content_keys import content_keys
from corpusflow.images.decode import Limits, decode, store_form
from corpusflow.images.pdq import LEAST_QUALITY, pdq
from corpusflow.safety.hash_list import HashKind

SUFFIXES = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif"})


def picture_files(paths: Iterable[str]) -> Iterator[Path]:
    """Files as they are given, and of folders, sorted, all below that are named like pictures."""
    for given in map(Path, paths):
        if given.is_dir():
            yield from sorted(path for path in given.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
        else:
            yield given


def hash_of_file(path: Path, kind: HashKind) -> str:
    """In hex digits. Raises ImageError for what cannot be read or decoded, and (image_too_plain) for a picture with so
    little to see that many others have its perceptual hash."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ImageError("file_unreadable", str(path), error.strerror or "") from error
    limits = Limits()
    # All kinds: what is no picture has no place in the list.
    _, picture = store_form(data, str(path), limits)
    match kind:
        case "phash" | "dhash":
            digits = content_keys(picture).get(kind)
            if digits is None:
                raise ImageError("image_too_plain", str(path), f"its {kind} is {getattr(picture, kind)}")
            return digits
        case "pdq":
            digits, quality = pdq(decode(data, str(path), limits))
            if quality < LEAST_QUALITY:
                raise ImageError("image_too_plain", str(path), f"quality {quality}, limit {LEAST_QUALITY}")
            return digits
        case _:
            return hashlib.new(kind, data, usedforsecurity=False).hexdigest()
