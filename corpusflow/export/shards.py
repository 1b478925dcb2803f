"""Samples to shards of bounded size, each with a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from corpusflow.export.samples import SCHEMA, Exported
from corpusflow.store.commit import BlockWriter, Commit
from corpusflow.store.paths import Store
from corpusflow.store.sample import END

FOLDER = "shards"


def write_shards(store: Store, samples: Iterable[Exported], split: str, shard_bytes: int, key: str) -> list[Commit]:
    """Writes `shards/SPLIT-NNNNNN.tar` and its table, in the order of the samples. Memory: one sample.

    key: names what the shards are made of.
    """
    commits: list[Commit] = []
    for number, group in groupby(_numbered(samples, shard_bytes), key=lambda pair: pair[0]):
        with BlockWriter(store, "export", FOLDER, f"{split}-{number:06d}", key, plain=True) as out:
            write_shard(out, (sample for _, sample in group))
        commits.append(out.commit)
    return commits


def write_shard(out: BlockWriter, samples: Iterable[Exported]) -> None:
    table, tar = out.table("parquet", SCHEMA), out.blob("tar")
    offset = 0
    for sample in samples:
        tar.write(sample.members)
        table.add(sample.row | {"offset": offset, "length": len(sample.members)})
        offset += len(sample.members)
        out.counts["items"] += 1
        for name in ("texts", "images", "tokens"):
            out.counts[name] += sample.row[name]
    tar.write(END)


def _numbered(samples: Iterable[Exported], shard_bytes: int) -> Iterator[tuple[int, Exported]]:
    """Each sample with the number of its shard. A shard is over `shard_bytes` only where a single sample is."""
    number, filled = 0, len(END)
    for sample in samples:
        if filled > len(END) and filled + len(sample.members) > shard_bytes:
            number, filled = number + 1, len(END)
        filled += len(sample.members)
        yield number, sample
