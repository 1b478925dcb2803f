"""What came of a URL."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from corpusflow.consent.rules import ConsentRules
from corpusflow.crawl.answer import describe
from corpusflow.crawl.frontier import Item
from corpusflow.crawl.scope import Scope
from corpusflow.errors import ConsentError, FetchError
from corpusflow.fetch.client import Response
from corpusflow.fetch.fetcher import Transfer
from tests.web import jpeg, page

SITE = "http://site.example"
SCOPE = Scope(frozenset({"site.example"}), (("", "/docs/"),))
DATE = "2026-01-02T03:04:05Z"
HTML = page("Title", "word " * 60, "/1.jpg", "word " * 60)

Kind = Literal["page", "image", "sitemap", "robots"]


def came(
    body: bytes | FetchError,
    kind: Kind = "page",
    mime: str = "text/html",
    url: str = f"{SITE}/docs/1",
    final_url: str = "",
    referrer: str = f"{SITE}/",
    headers: tuple[tuple[str, str], ...] = (),
) -> tuple[dict[str, Any], bytes]:
    item = Item(0, url, kind, 0, referrer)
    answer = (
        body
        if isinstance(body, FetchError)
        else Response(url, final_url or url, 200, (("Content-Type", mime), *headers), body)
    )
    return describe(item, Transfer(0, url, answer, 1, 20), SCOPE, ConsentRules(), DATE)


def test_a_page_is_stored_with_its_links_and_images() -> None:
    facts, body = came(HTML.replace(b"</article>", b'<a href="2">x</a></article>'))
    assert facts["outcome"] == "stored"
    assert facts["links"] == [f"{SITE}/docs/2"]
    assert facts["images"] == [f"{SITE}/1.jpg"]
    assert body.startswith(b"<!doctype")
    assert (facts["status"], facts["attempts"], facts["milliseconds"], facts["bytes"]) == (200, 1, 20, len(body))


def test_a_failure_and_a_refusal_keep_their_codes() -> None:
    facts, _ = came(FetchError("timeout", SITE, "no answer"))
    assert (facts["outcome"], facts["reason"], facts["message"], facts["final_url"]) == (
        "failed",
        "timeout",
        "no answer",
        "",
    )
    facts, _ = came(ConsentError("robots_disallowed", SITE))
    assert (facts["outcome"], facts["reason"]) == ("refused", "robots_disallowed")


@pytest.mark.parametrize("target", ["http://other.example/docs/1", f"{SITE}/elsewhere"])
def test_a_page_that_was_redirected_out_of_the_scope_is_not_stored(target: str) -> None:
    facts, body = came(HTML, final_url=target)
    assert (facts["outcome"], facts["final_url"], facts["links"], body) == ("out_of_scope", target, [], b"")


def test_a_seed_may_be_redirected_on_its_host() -> None:
    assert came(HTML, referrer="", final_url=f"{SITE}/start")[0]["outcome"] == "stored"
    assert came(HTML, referrer="", final_url="http://other.example/")[0]["outcome"] == "out_of_scope"


def test_what_is_no_page_is_not_stored_as_one() -> None:
    facts, body = came(b"%PDF-1.7", mime="application/pdf")
    assert (facts["outcome"], facts["mime"], body) == ("not_html", "application/pdf", b"")
    assert came(jpeg(1), mime="image/jpeg")[0]["outcome"] == "not_html"


def test_a_page_that_cannot_be_parsed_is_stored_and_the_reason_told() -> None:
    facts, body = came(b"%PDF-1.7 told to be a page")
    assert (facts["outcome"], facts["reason"], len(body)) == ("stored", "not_text", 26)


@pytest.mark.parametrize(
    ("tag", "headers", "reason"),
    [
        ('<meta name="robots" content="noai">', (), "opted_out_by_robots_tag"),
        ("", (("X-Robots-Tag", "noindex"),), "opted_out_by_robots_tag"),
        ('<meta name="tdm-reservation" content="1">', (), "tdm_reserved"),
        ("", (("TDM-Reservation", "1"),), "tdm_reserved"),
    ],
)
def test_a_page_that_refuses_is_not_stored_but_leads_on(
    tag: str, headers: tuple[tuple[str, str], ...], reason: str
) -> None:
    html = HTML.replace(b"<title>", tag.encode() + b"<title>").replace(b"</article>", b'<a href="2">x</a></article>')
    facts, body = came(html, headers=headers)
    assert (facts["outcome"], facts["reason"], body) == ("refused", reason, b"")
    assert (facts["links"], facts["images"]) == ([f"{SITE}/docs/2"], [])


def test_a_page_that_refuses_its_images_is_stored_without_them() -> None:
    facts, _ = came(HTML.replace(b"<title>", b'<meta name="robots" content="noimageai"><title>'))
    assert (facts["outcome"], facts["images"]) == ("stored", [])
    assert facts["message"] == "images not taken, robots: noimageai"


@pytest.mark.parametrize(
    ("body", "mime", "final_url", "outcome", "resource"),
    [
        (jpeg(1), "image/jpeg", "", "stored", ""),
        (jpeg(1), "", "", "stored", ""),
        (jpeg(1), "image/jpeg", "http://elsewhere.example/1.jpg", "stored", "image/jpeg"),
        (jpeg(1), "text/plain", "", "stored", "image/jpeg"),
        (HTML, "text/html", "", "not_image", ""),
        (b"", "", "", "not_image", ""),
    ],
)
def test_an_image_is_known_by_its_type_or_its_bytes(
    body: bytes, mime: str, final_url: str, outcome: str, resource: str
) -> None:
    facts, stored = came(body, "image", mime, final_url=final_url)
    assert (facts["outcome"], facts["resource"], stored == body) == (outcome, resource, outcome == "stored" or not body)


def test_an_image_that_refuses_is_not_stored() -> None:
    facts, body = came(jpeg(1), "image", "image/jpeg", headers=(("X-Robots-Tag", "noimageai"),))
    assert (facts["outcome"], facts["reason"], body) == ("refused", "opted_out_by_robots_tag", b"")


SITEMAP = b"<urlset><url><loc>http://site.example/docs/9</loc></url></urlset>"


def test_a_sitemap_gives_its_pages() -> None:
    facts, body = came(SITEMAP, "sitemap", "application/xml")
    assert (facts["outcome"], facts["links"], body) == ("sitemap", [f"{SITE}/docs/9"], b"")
    assert came(b"<html>", "sitemap")[0]["reason"] == "sitemap_broken"


def test_a_seed_may_be_a_sitemap_and_a_link_may_not() -> None:
    assert came(SITEMAP, mime="text/xml", referrer="")[0]["outcome"] == "sitemap"
    assert came(SITEMAP, mime="text/xml")[0]["outcome"] == "not_html"


def test_robots_txt_gives_its_sitemaps() -> None:
    facts, _ = came(b"Sitemap: http://site.example/s.xml\n", "robots", "text/plain")
    assert (facts["outcome"], facts["sitemaps"]) == ("robots", [f"{SITE}/s.xml"])


def test_a_url_that_the_client_spells_in_another_way_was_not_redirected() -> None:
    facts, _ = came(jpeg(1), "image", "image/jpeg", url=f"{SITE}/a%27b.jpg", final_url=f"{SITE}/a'b.jpg")
    assert (facts["final_url"], facts["resource"]) == (f"{SITE}/a%27b.jpg", "")
