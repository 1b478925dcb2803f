"""What tests of whole runs share: a run, its shards, and what it made again."""

from __future__ import annotations

import json
import tarfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from corpusflow.recipe import parse_recipe
from filters.registry import available_filters
from jobs.begin import RunOptions
from jobs.launch import run_corpus

Manifest = dict[str, Any]


def run(output: Path | str, data: Mapping[str, Any], **options: Any) -> Manifest:
    registry = available_filters()
    manifest = run_corpus(parse_recipe(data, registry), registry, str(output), RunOptions(**options))
    assert manifest is not None
    return manifest


def warc(path: Path, **source: Any) -> dict[str, Any]:
    return {"kind": "warc", "path": str(path), **source}


def shards(manifest: Manifest) -> dict[str, str]:
    return {shard["name"]: shard["sha256"] for shard in manifest["shards"]}


def samples(output: Path) -> list[dict[str, Any]]:
    """The json of all samples, in the order of the shards."""
    found = []
    for shard in sorted((output / "shards").glob("*.tar")):
        with tarfile.open(shard) as tar:
            found += [json.load(tar.extractfile(info)) for info in tar if info.name.endswith(".json")]  # type: ignore[arg-type]
    return found


def made(output: Path) -> dict[str, int]:
    """Modification times of all sidecars, by stage and block: what was made again has another one."""
    files = [*(output / "stages").rglob("*.json"), *(output / "shards").glob("*.json")]
    return {str(file.relative_to(output)): file.stat().st_mtime_ns for file in files}


def worked(before: Mapping[str, int], after: Mapping[str, int]) -> Counter[str]:
    """How many blocks each stage made between two looks."""
    names = [name for name, time in after.items() if before.get(name) != time]
    return Counter(name.split("/")[1].partition("-")[0] if name.startswith("stages") else "shard" for name in names)
