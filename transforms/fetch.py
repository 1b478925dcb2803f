"""Every wanted image once: its bytes from an archive of the run where they are there, else from the web."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

import apache_beam as beam
import pyarrow as pa

from corpusflow.consent.rules import refusal_of_headers
from corpusflow.decision import Decision
from corpusflow.errors import ConsentError, FetchError, RecordError
from corpusflow.fetch.client import Response
from corpusflow.fetch.fetcher import Transfer, shared_fetcher
from corpusflow.fetch.journaled import fetch_missing
from corpusflow.images.decode import Limits, store_form
from corpusflow.recipe import Recipe
from corpusflow.sources.page import Record
from corpusflow.sources.record_reader import RecordReader
from corpusflow.sources.unchanged import check_there
from corpusflow.store.block import WORKER_KILLED, Block, Stage, killed_twice
from corpusflow.store.commit import TRANSFERS, BlockWriter, read_rows, transfers_schema
from corpusflow.store.paths import Store
from corpusflow.text.identity import url_key
from transforms.group_keys import GroupKeys, JoinKeys
from transforms.hand_out import HandOut
from transforms.image_blocks import FetchSettings, Place, Wanted, keyed_by_bucket, plan_image_blocks, wanted_from
from transforms.load import client_settings, fetch_section, image_records
from transforms.stage import RunStages

VERSION = 6
AT_ONCE = 8  # blocks that a worker fetches at once: while one waits for its last host, others go on
MESSAGE_CHARACTERS = 200  # a failure's message goes through a shuffle

# One row per image. place: where in an archive its bytes are, as Record fields; null for the web.
# status: ok, failed (reason is the Failure's code) or dropped (reason is the Decision's).
# final_url: where redirects led; null where there were none.
PLACE = [
    ("source", pa.string()),
    ("position", pa.int64()),
    ("path", pa.string()),
    ("offset", pa.int64()),
    ("length", pa.int64()),
    ("mime", pa.string()),
    ("url", pa.string()),
    ("version", pa.string()),
]
SCHEMA = pa.schema(
    [
        ("url", pa.string()),
        ("final_url", pa.string()),
        ("place", pa.struct(PLACE)),
        ("status", pa.string()),
        ("reason", pa.string()),
        ("message", pa.string()),
        ("sha256", pa.string()),
        ("width", pa.int64()),
        ("height", pa.int64()),
        ("format", pa.string()),
        ("bytes", pa.int64()),
        ("source_sha256", pa.string()),
        ("source_width", pa.int64()),
        ("source_height", pa.int64()),
        ("phash", pa.string()),
        ("dhash", pa.string()),
        ("single_colour", pa.bool_()),
        ("source_md5", pa.string()),
        ("source_sha1", pa.string()),
        ("offset", pa.int64()),
    ]
)


Found = bytes | RecordError | Decision


def fetch_stage(recipe: Recipe, store: Store, retry_failed: bool = False) -> Stage[FetchSettings]:
    section = recipe.fetch
    limits = Limits(section.max_bytes, section.max_pixels, section.max_side, section.format, section.quality)
    settings = FetchSettings(section, limits, client_settings(recipe), store, retry_failed)
    stored = {"web", "max_pixels", "max_side", "format", "quality"}
    key = fetch_section(recipe) | section.model_dump(mode="json", include=stored)
    return Stage("fetch", VERSION, key, settings, fetch_block, store, gives_up=give_up_images)


def image_mentions(block: Block, store: Store) -> Iterator[tuple[str, tuple[str, str]]]:
    """(key of the URL, (URL, block)) for each image URL of a block's surviving documents, once."""
    urls = {url for row in read_rows(store, block.commit("select"), "parquet", ["images"]) for url in row["images"]}
    for url in sorted(urls):
        yield url_key(url), (url, block.id)


def archived_images(block: Block, store: Store) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """(key of the URL, Place as a tuple) for each image that a loaded part of a source holds."""
    for record, version in image_records(block, store):
        place = Place(
            source=record.source,
            position=record.position,
            path=record.path,
            offset=record.offset,
            length=record.length,
            mime=record.mime,
            url=record.url,
            version=version,
        )
        yield url_key(record.url), tuple(place)


def wanted_images(element: tuple[str, dict[str, Iterable[Any]]]) -> Iterator[tuple[str, Any]]:
    """Each URL that is mentioned, once: (URL, (place, blocks)). place: the first one that holds its bytes, a Place as a
    tuple, or None. blocks: ids of the document blocks that mention it."""
    _, joined = element
    place = min((tuple(place) for place in joined["places"]), default=None)
    blocks: dict[str, set[str]] = {}
    for url, block in joined["mentions"]:
        blocks.setdefault(url, set()).add(block)
    for url in sorted(blocks):
        yield url, (place, tuple(sorted(blocks[url])))


def fetch_block(block: Block, settings: FetchSettings, out: BlockWriter) -> None:
    """Writes one row per image of the payload, and the stored forms of those that could be had, one after the other."""
    items = [wanted_from(item) for item in block.payload]
    table, blob = out.table("parquet", SCHEMA), out.blob("bin")
    offset = 0
    for data, row in _images(items, settings, out):
        if row["status"] == "failed":
            out.counts[f"failed/image/fetch/{row['reason']}"] += 1
        elif row["status"] == "dropped":
            out.counts[f"dropped/image/fetch/{row['reason']}"] += 1
        elif row["status"] == "ok":
            blob.write(data)
            row["offset"] = offset
            offset += len(data)
        out.counts["items"] += 1
        table.add(row)


def give_up_images(block: Block, settings: FetchSettings, out: BlockWriter) -> None:
    """Every image of the payload is a Failure."""
    table = out.table("parquet", SCHEMA)
    out.blob("bin")
    for item in map(wanted_from, block.payload):
        error = FetchError(WORKER_KILLED, item.url, killed_twice("fetch", block.id))
        table.add(image_row(item, error, settings.limits)[1])
        out.counts["items"] += 1
        out.counts[f"failed/image/fetch/{WORKER_KILLED}"] += 1


Image = tuple[bytes, dict[str, Any]]


def _images(items: list[Wanted], settings: FetchSettings, out: BlockWriter) -> Iterator[Image]:
    """The stored form and row of each image: those that an archive holds, then those of the web, in their order."""
    with RecordReader() as reader:
        for item in items:
            if item.place is not None:
                yield image_row(item, _archived(item.place, reader, settings), settings.limits)
    web = [item.url for item in items if item.place is None]
    if not settings.section.web:
        refused = Decision("fetch", "not_in_archive")
        yield from (image_row(Wanted(url, None), refused, settings.limits) for url in web)
    elif web:
        yield from _web_images(web, settings, out)


def _archived(place: Place, reader: RecordReader, settings: FetchSettings) -> Found:
    known = {name: value for name, value in place._asdict().items() if name != "version"}
    try:
        payload = reader.read(Record("resource", **known, fetched_at=""), settings.section.max_bytes)
    except RecordError as error:
        check_there(place.path)
        return error
    return _unless_refused(payload.body, payload.consent_headers, settings)


def _unless_refused(body: bytes, headers: Sequence[tuple[str, str]], settings: FetchSettings) -> Found:
    refusal = refusal_of_headers(headers, settings.client.consent)
    return Decision("fetch", refusal.reason, measured=refusal.signal) if refusal else body


def _web_images(urls: list[str], settings: FetchSettings, out: BlockWriter) -> Iterator[Image]:
    """Fetches into the block's journal whatever came first, then takes the images from it in their order."""

    def keep(transfer: Transfer) -> tuple[dict[str, Any], bytes]:
        answer = transfer.answer
        found = _unless_refused(answer.body, answer.headers, settings) if isinstance(answer, Response) else answer
        data, row = image_row(Wanted(transfer.url, None), found, settings.limits)
        if isinstance(answer, Response) and answer.final_url != transfer.url:
            row["final_url"] = answer.final_url
        return {"row": row}, data

    journal = out.journal()
    fetch_missing(urls, shared_fetcher(settings.client), journal, keep)
    transfers = out.table(TRANSFERS, transfers_schema())
    for url in urls:
        facts, data = journal.read(url)
        transfers.add(facts["transfer"])
        yield data, facts["row"]


def image_row(item: Wanted, found: Found, limits: Limits) -> Image:
    """The stored form of an image (empty when there is none) and its row, less the offset."""
    row: dict[str, Any] = dict.fromkeys(SCHEMA.names)
    row |= {"url": item.url, "place": item.place and item.place._asdict()}
    if isinstance(found, ConsentError):
        found = Decision("fetch", found.code, measured=found.detail[:MESSAGE_CHARACTERS])
    if isinstance(found, Decision):
        return b"", row | {"status": "dropped", "reason": found.reason, "message": found.measured}
    try:
        if isinstance(found, RecordError):
            raise found
        data, picture = store_form(found, item.url, limits)
    except RecordError as error:
        message = error.detail[:MESSAGE_CHARACTERS]
        return b"", row | {"status": "failed", "reason": error.code, "message": message}
    return data, row | asdict(picture) | {"status": "ok"}


class WantedImages(beam.PTransform):
    """{"documents": selected document blocks, "parts": loaded parts} to each image URL of the corpus, once, with the
    place in an archive that holds its bytes and the blocks that mention it: (URL, (place, blocks))."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.store = store

    def expand(self, inputs: dict[str, beam.PCollection[Block]]) -> beam.PCollection[tuple[str, Any]]:
        mentions = inputs["documents"] | "Mentions" >> beam.FlatMap(image_mentions, self.store)
        places = inputs["parts"] | "Archived images" >> beam.FlatMap(archived_images, self.store)
        return (
            {"mentions": mentions, "places": places}
            | "Join places" >> JoinKeys(self.store)
            | "Wanted images" >> beam.FlatMap(wanted_images)
        )


class FetchImages(beam.PTransform):
    """Wanted images to image blocks with a table of image rows."""

    def __init__(
        self, recipe: Recipe, store: Store, progress: str | None = None, *, retry_failed: bool = False
    ) -> None:
        super().__init__()
        self.stage = fetch_stage(recipe, store, retry_failed)
        self.progress = progress

    def expand(self, wanted: beam.PCollection[tuple[str, Any]]) -> beam.PCollection[Block]:
        return (
            wanted
            | "Key by bucket" >> beam.Map(keyed_by_bucket)
            | "Group by bucket" >> GroupKeys(self.stage.store)
            | "Whole buckets" >> beam.Map(lambda bucket: (bucket[0], list(bucket[1])))
            | "Hand out buckets" >> HandOut(self.progress, "buckets")
            | "Plan image blocks"
            >> beam.FlatMap(lambda pair, stage: plan_image_blocks(pair[0], pair[1], stage), self.stage)
            # No Reshuffle here: the blocks of one host stay with one worker.
            | "Fetch images" >> beam.ParDo(RunStages(self.stage, self.progress, AT_ONCE))
        )
