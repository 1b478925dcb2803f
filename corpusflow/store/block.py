"""Block: the unit of work, of commit and of restart; and Stage, what is done to it."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from corpusflow.store.commit import BlockWriter, Commit, committed
from corpusflow.store.keys import key_of
from corpusflow.store.paths import Store

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Block:
    """A deterministic slice of the work.

    id: names its files. inputs: what earlier stages committed for it, oldest first. payload: small JSON-able values
    that the next stage needs besides (references and keys, never bytes or text of documents).
    """

    id: str
    inputs: tuple[Commit, ...] = ()
    payload: tuple[Any, ...] = ()

    @property
    def key(self) -> str:
        """Names what the next stage makes its output from."""
        return key_of([self.id, [[commit.stage, commit.digest] for commit in self.inputs], self.payload])

    @property
    def latest(self) -> Commit:
        return self.inputs[-1]

    def commit(self, stage: str) -> Commit:
        """What a stage committed for this block. Raises KeyError."""
        found = self.passed(stage)
        if found is None:
            raise KeyError(f"block {self.id} did not pass {stage}")
        return found

    def passed(self, stage: str) -> Commit | None:
        """The same of a stage that a recipe may do without; None where it did."""
        return next((commit for commit in self.inputs if commit.stage == stage), None)

    def done(self, commit: Commit) -> Block:
        """The block after a stage."""
        return Block(self.id, (*self.inputs, commit))


@dataclass(frozen=True)
class Stage(Generic[S]):
    """A pure function of a block, with what it needs.

    version: raised when the function's output changes for the same input. section: JSON-able; the part of the recipe
    on which the output depends. settings: what the function gets. reads: earlier stages whose output the function
    reads (others, although they went before, do not decide whether it runs again); None means all.
    folder: of its outputs, if not the usual one. verified: whether a commit counts only while its files have their
    digests.
    """

    name: str
    version: int
    section: Any
    settings: S
    function: Callable[[Block, S, BlockWriter], None]
    store: Store
    reads: tuple[str, ...] | None = None
    folder: str = ""
    verified: bool = False

    @cached_property
    def key(self) -> str:
        return key_of([self.name, self.version, self.section])

    @property
    def place(self) -> str:
        """The folder of the stage's outputs, relative to the store."""
        return self.folder or f"stages/{self.name}-{self.key}"

    def made_from(self, block: Block) -> str:
        """The key of the block's output: the stage, and the content of what it reads."""
        read = tuple(commit for commit in block.inputs if self.reads is None or commit.stage in self.reads)
        return key_of([self.key, dataclasses.replace(block, inputs=read).key])

    def committed(self, block: Block) -> Commit | None:
        return committed(self.store, self.place, block.id, self.made_from(block), self.verified)

    def run(self, block: Block) -> Commit:
        """Runs the function and commits. An exception leaves nothing behind and reaches the caller."""
        start = time.monotonic()
        with BlockWriter(self.store, self.name, self.place, block.id, self.made_from(block)) as out:
            self.function(block, self.settings, out)
            out.seconds = time.monotonic() - start
        return out.commit
