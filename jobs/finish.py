"""The end of a run: the ledger in one place, the accounts checked, the limits held, the manifest written last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from corpusflow.decision import LedgerRow, ledger_schema
from corpusflow.errors import RunError
from corpusflow.fetch.journaled import is_settled
from corpusflow.fetch.retries import may_pass
from corpusflow.inspect.card import write_card
from corpusflow.inspect.growth import write_growth
from corpusflow.inspect.report import write_report
from corpusflow.progress import STAGES
from corpusflow.recipe import Recipe
from corpusflow.store.accounting import Accounts, Segments, account_block
from corpusflow.store.block import WORKER_KILLED, Block
from corpusflow.store.commit import LEDGER, TRANSFERS, Commit, read_rows, transfers_schema
from corpusflow.store.journals import journals_among, open_journal, remove_journal
from corpusflow.store.manifest import write_manifest
from corpusflow.store.paths import Store
from corpusflow.store.run_files import LEDGER_FILE, TRANSFERS_FILE, read_commits
from jobs.index import index_run
from transforms.image_blocks import ImageState, bucket_of_block, generation_of, image_states
from transforms.load import document_blocks, load_settings, page_ids

DOCUMENT_STAGES = ("extract", "clean", "measure", "screen", "select", "align", "judge")


def end_run(recipe: Recipe, store: Store, whole: bool) -> dict[str, Any]:
    """As finish_run, and writes what tells a person of the run."""
    manifest = finish_run(recipe, store, whole)
    write_growth(store, manifest)
    write_card(store)
    write_report(store)
    return manifest


def finish_run(recipe: Recipe, store: Store, whole: bool = True) -> dict[str, Any]:
    """Returns the manifest. whole: whether the run took all of the input; else what killed runs left stays for one that
    does. Raises AccountingError when the sums are wrong and RunError when too much failed."""
    commits = read_commits(store)
    merge_tables(LEDGER_FILE, LEDGER, ledger_schema(), commits, store)
    merge_tables(TRANSFERS_FILE, TRANSFERS, transfers_schema(), commits, store)
    accounts = check_accounts(recipe, commits, store)
    fetched = fetched_images(commits["fetch"], store)
    fetched["failed"] += images_set_aside(commits)
    summary = accounts.to_json() | {"fetched": fetched}
    hold_limits(recipe, summary)
    if whole:
        remove_journals(commits["fetch"], store)
    index_run(recipe, commits, store)
    return write_manifest(store, recipe.name, commits["shard"], summary)


def remove_journals(commits: Iterable[Commit], store: Store) -> None:
    """Removes what killed runs left of image blocks that were planned otherwise since; not what a killed retry had of
    images that still lack: the next one wants it. commits: of fetch. Memory: the images of one bucket."""
    buckets = _by_bucket(commits)
    for folder in {commit.folder for blocks in buckets.values() for commit in blocks}:
        for name in journals_among(store.names(folder)):
            block = name.rpartition("/")[2].partition(".")[0]
            if not generation_of(block) or not _is_wanted(name, buckets.get(bucket_of_block(block), []), store):
                remove_journal(store, name)


def _is_wanted(journal: str, blocks: Iterable[Commit], store: Store) -> bool:
    """Whether a journal holds an image that failed in these blocks."""
    states = _states_in_force(blocks, store)
    with open_journal(store, journal, read_only=True) as held:
        return any(may_pass(state.reason) and is_settled(held, url) for (url, _), state in states.items())


def merge_tables(name: str, suffix: str, schema: pa.Schema, commits: Mapping[str, list[Commit]], store: Store) -> None:
    """One kind of table of all blocks of the run in one file, by stage and block; a row group at a time."""
    with store.create(name) as file, pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for commit in (commit for stage in STAGES for commit in commits[stage] if suffix in commit.files):
            with store.open(commit.files[suffix].name) as part, pq.ParquetFile(part) as table:
                for batch in table.iter_batches():
                    writer.write_table(pa.Table.from_batches([batch]))
    store.publish(name)


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


def fetched_images(commits: Iterable[Commit], store: Store) -> dict[str, int]:
    """Unique images that were asked for, and how many of them could not be had.

    A site whose rules cannot be read counts: with a network that is down a run must not look like a success. Of an
    image that was tried again in a later block the one that is in force counts. Memory: the images of one bucket.
    """
    asked = failed = 0
    for blocks in _by_bucket(commits).values():
        counts = _counts_in_force(blocks, store)
        asked += counts["items"] - counts["dropped/image/fetch/not_in_archive"]
        failed += sum(count for name, count in counts.items() if _is_lost(name))
    return {"asked": asked, "failed": failed}


def images_set_aside(commits: Mapping[str, list[Commit]]) -> int:
    """Pictures that could be had, of blocks that a later stage gave up."""
    failed: dict[str, int] = {}
    for stage in ("pdq", "faces", "embed"):
        for commit in commits[stage]:
            if commit.is_set_aside:
                failed[commit.block] = commit.counts.get(f"failed/image/{stage}/{WORKER_KILLED}", 0)
    return sum(failed.values())


def _by_bucket(commits: Iterable[Commit]) -> dict[str, list[Commit]]:
    buckets: dict[str, list[Commit]] = {}
    for commit in commits:
        buckets.setdefault(bucket_of_block(commit.block), []).append(commit)
    return buckets


def _is_lost(name: str) -> bool:
    kind, _, reason = name.partition("/image/fetch/")
    return kind == "failed" or (kind == "dropped" and may_pass(reason))


def _counts_in_force(blocks: list[Commit], store: Store) -> Counter[str]:
    """Sums of the blocks of a bucket, an image that stands in several counted once."""
    counts: Counter[str] = Counter()
    if not any(generation_of(commit.block) for commit in blocks):
        for commit in blocks:
            counts.update(commit.counts)
        return counts
    for state in _states_in_force(blocks, store).values():
        counts["items"] += 1
        counts[f"{state.status}/image/fetch/{state.reason}"] += 1
    return counts


def _states_in_force(blocks: Iterable[Commit], store: Store) -> dict[Any, ImageState]:
    """Of the images of a bucket, by URL and place."""
    states: dict[Any, ImageState] = {}
    for commit in blocks:
        rows = read_rows(store, commit, "parquet", ["url", "place", "status", "reason"])
        for key, state in image_states(rows, generation_of(commit.block)).items():
            states[key] = max(state, states.get(key, state), key=lambda known: known.rank)
    return states


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
                f"{self.limit} allows ({self.codes}); {LEDGER_FILE} names each. Mend the cause and run again with "
                f"--retry-failed, or raise the limit"
            )


def hold_limits(recipe: Recipe, summary: Mapping[str, Any]) -> None:
    """Raises RunError when a larger share failed than the recipe allows."""
    documents, records, fetched = summary["documents"], summary["records"], summary["fetched"]
    codes = documents["failed"] | records["failed"]
    codes |= {name: count for name, count in records["dropped"].items() if may_pass(name.rpartition("/")[2])}
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
