"""Documents whose text is nearly that of a better one, by the signatures that screen wrote.

Documents that agree on a band of their signatures meet under its key, and each is paired with the best of them only:
a thousand equal documents make a thousand pairs. Then the two signatures of a pair are read from the blocks' tables and
compared. A document goes if a better one is near enough, whether that one stays or not: so of a chain, each near the
next, the best alone remains, as where groups are joined; but nothing has to follow the chains, and every Copy names a
document that it was compared with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam

from corpusflow.recipe import NearText, Select
from corpusflow.store.block import Block
from corpusflow.store.commit import read_rows
from corpusflow.store.paths import Store
from corpusflow.text import minhash
from transforms.copies import Copy, DocumentKey, better_of, choose_survivor, findings_of, merit_of

REASON = "near_same_text"
COLUMNS = ["id", "fetched_at", "characters", "images", "signature"]

# The two documents of a pair as plain tuples: the lesser and the better one.
Pair = tuple[tuple[Any, ...], tuple[Any, ...]]


def band_keys(block: Block, section: Select, wanted: NearText, store: Store) -> Iterator[tuple[bytes, tuple[Any, ...]]]:
    """(key of a band, DocumentKey as a tuple) for each band of a block's documents that are no copies yet."""
    copies, _ = findings_of(block)
    for row in read_rows(store, block.commit("screen"), "parquet", COLUMNS):
        if row["id"] in copies or row["signature"] is None:
            continue
        document = DocumentKey(block.id, row["id"], "", "", row["fetched_at"], merit_of(row, section.keep))
        for key in minhash.bands(minhash.from_bytes(row["signature"]), wanted.bands, wanted.rows):
            yield key, tuple(document)


def pairs(element: tuple[bytes, Iterable[tuple[Any, ...]]]) -> Iterator[tuple[Pair, None]]:
    """Each document of a band's key with the best of them; gone through twice, so that a large group is not held."""
    _, group = element
    best = tuple(choose_survivor(map(DocumentKey._make, group)))
    for document in map(tuple, group):
        if document != best:
            yield (document, best), None


def with_signature(
    element: tuple[str, dict[str, Iterable[Any]]], store: Store
) -> Iterator[tuple[str, tuple[Pair, bytes]]]:
    """(block of the lesser one, (pair, signature of the better one)), from the block of the better one."""
    _, joined = element
    for block in joined["blocks"]:
        signatures = signatures_of(block, store)
        for pair in joined["pairs"]:
            lesser, better = pair
            yield lesser[0], (pair, signatures[better[1]])


def near_copies(element: tuple[str, dict[str, Iterable[Any]]], limit: float, store: Store) -> Iterator[Copy]:
    """The documents of a block that are near enough to a better one; of several the best is named."""
    name, joined = element
    found: dict[str, tuple[DocumentKey, float]] = {}
    for block in joined["blocks"]:
        signatures = {key: minhash.from_bytes(data) for key, data in signatures_of(block, store).items()}
        for (lesser, other), data in joined["pairs"]:
            similarity = minhash.estimated_similarity(signatures[lesser[1]], minhash.from_bytes(data))
            if similarity < limit:
                continue
            better = DocumentKey(*other)
            known = found.get(lesser[1])
            if known is None or better_of(better, known[0]) is better:
                found[lesser[1]] = (better, similarity)
    for key in sorted(found):
        better, similarity = found[key]
        yield Copy(name, key, REASON, better.id, similarity)


def signatures_of(block: Block, store: Store) -> dict[str, bytes]:
    """By document; a kilobyte each, of one block."""
    rows = read_rows(store, block.commit("screen"), "parquet", ["id", "signature"])
    return {row["id"]: row["signature"] for row in rows if row["signature"] is not None}


class FindNearCopies(beam.PTransform):
    """Screened blocks to the Copies among their documents that are left."""

    def __init__(self, section: Select, wanted: NearText, store: Store) -> None:
        super().__init__()
        self.section = section
        self.wanted = wanted
        self.store = store

    def expand(self, blocks: beam.PCollection[Block]) -> beam.PCollection[Copy]:
        named = blocks | "Name blocks" >> beam.Map(lambda block: (block.id, block))
        candidates = (
            blocks
            | "Bands" >> beam.FlatMap(band_keys, self.section, self.wanted, self.store)
            | "Group bands" >> beam.GroupByKey()
            | "Pairs" >> beam.FlatMap(pairs)
            # Near ones meet under many keys; they are compared once.
            | "Same pairs" >> beam.GroupByKey()
            | "By the better one" >> beam.Map(lambda item: (item[0][1][0], item[0]))
        )
        signed = (
            {"blocks": named, "pairs": candidates}
            | "Join the better ones" >> beam.CoGroupByKey()
            | "Signatures" >> beam.FlatMap(with_signature, self.store)
        )
        return (
            {"blocks": named, "pairs": signed}
            | "Join the lesser ones" >> beam.CoGroupByKey()
            | "Compare" >> beam.FlatMap(near_copies, self.wanted.similarity, self.store)
        )
