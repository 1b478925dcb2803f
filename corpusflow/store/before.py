"""What the last finished corpus of a run directory was, kept while the next run changes it."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Iterator
from typing import Any

import pyarrow.parquet as pq

from corpusflow.store.commit import digest_of
from corpusflow.store.manifest import read_manifest
from corpusflow.store.paths import Store
from corpusflow.store.run_files import MANIFEST

log = logging.getLogger(__name__)

BEFORE = "plan/before"  # its manifest, and the tables of its shards


def keep_before(store: Store) -> None:
    """Keeps manifest and tables of the finished corpus that stands there. The manifest is written last: what a killed
    run kept of it is nothing."""
    forget_before(store)
    for shard in read_manifest(store)["shards"]:
        name = table_of(shard)
        if not store.exists(name) or digest_of(store, name) != shard["table_sha256"]:
            log.warning("%s is gone or damaged: what this run changes will not be told", store.path(name))
            return
        with store.open(name) as old, store.create(f"{BEFORE}/{name}") as new:
            shutil.copyfileobj(old, new, 1 << 20)
        store.publish(f"{BEFORE}/{name}")
    store.write(f"{BEFORE}/{MANIFEST}", store.read(MANIFEST))


def forget_before(store: Store) -> None:
    store.remove(f"{BEFORE}/{MANIFEST}")
    for name in list(store.names(f"{BEFORE}/shards")):
        store.remove(name)


def read_before(store: Store) -> dict[str, Any] | None:
    """The manifest of the last finished corpus; None where there was none."""
    if not store.exists(f"{BEFORE}/{MANIFEST}"):
        return None
    manifest: dict[str, Any] = json.loads(store.read(f"{BEFORE}/{MANIFEST}"))
    return manifest


def sample_rows(store: Store, manifest: dict[str, Any], folder: str = "") -> Iterator[dict[str, Any]]:
    """The rows of all tables of a corpus' shards, in the order of the shards. Memory: a row group."""
    for shard in manifest["shards"]:
        with store.open(folder + table_of(shard)) as file, pq.ParquetFile(file) as table:
            for batch in table.iter_batches():
                yield from batch.to_pylist()


def table_of(shard: dict[str, Any]) -> str:
    """The table that stands beside a shard. shard: as a manifest tells of it."""
    return f"{shard['name'].removesuffix('.tar')}.parquet"
