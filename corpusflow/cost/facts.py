"""What commits tell of rates: how much of everything a part, a document block or an image block had, and took."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from corpusflow.store.commit import Commit, read_rows
from corpusflow.store.paths import Store
from corpusflow.store.sample import END

DOCUMENT_STAGES = ("extract", "clean", "measure", "screen", "select", "draw", "negatives", "align", "judge")
IMAGE_STAGES = ("fetch", "pdq", "faces", "embed")
MOST_BLOCKS = 400  # of a large run, evenly drawn: more would tell no more
WEB = "web-"  # what the name of an image block begins with where no archive holds its images

Amounts = Mapping[str, float]


@dataclass(frozen=True)
class Facts:
    """What was measured, unit by unit. Each amount has a name: `pages`, `kept`, `extract/s` (seconds of a stage),
    `extract/b` (bytes that it wrote).

    parts: of the input (`input` bytes, `pages`); linked: those whose pages are fetched one by one (`links`). documents:
    document blocks, every one or some of them. archived, web: image blocks. shards. drawn: the share of all document
    blocks that `documents` is.
    """

    parts: Sequence[Amounts] = ()
    linked: Sequence[Amounts] = ()
    documents: Sequence[Amounts] = ()
    archived: Sequence[Amounts] = ()
    web: Sequence[Amounts] = ()
    shards: Sequence[Amounts] = ()
    drawn: float = 1.0

    def sum_of(self, name: str) -> float:
        """Over all document blocks."""
        return sum(block[name] for block in self.documents) / self.drawn


def facts_of(commits: Mapping[str, Sequence[Commit]], parts: Sequence[Amounts], store: Store) -> Facts:
    """parts: of load, which knows what it read. commits: by stage, of a run that went to its shards."""
    names = _drawn(sorted(commit.block for commit in commits["judge"]))
    by_block = _by_block(commits, DOCUMENT_STAGES)
    images = _by_block(commits, IMAGE_STAGES)
    return Facts(
        [part for part in parts if not part["links"]],
        [part for part in parts if part["links"]],
        [_document_block(by_block[name], store) for name in names],
        [_image_block(images[name]) for name in sorted(images) if not name.startswith(WEB)],
        [_image_block(images[name]) for name in sorted(images) if name.startswith(WEB)],
        # Their tables are small, but not where a shard is.
        [_work(commit) | {"shard/b": _tar(commit), "tar": _tar(commit)} for commit in commits["shard"]],
        len(names) / max(len(commits["judge"]), 1) or 1.0,
    )


def _by_block(commits: Mapping[str, Sequence[Commit]], stages: Iterable[str]) -> dict[str, dict[str, Commit]]:
    found: dict[str, dict[str, Commit]] = {}
    for stage in stages:
        for commit in commits.get(stage, ()):
            found.setdefault(commit.block, {})[stage] = commit
    return found


def _drawn(names: Sequence[str]) -> list[str]:
    return [names[place] for place in even_places(len(names), MOST_BLOCKS)]


def even_places(length: int, most: int) -> list[int]:
    """At most so many places out of a length, evenly spread, in their order."""
    wanted = min(length, most)
    return [(2 * number + 1) * length // (2 * wanted) for number in range(wanted)]


def _work(*commits: Commit) -> dict[str, float]:
    """Seconds and bytes by stage."""
    found = {f"{commit.stage}/s": commit.seconds for commit in commits}
    return found | {f"{commit.stage}/b": float(size_of(commit)) for commit in commits}


def size_of(commit: Commit) -> int:
    return sum(file.bytes for file in commit.files.values())


def _tar(commit: Commit) -> float:
    """Bytes of its samples, less the end that every tar has."""
    return float(max(commit.files["tar"].bytes - len(END), 0))


def _document_block(made: Mapping[str, Commit], store: Store) -> Amounts:
    screened, selected = made["screen"], made["select"]
    shown = read_rows(store, selected, "parquet", ["images"])
    return _work(*made.values()) | {
        "pages": made["extract"].counts.get("items", 0),
        "screened": _survivors(screened),
        "selected": _survivors(selected),
        "mentions": sum(len(row["images"]) for row in shown),
        "kept": made["judge"].counts.get("kept", 0),
        "tar": _tar(made["judge"]),
    }


def _survivors(commit: Commit) -> int:
    gone = sum(count for name, count in commit.counts.items() if name.startswith(("dropped/document/", "failed/doc")))
    return commit.counts.get("items", 0) - gone


def _image_block(made: Mapping[str, Commit]) -> Amounts:
    counts = made["fetch"].counts
    lost = sum(count for name, count in counts.items() if name.startswith(("failed/image/", "dropped/image/")))
    asked = counts.get("items", 0) - counts.get("dropped/image/fetch/not_in_archive", 0)
    stored = float(made["fetch"].files["bin"].bytes)
    images = counts.get("items", 0)
    return _work(*made.values()) | {"images": images, "asked": asked, "had": images - lost, "stored": stored}


def without_start(commits: Sequence[Commit]) -> list[Commit]:
    """Commits of one stage in the order of their making, by one process: what the first took for its items beyond what
    the others took is the loading of models, which a long run does once."""
    if len(commits) < 2:
        return list(commits)
    first, *others = commits
    items = sum(commit.counts.get("items", 0) for commit in others)
    if not items:
        return list(commits)
    usual = first.counts.get("items", 0) * sum(commit.seconds for commit in others) / items
    return [replace(first, seconds=min(first.seconds, usual)), *others]


def part_facts(commit: Commit, size: float, links: int = 0) -> dict[str, float]:
    """Of a loaded part. size: bytes of its files; links: pages that it names and that are to be fetched."""
    pages = commit.counts.get("items", 0) + commit.counts.get("skipped/over_limit", 0)
    return _work(commit) | {"input": float(size), "pages": float(pages), "links": float(links)}
