"""Rows of texts: those that are known, and the others made by the model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from corpusflow.filtering import ImageTextScorer
from corpusflow.store.embeddings import KnownEmbeddings, text_key

PIECE = 50_000  # rows that wait to be kept: 50 MB at 512 numbers a row


class TextRows:
    """What a model makes of texts, rounded to float16 whether it was known or not. known: None where nothing is kept.

    The model is loaded once a text is not known.
    """

    def __init__(self, scorer: ImageTextScorer, known: KnownEmbeddings | None = None) -> None:
        self._scorer = scorer
        self._known = known
        self._loaded = False
        self._made: dict[bytes, np.ndarray] = {}

    def rows(self, texts: Sequence[str]) -> list[np.ndarray]:
        """(D,) float16 of each. texts: distinct ones; what is not known is made in one call."""
        keys = [text_key(text) for text in texts]
        found = self._known.find(keys) if self._known is not None else {}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        if missing:
            made = dict(zip(missing, self._embedded(list(missing.values())), strict=True))
            found |= made
            self._made |= made if self._known is not None else {}
            if len(self._made) > PIECE:
                self.keep()
        return [found[key] for key in keys]

    def keep(self) -> None:
        """Adds what was made to what is known: at the end of a block, since few large pieces are better than many."""
        if self._known is not None:
            self._known.add(self._made)
        self._made = {}

    def _embedded(self, texts: list[str]) -> np.ndarray:
        if not self._loaded:
            self._scorer.load()
            self._loaded = True
        return self._scorer.embed_texts(texts).astype(np.float16)
