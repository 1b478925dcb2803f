"""Why no document can be shown: in words for whoever asked for some."""

from __future__ import annotations

import difflib

import yaml

from corpusflow.inspect.ledger import reason_groups
from corpusflow.store.paths import Store
from corpusflow.store.run_files import RECIPE


def why_none(store: Store, dropped: bool, reason: str) -> str:
    """dropped: whether dropped documents were asked for. reason: those for which; empty for any."""
    if not reason:
        return "nothing was dropped as a whole document" if dropped else "nothing was kept"
    known = dropped_reasons(store)
    if not known:
        return f"nothing was dropped for '{reason}', nor for anything else"
    if reason in {rule["name"] for rule in yaml.safe_load(store.read(RECIPE))["filters"]}:
        return f"the filter '{reason}' dropped nothing"
    words = known | {word for name in known for word in name.split("/")}
    close = difflib.get_close_matches(reason, sorted(words), n=1)
    way_out = f"did you mean '{close[0]}'?" if close else f"this run has: {', '.join(sorted(known))}"
    return f"nothing was dropped for '{reason}'; {way_out}"


def dropped_reasons(store: Store) -> set[str]:
    """`FILTER/REASON` of everything that a document of the run went for, or lost a text or an image."""
    return {group.name for group in reason_groups(store, 0) if not group.failed and group.unit != "record"}
