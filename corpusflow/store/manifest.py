"""The manifest: the last file of a run, which says that the shards are whole and what is in them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from corpusflow.errors import RunError
from corpusflow.store.commit import Commit
from corpusflow.store.paths import Store
from corpusflow.store.run_files import MANIFEST


def write_manifest(store: Store, name: str, shards: Iterable[Commit], summary: dict[str, Any]) -> dict[str, Any]:
    """Writes and returns the manifest, and removes shards that an earlier run left and this one does not have."""
    commits = sorted(shards, key=lambda commit: commit.block)
    known = {f"shards/{commit.block}" for commit in commits}
    for stale in store.names("shards"):
        if stale.rpartition(".")[0] not in known:
            store.remove(stale)
    manifest = {
        "corpus": name,
        "samples": sum(commit.counts["items"] for commit in commits),
        "shards": shard_rows(commits),
        "summary": summary,
    }
    store.write(MANIFEST, json.dumps(manifest, indent=1, sort_keys=True).encode())
    return manifest


def shard_rows(shards: Iterable[Commit]) -> list[dict[str, Any]]:
    """What a manifest tells of each shard."""
    return [
        {
            "name": commit.files["tar"].name,
            "sha256": commit.files["tar"].digest,
            "bytes": commit.files["tar"].bytes,
            "samples": commit.counts["items"],
            "table_sha256": commit.files["parquet"].digest,
        }
        for commit in shards
    ]


def read_manifest(store: Store) -> dict[str, Any]:
    """Raises RunError where there is none: the run has not ended, or failed."""
    try:
        manifest: dict[str, Any] = json.loads(store.read(MANIFEST))
    except FileNotFoundError as error:
        raise not_ended(store, MANIFEST) from error
    except ValueError as error:
        raise RunError(f"{store.path(MANIFEST)} is damaged: {error}; run it again") from error
    return manifest


def not_ended(store: Store, name: str) -> RunError:
    """What is said where a file that a run writes at its end is wanted, and is not there."""
    return RunError(f"{store.path(name)} is not there: the run has not ended; run it again to go on")
