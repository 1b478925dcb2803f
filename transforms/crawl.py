"""A round of a crawl: its URLs by host, each block asked for and stored as an archive with a table of what came."""

from __future__ import annotations

import hashlib
import json
from collections import ChainMap, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

import apache_beam as beam
import pyarrow as pa

from corpusflow.crawl.answer import Facts, describe
from corpusflow.crawl.frontier import Item
from corpusflow.crawl.normal_url import normal_url
from corpusflow.crawl.options import CrawlOptions
from corpusflow.crawl.scope import Scope
from corpusflow.crawl.stored_pages import StoredPages
from corpusflow.crawl.watch import BOARD
from corpusflow.fetch.client import ClientSettings, request_headers
from corpusflow.fetch.fetcher import Transfer, shared_fetcher
from corpusflow.fetch.journaled import fetch_missing, is_settled
from corpusflow.progress import board
from corpusflow.sources.warc_output import Exchange, Original, WarcOutput, payload_digest
from corpusflow.store.block import Block, Stage
from corpusflow.store.commit import BlockWriter
from corpusflow.store.paths import Store
from transforms.stage import RunStage

VERSION = 2
ARCHIVES = "warc"  # the folder of archives, each with its table and sidecar
WARC = "warc.gz"
BLOCK_URLS = 500  # URLs of an archive

# One row per URL, in the order of the ranks. record: what the archive has of it: `response`, `revisit` (its payload
# stands in an earlier record), `resource` (an image that was redirected or came under a wrong type), or nothing.
# offset, length: of that record in bytes.
SCHEMA = pa.schema(
    [
        ("rank", pa.int64()),
        ("url", pa.string()),
        ("kind", pa.string()),
        ("depth", pa.int64()),
        ("referrer", pa.string()),
        ("final_url", pa.string()),
        ("status", pa.int64()),
        ("outcome", pa.string()),
        ("reason", pa.string()),
        ("message", pa.string()),
        ("attempts", pa.int64()),
        ("milliseconds", pa.int64()),
        ("bytes", pa.int64()),
        ("mime", pa.string()),
        ("digest", pa.string()),
        ("date", pa.string()),
        ("record", pa.string()),
        ("archive", pa.string()),
        ("offset", pa.int64()),
        ("length", pa.int64()),
        ("canonical", pa.string()),
        ("links", pa.list_(pa.string())),
        ("images", pa.list_(pa.string())),
        ("sitemaps", pa.list_(pa.string())),
    ]
)


@dataclass(frozen=True)
class CrawlSettings:
    """progress: folder of the live counters of a local run, None elsewhere. stored: what this process knows of it."""

    scope: Scope
    client: ClientSettings
    store: Store
    progress: str | None = None
    stored: StoredPages = field(default_factory=StoredPages)


def client_settings(options: CrawlOptions) -> ClientSettings:
    """How the sites of a crawl are asked."""
    return ClientSettings(
        contact=options.contact,
        timeout_s=options.timeout_s,
        max_bytes=options.max_bytes,
        per_host=options.per_host,
        pause_s=options.pause_s,
        retries=2,
        allow_loopback=options.allow_loopback,
        consent=options.rules,
    )


def crawl_stage(options: CrawlOptions, store: Store, progress: str | None = None) -> Stage[CrawlSettings]:
    settings = CrawlSettings(options.scope, client_settings(options), store, progress)
    return Stage("crawl", VERSION, options.deciding(), settings, crawl_block, store, folder=ARCHIVES)


def plan_round(number: int, items: Iterable[Item], workers: int) -> list[Block]:
    """The blocks of a round. One host's URLs are in the blocks of one bucket, which one worker takes.

    As many buckets as workers: within a block all hosts are asked at once. payload: the items, by rank.
    """
    buckets: dict[int, list[Item]] = defaultdict(list)
    for item in items:
        host = urlsplit(item.url).hostname or ""
        buckets[int.from_bytes(hashlib.sha256(host.encode()).digest()[:4], "big") % workers].append(item)
    return [
        Block(f"round-{number:04d}-{bucket:02d}-{start // BLOCK_URLS:04d}", payload=tuple(chunk))
        for bucket, bucket_items in sorted(buckets.items())
        for start in range(0, len(bucket_items), BLOCK_URLS)
        if (chunk := map(list, bucket_items[start : start + BLOCK_URLS]))
    ]


def write_plan(name: str, blocks: Iterable[Block], store: Store) -> None:
    """One block a line: a round may be too long for a graph's literals."""
    store.write(name, "".join(f"{json.dumps([block.id, block.payload])}\n" for block in blocks).encode())


def read_plan(name: str, store: Store) -> Iterator[Block]:
    for line in store.read(name).decode().splitlines():
        block, payload = json.loads(line)
        yield Block(block, payload=tuple(payload))


def crawl_block(block: Block, settings: CrawlSettings, out: BlockWriter) -> None:
    """Asks for the items of the payload, less those that a killed run got already, and stores what came, by rank.

    A URL is asked for once, also where it is a page to one link and an image to another.
    """
    items = [Item(*fields) for fields in block.payload]
    by_url: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        by_url[item.url].append(item)

    def keep(transfer: Transfer) -> tuple[Facts, bytes]:
        _count(settings, len(by_url[transfer.url]))
        date = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        rules, body = settings.client.consent, b""
        by_kind = {}
        for item in by_url[transfer.url]:
            by_kind[item.kind], stored = describe(item, transfer, settings.scope, rules, date)
            body = body or stored
        return {"by_kind": by_kind}, body

    journal = out.journal()
    _count(settings, sum(len(same) for url, same in by_url.items() if is_settled(journal, url)))
    fetch_missing(list(by_url), shared_fetcher(settings.client), journal, keep)

    def read(item: Item) -> tuple[Facts, bytes]:
        facts, body = journal.read(item.url)
        return facts["by_kind"][item.kind], body

    store_answers(items, read, settings, out)


def _count(settings: CrawlSettings, amount: int) -> None:
    if settings.progress is not None:
        board(settings.progress).add(BOARD, "items", amount)


def store_answers(
    items: Iterable[Item], read: Callable[[Item], tuple[Facts, bytes]], settings: CrawlSettings, out: BlockWriter
) -> None:
    """Writes the archive and the table of a block. read: facts and body of an item."""
    table = out.table("parquet", SCHEMA)
    archive = _Archive(settings, out)
    for item in items:
        facts, body = read(item)
        row = dict.fromkeys(SCHEMA.names, "") | {"offset": None, "length": None}
        row |= item._asdict() | facts | (archive.add(item, facts, body) if facts["outcome"] == "stored" else {})
        table.add({name: row[name] for name in SCHEMA.names})
        out.counts[f"{item.kind}/{row['outcome']}" + (f"/{row['reason']}" if row["reason"] else "")] += 1


class _Archive:
    """The archive of a block; there is none before the first record."""

    def __init__(self, settings: CrawlSettings, out: BlockWriter) -> None:
        self._settings = settings
        self._block = out
        earlier = settings.stored.before(settings.store, ARCHIVES, out.block[: len("round-0000")])
        self._originals: ChainMap[str, Original] = ChainMap({}, earlier)
        self._written: set[str] = set()
        self._warc: WarcOutput | None = None

    def add(self, item: Item, facts: Facts, body: bytes) -> Facts:
        """The columns that tell where it stands now."""
        url = facts["final_url"]
        if item.kind == "page" and normal_url(url) in self._written:
            # A redirect to a page that stands here already: what it leads to was found there.
            return {"outcome": "asked_before", "canonical": "", "links": [], "images": []}
        digest = payload_digest(body)
        asked = list(request_headers(self._settings.client).items())
        headers = [(name, value) for name, value in facts["headers"]]
        exchange = Exchange(url, facts["date"], asked, facts["status"], headers, body)
        warc = self._open(facts["date"])
        told: Facts = {"digest": digest, "record": "response", "archive": self._block.name(WARC)}
        original = self._originals.get(digest)
        if item.kind == "page" and original is not None:
            told["record"], place = "revisit", warc.revisit(exchange, original)
        elif item.kind == "image" and facts["resource"]:
            # Readers of archives look for it where pages say that it is.
            told["record"], place = "resource", warc.resource(item.url, facts["date"], facts["resource"], body)
        else:
            place = warc.response(exchange)
        if item.kind == "page":
            self._written.add(normal_url(url) or url)
            self._originals.setdefault(digest, Original(url, facts["date"]))
        return told | {"offset": place[0], "length": place[1]}

    def _open(self, date: str) -> WarcOutput:
        if self._warc is None:
            name = self._block.name(WARC).rpartition("/")[2]
            self._warc = WarcOutput(self._block.blob(WARC), name, date, self._settings.client.contact)
        return self._warc


class CrawlRound(beam.PTransform):
    """The file of a round's plan to its blocks, asked for and stored."""

    def __init__(self, stage: Stage[CrawlSettings], plan: str) -> None:
        super().__init__()
        self.stage = stage
        self.plan = plan

    def expand(self, begin: beam.Pipeline) -> beam.PCollection[Block]:
        return (
            begin
            | "Plan file" >> beam.Create([self.plan], reshuffle=False)
            | "Read plan" >> beam.FlatMap(read_plan, self.stage.store)
            | "Key by bucket" >> beam.Map(lambda block: (block.id.rpartition("-")[0], block))
            | "Group by bucket" >> beam.GroupByKey()
            # No Reshuffle here: the blocks of one host stay with one worker.
            | "In order" >> beam.FlatMap(lambda pair: sorted(pair[1], key=lambda block: block.id))
            | "Ask" >> beam.ParDo(RunStage(self.stage))
        )
