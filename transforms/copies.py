"""Documents that are copies: which of them survives, and what select learns of a block before it writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from typing import Any, NamedTuple

import apache_beam as beam

from corpusflow.store.block import Block


class DocumentKey(NamedTuple):
    """What select knows of a document. merit: what the recipe prefers to a newer one: characters, images, or 0."""

    block: str
    id: str
    url_key: str
    text_key: str
    fetched_at: str
    merit: int = 0


class Copy(NamedTuple):
    """A document that goes, since a better one says the same.

    survivor: the other one's id. similarity: of the two texts, None where they are the same.
    """

    block: str
    id: str
    reason: str
    survivor: str
    similarity: float | None = None


class Repeated(NamedTuple):
    """An image or a paragraph that goes from all documents of a block. times: how often the corpus has it."""

    block: str
    key: str
    reason: str
    times: int


Finding = Copy | Repeated


def merit_of(row: dict[str, Any], keep: str) -> int:
    """Of a row of screen."""
    if keep == "longest":
        return int(row["characters"])
    return len(row["images"]) if keep == "most_images" else 0


def better_of(one: DocumentKey, other: DocumentKey) -> DocumentKey:
    """The one of more merit, of equal ones the newer, of equally new ones that with the smaller id: so the order of
    arrival does not decide."""
    ranks = (one.merit, one.fetched_at), (other.merit, other.fetched_at)
    if ranks[0] != ranks[1]:
        return one if ranks[0] > ranks[1] else other
    return one if one.id < other.id else other


def choose_survivor(group: Iterable[DocumentKey]) -> DocumentKey:
    return reduce(better_of, group)


def split_copies(group: Iterable[tuple[Any, ...]], reason: str) -> Iterator[DocumentKey | Copy]:
    """The survivor of documents that are the same, and a Copy for each of the others.

    group: DocumentKeys as tuples; gone through twice, so that a large one need not be held.
    """
    survivor = choose_survivor(map(DocumentKey._make, group))
    for document in map(DocumentKey._make, group):
        if document == survivor:
            yield document
        else:
            yield Copy(document.block, document.id, reason, survivor.id)


def findings_of(block: Block) -> tuple[dict[str, Copy], dict[str, Repeated]]:
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

    def expand(self, joined: dict[str, beam.PCollection[Any]]) -> beam.PCollection[Block]:
        return (
            {
                "blocks": joined["blocks"] | "Name blocks" >> beam.Map(lambda block: (block.id, block)),
                "findings": joined["findings"] | "Findings by block" >> beam.Map(keyed_by_block),
            }
            | "Join" >> beam.CoGroupByKey()
            | "With findings" >> beam.FlatMap(with_findings)
        )
