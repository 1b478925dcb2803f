"""What a crawler takes from a page."""

from __future__ import annotations

import pytest

from corpusflow.crawl.page_links import PageLinks, leads_to_page, page_links
from corpusflow.errors import ExtractError
from tests.web import page

URL = "http://site.example/dir/page.html"


def read(html: str | bytes, *headers: tuple[str, str]) -> PageLinks:
    return page_links(html.encode() if isinstance(html, str) else html, URL, "text/html; charset=utf-8", headers)


def test_links_are_absolute_in_the_order_of_the_page_and_each_once() -> None:
    html = '<a href="b">1</a><area href="/c?x=1"><a href="http://other.example/">2</a><a href="b#part">3</a>'
    assert read(html).links == (
        "http://site.example/dir/b",
        "http://site.example/c?x=1",
        "http://other.example/",
    )


def test_the_base_of_a_page_counts() -> None:
    assert read('<base href="/other/"><a href="b">1</a>').links == ("http://site.example/other/b",)


@pytest.mark.parametrize(
    "tag",
    [
        '<a href="x" rel="nofollow">',
        '<a href="x" rel="noopener UGC">',
        '<a href="x" rel="sponsored">',
        '<a href="mailto:a@b.example">',
        '<a href="javascript:go()">',
        '<a href="#top">',
        '<a href="picture.JPG">',
        '<a href="paper.pdf?download=1">',
        '<link rel="stylesheet" href="x">',
        '<link rel="alternate" type="application/rss+xml" href="x">',
        '<iframe src="http://video.example/1">',
    ],
)
def test_what_leads_to_no_page_or_may_not_be_followed_is_no_link(tag: str) -> None:
    found = read(f"<p>{tag}text</p>").links
    assert found == ((URL,) if "#top" in tag else ())


@pytest.mark.parametrize(
    "tag",
    [
        '<link rel="next" href="x">',
        '<link rel="prev" href="x">',
        '<link rel="alternate" hreflang="de" href="x">',
        '<iframe src="x"></iframe>',
        '<a href="x" rel="next noopener">',
    ],
)
def test_other_ways_to_name_a_page_are_links(tag: str) -> None:
    assert read(tag).links == ("http://site.example/dir/x",)


def test_the_frames_of_a_page_are_links() -> None:
    html = '<html><frameset cols="50%,50%"><frame src="a.html"><frame src="b.html"></frameset></html>'
    assert read(html).links == ("http://site.example/dir/a.html", "http://site.example/dir/b.html")


@pytest.mark.parametrize("directive", ["nofollow", "none", "NoFollow, noarchive"])
def test_a_page_that_says_nofollow_gives_no_links_but_its_images(directive: str) -> None:
    body = page("Title", "word " * 60, "/1.jpg", "word " * 60)
    link = b'<a href="x">1</a></article>'
    plain = body.replace(b"</article>", link)
    assert read(plain).links == ("http://site.example/dir/x",)
    tagged = plain.replace(b"<title>", f'<meta name="robots" content="{directive}"><title>'.encode())
    for found in (read(tagged), read(plain, ("X-Robots-Tag", directive))):
        assert found.links == ()
        assert found.images == ("http://site.example/1.jpg",)


def test_the_canonical_url_is_told_apart_from_the_links() -> None:
    found = read('<link rel="canonical" href="/whole"><a href="x">1</a>')
    assert (found.canonical, found.links) == ("http://site.example/whole", ("http://site.example/dir/x",))


def test_a_page_that_is_no_document_gives_links_and_no_images() -> None:
    many = "".join(f'<img src="{number}.jpg">' for number in range(501)) + '<a href="x">1</a>'
    found = read(f"<html><body><article>{many}</article></body></html>")
    assert (len(found.links), found.images) == (1, ())


def test_what_cannot_be_parsed_is_told() -> None:
    with pytest.raises(ExtractError, match="not_text"):
        read(b"%PDF-1.7 \x00\x01")


@pytest.mark.parametrize(
    ("path", "leads"),
    [
        ("", True),
        ("/a.html", True),
        ("/a.php?f=x.jpg", True),
        ("/v1.2/", True),
        ("/a.jpg/", True),
        ("/a.jpgs", True),
        ("/a.jpg", False),
        ("/a.b.TAR.GZ", False),
        ("/a.mp4", False),
    ],
)
def test_the_ending_of_a_path_tells_what_is_no_page(path: str, leads: bool) -> None:
    assert leads_to_page(f"http://site.example{path}") is leads
