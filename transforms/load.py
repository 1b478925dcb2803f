"""Sources to a list of their records, and that list to document blocks."""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import apache_beam as beam
import pyarrow as pa

from corpusflow.consent.from_recipe import consent_rules
from corpusflow.decision import Decision, Failure, decision_row, failure_row
from corpusflow.document import document_id
from corpusflow.errors import ConsentError, SourceChangedError, StartError
from corpusflow.fetch.client import ClientSettings
from corpusflow.fetch.retries import may_pass
from corpusflow.recipe import CommonCrawlSource, HtmlSource, Load, Recipe, WarcSource
from corpusflow.sources.captures import load_captures
from corpusflow.sources.common_crawl import first_captures, plan_common_crawl
from corpusflow.sources.html_files import list_html, plan_html
from corpusflow.sources.page import OutputFile, Part, Record, Skipped
from corpusflow.sources.remote_archive import load_archive
from corpusflow.sources.unchanged import check_there, state_of, unchanged
from corpusflow.sources.url_list import Fetched, fetch_pages, first_urls, plan_urls
from corpusflow.sources.warc import plan_warc
from corpusflow.sources.warc_scan import scan_warc
from corpusflow.store.address import content_version, content_versions
from corpusflow.store.block import WORKER_KILLED, Block, Stage, killed_twice
from corpusflow.store.commit import TRANSFERS, BlockWriter, read_rows, transfers_schema
from corpusflow.store.keys import key_of
from corpusflow.store.paths import Store
from corpusflow.store.reach import check_answers
from corpusflow.store.remote import scratch_folder
from corpusflow.store.run_files import undamaged
from transforms.hand_out import HandOut
from transforms.stage import RunStages, run_block

VERSION = 5
AT_ONCE = 4  # parts that a worker loads at once where it waits for the web
WARC = "warc.gz"  # suffix of what load stores itself: fetched pages, archives without random access
REPACKED = "repacked.warc.gz"  # of a fetched archive without random access: its records, which are not its bytes
PARTIAL = "partial"  # suffix of an archive that is being fetched

# One row per record, in the order of the part. path: empty, or the suffix, for what load stored itself. version: names
# the content of the file behind the row (of the archive, where load stored its records anew), so that what is made from
# it is made again when it changes; empty for fetched pages. state: what tells whether the file was written since; empty
# for what load stored itself.
SCHEMA = pa.schema(
    [
        ("kind", pa.string()),
        ("url", pa.string()),
        ("source", pa.string()),
        ("position", pa.int64()),
        ("path", pa.string()),
        ("offset", pa.int64()),
        ("length", pa.int64()),
        ("mime", pa.string()),
        ("fetched_at", pa.string()),
        ("version", pa.string()),
        ("state", pa.string()),
    ]
)


PLACED = ("path", "state")  # columns that tell where the bytes are, not what they are


@dataclass(frozen=True)
class LoadSettings:
    section: Load
    client: ClientSettings
    store: Store


def client_settings(recipe: Recipe) -> ClientSettings:
    """How pages and images are asked for. Raises RecipeError where the opt-out list cannot be read."""
    section = recipe.fetch
    return ClientSettings(
        contact=section.contact,
        timeout_s=section.timeout_s,
        connect_timeout_s=section.connect_timeout_s,
        read_timeout_s=section.read_timeout_s,
        max_bytes=section.max_bytes,
        max_redirects=section.max_redirects,
        per_host=section.per_host,
        concurrency=section.concurrency,
        pause_s=section.pause_s,
        retries=section.retries,
        max_wait_s=section.max_wait_s,
        allow_loopback=section.allow_loopback,
        hosts=tuple(sorted(section.hosts.items())),
        consent=consent_rules(recipe),
    )


def load_settings(recipe: Recipe, store: Store) -> LoadSettings:
    return LoadSettings(recipe.load, client_settings(recipe), store)


def load_stage(recipe: Recipe, store: Store) -> Stage[LoadSettings]:
    # How pages are grouped into blocks is no part of what load writes; how they are fetched stands in the payload.
    return Stage("load", VERSION, None, load_settings(recipe, store), load_block, store, gives_up=give_up_part)


def plan_parts(recipe: Recipe, earlier: Iterable[Block] = ()) -> list[Block]:
    """One block per part of the sources.

    earlier: the plan of an earlier run in this directory. payload: the part, how many of its pages count (None: all),
    and for a list of URLs or captures how they are fetched. Raises StartError when a source is missing or two hold
    the same name.
    """
    known = [Part.from_json(block.payload[0]) for block in earlier]
    blocks = [_part_block(part, _how(part, recipe)) for part in _parts(recipe, known)]
    twice = [name for name, count in Counter(block.id for block in blocks).items() if count > 1]
    if twice:
        source = next(block.payload[0]["source"] for block in blocks if block.id == twice[0])
        raise StartError(f"two sources hold {source!r}; tell them apart by `name:` in one of them")
    return blocks


def first_pages(
    blocks: Iterable[Block], stage: Stage[LoadSettings], limit: int, begin: Callable[[Block], None] = lambda block: None
) -> list[Block]:
    """The blocks that hold the first pages of the input, loaded one after the other; the last one is cut.

    begin: called with each, as cut, before it is loaded.
    """
    chosen = []
    for block in blocks:
        if limit <= 0:
            break
        data, _, how = block.payload
        part = Part.from_json(data)
        if part.kind == "urls":
            cut = _part_block(first_urls(part, limit), how)
        elif part.kind == "captures":
            cut = _part_block(first_captures(part, limit), how)
        else:
            cut = dataclasses.replace(block, payload=(data, limit, how))
        begin(cut)
        limit -= run_block(stage, cut)[0].latest.counts.get("items", 0)
        chosen.append(cut)
    return chosen


def _parts(recipe: Recipe, earlier: Sequence[Part]) -> Iterator[Part]:
    for number, source in enumerate(recipe.sources):
        try:
            check_answers([source.base_url if isinstance(source, CommonCrawlSource) else source.path])
            if isinstance(source, WarcSource):
                yield from plan_warc(source.path, source.name)
            elif isinstance(source, HtmlSource):
                yield from plan_html(source.path, source.name, source.base_url, source.part_files)
            elif isinstance(source, CommonCrawlSource):
                yield from plan_common_crawl(source, client_settings(recipe), earlier)
            else:
                yield from plan_urls(source.path, source.name, source.part_urls, earlier)
        except StartError as error:
            key = "" if isinstance(source, CommonCrawlSource) else ".path"
            raise StartError(f"sources[{number}]{key}: {error}") from error


def _how(part: Part, recipe: Recipe) -> dict[str, Any] | None:
    """What of the recipe decides on what a part's fetched pages are; None where nothing is fetched, or all."""
    if part.kind == "captures":
        return recipe.fetch.model_dump(mode="json", include={"max_bytes"})
    return fetch_section(recipe) if part.kind == "urls" else None


def fetch_section(recipe: Recipe) -> dict[str, Any]:
    """What of the recipe decides on what is fetched; patience and politeness do not, nor does the opt-out list: it
    takes out what was fetched already, and a longer one is no reason to fetch the rest again."""
    how = {"max_bytes", "max_redirects", "allow_loopback", "hosts"}
    asked = {"directives", "tdm", "robots_txt"}
    return recipe.fetch.model_dump(mode="json", include=how) | recipe.consent.model_dump(mode="json", include=asked)


def _part_block(part: Part, how: dict[str, Any] | None) -> Block:
    slug = re.sub(r"[^a-z0-9]+", "-", part.source.rpartition("/")[2].lower()).strip("-")[:40]
    return Block(f"{slug}-{key_of([part.kind, part.source])}", payload=(part.to_json(), None, how))


def read_parts(name: str, store: Store) -> Iterator[Block]:
    """The planned blocks from their file: they are not written into the graph, which must stay small."""
    with undamaged(store, name):
        found = [json.loads(line) for line in store.read(name).splitlines()]
        blocks = [Block(block["id"], payload=tuple(block["payload"])) for block in found]
    yield from blocks


def load_block(block: Block, settings: LoadSettings, out: BlockWriter) -> None:
    """Writes one row per page and image of a part. payload: see plan_parts."""
    part, max_pages = Part.from_json(block.payload[0]), block.payload[1]
    own = {settings.store.path(out.name(suffix)): told for suffix, told in ((WARC, ""), (REPACKED, REPACKED))}
    versions = _content_versions(part)
    states = functools.cache(state_of)
    for path in part.paths:
        check_there(path)
        states(path)
    table = out.table("parquet", SCHEMA)
    for found in _records(part, settings, out):
        if isinstance(found, Record) and not _can_be_stored(found.path):
            found = Failure("load", "file_name_not_utf8", "rename the file", found.source)
        if isinstance(found, Failure):
            out.note(failure_row(found, block=block.id))
        elif isinstance(found, ConsentError):
            decision = Decision("fetch", found.code, measured=found.detail)
            out.note(decision_row(decision, stage="load", block=block.id, document="", unit="record", what=found.what))
        elif isinstance(found, Skipped):
            out.counts[f"skipped/{found.reason}"] += 1
        elif found.kind == "page" and max_pages is not None and out.counts["items"] >= max_pages:
            out.counts["skipped/over_limit"] += 1
        else:
            out.counts["items" if found.kind == "page" else "images"] += 1
            row = dataclasses.asdict(found)
            path = own.get(found.path, found.path)
            state = "" if found.path in own else states(path)
            table.add(row | {"path": path, "version": _version(part, path, versions), "state": state})
    if any(states(path) != state_of(path) for path in part.paths):
        raise SourceChangedError(f"{part.source} changed while it was read; run again to take it as it is now")


def give_up_part(block: Block, settings: LoadSettings, out: BlockWriter) -> None:
    """The part is a Failure; how many pages it holds is not known."""
    out.table("parquet", SCHEMA)
    source = Part.from_json(block.payload[0]).source
    out.note(failure_row(Failure("load", WORKER_KILLED, killed_twice("load", block.id), source), block=block.id))


def _version(part: Part, path: str, versions: Callable[[str], str]) -> str:
    if part.kind == "urls":
        return ""
    # What an archive on the web holds does not change; only what of it is read, and from which copy.
    return part.version if part.kind in ("captures", "archive") else versions(path or part.paths[0])


def _content_versions(part: Part) -> Callable[[str], str]:
    known = content_versions(part.paths) if part.kind == "html" else {}
    return functools.cache(lambda path: known.get(path) or content_version(path))


def _can_be_stored(path: str) -> bool:
    """Tables hold text; a file name may be any bytes."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _records(
    part: Part, settings: LoadSettings, out: BlockWriter
) -> Iterable[Record | Failure | Skipped | ConsentError]:
    path = settings.store.path(out.name(WARC))
    if part.kind == "warc":
        return scan_warc(part, OutputFile(lambda: out.blob(WARC), path))
    if part.kind == "html":
        return list_html(part)
    if part.kind == "captures":
        return _retried(load_captures(part, settings.client, out.journal(), out.blob(WARC), path), out)
    if part.kind == "archive":
        return _fetched_archive(part, settings, out, path)
    return _fetched_pages(part, settings, out, path)


def _fetched_archive(
    part: Part, settings: LoadSettings, out: BlockWriter, path: str
) -> Iterator[Record | Failure | Skipped]:
    """What came of it so far outlives a killed worker in a local run directory; on an object store it is a file of the
    worker, and the archive is fetched again."""
    store, partial = settings.store, out.name(f"{out.key}.{PARTIAL}")
    came_to = store.path(partial) if store.renames else str(scratch_folder(os.getpid()) / partial.rpartition("/")[2])
    stored = OutputFile(lambda: out.blob(WARC), path)
    repack = OutputFile(lambda: out.blob(REPACKED), store.path(out.name(REPACKED)))
    came = yield from load_archive(part, settings.client, came_to, stored, repack)
    if came and store.renames:
        out.spent.append(partial)
    elif came:
        os.unlink(came_to)


def _retried(found: Iterable[Record | Failure | Skipped], out: BlockWriter) -> Iterator[Record | Failure | Skipped]:
    """Keeps the journal where something failed that a later run may have."""
    for item in found:
        out.keep_journal |= isinstance(item, Failure) and may_pass(item.code)
        yield item


def _fetched_pages(part: Part, settings: LoadSettings, out: BlockWriter, path: str) -> Iterator[Fetched]:
    transfers = out.table(TRANSFERS, transfers_schema())
    for found, transfer in fetch_pages(part, settings.client, out.journal(), out.blob(WARC), path):
        transfers.add(transfer)
        # What failed may pass, what came need not come again.
        out.keep_journal |= may_pass(transfer["reason"])
        yield found


def document_blocks(block: Block, settings: LoadSettings) -> Iterator[Block]:
    """The document blocks of a loaded part.

    payload: first row in the part's table, the row after its last page, and a key of the pages between them: what
    extract depends on, wherever the files lie and whatever else the part holds.
    """
    start = end = size = number = 0
    pages: list[Any] = []
    for row_end, row in enumerate(read_rows(settings.store, block.commit("load"), "parquet"), 1):
        if row["kind"] != "page":
            continue
        end = row_end
        size += max(row["length"], 0)
        pages.append([value for name, value in row.items() if name not in PLACED])
        if len(pages) >= settings.section.block_pages or size >= settings.section.block_bytes:
            yield Block(f"{block.id}-{number:05d}", block.inputs, (start, end, key_of(pages)))
            start, pages, size, number = end, [], 0, number + 1
    if pages:
        yield Block(f"{block.id}-{number:05d}", block.inputs, (start, end, key_of(pages)))


def page_records(block: Block, store: Store) -> Iterator[Record]:
    """The pages of a document block, in order. Raises SourceChangedError."""
    found = _records_of(block, store, "page", range(*block.payload[:2]))
    return unchanged((record, state) for record, _, state in found)


def page_ids(block: Block, store: Store) -> Iterator[str]:
    """The ids of the documents that the pages of a block become."""
    for record, _, _ in _records_of(block, store, "page", range(*block.payload[:2])):
        yield document_id(record.source, record.position, record.url)


def image_records(block: Block, store: Store) -> Iterator[tuple[Record, str]]:
    """The images that a loaded part holds, and the versions of the files that hold them."""
    return ((record, version) for record, version, _ in _records_of(block, store, "resource", None))


def _records_of(block: Block, store: Store, kind: str, rows: range | None) -> Iterator[tuple[Record, str, str]]:
    """Records, each with version and state of its file."""
    commit = block.commit("load")
    own = {suffix: store.path(file.name) for suffix, file in commit.files.items()}
    own[""] = own.get(WARC, "")
    for row in read_rows(store, commit, "parquet", rows=rows):
        if row["kind"] == kind:
            version, state = row.pop("version"), row.pop("state")
            yield Record(**{**row, "path": own.get(row["path"], row["path"])}), version, state


class LoadSources(beam.PTransform):
    """The file of planned parts to loaded parts: blocks with a table of records."""

    def __init__(self, recipe: Recipe, store: Store, parts: str, progress: str | None = None) -> None:
        super().__init__()
        self.stage = load_stage(recipe, store)
        self.parts = parts
        self.progress = progress

    def expand(self, begin: beam.Pipeline) -> beam.PCollection[Block]:
        return (
            begin
            | "Parts file" >> beam.Create([self.parts], reshuffle=False)
            | "Read parts" >> beam.FlatMap(read_parts, self.stage.store)
            # Spreads them over the workers.
            | "Key by lane" >> beam.Map(lambda part: (lane_of(part), part))
            | "Group by lane" >> beam.GroupByKey()
            | "Whole lanes" >> beam.Map(lambda lane: (lane[0], list(lane[1])))
            | "Hand out lanes" >> HandOut(self.progress, "lanes")
            | "Parts of a lane" >> beam.FlatMap(lambda lane: sorted(lane[1], key=lambda part: part.id))
            | "Load parts" >> beam.ParDo(RunStages(self.stage, self.progress, AT_ONCE, is_waiting))
        )


def lane_of(block: Block) -> str:
    """Parts of one lane are loaded by one worker: a host is asked by one alone."""
    part = block.payload[0]
    if part["kind"] in ("captures", "archive"):
        return urlsplit(part["base_url"] or part["paths"][0]).hostname or block.id
    return part["lane"] or block.id


def is_waiting(block: Block) -> bool:
    """Whether loading a part mostly waits for the web."""
    return block.payload[0]["kind"] in ("urls", "captures", "archive")


class DocumentBlocks(beam.PTransform):
    """Loaded parts to document blocks, spread over the workers."""

    def __init__(self, recipe: Recipe, store: Store, progress: str | None = None) -> None:
        super().__init__()
        self.settings = load_settings(recipe, store)
        self.progress = progress

    def expand(self, parts: beam.PCollection[Block]) -> beam.PCollection[Block]:
        blocks = parts | "Document blocks" >> beam.FlatMap(document_blocks, self.settings)
        if self.progress is None:
            return blocks | "Spread blocks" >> beam.Reshuffle()
        return blocks | "Hand out blocks" >> HandOut(self.progress, "documents")
