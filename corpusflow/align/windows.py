"""Documents in runs, so that the texts of many are embedded in one call."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from typing import Protocol, TypeVar

from corpusflow.align.units import Unit

# A model that reads texts in batches of one size wastes a part of a call's last batch: of 2,048 texts in batches of 8
# less than 1 %, in batches of 256 at most an eighth.
WINDOW_TEXTS = 2048
# Bounds what waits in memory, whatever pages are like: no document joins others that have so many already.
WINDOW_CHARACTERS = 2**22


class Waiting(Protocol):
    """A document that waits for the embeddings of its texts."""

    @property
    def units(self) -> tuple[Unit, ...]: ...

    @property
    def size(self) -> int:
        """Characters that it takes in memory, roughly."""


W = TypeVar("W", bound=Waiting)


def windows(documents: Iterable[W], known: Container[str]) -> Iterator[list[W]]:
    """Runs of documents in their order. A run ends where 2,048 distinct new texts wait, or 4 million characters; and at
    once where no text is new.

    known: texts that are embedded already. It is asked for each document anew: those of a run that was given out are
    expected in it.
    """
    window: list[W] = []
    new: set[str] = set()
    size = 0
    for document in documents:
        window.append(document)
        new.update(unit.text for unit in document.units if unit.text not in known)
        size += document.size
        if not new or len(new) >= WINDOW_TEXTS or size >= WINDOW_CHARACTERS:
            yield window
            window, new, size = [], set(), 0
    if window:
        yield window
