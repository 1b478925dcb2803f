"""What came of a URL: whether it is stored, why not, and where it leads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from corpusflow.consent.rules import (
    IMAGES_ONLY,
    OPTED_OUT_BY_ROBOTS_TAG,
    TDM_RESERVED,
    ConsentRules,
    refusal_of_headers,
)
from corpusflow.crawl.frontier import Item
from corpusflow.crawl.normal_url import normal_url
from corpusflow.crawl.page_links import PageLinks, page_links
from corpusflow.crawl.scope import Scope
from corpusflow.crawl.sitemap import looks_like_sitemap, read_sitemap, sitemaps_of_robots
from corpusflow.errors import ConsentError, ExtractError, FetchError, SourceError
from corpusflow.fetch.client import Response, parse_url
from corpusflow.fetch.fetcher import Transfer
from corpusflow.sources.media_type import SNIFF_BYTES, kind_of, sniff_image

MESSAGE_CHARACTERS = 300

Facts = dict[str, Any]


def describe(item: Item, transfer: Transfer, scope: Scope, rules: ConsentRules, date: str) -> tuple[Facts, bytes]:
    """The columns of an item's row that its answer decides, with the answer's `headers`; and the body if it is to be
    stored.

    outcome: `stored`, `sitemap`, `robots`, `refused` and `failed` (reason and message say why), `out_of_scope` (it was
    redirected there), `not_html`, `not_image`. final_url: where it was found, empty where it was not; as it was asked
    for, if it was not redirected. resource: the type under which an image is stored once more, as a resource: where it
    was redirected or came under a wrong type, so that it is found under the URL that pages name.
    """
    facts: Facts = {
        "final_url": "",
        "status": transfer.status,
        "outcome": "failed",
        "reason": "",
        "message": "",
        "attempts": transfer.attempts,
        "milliseconds": transfer.milliseconds,
        "bytes": 0,
        "mime": "",
        "date": date,
        "canonical": "",
        "links": [],
        "images": [],
        "sitemaps": [],
        "headers": [],
        "resource": "",
    }
    answer = transfer.answer
    if isinstance(answer, FetchError):
        outcome = "refused" if isinstance(answer, ConsentError) else "failed"
        return facts | {"outcome": outcome, "reason": answer.code, "message": answer.detail[:MESSAGE_CHARACTERS]}, b""
    redirected = str(parse_url(item.url)) != answer.final_url
    final_url = answer.final_url if redirected else item.url
    facts |= {"final_url": final_url, "bytes": len(answer.body), "headers": list(answer.headers)}
    told = _READERS[item.kind](item, answer, final_url, scope, rules)
    return facts | told, answer.body if told["outcome"] == "stored" else b""


def _read_page(item: Item, answer: Response, final_url: str, scope: Scope, rules: ConsentRules) -> Facts:
    place = normal_url(final_url)
    if place is None or not (scope.has_host(place) if item.is_seed else scope.contains(place)):
        return {"outcome": "out_of_scope"}
    kind, mime = kind_of(answer.content_type, lambda: answer.body[:SNIFF_BYTES])
    if kind != "page":
        if item.is_seed and looks_like_sitemap(answer.body):
            return _read_sitemap(item, answer, final_url, scope, rules)
        return {"outcome": "not_html", "mime": mime}
    try:
        found = page_links(answer.body, final_url, answer.content_type, answer.headers)
    except ExtractError as error:
        # Stored all the same: the corpus that is made of it accounts for it.
        return {"outcome": "stored", "mime": mime, "reason": error.code, "message": error.detail}
    led = {"mime": mime, "canonical": found.canonical, "links": list(found.links)}
    return led | _taken(found, rules)


def _taken(page: PageLinks, rules: ConsentRules) -> Facts:
    """Whether a page and its images may be taken. Its links may be followed even where it may not: that a list of
    pages is not to be indexed says nothing of them."""
    refused = list(rules.refused_directives(page.metadata.robots))
    for directive in refused:
        if directive not in IMAGES_ONLY:
            return {"outcome": "refused", "reason": OPTED_OUT_BY_ROBOTS_TAG, "message": f"robots: {directive}"}
    if rules.tdm and page.metadata.tdm_reservation == "1":
        return {"outcome": "refused", "reason": TDM_RESERVED, "message": "tdm-reservation: 1"}
    if refused:
        return {"outcome": "stored", "message": f"images not taken, robots: {refused[0]}"}
    return {"outcome": "stored", "images": list(page.images)}


def _read_image(item: Item, answer: Response, final_url: str, scope: Scope, rules: ConsentRules) -> Facts:
    refusal = refusal_of_headers(answer.headers, rules)
    if refusal is not None:
        return {"outcome": "refused", "reason": refusal.reason, "message": refusal.signal}
    head = answer.body[:SNIFF_BYTES]
    kind, declared = kind_of(answer.content_type, lambda: head)
    mime = declared if kind == "resource" else sniff_image(head)
    if not mime:
        return {"outcome": "not_image", "mime": declared}
    return {"outcome": "stored", "mime": mime, "resource": mime if final_url != item.url or kind is None else ""}


def _read_sitemap(item: Item, answer: Response, final_url: str, scope: Scope, rules: ConsentRules) -> Facts:
    try:
        found = read_sitemap(answer.body, item.url)
    except SourceError as error:
        return {"outcome": "failed", "reason": error.code, "message": error.detail}
    return {"outcome": "sitemap", "links": list(found.pages), "sitemaps": list(found.sitemaps)}


def _read_robots(item: Item, answer: Response, final_url: str, scope: Scope, rules: ConsentRules) -> Facts:
    return {"outcome": "robots", "sitemaps": list(sitemaps_of_robots(answer.body))}


_READERS: dict[str, Callable[[Item, Response, str, Scope, ConsentRules], Facts]] = {
    "page": _read_page,
    "image": _read_image,
    "sitemap": _read_sitemap,
    "robots": _read_robots,
}
