"""What a crawler takes from a page: the pages that it leads to, and the pictures that belong to it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from selectolax.lexbor import LexborNode

from corpusflow.document import Metadata
from corpusflow.errors import ExtractError
from corpusflow.extract.consent_signals import with_headers
from corpusflow.extract.html import extract_document
from corpusflow.extract.metadata import page_metadata
from corpusflow.extract.page_tree import TooDeepError
from corpusflow.extract.page_url import absolute_url, base_url
from corpusflow.extract.parsed_page import TooManyTagsError, page_bytes, parse_page

MAX_LINKS = 10_000  # of one page
MAX_PAGE = 10_000_000  # bytes; as a recipe's extract.max_page_bytes
MAX_DEPTH = 2_000  # nested elements; as extract.max_depth

_NO_LINK = frozenset(("nofollow", "ugc", "sponsored"))
_LINK_TAGS = frozenset(("next", "prev"))
_SELECTOR = "a[href],area[href],link[href][rel],iframe[src],frame[src]"
_NO_PAGE = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svgz?|ico|bmp|tiff?|psd|mp[34g]|m4[av]|webm|og[gv]|avi|mov|wmv|mkv|flac|wav|zip|gz|"
    r"tgz|bz2|xz|7z|rar|tar|jar|whl|deb|rpm|exe|msi|dmg|iso|apk|pdf|ps|epub|docx?|xlsx?|pptx?|od[tsp]|css|m?js|json|"
    r"xml|rss|atom|woff2?|ttf|otf|eot|csv|ics|swf)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class PageLinks:
    """Absolute URLs in the order of the page, each once.

    canonical: the page's own URL as it tells it; empty where it does not. metadata: with what the headers add.
    """

    links: tuple[str, ...]
    images: tuple[str, ...]
    canonical: str
    metadata: Metadata


def page_links(html: bytes, url: str, content_type: str | None, headers: Sequence[tuple[str, str]]) -> PageLinks:
    """Links that may be followed and the images that the extractor takes.

    url: where the page was found. headers: as sent; `X-Robots-Tag` counts as a meta tag does. A page that says
    nofollow gives no links, one that cannot be read as a document no images. Raises ExtractError for what is no HTML
    that can be parsed.
    """
    try:
        root = parse_page(page_bytes(html, url, content_type, MAX_PAGE), MAX_DEPTH)
    except (TooDeepError, TooManyTagsError) as error:
        raise ExtractError("page_too_large", url, "too many elements, or nested too deep") from error
    stated = root.css_first("base[href]")
    base = base_url(stated.attributes.get("href") if stated is not None else None, url)
    lower = [(name.lower(), value) for name, value in headers]
    metadata = with_headers(page_metadata(root, base), lower)
    followed = not {"nofollow", "none"} & set(metadata.robots)
    links = tuple(dict.fromkeys(_links(root, base, url))) if followed else ()
    return PageLinks(links[:MAX_LINKS], _images(html, url, content_type), metadata.canonical_url, metadata)


def leads_to_page(url: str) -> bool:
    """Whether a URL may be that of a page, as far as its ending tells."""
    name = urlsplit(url).path.rpartition("/")[2]
    found = _NO_PAGE.search(name, name.rfind(".")) if "." in name else None
    return found is None or found.end() != len(name)


def _images(html: bytes, url: str, content_type: str | None) -> tuple[str, ...]:
    try:
        document = extract_document(html, url, content_type, max_bytes=MAX_PAGE, max_depth=MAX_DEPTH)
    except ExtractError:
        return ()
    return tuple(dict.fromkeys(image.url for image in document.images))


def _links(root: LexborNode, base: str, page_url: str) -> Iterator[str]:
    for node in root.css(_SELECTOR):
        attributes = node.attributes
        rel = set((attributes.get("rel") or "").lower().split())
        if rel & _NO_LINK:
            continue
        if node.tag == "link" and not (rel & _LINK_TAGS or ("alternate" in rel and "hreflang" in attributes)):
            continue
        framed = node.tag in ("iframe", "frame")
        link = absolute_url(base, attributes.get("src" if framed else "href") or "")
        if link is None or not leads_to_page(link):
            continue
        # What another site shows inside a page is mostly a video or an advert.
        if framed and urlsplit(link).netloc != urlsplit(page_url).netloc:
            continue
        yield link
