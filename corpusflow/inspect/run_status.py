"""How far a run is, by what stands in its run directory: for runs on any engine, while they work and afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from corpusflow.inspect.counted import counted
from corpusflow.progress import STAGES
from corpusflow.store.address import files_below
from corpusflow.store.manifest import read_manifest
from corpusflow.store.paths import Store
from corpusflow.store.run_files import MANIFEST, PARTS, RUN, read_commits


@dataclass(frozen=True)
class RunStatus:
    """parts: of the input, as planned; None before. committed: blocks by stage, in the order of the data; where a stage
    was run with several recipes by `stage fingerprint`, as its folders are named. samples: of the finished corpus, None
    before."""

    directory: str
    parts: int | None
    committed: Mapping[str, int]
    samples: int | None

    def __str__(self) -> str:
        planned = "no run has begun" if self.parts is None else f"{counted(self.parts, 'part')} planned"
        lines = [f"{self.directory}: {planned}"]
        width = max(map(len, self.committed), default=0)
        for stage, blocks in self.committed.items():
            # Load has a block for each part; how many the others will have, the pages of all parts decide.
            of = f" of {self.parts:,}" if stage == "load" and self.parts is not None and self.samples is None else ""
            lines.append(f"  {stage:{width}} {counted(blocks, 'block'):>16}{of}")
        lines.append("not finished" if self.samples is None else f"finished: {counted(self.samples, 'sample')}")
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
    """By stage, and by its fingerprint where there are several."""

    def stage_of(folder: str) -> str:
        return "shard" if folder == "shards" else folder.rpartition("/")[2].partition("-")[0]

    folders = sorted(counts, key=lambda folder: (STAGES.index(stage_of(folder)), folder))
    of_stage = Counter(map(stage_of, folders))
    names = {
        folder: stage_of(folder)
        if of_stage[stage_of(folder)] == 1
        else f"{stage_of(folder)} {folder.rpartition('-')[2]}"
        for folder in folders
    }
    return {names[folder]: counts[folder] for folder in folders}
