"""Images that many documents show and paragraphs that a host repeats: keys and counts, no text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import apache_beam as beam

from corpusflow.recipe import Select
from corpusflow.store.block import Block
from corpusflow.store.commit import read_rows
from corpusflow.store.paths import Store
from corpusflow.text.identity import url_key
from transforms.copies import Repeated, findings_of

IMAGE = "image_repeated"
PARAGRAPH = "paragraph_repeated_in_domain"

Uses = Iterator[tuple[str, tuple[str, int]]]


def image_uses(block: Block, store: Store) -> Uses:
    """(key of an image URL, (block, documents that show it)); copies do not count."""
    copies, _ = findings_of(block)
    uses: Counter[str] = Counter()
    for row in read_rows(store, block.commit("screen"), "parquet", ["id", "images"]):
        if row["id"] not in copies:
            uses.update({url_key(url) for url in row["images"]})
    for key in sorted(uses):
        yield key, (block.id, uses[key])


def paragraph_uses(block: Block, store: Store) -> Uses:
    """(key of a paragraph in its host, (block, times it stands there)); copies do not count."""
    copies, _ = findings_of(block)
    uses: Counter[str] = Counter()
    for row in read_rows(store, block.commit("screen"), "parquet", ["id", "paragraphs"]):
        if row["id"] not in copies:
            uses.update(paragraph["key"] for paragraph in row["paragraphs"])
    for key in sorted(uses):
        yield key, (block.id, uses[key])


def too_often(element: tuple[str, Iterable[tuple[str, int]]], reason: str, least: int) -> Iterator[Repeated]:
    """A Repeated for every block that has what the corpus has so often or more often."""
    key, uses = element
    # Gone through twice, so that what every block has need not be held.
    total = sum(times for _, times in uses)
    if total >= least:
        for block, _ in uses:
            yield Repeated(block, key, reason, total)


class FindRepeated(beam.PTransform):
    """Screened blocks to what is repeated too often in their documents that are left."""

    def __init__(self, section: Select, store: Store) -> None:
        super().__init__()
        self.section = section
        self.store = store

    def expand(self, blocks: beam.PCollection[Block]) -> beam.PCollection[Repeated]:
        found = []
        if self.section.max_image_uses is not None:
            found.append(self._find(blocks, image_uses, IMAGE, self.section.max_image_uses + 1))
        if self.section.domain_paragraphs is not None:
            found.append(self._find(blocks, paragraph_uses, PARAGRAPH, self.section.domain_paragraphs))
        return tuple(found) | "All repeated" >> beam.Flatten(pipeline=blocks.pipeline)

    def _find(
        self, blocks: beam.PCollection[Block], uses: Callable[[Block, Store], Uses], reason: str, least: int
    ) -> beam.PCollection[Repeated]:
        return (
            blocks
            | f"Uses {reason}" >> beam.FlatMap(uses, self.store)
            | f"Group {reason}" >> beam.GroupByKey()
            | f"Count {reason}" >> beam.FlatMap(too_often, reason, least)
        )
