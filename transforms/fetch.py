"""Every wanted image once: its bytes from an archive of the run where they are there, else from the web."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet as pq

from corpusflow.decision import Decision
from corpusflow.errors import ConsentError, RecordError
from corpusflow.fetch.client import ClientSettings, Response, fetch_in_order
from corpusflow.images.decode import Limits, store_form
from corpusflow.recipe import Fetch, Recipe
from corpusflow.sources.page import Record
from corpusflow.sources.record_reader import RecordReader
from corpusflow.store.block import Block, Stage
from corpusflow.store.commit import BlockWriter, read_rows
from corpusflow.store.paths import Store
from corpusflow.text.identity import url_key
from transforms.load import client_settings, fetch_section, image_records
from transforms.stage import RunStage

VERSION = 3
BUCKETS = 64  # how many workers can fetch at once; a host, or a stretch of an archive, belongs to one bucket
MESSAGE_CHARACTERS = 200  # a failure's message goes through a shuffle
STRETCH = 26  # bits: images of one archive within 64 MB belong together

# One row per image. place: where in an archive its bytes are, as Record fields; null for the web.
# status: ok, failed (reason is the Failure's code) or dropped (reason is the Decision's).
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
        ("place", pa.struct(PLACE)),
        ("status", pa.string()),
        ("reason", pa.string()),
        ("message", pa.string()),
        ("sha256", pa.string()),
        ("width", pa.int64()),
        ("height", pa.int64()),
        ("format", pa.string()),
        ("bytes", pa.int64()),
        ("offset", pa.int64()),
    ]
)


Found = bytes | RecordError | Decision


class Place(NamedTuple):
    """Where in an archive an image's bytes are.

    url: under which the archive has them; a page may ask for them by another one of the same key. version: names the
    content of the archive.
    """

    source: str
    position: int
    path: str
    offset: int
    length: int
    mime: str
    url: str
    version: str

    @property
    def identity(self) -> tuple[str, int, str]:
        """What stays the same when the archive is moved."""
        return self.source, self.position, self.version


class Wanted(NamedTuple):
    """An image URL of the corpus. place: None where no archive holds it."""

    url: str
    place: Place | None


@dataclass(frozen=True)
class FetchSettings:
    section: Fetch
    limits: Limits
    client: ClientSettings
    store: Store


def fetch_stage(recipe: Recipe, store: Store) -> Stage[FetchSettings]:
    section = recipe.fetch
    limits = Limits(max_bytes=section.max_bytes, max_pixels=section.max_pixels, max_side=section.max_side)
    settings = FetchSettings(section, limits, client_settings(section), store)
    key = fetch_section(section) | section.model_dump(mode="json", include={"web", "max_pixels", "max_side"})
    return Stage("fetch", VERSION, key, settings, fetch_block, store)


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


def bucket_of(wanted: Wanted) -> str:
    """Images that one worker takes, one after the other: all of a web host, or a stretch of an archive."""
    if wanted.place is None:
        kind, place = "web", urlsplit(wanted.url).hostname or ""
    else:
        kind, place = "archive", f"{wanted.place.source} {wanted.place.offset >> STRETCH}"
    number = int.from_bytes(hashlib.sha256(place.encode()).digest()[:4], "big") % BUCKETS
    return f"{kind}-{number:02d}"


def wanted_from(fields: Iterable[Any]) -> Wanted:
    """The inverse of what plain tuples and JSON make of a Wanted."""
    url, place = fields
    return Wanted(url, Place(*place) if place else None)


def keyed_by_bucket(element: tuple[str, Any]) -> tuple[str, tuple[str, Any]]:
    """(bucket, Wanted as plain tuples) of what wanted_images gives."""
    url, (place, _) = element
    return bucket_of(wanted_from((url, place))), (url, place)


def plan_image_blocks(bucket: str, wanted: Iterable[Any], stage: Stage[FetchSettings]) -> Iterator[Block]:
    """The blocks of a bucket: those that are committed and still wanted as they are, and new ones for the rest.

    So new input fetches new images only, although it shares hosts with the old.
    """
    missing = {(item.url, item.place and item.place.identity): item for item in map(wanted_from, wanted)}
    for block, found in _committed_blocks(bucket, stage):
        here = [key for item in found if (key := (item.url, item.place and item.place.identity)) in missing]
        if here:
            for key in here:
                del missing[key]
            yield block
    rest = sorted(missing.values(), key=_reading_order)
    size = stage.settings.section.block_images
    for start in range(0, len(rest), size):
        yield _image_block(bucket, rest[start : start + size])


def _reading_order(item: Wanted) -> tuple[str, int, str]:
    return (item.place.path, item.place.offset, item.url) if item.place else ("", 0, item.url)


def _image_block(bucket: str, items: list[Wanted]) -> Block:
    digest = hashlib.sha256("\n".join(f"{item.url} {item.place}" for item in items).encode()).hexdigest()
    return Block(f"{bucket}-{digest[:12]}", payload=tuple((item.url, item.place) for item in items))


def _committed_blocks(bucket: str, stage: Stage[FetchSettings]) -> Iterator[tuple[Block, list[Wanted]]]:
    store, ending = stage.store, ".json"
    for name in store.names(stage.place):
        file = name.rpartition("/")[2]
        if not (file.startswith(f"{bucket}-") and file.endswith(ending)):
            continue
        try:
            with store.open(name.removesuffix(ending) + ".parquet") as table:
                rows = pq.read_table(table, columns=["url", "place"]).to_pylist()
        except (OSError, pa.ArrowInvalid):
            # Gone or damaged on disk: no commit, its images are planned again.
            continue
        items = [Wanted(row["url"], Place(**row["place"]) if row["place"] else None) for row in rows]
        block = _image_block(bucket, items)
        if stage.committed(block):
            yield block, items


def fetch_block(block: Block, settings: FetchSettings, out: BlockWriter) -> None:
    """Writes one row per image of the payload, and the stored forms of those that could be had, one after the other."""
    table, blob = out.table("parquet", SCHEMA), out.blob("bin")
    offset = 0

    def receive(item: Wanted, found: Found) -> None:
        nonlocal offset
        data, row = image_row(item, found, settings.limits)
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

    get_images([wanted_from(item) for item in block.payload], settings, receive)


def image_row(item: Wanted, found: Found, limits: Limits) -> tuple[bytes, dict[str, Any]]:
    """The stored form of an image (empty when there is none) and its row, less the offset."""
    row: dict[str, Any] = dict.fromkeys(SCHEMA.names)
    row |= {"url": item.url, "place": item.place and item.place._asdict()}
    if isinstance(found, ConsentError):
        found = Decision("fetch", found.code)
    if isinstance(found, Decision):
        return b"", row | {"status": "dropped", "reason": found.reason}
    try:
        if isinstance(found, RecordError):
            raise found
        data, picture = store_form(found, item.url, limits)
    except RecordError as error:
        message = error.detail[:MESSAGE_CHARACTERS]
        return b"", row | {"status": "failed", "reason": error.code, "message": message}
    return data, row | asdict(picture) | {"status": "ok"}


def get_images(items: Iterable[Wanted], settings: FetchSettings, receive: Callable[[Wanted, Found], None]) -> None:
    """Gives each image's bytes, why they could not be had, or why they were not asked for: first those that an archive
    holds, then those of the web, each in their order."""
    web = []
    with RecordReader() as reader:
        for item in items:
            if item.place is None:
                web.append(item)
                continue
            known = {name: value for name, value in item.place._asdict().items() if name != "version"}
            record = Record("resource", **known, fetched_at="")
            try:
                found: Found = reader.read(record, settings.section.max_bytes).body
            except RecordError as error:
                found = error
            receive(item, found)
    if not settings.section.web:
        for item in web:
            receive(item, Decision("fetch", "not_in_archive"))
        return

    def answer(number: int, response: Response | RecordError) -> None:
        receive(web[number], response if isinstance(response, RecordError) else response.body)

    fetch_in_order([item.url for item in web], settings.client, answer)


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
            | "Join places" >> beam.CoGroupByKey()
            | "Wanted images" >> beam.FlatMap(wanted_images)
        )


class FetchImages(beam.PTransform):
    """Wanted images to image blocks with a table of image rows."""

    def __init__(self, recipe: Recipe, store: Store, progress: str | None = None) -> None:
        super().__init__()
        self.stage = fetch_stage(recipe, store)
        self.progress = progress

    def expand(self, wanted: beam.PCollection[tuple[str, Any]]) -> beam.PCollection[Block]:
        return (
            wanted
            | "Key by bucket" >> beam.Map(keyed_by_bucket)
            | "Group by bucket" >> beam.GroupByKey()
            | "Plan image blocks"
            >> beam.FlatMap(lambda pair, stage: plan_image_blocks(pair[0], pair[1], stage), self.stage)
            # No Reshuffle here: the blocks of one host stay with one worker.
            | "Fetch images" >> beam.ParDo(RunStage(self.stage, self.progress))
        )
