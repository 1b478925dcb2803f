"""Embeddings of the texts that calibration compares: those that the run knows, and the others made by its model."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from corpusflow.filtering import ImageTextScorer
from corpusflow.store.embeddings import KnownEmbeddings, text_key
from corpusflow.store.known_texts import TextRows

AT_ONCE = 256  # texts between two words of how it goes; batches of models divide it, so that none is filled up

Told = Callable[[int, int], None]  # hears how many of how many missing texts are embedded, first of none


def untold(made: int, missing: int) -> None:
    """For those who do not wait."""


def text_rows(
    texts: Iterable[str], scorer: ImageTextScorer, known: KnownEmbeddings, tell: Told = untold
) -> dict[str, np.ndarray]:
    """(D,) float16 of each distinct text. The model is loaded where one is not known; what it makes is not kept, since
    looking at a run changes nothing in it."""
    keys = {text: text_key(text) for text in texts}
    found = known.find(keys.values())
    rows = {text: found[key] for text, key in keys.items() if key in found}
    missing = [text for text in keys if text not in rows]
    if not missing:
        return rows
    model = TextRows(scorer)
    tell(0, len(missing))
    for start in range(0, len(missing), AT_ONCE):
        some = missing[start : start + AT_ONCE]
        rows |= zip(some, model.rows(some), strict=True)
        tell(start + len(some), len(missing))
    return rows
