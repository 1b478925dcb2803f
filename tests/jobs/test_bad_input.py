"""A run over everything that can be wrong with its input: each has an entry in the ledger, and the run goes on."""

from __future__ import annotations

import gzip
import io
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from PIL import Image
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from corpusflow.recipe import parse_recipe
from filters.registry import available_filters
from jobs.begin import RunOptions
from jobs.launch import run_corpus
from tests.web import HOST, captures, jpeg, page, recipe, sentence, story, write_warc


def with_headers(path: Path, url: str, body: bytes, **headers: str) -> None:
    """A WARC of one page whose HTTP headers are these, true or not."""
    fields = {"Content-Type": "text/html"} | {name.replace("_", "-"): value for name, value in headers.items()}
    with open(path, "wb") as file:
        http = StatusAndHeaders("200 OK", list(fields.items()), protocol="HTTP/1.1")
        writer = WARCWriter(file, gzip=True)
        record = writer.create_warc_record(url, "response", io.BytesIO(body), http_headers=http, length=len(body))
        writer.write_record(record)


def enormous_picture() -> bytes:
    """A PNG of 144 million pixels in a few kilobytes."""
    out = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(out, "PNG")
    return out.getvalue()


def shown(name: str, number: int) -> tuple[str, bytes]:
    """A page that shows one bad picture."""
    return f"{HOST}/{name}.html", page(name, sentence(number), f"/{name}.jpg")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The summary and the ledger of one run over all of it, with ten good pages among it."""
    folder = tmp_path_factory.mktemp("bad")
    archives = folder / "archives"
    write_warc(archives / "good.warc.gz", captures(range(10)))
    whole = write_warc(folder / "whole.warc.gz", captures(range(20, 26))).read_bytes()
    (archives / "truncated.warc.gz").write_bytes(whole[: len(whole) * 9 // 10])
    plain = write_warc(folder / "whole.warc", [(f"{HOST}/{n}.html", story(n)) for n in (30, 31, 32)]).read_bytes()
    second = plain.index(b"WARC/1.", 10)
    length = plain.index(b"Content-Length: ", second) + len(b"Content-Length: ")
    (archives / "length.warc").write_bytes(plain[:length] + b"9" + plain[length:])
    (archives / "garbage.warc.gz").write_bytes(bytes(range(256)) * 100)
    with_headers(archives / "te.warc.gz", f"{HOST}/te.html", story(40), Transfer_Encoding="chunked")
    with_headers(archives / "ce.warc.gz", f"{HOST}/ce.html", story(41), Content_Encoding="gzip")
    with_headers(archives / "cl.warc.gz", f"{HOST}/cl.html", story(42), Content_Length="7")
    bomb = gzip.compress(b"<p>" + bytes(60_000_000))
    with_headers(archives / "bomb.warc.gz", f"{HOST}/bomb.html", bomb, Content_Encoding="gzip")
    pages = [
        (f"{HOST}/empty.html", b""),
        (f"{HOST}/binary.html", bytes(range(256)) * 40),
        (f"{HOST}/huge.html", b"<p>word word</p>" * 3_300_000),
        (f"{HOST}/deep.html", b"<div>" * 100_000),
        *(shown(name, 50 + number) for number, name in enumerate(("cut", "enormous", "none"))),
        (f"{HOST}/cut.jpg", jpeg(50)[:-700]),
        (f"{HOST}/enormous.jpg", enormous_picture()),
        (f"{HOST}/none.jpg", b"<html>not found</html>"),
        *((f"{HOST}/{number}.jpg", jpeg(number)) for number in (40, 41, 42)),
    ]
    write_warc(archives / "pages.warc.gz", pages)
    data = recipe({"kind": "warc", "path": str(archives)}, limits={"failed_documents": 0.9, "failed_images": 0.9})
    registry = available_filters()
    manifest = run_corpus(parse_recipe(data, registry), registry, str(folder / "out"), RunOptions())
    assert manifest is not None
    return manifest["summary"], pq.read_table(folder / "out/ledger/ledger.parquet").to_pylist()


@pytest.mark.parametrize(
    ("what", "code", "lost"),
    [
        ("truncated.warc.gz", "warc_truncated", False),  # what is there of its last record is used
        ("garbage.warc.gz", "not_an_archive", True),
        ("te.html", "transfer_encoding_false", False),
        ("ce.html", "content_encoding_false", False),
        ("cl.html", "content_length_wrong", False),
        ("bomb.html", "body_too_large", True),
        ("empty.html", "empty_body", True),
        ("binary.html", "not_text", True),
        ("huge.html", "body_too_large", True),
        ("deep.html", "nested_too_deep", True),
        ("cut.jpg", "image_truncated", True),
        ("enormous.jpg", "image_too_many_pixels", True),
        ("none.jpg", "image_not_recognised", True),
    ],
)
def test_each_bad_thing_has_its_entry(
    run: tuple[dict[str, Any], list[dict[str, Any]]], what: str, code: str, lost: bool
) -> None:
    rows = [row for row in run[1] if what in row["what"] and row["failed"]]
    assert [(row["reason"], row["lost"]) for row in rows] == [(code, lost)]


def test_a_record_of_wrong_length_costs_only_what_it_covers(
    run: tuple[dict[str, Any], list[dict[str, Any]]],
) -> None:
    assert any("length.warc" in row["what"] and row["unit"] == "record" for row in run[1])
    # The page before it has come in; its picture stands in no archive.
    assert any(row["what"] == f"{HOST}/30.jpg" and row["reason"] == "not_in_archive" for row in run[1])


def test_the_good_pages_are_kept(run: tuple[dict[str, Any], list[dict[str, Any]]]) -> None:
    assert run[0]["documents"]["kept"] >= 10 + 3  # those that headers lie about can be read
