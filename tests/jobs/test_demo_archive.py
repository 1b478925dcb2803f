from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType
from PIL import Image
from selectolax.lexbor import LexborHTMLParser

from corpusflow.errors import RunError
from corpusflow.text.measures import words
from jobs.demo_archive import TRUNCATED, image_at, in_frame, read_pages, write_demo_archive

pytest.importorskip("skimage", reason="the demo's photographs come with scikit-image")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "demo.warc.gz"
    write_demo_archive(path)
    return path


def responses(archive: Path) -> Iterator[tuple[str, str, bytes]]:
    with archive.open("rb") as file:
        for record in ArchiveIterator(file, record_types=WarcRecordType.response, verify_digests=True):
            assert record.http_headers.status_code == 200
            yield record.headers["WARC-Target-URI"], record.http_content_type, record.reader.read()


def test_the_archive_is_the_same_on_every_run_whatever_its_name(archive: Path, tmp_path: Path) -> None:
    write_demo_archive(tmp_path / "other.warc.gz")
    assert (tmp_path / "other.warc.gz").read_bytes() == archive.read_bytes()


def test_every_page_and_image_is_in_the_archive_and_can_be_read(archive: Path) -> None:
    kinds = Counter(content_type for _, content_type, _ in responses(archive))
    assert kinds == {"text/html": 27, "image/jpeg": 38, "image/png": 44, "image/gif": 4}


def test_the_archive_is_small(archive: Path) -> None:
    assert archive.stat().st_size < 4_000_000


def test_only_the_truncated_photograph_cannot_be_decoded(archive: Path) -> None:
    broken = set()
    for url, content_type, body in responses(archive):
        if content_type.startswith("image/"):
            try:
                with Image.open(io.BytesIO(body)) as image:
                    image.load()
            except OSError:
                broken.add(url)
    assert broken == {TRUNCATED}


def test_the_same_url_is_captured_twice_and_a_mirror_has_the_same_text(archive: Path) -> None:
    pages = [(url, body) for url, content_type, body in responses(archive) if content_type == "text/html"]
    assert [count for count in Counter(pages).values() if count > 1] == [2]
    texts = Counter(page.body for page in read_pages())
    assert sorted(count for count in texts.values() if count > 1) == [2, 2]
    assert len({url for url, _ in pages}) == len(pages) - 1


def test_pages_are_of_several_languages_and_reserved_hosts() -> None:
    pages = read_pages()
    assert Counter(page.language for page in pages) == {"en": 23, "fr": 1, "de": 1, "es": 1, "fi": 1}
    assert {urlsplit(page.url).hostname.rpartition(".")[2] for page in pages} == {"example"}


def shown_images(body: str, url: str) -> set[str]:
    """URLs of all images that a page shows, whichever attribute names them."""
    return {
        urljoin(url, value)
        for node in LexborHTMLParser(body).css("img")
        for key, value in node.attributes.items()
        if key in ("src", "data-src", "data-original", "data-full") and value and not value.startswith("data:")
    }


def test_at_least_fourteen_pages_have_three_hundred_words_and_a_photograph() -> None:
    good = [
        page
        for page in read_pages()
        if words(LexborHTMLParser(page.body).text(separator=" ")) >= 300
        and any(len(image_at(url) or b"") > 5000 for url in shown_images(page.body, page.url) - {TRUNCATED})
    ]
    assert len({page.title for page in good}) >= 14
    assert {page.language for page in good} == {"en", "fr", "de", "es"}


def test_every_page_stands_in_the_frame_of_its_site() -> None:
    pages = read_pages()
    for page in pages:
        tree = LexborHTMLParser(in_frame(page, pages))
        assert tree.css_first("html").attributes["lang"] == page.language
        assert page.title in tree.css_first("title").text()
        for part in ("header nav", "#cookie-notice button", "footer", "article"):
            assert tree.css_first(part) is not None, f"{page.url}: {part}"
        assert "$" not in tree.css_first("footer").text()


def test_a_file_name_that_is_no_photograph_has_no_image() -> None:
    assert image_at("https://photo.example/lessons/01/strip_of_negatives-800.jpg") is None
    assert image_at("https://docs.example/cell.png") is None


def test_every_image_that_pages_show_but_one_is_in_the_archive(archive: Path) -> None:
    there = {url for url, _, _ in responses(archive)}
    pages = read_pages()
    shown = {url for page in pages for url in shown_images(in_frame(page, pages), page.url)}
    assert shown - there == {"https://photo.example/lessons/01/strip_of_negatives-800.jpg"}


@pytest.mark.parametrize(("name", "width", "mode"), [("coffee", 300, "RGB"), ("moon", 256, "L"), ("horse", 200, "RGB")])
def test_a_photograph_is_scaled_to_the_width_in_its_name(name: str, width: int, mode: str) -> None:
    data = image_at(f"https://img.example/{name}-{width}.jpg")
    assert data is not None
    with Image.open(io.BytesIO(data)) as image:
        assert (image.format, image.width, image.mode) == ("JPEG", width, mode)


def test_without_scikit_image_the_error_tells_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(RunError, match="pip install scikit-image"):
        image_at("https://img.example/nowhere-100.jpg")
