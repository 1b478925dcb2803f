"""Documents whose text is nearly that of a better one, by the signatures that screen wrote.

Documents that agree on a band of their signatures meet under its key, and each is paired with the best of them only.
Then the two signatures of a pair are read from the blocks' tables and compared. A document goes if a better one is near
enough, whether that one stays or not: so of a chain, each near the next, the best alone remains, as where groups are
joined; but nothing has to follow the chains, and every Copy names a document that it was compared with.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
import numpy as np

from corpusflow.recipe import NearText, Select
from corpusflow.store.paths import Store
from corpusflow.text import minhash
from transforms.copies import Copy, DocumentKey, better_of, findings_of, why_better
from transforms.group_keys import GroupKeys, JoinKeys
from transforms.key_rows import KeyBlock, document_key, key_rows, row_count
from transforms.near_pairs import Bands, bands_by_part, by_block, pairs, placed

REASON = "near_same_text"
COLUMNS = ["id", "fetched_at", "characters", "images", "language", "signature"]
PART = 1 << 20  # bands that are sorted at once

# A better document as a tuple, its signature, and the rows of the lesser ones in one block.
Offer = tuple[tuple[Any, ...], bytes, bytes]


def block_bands(
    block: KeyBlock, documents: int, section: Select, wanted: NearText, store: Store
) -> Iterator[tuple[int, Bands]]:
    """The bands of a block's documents that are no copies yet, by part of all keys. documents: of all blocks."""
    copies, _ = findings_of(block)
    found, rows, signatures, languages = [], [], [], []
    for row, keys in enumerate(key_rows(block, store, COLUMNS)):
        if keys["id"] not in copies and keys["signature"] is not None:
            found.append(document_key(keys, block, section))
            rows.append(row)
            signatures.append(keys["signature"])
            languages.append(keys["language"] if section.per_language else "")
    if found:
        values = minhash.from_bytes(b"".join(signatures)).reshape(len(found), -1)
        salts = np.array([_salt(language) for language in languages], np.uint64)
        parts = 1 + documents * wanted.bands // PART
        yield from bands_by_part(block.id, placed(found, rows), values, salts, (wanted.bands, wanted.rows), parts)


def _salt(language: str) -> int:
    return int.from_bytes(hashlib.sha256(language.encode()).digest()[:8], "big") if language else 0


def offers(element: tuple[str, dict[str, Iterable[Any]]], section: Select, store: Store) -> Iterator[tuple[str, Offer]]:
    """(block of the lesser ones, Offer), from the block of the better ones."""
    _, joined = element
    paired = list(by_block(joined["pairs"]))
    wanted = set(np.concatenate([table["better"] for _, table in paired]).tolist()) if paired else set()
    for block in joined["blocks"] if paired else ():
        kept = {row: keys for row, keys in enumerate(key_rows(block, store, COLUMNS)) if row in wanted}
        for name, table in paired:
            for row in np.unique(table["better"]).tolist():
                lesser = table["lesser"][table["better"] == row]
                document = tuple(document_key(kept[row], block, section))
                yield name, (document, kept[row]["signature"], lesser.tobytes())


def near_copies(
    element: tuple[str, dict[str, Iterable[Any]]], section: Select, limit: float, store: Store
) -> Iterator[Copy]:
    """The documents of a block that are near enough to a better one; of several the best is named."""
    name, joined = element
    given = list(joined["offers"])
    for block in joined["blocks"] if given else ():
        rows = list(key_rows(block, store, COLUMNS))
        found: dict[int, tuple[DocumentKey, float]] = {}
        for document, signature, lesser in given:
            better, values = DocumentKey._make(document), minhash.from_bytes(signature)
            for row in np.frombuffer(lesser, "<u4").tolist():
                similarity = minhash.estimated_similarity(minhash.from_bytes(rows[row]["signature"]), values)
                if similarity >= limit and (row not in found or better_of(better, found[row][0]) is better):
                    found[row] = (better, similarity)
        for row in sorted(found):
            better, similarity = found[row]
            lesser = document_key(rows[row], block, section)
            yield Copy(name, lesser.id, REASON, better.id, similarity, why_better(better, lesser, section.keep))


class FindNearCopies(beam.PTransform):
    """Screened and earlier blocks to the Copies among the documents of this run that are left."""

    def __init__(self, section: Select, wanted: NearText, store: Store) -> None:
        super().__init__()
        self.section = section
        self.wanted = wanted
        self.store = store

    def expand(self, blocks: beam.PCollection[KeyBlock]) -> beam.PCollection[Copy]:
        named = blocks | "Name blocks" >> beam.Map(lambda block: (block.id, block))
        # So that the parts of all keys are as large with few documents as with many.
        documents = blocks | "Rows" >> beam.Map(row_count) | "Documents" >> beam.CombineGlobally(sum)
        candidates = (
            blocks
            | "Bands"
            >> beam.FlatMap(block_bands, beam.pvalue.AsSingleton(documents), self.section, self.wanted, self.store)
            | "Group bands" >> GroupKeys(self.store)
            | "Pairs" >> beam.FlatMap(pairs)
        )
        offered = (
            {"blocks": named, "pairs": candidates}
            | "Join the better ones" >> JoinKeys(self.store)
            | "Signatures" >> beam.FlatMap(offers, self.section, self.store)
        )
        return (
            {"blocks": named, "offers": offered}
            | "Join the lesser ones" >> JoinKeys(self.store)
            | "Compare" >> beam.FlatMap(near_copies, self.section, self.wanted.similarity, self.store)
        )
