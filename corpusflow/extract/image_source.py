"""Which picture an <img> shows: its best URL, the other URLs of the same picture, and its declared size."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from operator import itemgetter

from corpusflow.document import ImageSegment
from corpusflow.extract.clean_text import clean_text
from corpusflow.extract.page_url import absolute_url

WANTED_WIDTH = 1600  # pixels; the widest picture up to here is the best, beyond it the smallest
SMALL_WIDTH = 640  # pixels; a smaller one loses to one of up to twice WANTED_WIDTH
PLAIN_WIDTH = 800  # pixels; what "1x" counts as where the page does not declare a width
NARROW_SCREEN = 1000  # pixels; what a <source> names for screens up to here is a crop or a small copy
TEMPLATE_WIDTH = 1080  # pixels; asked for where a URL has a gap for the width. lazysizes' list of widths holds it
MAX_CANDIDATES = 16  # other URLs kept per picture
MAX_LISTED = 256  # URLs looked at per picture; a hostile srcset holds millions
MAX_JSON = 20_000  # characters of an attribute that are searched for URLs

Attributes = Mapping[str, str]
Candidate = tuple[float, str]  # (rank, reference): the lower rank is the better, of equals the first

# Ranks, the lowest first. A known width stands before all of these.
_SRCSET = 1e6  # a srcset without widths
_LAZY = 2e6  # what a lazy loader will show
_SRC = 3e6
_HINT = 4e6  # probably the same picture, or a crop of it
_GUESS = 5e6  # perhaps another picture: taken only where nothing else is named
_UNREADABLE = 6e6  # in a format that is not read, see corpusflow.images.format
_STAND_IN = 7e6  # shown until the picture is loaded: likewise the last choice

# Attributes that never name the picture; most that an <img> has.
_OTHER_NAMES = frozenset(
    "align alt aria-hidden aria-label border class crossorigin data-id data-sizes decoding fetchpriority height hspace "  # noqa: SIM905
    "id importance itemprop loading longdesc media name referrerpolicy role sizes style title type typeof usemap "
    "vspace width".split()
)
# Attributes of a lazy loader hold the URL whatever it looks like; others only one that names an image file.
_LAZY_NAME = re.compile(r"src|lazy|original|delay|defer")
_PICTURE_NAME = re.compile(r"orig|full|large|big|hi-?res|retina|2x|zoom|img|image|photo|pin-media")
_LESSER_NAME = re.compile(r"thumb|small|mini|tiny|low|lq|blur|preview|medium")
_FOREIGN_NAME = re.compile(
    r"default|fail|fall|error|missing|normal|placeholder|hover|blank|avatar|icon|logo|dark|sizes|title|alt$|caption|name|"
    r"desc|credit|copyright|owner|author|next|prev"
)
_IMAGE_FILE = re.compile(r"\.(?:jpe?g|jfif|png|gif|webp|avif|bmp|tiff?)(?![a-z0-9])", re.IGNORECASE)
_UNREADABLE_FILE = re.compile(r"\.(?:svgz?|ico|jxl|jp2|jxr|hei[cf]|psd|pdf|eps)(?=[?#\s,]|$)", re.IGNORECASE)
_UNREADABLE_TYPE = re.compile(r"\s*(?:image/(?:svg|jxl|jp2|jpx|jxr|vnd|hei[cf]|x-icon)|video/|audio/)", re.IGNORECASE)
# Looked for from the last slash of a path on.
_PLACEHOLDER = re.compile(
    r"(?:^|[/_.-])(?:1x1|blank|spacer|shim|placeholder|transparent|pixel|lazy|lazyload|loading|loader|grey|gray|empty|"
    r"missing|no-?image|(?:clear|dot|trans|px)(?=\.gif))(?![a-z]).{0,20}\.(?:gif|png|jpe?g|svg|webp)$",
    re.IGNORECASE,
)

# A URL may hold commas; a comma ends it only before white space. Behind it 300w, 2x, something unknown or nothing.
_SRCSET_CANDIDATE = re.compile(
    r"([^\s,](?:\S*[^\s,])?)(?:,|$|\s+(?:(\d{1,5}(?:\.\d{1,5})?)([wx])(?:\s+\d{1,5}h)?\s*|([^,]*))(?:,|$))"
)
_DESCRIPTORS = re.compile(r"(?:^|\s)\d{1,5}(?:\.\d{1,5})?[wx]\s*(?:,|$)")
_TEMPLATE = re.compile(r"\{w(?:idth)?\}")
_MIN_WIDTH = re.compile(r"min-width:\s*(\d{1,5})(?:\.\d+)?px")
_MAX_WIDTH = re.compile(r"(?:max-width:|width\s*<=?)\s*(\d{1,5})(?:\.\d+)?px")
# -800x600.jpg, /w_800,h_600/, ?w=800, ?width=800, =w800-h600
_WIDTH_IN_URL = re.compile(
    r"(?<![a-z0-9])(?:w|width)[=_]?(\d{2,4})(?!\d)|(?<!\d)(\d{2,4})x\d{2,4}(?!\d)", re.IGNORECASE
)
_QUOTED = re.compile(r"""["']([^"'\s<>{}*]+)["']""")
_LENGTH = re.compile(r"\s*(\d{1,6})(?:\.\d*)?\s*(?:px\s*)?$", re.IGNORECASE)
_URL_PARTS = re.compile(r"[/?&=]")
_SIZE_IN_NAME = re.compile(r"[-_]\d{1,5}x\d{1,5}(?=\.)")


def image_segment(index: int, img: Attributes, sources: Sequence[Attributes], base: str) -> ImageSegment | None:
    """The picture of an <img> and of the <source>s beside it in a <picture>.

    img may be empty where a <picture> has only sources. None where no http(s) URL is named.
    """
    width, height = _pixels(img.get("width")), _pixels(img.get("height"))
    ranked = list(islice(_candidates(img, sources, width), MAX_LISTED))
    if len(ranked) > 1:
        ranked = sorted(map(_looked_at, ranked), key=itemgetter(0))
    urls: dict[str, None] = {}
    for rank, reference in ranked:
        # "#" is the page itself.
        if reference[0] == "#" or (urls and rank in (_GUESS, _STAND_IN)):
            continue
        url = absolute_url(base, reference)
        if url is not None:
            urls[url] = None
            if len(urls) > MAX_CANDIDATES:
                break
    if not urls:
        return None
    best, *others = urls
    return ImageSegment(
        index=index,
        url=best,
        alt=clean_text(img.get("alt", "")),
        declared_width=width,
        declared_height=height,
        candidates=tuple(others),
    )


def poster_segment(index: int, video: Attributes, base: str) -> ImageSegment | None:
    """The picture that a <video> shows before it plays. None where it names no http(s) URL."""
    url = absolute_url(base, video.get("poster") or video.get("data-poster") or "")
    if url is None:
        return None
    return ImageSegment(
        index=index,
        url=url,
        alt=clean_text(video.get("title") or video.get("aria-label") or ""),
        declared_width=_pixels(video.get("width")),
        declared_height=_pixels(video.get("height")),
    )


def same_picture(one: ImageSegment, other: ImageSegment, by_name: bool) -> bool:
    """Whether two images name a common URL, or by_name a common file: a lazy image often starts as a tiny copy that
    lies in another folder or has its size in its name."""
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
    """The image file that a URL names, in its path or its query (`/resize?url=a.jpg`), less a size; where it names
    none, all behind the last slash."""
    for part in reversed(_URL_PARTS.split(url)):
        if named := _IMAGE_FILE.search(part):
            return _SIZE_IN_NAME.sub("", part[: named.end()])
    return url.rpartition("/")[2]


def _candidates(img: Attributes, sources: Sequence[Attributes], width: int | None) -> Iterator[Candidate]:
    for name, value in img.items():
        if name in _OTHER_NAMES or not value:
            continue
        if name == "src":
            yield _SRC, value
        elif name.endswith("srcset"):
            # Of two with the same widths the lazy one is the picture.
            yield from _srcset(value, width or PLAIN_WIDTH, 0.5 if name == "srcset" else 0)
        else:
            yield from _attribute(name, value)
    if sources:
        src_width = _width_in_url(img.get("src", ""))
        for source in sources:
            yield from _source(source, width, src_width)


def _srcset(value: str, plain_width: int, behind: float) -> Iterator[Candidate]:
    """plain_width: what 1x counts as. behind: added to the ranks of known widths."""
    unreadable = _UNREADABLE_FILE.search(value) is not None  # where one is, all are
    for found in _SRCSET_CANDIDATE.finditer(value):
        reference, number, unit, unknown = found.groups()
        if unreadable:
            yield _UNREADABLE, reference
        elif number:
            yield _width_rank(float(number) * (1 if unit == "w" else plain_width)) + behind, reference
        elif not unknown and not _DESCRIPTORS.match(reference):  # left where a template had no URL
            yield _SRCSET, reference


def _source(source: Attributes, width: int | None, src_width: int) -> Iterator[Candidate]:
    """src_width: what the URL of the <img> says, 0 where it does not."""
    media = source.get("media", "")
    at_least, at_most = _MIN_WIDTH.search(media), _MAX_WIDTH.search(media)
    worst = 0.0
    if _UNREADABLE_TYPE.match(source.get("type", "")):
        worst = _UNREADABLE
    elif (at_most and int(at_most[1]) <= NARROW_SCREEN) or "dark" in media:
        worst = _HINT
    wide = int(at_least[1]) if at_least else 0
    for name, value in source.items():
        if name.endswith("srcset"):
            for rank, reference in _srcset(value, wide or width or PLAIN_WIDTH, 0.5):
                if rank == _SRCSET:
                    # Without a width it is the <img> once more, in another format or for wide screens.
                    own_width = _width_in_url(reference) or wide
                    rank = _width_rank(own_width) if wide and own_width > src_width else _HINT
                yield max(rank, worst), reference
        elif value and name.endswith("src"):
            yield max(_HINT, worst), value


def _attribute(name: str, value: str) -> Iterator[Candidate]:
    """What an attribute names that no standard knows, if it is a URL of an image, a srcset, or JSON that holds some."""
    if ("/" not in value and "." not in value) or _FOREIGN_NAME.search(name):
        return
    lazy = _LAZY_NAME.search(name) is not None
    if value[0] in "{[":
        for reference in _QUOTED.findall(value, 0, MAX_JSON):
            reference = reference.replace("\\/", "/").replace("\\u0026", "&")
            if _IMAGE_FILE.search(reference) or (lazy and reference.startswith(("//", "http"))):
                yield (_LAZY if lazy else _GUESS), reference
        return
    if lazy and _DESCRIPTORS.search(value):
        yield from _srcset(value, PLAIN_WIDTH, 0)
        return
    reference = _TEMPLATE.sub(str(TEMPLATE_WIDTH), value.strip())
    file = _IMAGE_FILE.search(reference) is not None
    likely = lazy + file + ("/" in reference) >= 2
    if not likely or "{" in reference or (not lazy and len(reference.split(None, 1)) > 1):  # blanks: a sentence
        return
    lesser = _LESSER_NAME.search(name) or not (lazy or _PICTURE_NAME.search(name))
    yield (_HINT if lesser else _LAZY), reference


def _looked_at(candidate: Candidate) -> Candidate:
    """The candidate with the rank that its URL deserves, where that is worse."""
    rank, reference = candidate
    if rank < _LAZY:
        return candidate
    path = reference.partition("?")[0]
    if _PLACEHOLDER.search(path, max(0, path.rfind("/"))):
        return _STAND_IN, reference
    return (_UNREADABLE if _UNREADABLE_FILE.search(reference) else rank), reference


def _width_rank(width: float) -> float:
    if width < SMALL_WIDTH:
        return 3 * WANTED_WIDTH - width
    return WANTED_WIDTH - width if width <= WANTED_WIDTH else WANTED_WIDTH + width


def _width_in_url(url: str) -> int:
    found = _WIDTH_IN_URL.search(url)
    return int(found[1] or found[2]) if found else 0


def _pixels(value: str | None) -> int | None:
    if not value:
        return None
    if value.isdecimal() and len(value) <= 6:
        return int(value)
    found = _LENGTH.match(value)
    return int(found[1]) if found else None
