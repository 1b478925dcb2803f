"""Embeddings known by content: made once by a model, taken by later runs and by other recipes with the same model."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from corpusflow.store.embedding_piece import KEY, DamagedPieceError, Piece, piece_of
from corpusflow.store.merge_pieces import merge_pieces
from corpusflow.store.paths import Store, open_store
from corpusflow.store.repair_piece import repair_piece
from corpusflow.store.run_files import EMBEDDINGS

log = logging.getLogger(__name__)

VERSION = 1  # raised when models are shown the same pictures or texts otherwise: what is known is then made again
ASKED = 64  # pieces that a lookup asks at most: what is merged is never so many
AT_ONCE = 16  # pieces merged in one go
TRIES = 3  # of a lookup, while others merge what it would ask


def picture_key(sha256: str) -> bytes:
    """sha256: hex digest of the picture's stored bytes."""
    return bytes.fromhex(sha256)[:KEY]


def text_key(text: str) -> bytes:
    """text: as the model is given it."""
    return hashlib.sha256(text.encode()).digest()[:KEY]


@dataclass
class KnownEmbeddings:
    """The rows of one model for images or texts, float16, in pieces below a folder of a store.

    Any number of processes and runs may find, add and merge at once. They publish whole files under names that tell
    the content, and read what is open although it was removed: at worst something is embedded a second time.
    """

    store: Store
    folder: str
    model: str
    kind: Literal["images", "texts"]
    _asked: list[str] | None = field(default=None, init=False, compare=False)
    _refused: set[str] = field(default_factory=set, init=False, compare=False)

    @property
    def place(self) -> str:
        """Where the pieces are, relative to the store."""
        name = f"{re.sub(r'[^A-Za-z0-9_.-]', '_', self.model)}/{self.kind}"
        return f"{self.folder}/{name}" if self.folder else name

    @property
    def maker(self) -> str:
        return f"{self.model} {self.kind} {VERSION}"

    def find(self, keys: Iterable[bytes]) -> dict[bytes, np.ndarray]:
        """(D,) float16 by key, of those that are known.

        The pieces are listed once: what this run adds meanwhile is for the next. Memory: the answer, and a few
        kilobytes, whatever the store holds.
        """
        wanted = sorted(set(keys))
        for _ in range(TRIES):
            if self._asked is None:
                self._asked = self._by_size()[-ASKED:]
            try:
                return self._found(wanted, self._asked)
            except FileNotFoundError:
                # Another run merged it; the list has the new one now.
                self._asked = None
        return {}

    def add(self, rows: Mapping[bytes, np.ndarray]) -> None:
        """Publishes a piece with these rows, (D,) each; they are kept as float16."""
        if not rows:
            return
        data = piece_of(self.maker, rows)
        name = f"{self.place}/{hashlib.sha256(data).hexdigest()[:32]}"
        try:
            self.store.write(name, data)
        except FileNotFoundError:
            # A run that began in that folder swept it away, as if it was left by a killed one.
            log.warning("%s was removed while it was written; what it held is embedded again some day", name)

    def merge(self) -> None:
        """Merges pieces until each is larger than all smaller ones together: there are few then, and a row is copied
        no more often than the store doubles."""
        names = self._mergeable()
        while len(names) > 1:
            some, names = names[:AT_ONCE], names[AT_ONCE:]
            try:
                merged = merge_pieces(self.store, self.place, some, self.maker)
            except DamagedPieceError as error:
                self._refuse(error)
                names = [name for name in some if name != error.name] + names
                continue
            except FileNotFoundError:
                # Another run merges here; it will do.
                return
            for name in some:
                self.store.remove(name)
            names.append(merged)
        self._asked = None

    def _mergeable(self) -> list[str]:
        """By size, the smallest ones up to the last that is not larger than all before it together."""
        names, last, total = self._by_size(), 0, 0
        for number, name in enumerate(names):
            size = self._size(name)
            if size <= total:
                last = number + 1
            total += size
        return names[:last]

    def _by_size(self) -> list[str]:
        return sorted(self.store.names(self.place), key=lambda name: (self._size(name), name))

    def _size(self, name: str) -> int:
        """0 where it is gone meanwhile."""
        try:
            return self.store.size(name)
        except FileNotFoundError:
            return 0

    def _found(self, wanted: list[bytes], names: list[str]) -> dict[bytes, np.ndarray]:
        found: dict[bytes, np.ndarray] = {}
        for name in reversed(names):
            missing = [key for key in wanted if key not in found]
            if not missing or name in self._refused:
                continue
            try:
                with Piece(self.store, name, self.maker) as piece:
                    found |= dict(piece.find(missing))
            except DamagedPieceError as error:
                self._refuse(error)
        return found

    def _refuse(self, error: DamagedPieceError) -> None:
        """A damaged piece gives way to one of what is whole of it, so that it is told once; a foreign one stays."""
        if error.name in self._refused:
            return
        self._refused.add(error.name)
        path = self.store.path(error.name)
        if error.foreign:
            log.warning("%s is left out: %s", path, error.why)
            return
        try:
            kept, count = repair_piece(self.store, self.place, error.name, self.maker)
        except FileNotFoundError:
            # Another process did it, or merged it.
            return
        finally:
            self._asked = None
        told = f"{kept:,} of {count:,} embeddings are kept" if count else "it is removed"
        log.warning("%s is damaged: %s; %s, what is lost is embedded again", path, error.why, told)


def run_embeddings(folder: str, store: Store, model: str, kind: Literal["images", "texts"]) -> KnownEmbeddings:
    """Those of a model that a run knows. folder: as its recipe names it, or empty: then they are in the run directory,
    which is `store`."""
    if folder:
        return KnownEmbeddings(open_store(folder), "", model, kind)
    return KnownEmbeddings(store, EMBEDDINGS, model, kind)
