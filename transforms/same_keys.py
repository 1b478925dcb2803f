"""Documents that have a key in common: their URL, their text or the set of their images."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import apache_beam as beam

from corpusflow.recipe import Select
from corpusflow.store.paths import Store
from transforms.copies import Copy, DocumentKey, findings_of, split_copies
from transforms.group_keys import GroupKeys
from transforms.key_rows import KeyBlock, document_key, key_rows, set_key

COLUMNS = ["id", "url_key", "text_key", "fetched_at", "language", "characters", "images"]

Keyed = tuple[str, tuple[Any, ...]]  # a key, and a DocumentKey as a plain tuple: Beam encodes these without pickling


def document_keys(block: KeyBlock, section: Select, store: Store) -> Iterator[DocumentKey]:
    """The keys of a block's documents."""
    for row in key_rows(block, store, COLUMNS):
        yield document_key(row, block, section)


def keyed_by(document: DocumentKey, field: str) -> Keyed:
    """By its url_key or text_key, which nothing after it asks for. A document without text has no key of its own text:
    its place keeps it apart from all others."""
    key = getattr(document, field) or f"{document.block} {document.id}"
    left = document._replace(url_key="") if field == "url_key" else document._replace(text_key="")
    return key, tuple(left)


def image_set_keys(block: KeyBlock, section: Select, store: Store) -> Iterator[Keyed]:
    """By the set of images, each document that is left with an image."""
    copies, repeated = findings_of(block)
    for row in key_rows(block, store, [*(name for name in COLUMNS if not name.endswith("_key")), "images_key"]):
        key = set_key(row, block, section, repeated)
        if key and row["id"] not in copies:
            yield key, tuple(document_key(row, block, section))


class FindSame(beam.PTransform):
    """Screened and earlier blocks to the Copies by URL, and of what these leave those by text."""

    def __init__(self, section: Select, store: Store) -> None:
        super().__init__()
        self.section = section
        self.store = store

    def expand(self, blocks: beam.PCollection[KeyBlock]) -> beam.PCollection[Copy]:
        keys = blocks | "Read keys" >> beam.FlatMap(document_keys, self.section, self.store)
        copies = []
        for wanted, field, reason in (
            (self.section.same_url, "url_key", "same_url"),
            (self.section.same_text, "text_key", "same_text"),
        ):
            if wanted:
                keyed = keys | f"Key {reason}" >> beam.Map(keyed_by, field)
                keys, found = _split(keyed, reason, self.section.keep, self.store)
                copies.append(found)
        return tuple(copies) | "All copies" >> beam.Flatten(pipeline=blocks.pipeline)


class FindSameImages(beam.PTransform):
    """Screened and earlier blocks to the Copies by the set of images, among what is left."""

    def __init__(self, section: Select, store: Store) -> None:
        super().__init__()
        self.section = section
        self.store = store

    def expand(self, blocks: beam.PCollection[KeyBlock]) -> beam.PCollection[Copy]:
        keyed = blocks | "Image sets" >> beam.FlatMap(image_set_keys, self.section, self.store)
        return _split(keyed, "same_images", self.section.keep, self.store)[1]


def _split(
    keyed: beam.PCollection[Keyed], reason: str, keep: str, store: Store
) -> tuple[beam.PCollection[DocumentKey], beam.PCollection[Copy]]:
    """What stays and the Copies of the documents under each key."""
    found = (
        keyed
        | f"Group {reason}" >> GroupKeys(store)
        | f"Choose {reason}" >> beam.FlatMap(lambda pair: split_copies(pair[1], reason, keep))
    )
    survivors = found | f"Survivors {reason}" >> beam.Filter(lambda item: isinstance(item, DocumentKey))
    copies = found | f"Copies {reason}" >> beam.Filter(lambda item: isinstance(item, Copy))
    return survivors, copies
