"""Archives from public repositories, many of them broken on purpose; skipped where they are not at hand."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from pathlib import Path

import pytest

from corpusflow.sources.page import OutputFile, Record
from corpusflow.sources.record_reader import RecordReader
from corpusflow.sources.warc import plan_warc
from corpusflow.sources.warc_scan import scan_warc

DATA = Path(__file__).parents[4] / "shared" / "data" / "warc"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the collection of real archives is not at hand")

# The list counts what warcio reads. These hold pages that it does not: an ARC and two WARCs in one gzip member, a
# page without a declared type, a WARC inside a zip file, and a page whose Content-Length is wrong.
MORE_PAGES = {
    "aut__badexample.arc.gz": 1,
    "ipwb__1memento_noContentType.warc": 1,
    "pywb__valid_example_1.wacz": 1,
    "warcio__example-bad-non-chunked.warc.gz": 1,
    "warcio__example-bad.warc.gz.bad": 1,
    "warcio__example-wrong-chunks.warc.gz": 1,
}


def key(url: str) -> str:
    return url.partition("#")[0].partition("://")[2].removeprefix("www.").rstrip("/")


def records(path: Path, folder: Path) -> list[Record]:
    (part,) = plan_warc(str(path), "")
    packed = folder / "packed.warc.gz"
    items = list(scan_warc(part, OutputFile(lambda: packed.open("wb"), str(packed))))
    return [item for item in items if isinstance(item, Record)]


def read_all(path: Path, folder: Path) -> dict[str, dict[str, set[str]]]:
    """SHA-1 of the bodies by kind and URL."""
    found: dict[str, dict[str, set[str]]] = {"page": defaultdict(set), "resource": defaultdict(set)}
    with RecordReader() as reader:
        for record in records(path, folder):
            body = reader.read(record, 50_000_000).body
            found[record.kind][key(record.url)].add(hashlib.sha1(body).hexdigest())
    return found


def entries() -> list[dict[str, object]]:
    if not DATA.is_dir():
        return []
    listed: list[dict[str, object]] = json.loads((DATA / "manifest.json").read_text())
    return listed


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: Path(entry["file"]).name)
def test_pages_and_images_of_a_real_archive_are_found(entry: dict[str, object], tmp_path: Path) -> None:
    path = DATA / str(entry["file"])
    kinds = [record.kind for record in records(path, tmp_path)]
    assert kinds.count("page") == int(str(entry.get("html_pages") or 0)) + MORE_PAGES.get(path.name, 0)
    assert kinds.count("resource") == int(str(entry.get("image_records") or 0))


def test_every_image_that_a_page_shows_is_read_as_it_was_sent(tmp_path: Path) -> None:
    listed = json.loads((DATA / "pages.json").read_text())
    missing, seen = [], 0
    for name, pages in listed.items():
        found = read_all(DATA / "files" / name, tmp_path)
        missing += [page["url"] for page in pages if key(page["url"]) not in found["page"]]
        for image in (image for page in pages for image in page["images"] if "sha1" in image):
            seen += 1
            if image["sha1"] not in found["resource"][key(image["src"])]:
                missing.append(image["src"])
    assert missing == []
    assert seen > 800
