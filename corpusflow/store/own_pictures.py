"""What an image block embedded, by picture: its own images and others that have the same bytes share it."""

from __future__ import annotations

from typing import NamedTuple

from corpusflow.store.commit import Commit, read_rows
from corpusflow.store.paths import Store


class OwnPicture(NamedTuple):
    """vectors: the file that has the row, of so many numbers; row: None without an image-text scorer."""

    vectors: str
    dimension: int
    row: int | None
    safety: float | None


def own_pictures(fetched: Commit, embedded: Commit, store: Store) -> dict[str, OwnPicture]:
    """By sha256, the pictures that a block embedded itself."""
    file, dimension = embedded.files["f16"].name, embedded.counts.get("dimension", 0)
    images = read_rows(store, fetched, "parquet", ["sha256", "status"])
    scores = read_rows(store, embedded, "parquet", ["row", "safety", "owner"])
    return {
        image["sha256"]: OwnPicture(file, dimension, score["row"], score["safety"])
        for image, score in zip(images, scores, strict=True)
        if image["status"] == "ok" and not score["owner"]
    }
