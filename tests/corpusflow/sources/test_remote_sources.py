"""Sources in a store are what the same files are in a folder: the same parts, the same records, the same bytes."""

from __future__ import annotations

import gzip
import io
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpusflow.errors import SourceError, StartError
from corpusflow.fetch.client import ClientSettings
from corpusflow.recipe import CommonCrawlSource
from corpusflow.sources.capture_index import read_captures
from corpusflow.sources.captures import load_captures
from corpusflow.sources.common_crawl import plan_common_crawl
from corpusflow.sources.html_files import list_html, plan_html
from corpusflow.sources.page import OutputFile, Part, Record
from corpusflow.sources.record_reader import RecordReader, read_record
from corpusflow.sources.single_page import open_page
from corpusflow.sources.url_list import plan_urls
from corpusflow.sources.warc import plan_warc
from corpusflow.sources.warc_scan import scan_warc
from corpusflow.store.file_system import file_system, forget_file_systems
from corpusflow.store.journal import Journal
from tests.remote_files import put, put_folder, remove

from .archives import http, member, page, record

CRAWL = "CC-MAIN-2024-10"
ARCHIVE = f"crawl-data/{CRAWL}/segments/1707947473347.0/warc/00000.warc.gz"
SITE = "https://example.org/"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Archives, pages, lists and an index, as a crawl leaves them."""
    files = {
        "warc/a/1.warc.gz": b"".join(member(page(number)) for number in range(3)),
        "warc/b 2.warc": page(3) + page(4),
        "warc/one-member.warc.gz": member(page(5) + page(6)),
        "html/index.html": b"<p>first",
        "html/ä b/c#d.htm": b"<p>second",
        "html/i.png": b"png",
        "urls/list.txt": b"https://a.example/1\n# no\nhttps://a.example/2\n",
        f"copy/{ARCHIVE}": b"".join(member(page(number)) for number in range(3)),
    }
    for name, data in files.items():
        path = tmp_path / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path / "files"


@pytest.fixture
def remote(folder: Path, bucket: str) -> str:
    return put_folder(folder, f"{bucket}/some files")


def plans(place: str) -> dict[str, list[Part]]:
    copy = CommonCrawlSource(kind="commoncrawl", crawl=CRAWL, base_url=f"{place}/copy")
    return {
        "folder": plan_warc(f"{place}/warc", "n"),
        "file": plan_warc(f"{place}/warc/b 2.warc", ""),
        "glob": plan_warc(f"{place}/warc/**/*.gz", ""),
        "html": plan_html(f"{place}/html", "", SITE, 1),
        "urls": plan_urls(f"{place}/urls", "", 10),
        "copy": plan_common_crawl(copy, ClientSettings()),
    }


def records(part: Part, folder: Path) -> list[Record]:
    if part.kind == "html":
        return list(list_html(part))
    repacked = folder / "repacked.warc.gz"
    scanned = scan_warc(part, OutputFile(lambda: repacked.open("wb"), str(repacked)))
    return [item for item in scanned if isinstance(item, Record)]


def test_parts_have_the_names_that_they_have_in_a_folder(folder: Path, remote: str) -> None:
    here, there = plans(str(folder)), plans(remote)
    for kind, parts in here.items():
        assert [part.source for part in there[kind]] == [part.source for part in parts], kind
        assert [len(part.paths) for part in there[kind]] == [len(part.paths) for part in parts], kind
    assert all(path.startswith(remote) for kind in there for part in there[kind] for path in part.paths)


def test_records_and_their_bytes_are_those_of_the_folder(folder: Path, remote: str, tmp_path: Path) -> None:
    for name in ("folder", "html", "copy"):
        pairs = zip(plans(str(folder))[name], plans(remote)[name], strict=True)
        for here, there in pairs:
            found, same = records(here, tmp_path), records(there, tmp_path)
            assert [replace(one, path="") for one in same] == [replace(one, path="") for one in found]
            with RecordReader() as reader:
                bodies = [reader.read(one, 1000) for one in found]
                assert [reader.read(one, 1000) for one in same] == bodies


def test_a_part_changes_its_version_with_its_file(remote: str) -> None:
    before = plans(remote)
    put(f"{remote}/warc/b 2.warc", page(3))
    after = plans(remote)
    changed = [old.source for old, new in zip(before["folder"], after["folder"], strict=True) if old != new]
    assert changed == ["n/b 2.warc"]


def write_index(kind: str, rows: list[dict[str, object]]) -> bytes:
    if kind == "parquet":
        stored = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(rows), stored)
        return stored.getvalue()
    return gzip.compress("".join(f"com,example)/ 2024 {json.dumps(row)}\n" for row in rows).encode())


@pytest.mark.parametrize("kind", ["parquet", "cdxj.gz"])
def test_an_index_is_read_and_its_records_come_from_a_copy(
    folder: Path, bucket: str, tmp_path: Path, kind: str
) -> None:
    remote = put_folder(folder, bucket)
    (archive,) = plan_warc(str(folder / "copy" / ARCHIVE), "")
    rows = [
        {"url": one.url, "warc_filename": ARCHIVE, "warc_record_offset": one.offset, "warc_record_length": one.length}
        for one in records(archive, tmp_path)
    ]
    index = put(f"{remote}/index/part.{kind}", write_index(kind, rows))
    assert len(list(read_captures(f"{remote}/index"))) == 3
    source = CommonCrawlSource(kind="commoncrawl", index=index, base_url=f"{remote}/copy/")
    (part,) = plan_common_crawl(source, ClientSettings())
    out = io.BytesIO()
    with Journal(str(tmp_path / "journal")) as journal:
        found = list(load_captures(part, ClientSettings(), journal, out, "kept"))
    assert [one.url for one in found if isinstance(one, Record)] == [row["url"] for row in rows]
    assert out.getvalue() == (folder / "copy" / ARCHIVE).read_bytes()


def test_an_archive_that_is_gone_from_the_copy_is_told(remote: str) -> None:
    source = CommonCrawlSource(kind="commoncrawl", paths=("a/b.warc.gz",), base_url=f"{remote}/copy/")
    with pytest.raises(StartError, match=r"://.*/copy/a/b\.warc\.gz: no such file in the copy"):
        plan_common_crawl(source, ClientSettings())


Plan = Callable[[str], object]
PLANS: list[Plan] = [
    lambda path: plan_warc(path, ""),
    lambda path: plan_html(path, "", SITE, 10),
    lambda path: plan_urls(path, "", 10),
    lambda path: list(read_captures(path)),
]


@pytest.mark.parametrize("plan", PLANS)
def test_what_is_not_there_is_told_with_its_address(bucket: str, plan: Plan) -> None:
    with pytest.raises(StartError, match=rf"^{bucket}/gone: no such file or directory.*is the bucket's name right"):
        plan(f"{bucket}/gone")
    nowhere = bucket.replace("bucket", "no-bucket")
    with pytest.raises(StartError, match=f"^{nowhere}/in: no such file"):
        plan(f"{nowhere}/in")
    with pytest.raises(StartError, match=f"^{nowhere}/.*"):
        plan(f"{nowhere}/*.gz")


@pytest.mark.parametrize("plan", PLANS)
def test_a_store_that_cannot_be_had_is_told_with_the_way_out(plan: Plan) -> None:
    with pytest.raises(StartError, match=r"^nostore://b/x.*nostore"):
        plan("nostore://b/x")
    with pytest.raises(StartError, match="is an address of the web"):
        plan("https://example.org/x")


@pytest.mark.parametrize(("scheme", "module"), [("gs", "gcsfs.core"), ("s3", "s3fs")])
def test_a_missing_package_is_told_with_the_way_out(monkeypatch: pytest.MonkeyPatch, scheme: str, module: str) -> None:
    registry = pytest.importorskip("fsspec.registry", reason="needs fsspec")
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delitem(registry._registry, scheme, raising=False)
    forget_file_systems()
    with pytest.raises(StartError, match=rf"^{scheme}://b/x.*pip install 'corpusflow\[remote\]'"):
        plan_warc(f"{scheme}://b/x", "")


@pytest.mark.parametrize("plan", PLANS)
def test_what_may_not_be_read_is_told_with_the_way_out(
    bucket: str, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise PermissionError("Forbidden")

    monkeypatch.setattr(file_system(bucket)[0], "info", refuse)
    with pytest.raises(StartError, match=rf"^{bucket}/in: Forbidden; check the address and your rights"):
        plan(f"{bucket}/in")


def test_an_archive_that_vanishes_is_told_as_one_on_disk_is(bucket: str, tmp_path: Path) -> None:
    address = put(f"{bucket}/a.warc.gz", member(page(1)))
    (part,) = plan_warc(address, "")
    (found,) = records(part, tmp_path)
    remove(address)
    with pytest.raises(SourceError, match=f"record_unreadable.*{bucket}") as caught:
        read_record(found, 1000)
    assert caught.value.code == "record_unreadable"
    (failure,) = scan_warc(part, OutputFile(lambda: pytest.fail("nothing to pack"), ""))
    assert (failure.code, failure.what) == ("archive_unreadable", "a.warc.gz")  # type: ignore[union-attr]


def test_an_archive_that_changes_is_told_as_one_on_disk_is(bucket: str, tmp_path: Path) -> None:
    address = put(f"{bucket}/a.warc.gz", member(page(1)) + member(page(2)))
    (part,) = plan_warc(address, "")
    found = records(part, tmp_path)
    put(address, member(page(3, b"x" * 60)))
    for one in found:
        with pytest.raises(SourceError, match="record_unreadable"):
            read_record(one, 1000)


def test_one_page_is_opened_at_its_address(bucket: str) -> None:
    page_ = open_page(put(f"{bucket}/in/p.html.gz", gzip.compress(b"<p>text")), SITE)
    assert (page_.source, page_.url, page_.body) == (f"{bucket}/in/p.html.gz", SITE, b"<p>text")


def test_a_block_of_records_costs_few_requests(bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = http(b"<p>" + bytes(range(256)) * 8)
    address = put(f"{bucket}/a.warc.gz", b"".join(member(record(f"{SITE}{n}", body)) for n in range(1000)))
    system, _ = file_system(bucket)
    asked: list[str] = []
    for name in ("cat_file", "info"):
        method = getattr(system, name)
        counted = lambda *args, _name=name, _method=method, **given: asked.append(_name) or _method(*args, **given)  # noqa: E731
        monkeypatch.setattr(system, name, counted)
    (part,) = plan_warc(address, "")
    asked.clear()
    found = records(part, tmp_path)
    assert len(found) == 1000
    assert len(asked) <= 6
    asked.clear()
    with RecordReader() as reader:
        for one in found:
            reader.read(one, 10_000)
    assert len(asked) <= 4
