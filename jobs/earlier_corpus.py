"""A finished corpus in the folder of a run that takes a part of the input, or stops early."""

from __future__ import annotations

import json
import logging

from corpusflow.errors import RunError
from corpusflow.progress import STAGES
from corpusflow.store.before import keep_before
from corpusflow.store.manifest import read_manifest
from corpusflow.store.paths import Store
from corpusflow.store.run_files import CARD, COMMITS, GROWTH, INDEX, MANIFEST, REPORT, RUN

log = logging.getLogger(__name__)


def make_way(store: Store, limit: int | None, until: str) -> bool:
    """Whether the folder's files of a run as a whole may be written anew; what they tell of an earlier run is removed
    then.

    They may not where a run that stops before the shards finds a finished corpus: it changes nothing of what they tell
    of. Where a limit makes less of a corpus than there was, a line of the log says so.
    """
    samples = finished_samples(store)
    if samples is None or until == STAGES[-1]:
        if samples is not None and _takes_less(store, limit):
            log.warning(
                "%s held a finished corpus of %s; it is no longer whole until a run without --limit",
                store.root,
                _told(samples),
            )
        if samples is not None:
            keep_before(store)
        for name in (MANIFEST, INDEX, GROWTH, REPORT, CARD, COMMITS):
            store.remove(name)
        return True
    log.warning(
        "%s holds a finished corpus of %s: that stays as it is, with its recipe.yaml and run.json, until a run goes "
        "on to the shards",
        store.root,
        _told(samples),
    )
    return False


def finished_samples(store: Store) -> int | None:
    """How many samples the finished corpus in a folder has; None where there is none, or a damaged manifest."""
    try:
        samples: int = read_manifest(store)["samples"]
    except (RunError, LookupError, TypeError):
        return None
    return samples


def _takes_less(store: Store, limit: int | None) -> bool:
    before = json.loads(store.read(RUN)).get("limit")
    return limit is not None and (before is None or limit < before)


def _told(samples: int) -> str:
    return "1 sample" if samples == 1 else f"{samples:,} samples"
