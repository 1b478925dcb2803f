"""Scorers that can be worked out by hand: a picture is its mean colour, a text the colours that it names."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from PIL import Image

from corpusflow.document import Score

COLOURS = ("red", "green", "blue")


def plain_jpeg(colour: str, width: int = 200, height: int = 160) -> bytes:
    """A picture of one colour, given by its name."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, "JPEG")
    return out.getvalue()


@dataclass(frozen=True)
class Colours:
    """An image-text scorer. asked: sizes of the batches, since it was last loaded, so that tests can count."""

    version: int = 1

    asked: ClassVar[list[tuple[str, int]]] = []

    @property
    def name(self) -> str:
        return f"similarity/colours-{self.version}"

    def prepare(self) -> None:
        """Needs nothing."""

    def load(self) -> None:
        self.asked.clear()

    def embed_images(self, images: Iterable[Image.Image]) -> np.ndarray:
        rows = _unit_rows([np.asarray(image).reshape(-1, 3).mean(axis=0) for image in images])
        self.asked.append(("images", len(rows)))
        return rows

    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        self.asked.append(("texts", len(texts)))
        return _unit_rows([[text.split().count(colour) for colour in COLOURS] for text in texts])


@dataclass(frozen=True)
class Redness:
    """An image scorer: the share of red, in [0, 1]."""

    name: ClassVar[str] = "nsfw/redness-1"

    def prepare(self) -> None:
        """Needs nothing."""

    def load(self) -> None:
        """Nothing to load."""

    def score(self, images: Sequence[Image.Image]) -> list[float]:
        return [float(np.asarray(image)[..., 0].mean() / 255) for image in images]


@dataclass(frozen=True)
class WordCount:
    """A language scorer: every text is English, the more words the surer."""

    name: ClassVar[str] = "language/word-count-1"

    def prepare(self) -> None:
        """Needs nothing."""

    def load(self) -> None:
        """Nothing to load."""

    def score(self, texts: Sequence[str]) -> list[Score]:
        return [Score(self.name, len(text.split()) / 1000, label="en") for text in texts]


def _unit_rows(rows: Sequence[Sequence[float] | np.ndarray]) -> np.ndarray:
    stacked = np.asarray(rows, dtype=np.float32).reshape(len(rows), 3)
    return stacked / np.maximum(np.linalg.norm(stacked, axis=1, keepdims=True), 1e-9)
