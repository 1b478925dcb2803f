"""The end of a run as the last step of its graph, for engines that go on when the launcher is gone."""

from __future__ import annotations

import json
import logging
from typing import Any

import apache_beam as beam

from corpusflow.recipe import Recipe
from corpusflow.store.paths import Store
from jobs.finish import end_run
from jobs.lock import holding_job, release
from transforms.same_code import SameCode

log = logging.getLogger(__name__)


class FinishRun(SameCode, beam.DoFn):
    """Ends the run once the file of all commits is written: ledger, accounts, limits, manifest, card and report.

    An account or a limit that does not hold fails the job with its message. It may run more than once, since engines
    try again what failed: it writes the same again. A lock that was left to the job ends here.
    """

    def __init__(self, recipe: Recipe, store: Store, whole: bool) -> None:
        self.recipe = recipe
        self.store = store
        self.whole = whole

    def process(self, element: Any) -> None:
        manifest = end_run(self.recipe, self.store, self.whole)
        holder = holding_job(self.store)
        if holder is not None:
            release(self.store, holder)
        log.info("the run has ended: %s", json.dumps(manifest["summary"], sort_keys=True))
