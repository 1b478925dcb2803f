"""What a crawl got in all, and how that is told."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from corpusflow.fetch.retries import may_pass

Counts = Mapping[str, int]


@dataclass
class Totals:
    """asked: URLs. stored_bytes: of pages and images, decoded. refused: by reason; failed: by code; other: answers that
    are not stored, by outcome. not_queued: URLs that were found and not asked for, by reason."""

    rounds: int = 0
    asked: int = 0
    pages: int = 0
    images: int = 0
    stored_bytes: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    other: Counter[str] = field(default_factory=Counter)
    not_queued: Counter[str] = field(default_factory=Counter)
    first_failure: str = ""

    def add(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """The rows of a round."""
        self.rounds += 1
        for row in rows:
            self.asked += 1
            outcome, reason = row["outcome"], row["reason"]
            if outcome == "stored":
                self.pages += row["kind"] == "page"
                self.images += row["kind"] == "image"
                self.stored_bytes += row["bytes"]
            elif outcome in ("refused", "failed"):
                (self.refused if outcome == "refused" else self.failed)[reason] += 1
                self.first_failure = self.first_failure or f"{row['url']}: {reason}: {row['message']}".rstrip(": ")
            else:
                self.other[outcome] += 1
                if outcome != "sitemap":
                    self.first_failure = self.first_failure or f"{row['url']}: {outcome}"

    def to_json(self) -> dict[str, Any]:
        # Not asdict, which makes of a Counter one of its pairs.
        values = ((each.name, getattr(self, each.name)) for each in fields(self))
        return {name: dict(value) if isinstance(value, Counter) else value for name, value in values}


def nothing_fetched(totals: Totals) -> str:
    """Why a crawl has no page."""
    counts = _listed(totals.refused + totals.failed + totals.other)
    cause = f"of {totals.asked} URLs no page could be stored ({counts})" if counts else "there was no URL to ask for"
    left = f"; not asked for: {_listed(totals.not_queued)}" if +totals.not_queued else ""
    return f"{cause}{left}" + (f"; the first: {totals.first_failure}" if totals.first_failure else "")


def may_be_had(totals: Mapping[str, Any]) -> int:
    """How many URLs failed for a reason that may have passed. totals: as `Totals.to_json` gives them."""
    return sum(count for key in ("refused", "failed") for code, count in totals[key].items() if may_pass(code))


def to_text(totals: Mapping[str, Any], directory: str) -> str:
    """The summary of a finished crawl for a person. totals: as `Totals.to_json` gives them."""
    lines = [
        f"pages     {totals['pages']:,}",
        f"images    {totals['images']:,}",
        f"bytes     {totals['stored_bytes']:,}",
    ]
    names = {"refused": "refused", "failed": "failed", "other": "not kept", "not_queued": "not asked"}
    lines += [f"{name:<9} {_listed(totals[key])}" for key, name in names.items() if _listed(totals[key])]
    if again := may_be_had(totals):
        lines.append(f"          {again:,} of them may be had later: --retry-failed asks for these once more")
    archives = os.path.join(os.path.abspath(directory), "warc")
    lines += ["", f"archives  {archives}", f"table     {os.path.join(directory, 'pages.parquet')}"]
    lines += ["", "A recipe reads them with:", "sources:", "  - kind: warc", f"    path: {archives}"]
    lines += ["fetch:", "  web: false  # the images of the crawl stand in its archives"]
    return "\n".join(lines)


def _listed(counts: Counts) -> str:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{name} {count:,}" for name, count in ordered if count)
