"""The report of a finished run: one HTML file that says what came of the input, and shows some of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import yaml

from corpusflow.cost.kept import compare
from corpusflow.decision import LedgerRow
from corpusflow.inspect.contents import read_contents
from corpusflow.inspect.funnel import funnel, side_notes
from corpusflow.inspect.growth import read_growth
from corpusflow.inspect.ledger import reason_groups
from corpusflow.inspect.negative_pools import pool_sizes
from corpusflow.inspect.reduced import reduced, reduced_row
from corpusflow.inspect.rendering import render
from corpusflow.inspect.samples import read_samples
from corpusflow.progress import STAGES
from corpusflow.store.manifest import read_manifest
from corpusflow.store.paths import Store
from corpusflow.store.run_files import RECIPE, REPORT, RUN, read_commits

# What bounds the report's size, whatever the size of the corpus.
SAMPLES = 12
EXAMPLES = 5
MOST_LANGUAGES = 20
MOST_SHARDS = 50


@dataclass(frozen=True, slots=True)
class StageTime:
    """seconds: summed over the blocks. share: of the longest stage."""

    name: str
    blocks: int
    seconds: float
    share: float


def write_report(store: Store) -> None:
    """Writes report.html into the run directory. Raises RunError before the run's end."""
    manifest = read_manifest(store)
    page = render(
        "report.html",
        title=manifest["corpus"],
        version=run_facts(store).get("corpusflow", ""),
        preset=_preset(store),
        manifest=manifest,
        contents=read_contents(store),
        funnel=funnel(manifest["summary"]),
        growth=read_growth(store),
        notes=side_notes(manifest["summary"]),
        reasons=_reasons(store),
        changes=changes_of_texts(store),
        negatives=pool_sizes(store),
        stages=list(stage_times(store)),
        compared=compare(store, manifest),
        views=[reduced(view) for view in read_samples(store, SAMPLES)],
        most_languages=MOST_LANGUAGES,
        most_shards=MOST_SHARDS,
    )
    store.write(REPORT, page.encode())


def stage_times(store: Store) -> Iterator[StageTime]:
    """How long each stage of the last run worked, in the order of the data."""
    by_stage = read_commits(store)
    seconds = {stage: sum(commit.seconds for commit in commits) for stage, commits in by_stage.items()}
    longest = max(seconds.values(), default=0.0)
    for stage in STAGES:
        if stage in by_stage:
            share = seconds[stage] / longest if longest else 0.0
            yield StageTime(stage, len(by_stage[stage]), seconds[stage], share)


def changes_of_texts(store: Store) -> dict[str, int]:
    """What cleaning changed in the texts of the last run's documents, and how often: `masked/email`, `cleaned/urls`."""
    totals: Counter[str] = Counter()
    for commit in read_commits(store)["clean"]:
        counts = commit.counts.items()
        totals.update({name: count for name, count in counts if name.startswith(("masked/", "cleaned/"))})
    return dict(sorted(totals.items()))


def run_facts(store: Store) -> Mapping[str, Any]:
    """What the launcher wrote about the run; nothing where there was no launcher."""
    facts: Mapping[str, Any] = json.loads(store.read(RUN)) if store.exists(RUN) else {}
    return facts


def _preset(store: Store) -> str:
    """The preset that the recipe starts from; empty where there is none."""
    return str(yaml.safe_load(store.read(RECIPE)).get("based_on", ""))


def _reasons(store: Store) -> dict[str, list[Any]]:
    groups = reason_groups(store, EXAMPLES)
    for group in groups:
        group.examples = [reduced_row(_named_once(row)) for row in group.examples]
    return {
        "Failures": [group for group in groups if group.failed and group.lost],
        "Dropped": [group for group in groups if not group.failed],
        "Noted, nothing lost": [group for group in groups if not group.lost],
    }


def _named_once(row: LedgerRow) -> LedgerRow:
    """The row whose message does not begin with what it happened to, which stands before it."""
    return replace(row, message=row.message.removeprefix(row.what).removeprefix(": "))
