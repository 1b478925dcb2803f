"""How many documents of the corpus show each picture, by its content: keys and counts only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import apache_beam as beam

from corpusflow.document import Document, Score
from corpusflow.images.content_keys import USES, content_keys, keys_of_hashes
from corpusflow.store.block import Block
from corpusflow.store.commit import read_rows
from corpusflow.store.paths import Store
from transforms.group_keys import GroupKeys, JoinKeys

SCORER = "documents"  # what is counted: the second part of the scores' names

# Of the aligned table no more than this is read: no text.
_PICTURE = "document.segments.list.element.picture."
COLUMNS = [
    *(f"{_PICTURE}{name}" for name in ("sha256", "phash", "dhash", "single_colour")),
    *(f"document.scores.list.element.{name}" for name in ("name", "value", "segment", "label")),
]

Uses = dict[tuple[str, str], int]


def use_key(digits: str, scores: Sequence[Score], per_language: bool) -> str:
    """Under which a picture of a document with these scores is counted: in one language, or in all."""
    if not per_language:
        return digits
    language = next((score.label for score in scores if score.segment is None and score.measure == "language"), "")
    return f"{language} {digits}"


def picture_uses(block: Block, store: Store, per_language: bool = False) -> Iterator[tuple[str, tuple[str, int]]]:
    """(kind and key of a picture's content, (block, documents that show it)); a document counts once."""
    uses: Counter[str] = Counter()
    for row in read_rows(store, block.commit("align"), "parquet", COLUMNS):
        scores = [Score(**score) for score in row["document"]["scores"]]
        pictures = [segment["picture"] for segment in row["document"]["segments"] if segment["picture"]]
        keys = {key for picture in pictures for key in keys_of_hashes(**picture).items()}
        uses.update({f"{kind} {use_key(digits, scores, per_language)}" for kind, digits in keys})
    for key in sorted(uses):
        yield key, (block.id, uses[key])


def shared_uses(element: tuple[str, Iterable[tuple[str, int]]]) -> Iterator[tuple[str, tuple[str, str, int]]]:
    """(block, (kind, key, documents of the corpus)) for every block that shows what more than one document shows."""
    key, uses = element
    kind, _, digits = key.partition(" ")
    # Gone through twice, so that what every block has need not be held.
    total = sum(times for _, times in uses)
    if total > 1:
        for block, _ in uses:
            yield block, (kind, digits, total)


def with_uses(element: tuple[str, dict[str, Iterable[Any]]]) -> Iterator[Block]:
    _, joined = element
    for block in joined["blocks"]:
        yield Block(block.id, block.inputs, tuple(sorted(map(tuple, joined["uses"]))))


def uses_of(block: Block) -> Uses:
    """What a block's payload holds: by kind and key the documents that show a picture, where it is more than one."""
    return {(kind, digits): times for kind, digits, times in block.payload}


def use_scores(document: Document, uses: Uses, per_language: bool = False) -> Iterator[Score]:
    """`phash_uses/documents` and the like of each picture, none for a key that it does not have."""
    for image in document.images:
        if image.picture is not None:
            for kind, digits in content_keys(image.picture).items():
                key = kind, use_key(digits, document.scores, per_language)
                yield Score(f"{USES[kind]}/{SCORER}", uses.get(key, 1), image.index)


class CountImageUses(beam.PTransform):
    """Aligned document blocks to the same with the uses of their pictures in the payload."""

    def __init__(self, store: Store, per_language: bool = False) -> None:
        super().__init__()
        self.store = store
        self.per_language = per_language

    def expand(self, blocks: beam.PCollection[Block]) -> beam.PCollection[Block]:
        uses = (
            blocks
            | "Picture uses" >> beam.FlatMap(picture_uses, self.store, self.per_language)
            | "Group pictures" >> GroupKeys(self.store)
            | "Count pictures" >> beam.FlatMap(shared_uses)
        )
        named = blocks | "Name blocks" >> beam.Map(lambda block: (block.id, block))
        return (
            {"blocks": named, "uses": uses}
            | "Join uses" >> JoinKeys(self.store)
            | "With uses" >> beam.FlatMap(with_uses)
        )
