"""Documents that are copies: which of them survives, and what select learns of a block before it writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from typing import Any, NamedTuple, Protocol

import apache_beam as beam

from corpusflow.store.block import Block
from corpusflow.store.paths import Store
from transforms.group_keys import JoinKeys


class DocumentKey(NamedTuple):
    """What select knows of a document.

    merit: what the recipe prefers to a newer one: characters, images, or 0. earlier: the name of the index that has it,
    empty for a document of this run.
    """

    block: str
    id: str
    url_key: str
    text_key: str
    fetched_at: str
    merit: int = 0
    earlier: str = ""

    @property
    def rank(self) -> tuple[bool, int, int]:
        """The higher, the better: an earlier corpus stays as it is; then merit and time."""
        return bool(self.earlier), self.merit, moment(self.fetched_at)


class Copy(NamedTuple):
    """A document that goes, since a better one says the same.

    survivor: the other one's id. similarity: of the two texts, None where they are the same. why: what makes the other
    one better.
    """

    block: str
    id: str
    reason: str
    survivor: str
    similarity: float | None = None
    why: str = ""


class Repeated(NamedTuple):
    """An image or a paragraph that goes from all documents of a block. times: how often the corpus has it."""

    block: str
    key: str
    reason: str
    times: int


Finding = Copy | Repeated


class HasPayload(Protocol):
    """A block of whatever kind."""

    @property
    def payload(self) -> tuple[Any, ...]: ...


def moment(fetched_at: str) -> int:
    """A UTC time in ISO 8601 as a number that grows with it, to the millisecond; 0 for an unknown one."""
    return int("".join(filter(str.isdecimal, fetched_at))[:17].ljust(17, "0"))


def better_of(one: DocumentKey, other: DocumentKey) -> DocumentKey:
    """The one of higher rank, of equal ones that with the smaller id: so the order of arrival does not decide."""
    if one.rank != other.rank:
        return one if one.rank > other.rank else other
    return one if (one.id, one.block) < (other.id, other.block) else other


def why_better(better: DocumentKey, lesser: DocumentKey, keep: str) -> str:
    """In words, for the ledger. keep: of the recipe."""
    if better.earlier:
        return f"it stands in an earlier corpus: {better.earlier}"
    if better.merit != lesser.merit:
        what, unit = ("longer", "characters") if keep == "longest" else ("richer", "images")
        return f"it is {what}: {better.merit} > {lesser.merit} {unit}"
    if moment(better.fetched_at) != moment(lesser.fetched_at):
        return f"it is newer: {better.fetched_at} > {lesser.fetched_at or 'unknown'}"
    return "it has the smaller id"


def choose_survivor(group: Iterable[DocumentKey]) -> DocumentKey:
    return reduce(better_of, group)


def split_copies(group: Iterable[tuple[Any, ...]], reason: str, keep: str = "newest") -> Iterator[DocumentKey | Copy]:
    """The survivor of documents that are the same, all that stand in earlier corpora, and a Copy for each other one.

    group: DocumentKeys as tuples; gone through twice, so that a large one need not be held.
    """
    survivor = choose_survivor(map(DocumentKey._make, group))
    for document in map(DocumentKey._make, group):
        if document == survivor or document.earlier:
            yield document
        else:
            yield Copy(document.block, document.id, reason, survivor.id, why=why_better(survivor, document, keep))


def findings_of(block: HasPayload) -> tuple[dict[str, Copy], dict[str, Repeated]]:
    """What a block's payload holds: Copies by the documents' ids, and what is repeated by its key."""
    copies: dict[str, Copy] = {}
    repeated: dict[str, Repeated] = {}
    for kind, *fields in block.payload:
        if kind == Copy.__name__:
            copy = Copy(*fields)
            copies[copy.id] = copy
        else:
            found = Repeated(*fields)
            repeated[found.key] = found
    return copies, repeated


def keyed_by_block(finding: Finding) -> tuple[str, tuple[Any, ...]]:
    """(block, Finding as a plain tuple with its kind): Beam encodes plain tuples without pickling."""
    return finding.block, (type(finding).__name__, *finding)


def with_findings(element: tuple[str, dict[str, Iterable[Any]]]) -> Iterator[Block]:
    """A block joined with what was found of it, in an order that does not depend on arrival."""
    _, joined = element
    for block in joined["blocks"]:
        # A document has one Copy, a key one Repeated: the first three fields tell all apart.
        found = sorted(map(tuple, joined["findings"]), key=lambda entry: entry[:4])
        yield Block(block.id, block.inputs, (*block.payload, *found))


class JoinFindings(beam.PTransform):
    """Blocks and findings to blocks that have them in their payload."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.store = store

    def expand(self, joined: dict[str, beam.PCollection[Any]]) -> beam.PCollection[Block]:
        return (
            {
                "blocks": joined["blocks"] | "Name blocks" >> beam.Map(lambda block: (block.id, block)),
                "findings": joined["findings"] | "Findings by block" >> beam.Map(keyed_by_block),
            }
            | "Join" >> JoinKeys(self.store)
            | "With findings" >> beam.FlatMap(with_findings)
        )
