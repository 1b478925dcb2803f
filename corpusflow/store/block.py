"""Block: the unit of work, of commit and of restart; and Stage, what is done to it."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from corpusflow.decision import Failure, failure_row
from corpusflow.errors import RunError
from corpusflow.store.commit import SET_ASIDE, BlockWriter, Commit, committed
from corpusflow.store.keys import key_of
from corpusflow.store.paths import Store

S = TypeVar("S")

WORKER_KILLED = "worker_killed"  # code of the Failures of what was in a block that was given up


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

    @property
    def is_set_aside(self) -> bool:
        """Whether a stage gave the block up: its documents, or its images, are Failures."""
        return any(commit.is_set_aside for commit in self.inputs)

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
    folder: of its outputs, if not the usual one. gives_up: as function, for a block that kills the process that works
    on it: writes the outputs without what is in the block, and notes that as Failures; None where nothing can be left
    out.
    """

    name: str
    version: int
    section: Any
    settings: S
    function: Callable[[Block, S, BlockWriter], None]
    store: Store
    reads: tuple[str, ...] | None = None
    folder: str = ""
    gives_up: Callable[[Block, S, BlockWriter], None] | None = None

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
        return committed(self.store, self.place, block.id, self.made_from(block))

    def _writer(self, block: Block) -> BlockWriter:
        made_from = self.made_from(block)
        return BlockWriter(self.store, self.name, self.place, block.id, made_from, plain=bool(self.folder))

    def run(self, block: Block) -> Commit:
        """Runs the function and commits. An exception leaves nothing behind and reaches the caller."""
        start = time.monotonic()
        with self._writer(block) as out:
            self.function(block, self.settings, out)
            out.seconds = time.monotonic() - start
        return out.commit

    def give_up(self, block: Block) -> Commit:
        """Commits the block without what is in it. Raises RunError for a stage that can leave nothing out."""
        if self.gives_up is None:
            raise RunError(f"block {block.id} of stage {self.name} kills its worker, and cannot be left out")
        with self._writer(block) as out:
            out.counts[SET_ASIDE] = 1
            # It names the block, and tells its output from that of a block in which there was nothing to do.
            failure = Failure(self.name, WORKER_KILLED, killed_twice(self.name, block.id), block.id, lost=False)
            out.note(failure_row(failure, block=block.id))
            self.gives_up(block, self.settings, out)
        return out.commit


def killed_twice(stage: str, block: str) -> str:
    """The message of Failures of what was in a block that was given up."""
    return f"block {block} killed its worker twice in stage {stage} and was set aside"


def fail_document(block: Block, out: BlockWriter, document: str, url: str, texts: int = 0, images: int = 0) -> None:
    """Notes a document of a block that is given up. texts, images: what is left of it."""
    failure = Failure(out.stage, WORKER_KILLED, killed_twice(out.stage, block.id), url)
    row = failure_row(failure, block=block.id, document=document, unit="document")
    out.counts["items"] += 1
    out.note(dataclasses.replace(row, texts=texts, images=images))
