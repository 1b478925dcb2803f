"""How far a run is, by what stands in its run directory: for runs on any engine, while they work and afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from corpusflow.progress import STAGES
from corpusflow.store.address import files_below
from corpusflow.store.manifest import read_manifest
from corpusflow.store.paths import Store
from corpusflow.store.run_files import MANIFEST, PARTS, RUN, read_commits


@dataclass(frozen=True)
class RunStatus:
    """parts: of the input, as planned; None before. committed: blocks by the folder of a stage, in the order of the
    data; a folder more for each recipe that the stage was run with. samples: of the finished corpus, None before."""

    directory: str
    parts: int | None
    committed: Mapping[str, int]
    samples: int | None

    def __str__(self) -> str:
        lines = [
            f"{self.directory}: " + ("no run has begun" if self.parts is None else f"{self.parts:,} parts planned")
        ]
        lines += [f"  {folder:32} {count:>9,} blocks" for folder, count in self.committed.items()]
        lines.append("not finished" if self.samples is None else f"finished: {self.samples:,} samples")
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def run_status(store: Store) -> RunStatus:
    """Lists the run directory, which is all that it costs. Raises OSError where that cannot be had."""
    parts = len(store.read(PARTS).splitlines()) if store.exists(RUN) and store.exists(PARTS) else None
    samples = read_manifest(store)["samples"] if store.exists(MANIFEST) else None
    if samples is not None:
        last = {commit.folder: 0 for commits in read_commits(store).values() for commit in commits}
        committed = {folder: count for folder, count in _sidecars(store).items() if folder in last}
    else:
        committed = _sidecars(store)
    return RunStatus(store.root, parts, _named(committed), samples)


def _sidecars(store: Store) -> Counter[str]:
    """How many blocks are committed in each folder, by its name in the store."""
    counts: Counter[str] = Counter()
    for top in ("stages", "shards"):
        root = store.path(top)
        for found in files_below(root):
            name = found.path.removeprefix(root).strip("/")
            if name.endswith(".json"):
                counts[f"{top}/{name}".rpartition("/")[0]] += 1
    return counts


def _named(counts: Mapping[str, int]) -> dict[str, int]:
    def place(folder: str) -> tuple[int, str]:
        stage = "shard" if folder == "shards" else folder.rpartition("/")[2].partition("-")[0]
        return STAGES.index(stage), folder

    return {folder.removeprefix("stages/"): counts[folder] for folder in sorted(counts, key=place)}
