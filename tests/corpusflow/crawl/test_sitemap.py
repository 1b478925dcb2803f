"""Sitemaps: what they list, and what they may not do."""

from __future__ import annotations

import gzip
import zlib

import pytest

from corpusflow.crawl import sitemap
from corpusflow.crawl.sitemap import Sitemap, looks_like_sitemap, read_sitemap, sitemaps_of_robots
from corpusflow.errors import SourceError

NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
IMAGES = 'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
PAGES = f"""<?xml version="1.0" encoding="UTF-8"?>
<urlset {NAMESPACE} {IMAGES}>
<url><loc> http://site.example/a?x=1&amp;y=2 </loc><lastmod>2026-01-01</lastmod>
<image:image><image:loc>http://site.example/a.jpg</image:loc></image:image></url>
<url><loc>http://site.example/é</loc></url><url><loc></loc></url>
</urlset>""".encode()
INDEX = f"<sitemapindex {NAMESPACE}><sitemap><loc>http://site.example/1.xml.gz</loc></sitemap></sitemapindex>".encode()


def test_the_pages_of_a_sitemap_are_read_and_its_pictures_are_not() -> None:
    assert read_sitemap(PAGES, "s") == Sitemap(("http://site.example/a?x=1&y=2", "http://site.example/é"))


def test_an_index_names_sitemaps() -> None:
    assert read_sitemap(INDEX, "s") == Sitemap((), ("http://site.example/1.xml.gz",))


def test_a_gzipped_sitemap_is_read_too() -> None:
    assert read_sitemap(gzip.compress(PAGES), "s") == read_sitemap(PAGES, "s")


def test_a_plain_list_is_read_too() -> None:
    assert read_sitemap(b"\xef\xbb\xbfhttp://site.example/a\r\nhttps://site.example/b\n", "s").pages == (
        "http://site.example/a",
        "https://site.example/b",
    )


def test_a_sitemap_is_known_by_its_content() -> None:
    assert all(map(looks_like_sitemap, [PAGES, INDEX, gzip.compress(INDEX)]))
    assert not any(map(looks_like_sitemap, [b"", b"<html>", gzip.compress(b"<html>"), b"\x1f\x8bnothing"]))


def test_entities_are_refused() -> None:
    bomb = b'<!DOCTYPE u [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><urlset><url><loc>http://x.example/&b;</loc></url></urlset>'
    with pytest.raises(SourceError, match="sitemap_broken"):
        read_sitemap(bomb, "s")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<urlset><url>",
        PAGES[:-10],
        gzip.compress(PAGES, mtime=0)[:-20],
        b"\x1f\x8bnothing",
        b'<?xml version="1.0" encoding="nonsense"?><urlset/>',
        b'<?xml version="1.0" encoding="big5"?><urlset/>',
        b"\x00\xff" * 40,
    ],
)
def test_what_is_broken_is_told(body: bytes) -> None:
    with pytest.raises(SourceError, match="sitemap_broken"):
        read_sitemap(body, "s")


def test_a_sitemap_at_the_limit_is_read_and_a_larger_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "MAX_BYTES", len(PAGES))
    assert read_sitemap(PAGES, "s").pages
    assert read_sitemap(gzip.compress(PAGES), "s").pages
    for body in (PAGES + b" ", gzip.compress(PAGES + b" ")):
        with pytest.raises(SourceError, match="sitemap_too_large"):
            read_sitemap(body, "s")


def test_a_bomb_is_not_unpacked_beyond_the_limit() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(64)) + packer.flush()
    with pytest.raises(SourceError, match="sitemap_too_large"):
        read_sitemap(bomb, "s")


def test_no_more_entries_than_the_protocol_allows_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "MAX_ENTRIES", 1)
    assert len(read_sitemap(PAGES, "s").pages) == 1


def test_robots_txt_names_sitemaps() -> None:
    body = b"User-agent: *\n#Sitemap: no\nsitemap: http://a.example/1.xml\r\n SITEMAP : http://a.example/2.xml # x"
    assert sitemaps_of_robots(body) == ("http://a.example/1.xml", "http://a.example/2.xml")
