"""The parts of a run, written down; those of earlier runs are kept in mind, so that no page is asked for twice."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Sequence

from corpusflow.fetch.retries import may_pass
from corpusflow.store.block import Block, Stage
from corpusflow.store.commit import sidecar
from corpusflow.store.paths import Store
from corpusflow.store.run_files import KNOWN, PARTS
from transforms.known_pages import KnownPages, journal_name
from transforms.load import LoadSettings, first_pages, read_parts


def earlier_parts(store: Store) -> list[Block]:
    """Those of the last run, and those that it left out."""
    return [block for name in (PARTS, KNOWN) if store.exists(name) for block in read_parts(name, store)]


def settle_parts(
    parts: Sequence[Block], earlier: Iterable[Block], stage: Stage[LoadSettings], limit: int | None, retry_failed: bool
) -> int:
    """Writes down the parts of this run, cut by a limit, and gives them the pages that earlier parts have.

    With a limit they are loaded at once; returns how many had to be. retry_failed: takes back those in which a transfer
    failed.
    """
    known = [block for block in earlier if _has_pages(block, stage)]
    pages = KnownPages(known, stage)

    def prepare(part: Block) -> None:
        if retry_failed:
            forget_failed_pages(part, stage)
        pages.give(part)

    if limit is None:
        write_parts(parts, stage.store, known)
        for part in parts:
            prepare(part)
        return 0
    begun: list[Block] = []
    fresh: list[Block] = []

    def begin(part: Block) -> None:
        # First written down, so that what a killed run has of it is found.
        begun.append(part)
        _write(KNOWN, [*begun, *known], stage.store)
        prepare(part)
        if stage.committed(part) is None:
            fresh.append(part)

    write_parts(first_pages(parts, stage, limit, begin), stage.store, known)
    return len(fresh)


def write_parts(parts: Iterable[Block], store: Store, known: Iterable[Block] = ()) -> None:
    """The plan as a file, one part block a line: it may be too long for a graph's literals. known: parts of earlier
    runs, of which those are kept that are not planned."""
    planned = list(parts)
    ids = {part.id for part in planned}
    # Their file is first: a part may stand in both, never in none.
    _write(KNOWN, [block for block in known if block.id not in ids], store)
    _write(PARTS, planned, store)


def _write(name: str, blocks: Iterable[Block], store: Store) -> None:
    by_id: dict[str, Block] = {}
    for block in blocks:
        by_id.setdefault(block.id, block)
    store.write(name, "".join(json.dumps(dataclasses.asdict(block)) + "\n" for block in by_id.values()).encode())


def forget_failed_pages(part: Block, stage: Stage[LoadSettings]) -> None:
    """Takes back the commit of a part in which a transfer failed for a reason that may have passed. What came is still
    in the part's journal."""
    commit = stage.committed(part)
    if commit is not None and any(may_pass(name.rpartition("/")[2]) for name in commit.counts):
        stage.store.remove(sidecar(commit.folder, commit.block))


def _has_pages(block: Block, stage: Stage[LoadSettings]) -> bool:
    """Whether there is something of a part of a list or an index that another part may want."""
    if block.payload[0]["kind"] not in ("urls", "captures"):
        return False
    return stage.store.exists(journal_name(block, stage)) or stage.committed(block) is not None
