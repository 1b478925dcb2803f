"""Images that many documents show and paragraphs that a host repeats: keys and counts, no text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import apache_beam as beam

from corpusflow.recipe import Select
from corpusflow.store.block import Block
from corpusflow.store.paths import Store
from transforms.copies import Repeated, findings_of
from transforms.group_keys import GroupKeys
from transforms.key_rows import KeyBlock, image_keys, key_rows, paragraph_keys, use_key

IMAGE = "image_repeated"
PARAGRAPH = "paragraph_repeated_in_domain"

Uses = Iterator[tuple[str, tuple[str, int]]]


def image_uses(block: KeyBlock, section: Select, store: Store) -> Uses:
    """(key of an image URL, (block, documents that show it)); copies do not count."""
    copies, _ = findings_of(block)
    uses: Counter[str] = Counter()
    for row in key_rows(block, store, ["id", "images", "language"]):
        if row["id"] not in copies:
            uses.update(use_key(key, row, section) for key in image_keys(row, block))
    return of_block(block, uses)


def paragraph_uses(block: KeyBlock, section: Select, store: Store) -> Uses:
    """(key of a paragraph in its host, (block, times it stands there)); copies do not count."""
    copies, _ = findings_of(block)
    uses: Counter[str] = Counter()
    for row in key_rows(block, store, ["id", "paragraphs"]):
        if row["id"] not in copies:
            uses.update(paragraph_keys(row))
    return of_block(block, uses)


def of_block(block: KeyBlock, uses: Counter[str]) -> Uses:
    """Those of an earlier corpus count, and nothing is dropped there: they are of no block."""
    name = block.id if isinstance(block, Block) else ""
    for key in sorted(uses):
        yield key, (name, uses[key])


def too_often(element: tuple[str, Iterable[tuple[str, int]]], reason: str, least: int) -> Iterator[Repeated]:
    """A Repeated for every block that has what the corpus, with the earlier ones, has so often or more often."""
    key, uses = element
    # Gone through twice, so that what every block has need not be held.
    total = sum(times for _, times in uses)
    if total >= least:
        for block, _ in uses:
            if block:
                yield Repeated(block, key, reason, total)


class FindRepeated(beam.PTransform):
    """Screened and earlier blocks to what is repeated too often in the documents of this run that are left."""

    def __init__(self, section: Select, store: Store) -> None:
        super().__init__()
        self.section = section
        self.store = store

    def expand(self, blocks: beam.PCollection[KeyBlock]) -> beam.PCollection[Repeated]:
        found = []
        if self.section.max_image_uses is not None:
            found.append(self._find(blocks, image_uses, IMAGE, self.section.max_image_uses + 1))
        if self.section.domain_paragraphs is not None:
            found.append(self._find(blocks, paragraph_uses, PARAGRAPH, self.section.domain_paragraphs))
        return tuple(found) | "All repeated" >> beam.Flatten(pipeline=blocks.pipeline)

    def _find(
        self,
        blocks: beam.PCollection[KeyBlock],
        uses: Callable[[KeyBlock, Select, Store], Uses],
        reason: str,
        least: int,
    ) -> beam.PCollection[Repeated]:
        return (
            blocks
            | f"Uses {reason}" >> beam.FlatMap(uses, self.section, self.store)
            | f"Group {reason}" >> GroupKeys(self.store)
            | f"Count {reason}" >> beam.FlatMap(too_often, reason, least)
        )
