"""Which picture an <img> shows: its best URL, the other URLs of the same picture, and its declared size."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from corpusflow.document import ImageSegment
from corpusflow.extract.clean_text import clean_text

WANTED_WIDTH = 1600  # pixels; the widest picture up to here is the best, beyond it the smallest
PLAIN_WIDTH = 800  # pixels; what "1x" counts as where the page does not declare a width
MAX_CANDIDATES = 16  # other URLs kept per picture
MAX_LISTED = 256  # URLs looked at per picture; a hostile srcset holds millions

Attributes = Mapping[str, str]

_LAZY_SOURCES = ("data-src", "data-lazy-src", "data-original", "data-lazy", "data-orig-file", "data-hi-res-src")
_LAZY_SRCSETS = ("data-srcset", "data-lazy-srcset")

_PLACEHOLDER = re.compile(
    r"(?:^|[/_.-])(?:1x1|blank|spacer|placeholder|transparent|pixel|lazy|lazyload|loading|loader|grey|gray|empty)"
    r"[^/]{0,20}\.(?:gif|png|jpe?g|svg|webp)(?:\?|$)",
    re.IGNORECASE,
)
# A URL may hold commas; a comma ends it only before white space. Behind it a descriptor: 300w, 2x or none.
_SRCSET_CANDIDATE = re.compile(r"([^\s,](?:\S*[^\s,])?)(?:,|\s+(?:(\d{1,5}(?:\.\d{1,5})?)([wx]))?[^,]*(?:,|$)|$)")
_LENGTH = re.compile(r"\s*(\d{1,6})(?:\.\d*)?\s*(?:px\s*)?$", re.IGNORECASE)
_BLANKS = "".join(map(chr, range(0x21)))
_FORBIDDEN_IN_HOST = re.compile(r"[\x00-\x20\"#%/<>?@\\^`{|}\x7f]")

_PATH_SAFE = "%/:@!$&'()*+,;=~[]|"
_QUERY_SAFE = "%/:@!$&()*+,;=~[]|\\^`{}?"


def image_segment(index: int, img: Attributes, sources: Sequence[Attributes], base: str) -> ImageSegment | None:
    """The picture of an <img> and of the <source>s beside it in a <picture>.

    img may be empty where a <picture> has only sources. None where no http(s) URL is named, and for a tracking
    pixel (declared size of 1 x 1 or less).
    """
    width, height = _pixels(img.get("width")), _pixels(img.get("height"))
    if width is not None and height is not None and width <= 1 and height <= 1:
        return None
    ranked = sorted(islice(_candidates(img, sources, width), MAX_LISTED), key=lambda candidate: _rank(candidate[1]))
    urls = (absolute_url(base, reference) for reference, _ in ranked)
    best, *others = dict.fromkeys(url for url in urls if url is not None) or (None,)
    if best is None:
        return None
    return ImageSegment(
        index=index,
        url=best,
        alt=clean_text(img.get("alt", "")),
        declared_width=width,
        declared_height=height,
        candidates=tuple(others[:MAX_CANDIDATES]),
    )


def absolute_url(base: str, reference: str) -> str | None:
    """The http(s) URL of a reference, percent-encoded as a browser does it, without credentials and fragment.

    None for other schemes (data:, blob:, ...) and for what is no URL.
    """
    reference = re.sub(r"[\t\n\r]", "", reference).strip(_BLANKS)
    before, mark, query = reference.partition("?")
    if not reference or reference[:5].lower() == "data:":
        return None
    try:
        parts = urlsplit(urljoin(base, before.replace("\\", "/") + mark + query))
        host, port = parts.hostname, parts.port
        if parts.scheme not in ("http", "https") or not host:
            return None
        host = host if host.isascii() else host.encode("idna").decode("ascii")
        if _FORBIDDEN_IN_HOST.search(host):
            return None
        path = quote(parts.path or "/", safe=_PATH_SAFE)
        query = quote(parts.query, safe=_QUERY_SAFE)
    except ValueError:
        return None
    host = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}[parts.scheme]
    netloc = host if port in (None, default) else f"{host}:{port}"
    return urlunsplit((parts.scheme, netloc, path, query, ""))


def same_picture(one: ImageSegment, other: ImageSegment, by_name: bool) -> bool:
    """Whether two images name a common URL, or by_name a common file name: a lazy image often starts as a tiny copy
    that lies in another folder."""
    if not {one.url, *one.candidates}.isdisjoint((other.url, *other.candidates)):
        return True
    return by_name and _file_name(one.url) == _file_name(other.url) != ""


def joined_twins(one: ImageSegment, twin: ImageSegment) -> ImageSegment:
    """One segment for a picture that stands twice on the page; what the first does not say is taken from the twin."""
    urls = dict.fromkeys((*one.candidates, twin.url, *twin.candidates))
    urls.pop(one.url, None)
    return dataclasses.replace(
        one,
        index=min(one.index, twin.index),
        alt=one.alt or twin.alt,
        declared_width=one.declared_width or twin.declared_width,
        declared_height=one.declared_height or twin.declared_height,
        candidates=tuple(urls)[:MAX_CANDIDATES],
    )


def _file_name(url: str) -> str:
    return urlsplit(url).path.rpartition("/")[2]


def _candidates(img: Attributes, sources: Sequence[Attributes], width: int | None) -> Iterator[tuple[str, float]]:
    """(reference, width in pixels or 0 where unknown). Of equals the first is the better."""
    yield from _srcsets(img, width)
    lazy = [img[name] for name in _LAZY_SOURCES if img.get(name)]
    yield from ((reference, 0) for reference in lazy)
    src = img.get("src", "")
    # Where something else is there to be shown, a src that looks like a stand-in is one.
    waits = lazy or sources or any(img.get(name) for name in _LAZY_SRCSETS)
    if not (waits and _PLACEHOLDER.search(src)):
        yield src, 0
    for source in sources:
        yield from _srcsets(source, width)


def _srcsets(attributes: Attributes, width: int | None) -> Iterator[tuple[str, float]]:
    for name in (*_LAZY_SRCSETS, "srcset"):
        for found in _SRCSET_CANDIDATE.finditer(attributes.get(name, "")):
            reference, number, unit = found.groups()
            times = 1 if unit == "w" else width or PLAIN_WIDTH
            yield reference, float(number or 0) * times


def _rank(width: float) -> tuple[int, float]:
    if width == 0:
        return 2, 0
    return (0, -width) if width <= WANTED_WIDTH else (1, width)


def _pixels(value: str | None) -> int | None:
    found = _LENGTH.match(value or "")
    return int(found[1]) if found else None
