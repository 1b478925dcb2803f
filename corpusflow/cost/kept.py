"""The last estimate that was made before a run, kept beside it, and compared with what came."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from corpusflow.cost.estimate import Estimate, Range
from corpusflow.cost.facts import WEB, size_of
from corpusflow.cost.table import NAMES, count, hours, size, span
from corpusflow.store.before import BEFORE
from corpusflow.store.commit import Commit, digest_of
from corpusflow.store.paths import Store
from corpusflow.store.run_files import ESTIMATE, MANIFEST, read_commits

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Compared:
    """estimate, truth: for a person. ratio: of the estimate to the truth; None where that is 0. inside: whether the
    truth lies in the range."""

    name: str
    estimate: str
    truth: str
    ratio: float | None
    inside: bool


def keep_estimate(estimate: Estimate, store: Store) -> None:
    """In place of an earlier one. With it goes which finished corpus stood there, so that it is compared with the next
    one only."""
    before = _digest(store, MANIFEST) or _digest(store, f"{BEFORE}/{MANIFEST}")
    store.write(ESTIMATE, json.dumps(estimate.to_json() | {"before": before}, indent=1, sort_keys=True).encode())


def read_estimate(store: Store) -> Estimate | None:
    """What was expected of the run that ended last; None where nothing was, or by another version."""
    try:
        data = json.loads(store.read(ESTIMATE))
        before = data.pop("before")
        estimate = Estimate.from_json(data)
    except FileNotFoundError:
        return None
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        log.warning(
            "%s is damaged, or of another version: nothing is compared with it (%r)", store.path(ESTIMATE), error
        )
        return None
    return estimate if before == _digest(store, f"{BEFORE}/{MANIFEST}") else None


def _digest(store: Store, name: str) -> str | None:
    return digest_of(store, name) if store.exists(name) else None


def compare(store: Store, manifest: Mapping[str, Any]) -> list[Compared]:
    """The estimate of a run beside its truth, line by line; nothing where none was made."""
    estimate = read_estimate(store)
    if estimate is None:
        return []
    commits = read_commits(store)
    return [*_amounts(estimate, true_amounts(manifest, commits)), *_stages(estimate, commits)]


def true_amounts(manifest: Mapping[str, Any], commits: Mapping[str, list[Commit]]) -> dict[str, float]:
    """Of a finished run; what only the estimate counts is left out."""
    documents = manifest["summary"]["documents"]
    fetched = commits.get("fetch", [])
    files = [commit for done in commits.values() for commit in done]
    return {
        "documents_in": documents["in"],
        "documents_kept": documents["kept"],
        "images_unique": sum(commit.counts.get("items", 0) for commit in fetched),
        "images_to_fetch": sum(_asked(commit) for commit in fetched if commit.block.startswith(WEB)),
        "run_bytes": sum(size_of(commit) for commit in files),
        "shard_bytes": sum(shard["bytes"] for shard in manifest["shards"]),
    }


def _asked(commit: Commit) -> int:
    return commit.counts.get("items", 0) - commit.counts.get("dropped/image/fetch/not_in_archive", 0)


def _amounts(estimate: Estimate, truth: Mapping[str, float]) -> Iterator[Compared]:
    for name, value in truth.items():
        form = size if name.endswith("bytes") else count
        found = estimate.amounts[name]
        yield Compared(NAMES[name], span(found, form), form(value), _ratio(found, value), _holds(found, value))


def _stages(estimate: Estimate, commits: Mapping[str, list[Commit]]) -> Iterator[Compared]:
    for stage in estimate.stages:
        # Hours on a GPU that Dataflow would have are not what this run took.
        if stage.stage in commits and not stage.on_gpu:
            took = sum(commit.seconds for commit in commits[stage.stage]) / 3600
            ratio = _ratio(stage.hours, took)
            yield Compared(
                f"work of {stage.stage}", span(stage.hours, hours), hours(took), ratio, _holds(stage.hours, took)
            )


def _ratio(found: Range, truth: float) -> float | None:
    return found.value / truth if truth else None


def _holds(found: Range, truth: float) -> bool:
    return found.low <= truth <= found.high
