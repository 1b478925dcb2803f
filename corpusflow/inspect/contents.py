"""What is in the shards of a finished run, summed from their tables."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpusflow.store.manifest import read_manifest
from corpusflow.store.paths import Store


@dataclass
class Contents:
    """languages: samples by language code, empty where it is not known. characters: of all texts. most_images: of any
    one sample."""

    texts: int = 0
    images: int = 0
    characters: int = 0
    most_images: int = 0
    languages: Counter[str] = field(default_factory=Counter)


def read_contents(store: Store) -> Contents:
    """Raises RunError before the run's end."""
    contents = Contents()
    for shard in read_manifest(store)["shards"]:
        with store.open(shard["name"].removesuffix(".tar") + ".parquet") as file, pq.ParquetFile(file) as table:
            for batch in table.iter_batches(columns=["language", "texts", "images", "characters"]):
                rows = pa.Table.from_batches([batch])
                contents.texts += pc.sum(rows["texts"]).as_py() or 0
                contents.images += pc.sum(rows["images"]).as_py() or 0
                contents.most_images = max(contents.most_images, pc.max(rows["images"]).as_py() or 0)
                contents.characters += pc.sum(rows["characters"]).as_py() or 0
                for value in pc.value_counts(rows["language"]).to_pylist():
                    contents.languages[value["values"] or ""] += value["counts"]
    return contents
