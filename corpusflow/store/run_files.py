"""What stands where in a run directory, and the list of what a run committed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from corpusflow.errors import StartError
from corpusflow.store.commit import Commit
from corpusflow.store.paths import Store

RUN = "run.json"  # what made the run; its presence makes a directory a run directory
RECIPE = "recipe.yaml"  # the recipe with every default
PARTS = "plan/parts.jsonl"  # one part of the sources a line
KNOWN = "plan/known_parts.jsonl"  # parts of earlier runs that the last one did not take; what came of them is not lost
ASIDE = "plan/set_aside.jsonl"  # one block that killed its worker a line
JOB = "plan/job.json"  # the job on Dataflow that works on the run, or last did
COMMITS = "plan/commits.jsonl"  # one commit of the last run a line
ESTIMATE = "plan/estimate.json"  # what was expected before the run began
LEDGER_FILE = "ledger/ledger.parquet"
TRANSFERS_FILE = "ledger/transfers.parquet"  # one URL that the web was asked for a row
INDEX = "index.parquet"  # keys of the documents that were kept, for corpora that are built later
EMBEDDINGS = "embeddings"  # folder of embeddings by content, where the recipe names no other
MANIFEST = "manifest.json"  # written last
GROWTH = "growth.json"  # what changed since the corpus that stood there before; only where one did
REPORT = "report.html"
CARD = "README.md"
LOCK = "run.lock"


@contextmanager
def undamaged(store: Store, name: str, way_out: str = "remove it to go on") -> Iterator[None]:
    """Raises StartError where what is read of a file makes no sense."""
    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise StartError(f"{store.path(name)} is damaged: {error!r}; {way_out}") from error


def write_commits(store: Store, commits: Iterable[Commit]) -> None:
    """The run's commits in an order that does not depend on arrival."""
    ordered = sorted(commits, key=lambda commit: (commit.stage, commit.block))
    store.write(COMMITS, "".join(f"{json.dumps(commit.to_json(), sort_keys=True)}\n" for commit in ordered).encode())


def read_commits(store: Store) -> dict[str, list[Commit]]:
    """The commits of the last run by stage, each stage's in the order of its blocks; none where the file is gone."""
    by_stage: dict[str, list[Commit]] = defaultdict(list)
    if store.exists(COMMITS):
        with undamaged(store, COMMITS, "remove it, and run the recipe again"):
            for line in store.read(COMMITS).decode().splitlines():
                commit = Commit.from_json(json.loads(line))
                by_stage[commit.stage].append(commit)
    return by_stage
