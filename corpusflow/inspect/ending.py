"""What a run says at its end, on the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from corpusflow.fetch.retries import may_pass
from corpusflow.inspect.funnel import to_text
from corpusflow.store.address import join


def ending(manifest: dict[str, Any], directory: str) -> Iterator[str]:
    """The funnel, and where the shards are; without a sample there is nothing to point at."""
    yield to_text(manifest["summary"])
    shards = len(manifest["shards"])
    yield f"{manifest['samples']:,} samples in {shards:,} {'shard' if shards == 1 else 'shards'}"
    if not manifest["samples"]:
        return
    passing = may_pass_later(manifest["summary"])
    if passing:
        yield f"{passing:,} pages and images failed for reasons that may pass: run again with --retry-failed"
    yield f"shards  {join(directory, 'shards')}\nreport  {join(directory, 'report.html')}"


def may_pass_later(summary: dict[str, Any]) -> int:
    """Pages and images that a later run may have."""
    reasons = [summary[unit][end] for unit in ("records", "images") for end in ("failed", "dropped")]
    return sum(count for counts in reasons for name, count in counts.items() if may_pass(name.rpartition("/")[2]))
