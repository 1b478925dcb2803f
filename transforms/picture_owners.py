"""Which image block embeds a picture that several have: each distinct picture is embedded once in a corpus."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam

from corpusflow.store.block import Block, Stage
from corpusflow.store.commit import committed, read_rows
from transforms.group_keys import GroupKeys, JoinKeys
from transforms.image_blocks import generation_of

OPEN = ""  # instead of an owner, of a picture of a block that is not embedded yet


def picture_holders(block: Block, stage: Stage[Any]) -> Iterator[tuple[str, tuple[str, str]]]:
    """(sha256, (image block, owner)) of each distinct picture of a fetched block. stage: embed."""
    digests = _digests(block, stage)
    settled = settled_payload(block, digests, stage)
    for digest in dict.fromkeys(digest for digest in digests if digest):
        yield digest, (block.id, OPEN if settled is None else settled.get(digest, block.id))


def settled_payload(block: Block, digests: Iterable[str | None], stage: Stage[Any]) -> dict[str, str] | None:
    """Owners of the pictures that a committed block leaves to others; None where it is to be made.

    It is kept to, or blocks would be made again for no more than another owner. digests: by the block's rows.
    """
    commit = committed(stage.store, stage.place, block.id, None)
    if commit is None:
        return None
    owners = [row["owner"] for row in read_rows(stage.store, commit, "parquet", ["owner"])]
    settled = {digest: owner for digest, owner in zip(digests, owners, strict=False) if digest and owner}
    payload = tuple(sorted(settled.items()))
    return settled if commit.key == stage.made_from(dataclasses.replace(block, payload=payload)) else None


def pictures_elsewhere(element: tuple[str, Iterable[tuple[str, str]]]) -> Iterator[tuple[str, tuple[str, str]]]:
    """(image block, (sha256, owner)) for every block that leaves the picture to another one.

    element: what picture_holders gives of one picture. A block that embedded it keeps it, so that new ones change
    nothing of what was made; else it is the smallest one's.
    """
    digest, holders = element[0], dict(element[1])
    made = {block for block, owner in holders.items() if owner == block}
    first = min(made or holders, key=lambda block: (generation_of(block), block))
    for block in sorted(holders.keys() - made - {first}):
        before = holders[block]
        yield block, (digest, before if before in made else first)


def with_elsewhere(element: tuple[str, dict[str, Iterable[Any]]]) -> Iterator[Block]:
    _, joined = element
    for block in joined["blocks"]:
        yield dataclasses.replace(block, payload=tuple(sorted(joined["elsewhere"])))


def _digests(block: Block, stage: Stage[Any]) -> list[str | None]:
    """By the rows of fetch; None without a picture."""
    rows = read_rows(stage.store, block.commit("fetch"), "parquet", ["sha256", "status"])
    return [row["sha256"] if row["status"] == "ok" else None for row in rows]


class SharePictures(beam.PTransform):
    """Fetched image blocks to the same, each with what it leaves to others as its payload. stage: embed."""

    def __init__(self, stage: Stage[Any]) -> None:
        super().__init__()
        self.stage = stage

    def expand(self, blocks: beam.PCollection[Block]) -> beam.PCollection[Block]:
        elsewhere = (
            blocks
            | "Holders" >> beam.FlatMap(picture_holders, self.stage)
            | "By picture" >> GroupKeys(self.stage.store)
            | "Elsewhere" >> beam.FlatMap(pictures_elsewhere)
        )
        named = blocks | "Name blocks" >> beam.Map(lambda block: (block.id, block))
        return (
            {"blocks": named, "elsewhere": elsewhere}
            | "Join blocks" >> JoinKeys(self.stage.store)
            | "With elsewhere" >> beam.FlatMap(with_elsewhere)
        )
