"""The end of a run: the ledger in one place, the accounts checked, the limits held, the manifest written last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from corpusflow.decision import LedgerRow, ledger_schema
from corpusflow.errors import RunError
from corpusflow.progress import STAGES
from corpusflow.recipe import Recipe
from corpusflow.store.accounting import Accounts, Segments, account_block
from corpusflow.store.block import Block
from corpusflow.store.commit import LEDGER, Commit, read_rows, sidecar
from corpusflow.store.manifest import write_manifest
from corpusflow.store.paths import Store
from corpusflow.store.run_files import LEDGER_FILE, read_commits
from transforms.load import document_blocks, load_settings, page_ids

UNREADABLE = "robots_unreadable"
PASSING = ("broken_transfer", "connect_failed", "dns_failed", "http_429", "http_5", "timeout", UNREADABLE)
DOCUMENT_STAGES = ("extract", "screen", "select", "align", "judge")


def finish_run(recipe: Recipe, store: Store) -> dict[str, Any]:
    """Returns the manifest. Raises AccountingError when the sums are wrong and RunError when too much failed."""
    commits = read_commits(store)
    merge_ledger(commits, store)
    accounts = check_accounts(recipe, commits, store)
    summary = accounts.to_json() | {"fetched": fetched_images(commits["fetch"])}
    try:
        hold_limits(recipe, summary)
    except RunError:
        forget_passing_failures(store, (*commits["load"], *commits["fetch"]))
        raise
    return write_manifest(store, recipe.name, commits["shard"], summary)


def forget_passing_failures(store: Store, commits: Iterable[Commit]) -> None:
    """Takes back the commits in which a transfer failed for a reason that may have passed by the next run, so that it
    tries again."""
    for commit in commits:
        if any(name.rpartition("/")[2].startswith(PASSING) for name in commit.counts if "/" in name):
            store.remove(sidecar(commit.folder, commit.block))


def merge_ledger(commits: Mapping[str, list[Commit]], store: Store) -> None:
    """All ledger rows of the run in one file, by stage and block; a row group at a time."""
    with store.create(LEDGER_FILE) as file, pq.ParquetWriter(file, ledger_schema(), compression="zstd") as writer:
        for commit in (commit for stage in STAGES for commit in commits[stage] if LEDGER in commit.files):
            with store.open(commit.files[LEDGER].name) as part, pq.ParquetFile(part) as table:
                for batch in table.iter_batches():
                    writer.write_table(pa.Table.from_batches([batch]))
    store.publish(LEDGER_FILE)


def ledger_rows(commits: Iterable[Commit], store: Store) -> Iterator[LedgerRow]:
    for commit in commits:
        for row in read_rows(store, commit, LEDGER):
            yield LedgerRow.from_json(row)


def check_accounts(recipe: Recipe, commits: Mapping[str, list[Commit]], store: Store) -> Accounts:
    """The sums of the run, checked document by document. Memory: the commits, and one block's keys."""
    accounts = Accounts()
    for row in ledger_rows(commits["load"], store):
        accounts.add_row(row)
    by_block: dict[str, dict[str, Commit]] = {}
    for stage in DOCUMENT_STAGES:
        for commit in commits[stage]:
            by_block.setdefault(commit.block, {})[stage] = commit
    for commit in commits["load"]:
        for block in document_blocks(Block(commit.block, (commit,)), load_settings(recipe, store)):
            made = by_block.get(block.id, {})
            extracted = {row["id"]: _segments(row) for row in _rows(store, made, "extract", EXTRACTED)}
            kept = {row["key"]: (row["texts"], row["images"]) for row in _rows(store, made, "judge", KEPT)}
            rows = ledger_rows(made.values(), store)
            account_block(accounts, block.id, page_ids(block, store), extracted, rows, kept)
    return accounts


EXTRACTED = ["id", "segments.list.element.kind"]
KEPT = ["key", "texts", "images"]


def _rows(store: Store, made: Mapping[str, Commit], stage: str, columns: list[str]) -> Iterable[dict[str, Any]]:
    return read_rows(store, made[stage], "parquet", columns) if stage in made else ()


def _segments(row: Mapping[str, Any]) -> Segments:
    kinds = [segment["kind"] for segment in row["segments"]]
    return kinds.count("text"), kinds.count("image")


def fetched_images(commits: Iterable[Commit]) -> dict[str, int]:
    """Unique images that were asked for, and how many of them could not be had.

    A site whose robots.txt cannot be read counts: with a network that is down a run must not look like a success.
    """
    asked = failed = 0
    for commit in commits:
        asked += commit.counts.get("items", 0)
        lost = ("failed/image/", f"dropped/image/fetch/{UNREADABLE}")
        failed += sum(count for name, count in commit.counts.items() if name.startswith(lost))
    return {"asked": asked, "failed": failed}


@dataclass(frozen=True)
class FailureShare:
    """How much of something failed, beside the recipe's limit."""

    what: str
    failed: int
    total: int
    limit: float
    codes: str

    def hold(self) -> None:
        if self.total and self.failed / self.total > self.limit:
            raise RunError(
                f"{self.failed} of {self.total} {self.what} failed, more than limits.failed_{self.what} "
                f"{self.limit} allows ({self.codes}); the ledger names each. Mend the cause and run again, "
                f"or raise the limit"
            )


def hold_limits(recipe: Recipe, summary: Mapping[str, Any]) -> None:
    """Raises RunError when a larger share failed than the recipe allows."""
    documents, records, fetched = summary["documents"], summary["records"], summary["fetched"]
    codes = documents["failed"] | records["failed"]
    codes |= {name: count for name, count in records["dropped"].items() if name.endswith(UNREADABLE)}
    failed = sum(codes.values())
    total = documents["in"] + failed - sum(documents["failed"].values())
    if not total:
        raise RunError("the sources hold no page; the counts in stages/load-* tell what they hold")
    FailureShare("documents", failed, total, recipe.limits.failed_documents, _most(codes)).hold()
    images = summary["images"]["failed"]
    FailureShare("images", fetched["failed"], fetched["asked"], recipe.limits.failed_images, _most(images)).hold()


def _most(codes: Mapping[str, int]) -> str:
    ranked = sorted(codes.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{code} {count}" for code, count in ranked[:3])
