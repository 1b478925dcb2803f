"""How well an extraction meets the gold of a page: what the figures mean, and where the gold lies.

Figures are in percent, over the pages of a set:

    text_f1     F1 over the multisets of word tokens, mean over pages
    placed_f1   F1 over images, where a predicted image counts only if it is one of the gold and stands within 25 tokens
                of its place; mean over the pages whose gold has an image
    noimg_ok    share of the pages without a gold image for which no image was predicted
    seg_f1      F1 over pieces of text that must stand in the extraction and pieces that must not, all pages pooled
"""

from __future__ import annotations

import bisect
import dataclasses
import gzip
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from corpusflow.document import Document, TextSegment

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
PAGE_SETS = ("readability", "trafilatura", "aeb")

MAX_MISPLACED = 25  # tokens
ANCHOR = 5  # tokens in a row that stand once in the gold and once in the extraction

Part = tuple[Literal["text", "image"], str]
"""What an extractor gives, in reading order: ("text", ...) or ("image", absolute URL)."""

# Scripts that put no space between words: every character is a token.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_TOKEN = re.compile(f"[{_UNSPACED}]|[^\\W{_UNSPACED}]+")


@dataclass(frozen=True)
class Outline:
    """A page as the scores see it. images: (tokens before it, its URLs as `url_key` gives them, first the main one)."""

    tokens: list[str]
    images: list[tuple[int, list[str]]]

    @cached_property
    def anchors(self) -> dict[tuple[str, ...], int]:
        """Place of every run of ANCHOR tokens that stands once on the page."""
        runs = [tuple(self.tokens[start : start + ANCHOR]) for start in range(len(self.tokens) - ANCHOR + 1)]
        times = Counter(runs)
        return {run: start for start, run in enumerate(runs) if times[run] == 1}


@dataclass(frozen=True)
class GoldPage:
    """icons: keys of small images that are neither asked for nor held against an extraction. outline: None where the
    gold is pieces of text. ordered: whether images belong to the gold."""

    set: str
    id: str
    url: str
    html: Path
    outline: Outline | None
    ordered: bool
    icons: frozenset[str]
    must: tuple[str, ...]
    must_not: tuple[str, ...]

    def read(self) -> bytes:
        data = self.html.read_bytes()
        return gzip.decompress(data) if self.html.suffix == ".gz" else data


@dataclass(frozen=True)
class PageScore:
    """Shares in [0, 1], None where the page's gold does not say. hits, misses, intruders: counts of pieces of text."""

    page: str
    text_f1: float | None = None
    placed_f1: float | None = None
    noimg_ok: float | None = None
    hits: int = 0
    misses: int = 0
    intruders: int = 0


def gold_sets(data: Path) -> dict[str, list[GoldPage]]:
    """Every set of pages under the folder by name: the three page sets first, then the sites.

    Raises FileNotFoundError that names the folder without gold."""
    folders = {name: data / "extraction" / name for name in PAGE_SETS}
    folders |= {path.parent.name: path.parent for path in sorted((data / "sites").glob("*/gold.json"))}
    for folder in (*folders.values(), data / "sites"):
        if not folder.is_dir():
            raise FileNotFoundError(f"no gold pages: there is no folder {folder}")
    return {name: read_gold(folder, name) for name, folder in folders.items()}


def read_gold(folder: Path, name: str) -> list[GoldPage]:
    return [_gold_page(row, folder, name) for row in json.loads((folder / "gold.json").read_text("utf-8"))]


def _gold_page(row: dict[str, Any], folder: Path, name: str) -> GoldPage:
    segments = row.get("segments")
    outline, icons = None, frozenset[str]()
    if segments is not None:
        wanted = [segment for segment in segments if not segment.get("minor")]
        icons = _keys(segments) - _keys(wanted)
        outline = outline_of(
            ("text", segment["text"])
            if segment["type"] == "text"
            else ("image", [segment["src"], *segment.get("alt_srcs", [])])
            for segment in wanted
        )
    elif "text" in row:
        outline = outline_of([("text", row["text"])])
    must, must_not = (tuple(squeezed(piece) for piece in row.get(key, ())) for key in ("must", "must_not"))
    html = folder / row["html"]
    return GoldPage(name, row["id"], row["url"], html, outline, segments is not None, icons, must, must_not)


def _keys(segments: Iterable[dict[str, Any]]) -> frozenset[str]:
    keys = (url_key(segment["src"]) for segment in segments if segment["type"] == "image")
    return frozenset(key for key in keys if key is not None)


def parts_of(document: Document) -> list[Part]:
    return [("text", s.text) if isinstance(s, TextSegment) else ("image", s.url) for s in document.segments]


def tokens_of(text: str) -> list[str]:
    return _TOKEN.findall(unicodedata.normalize("NFKC", text).casefold())


def squeezed(text: str) -> str:
    """The text in which pieces are looked for: compatible characters are one, and so are runs of white space."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def url_key(url: str) -> str | None:
    """What two spellings of an image's URL have in common, None where it is not a web address: scheme, fragment,
    usual port, `www.`, percent-encoding and the case of the host do not count."""
    url = url.strip().replace("&amp;", "&")
    if url.startswith("//"):
        url = f"http:{url}"
    if not url.lower().startswith(("http://", "https://")):
        return None
    try:
        split = urlsplit(url)
        host, port = (split.hostname or "").removeprefix("www."), split.port
    except ValueError:
        return url
    place = host if port in (None, 0, 80, 443) else f"{host}:{port}"
    return place + (unquote(split.path) or "/") + (f"?{unquote(split.query)}" if split.query else "")


def outline_of(parts: Iterable[tuple[str, str | Sequence[str]]]) -> Outline:
    """parts: as Part, but an image may have several URLs, the main one first."""
    tokens: list[str] = []
    images = []
    for kind, value in parts:
        if kind == "text":
            assert isinstance(value, str)
            tokens += tokens_of(value)
            continue
        urls = [value] if isinstance(value, str) else value
        keys = [key for key in map(url_key, urls) if key is not None]
        if keys:
            images.append((len(tokens), keys))
    return Outline(tokens, images)


def score_page(gold: GoldPage, parts: Sequence[Part]) -> PageScore:
    if gold.outline is None:
        text = squeezed("\n".join(value for kind, value in parts if kind == "text"))
        hits = sum(piece in text for piece in gold.must)
        intruders = sum(piece in text for piece in gold.must_not)
        return PageScore(gold.id, hits=hits, misses=len(gold.must) - hits, intruders=intruders)
    found = outline_of(parts)
    same = sum((Counter(gold.outline.tokens) & Counter(found.tokens)).values())
    text_f1 = f1(same, len(found.tokens), len(gold.outline.tokens))
    if not gold.ordered:
        return PageScore(gold.id, text_f1)
    found = dataclasses.replace(found, images=[image for image in found.images if image[1][0] not in gold.icons])
    if not gold.outline.images:
        return PageScore(gold.id, text_f1, noimg_ok=float(not found.images))
    placed = f1(in_place(gold.outline, found), len(found.images), len(gold.outline.images))
    return PageScore(gold.id, text_f1, placed)


def f1(right: int, found: int, wanted: int) -> float:
    """2 right / (found + wanted); where nothing is wanted, finding nothing is all right."""
    return 2 * right / (found + wanted) if found + wanted else 1.0


def in_place(gold: Outline, found: Outline) -> int:
    """How many gold images were found near their place, which is told from the nearest text that both have."""
    shared = sorted((found.anchors[run], start) for run, start in gold.anchors.items() if run in found.anchors)
    right = 0
    for wanted, given in _matches(gold, found):
        behind = bisect.bisect_left(shared, (given, 0))
        near = shared[max(0, behind - 1) : behind + 1]
        off = [abs((wanted - in_gold) - (given - in_found)) for in_found, in_gold in near]
        # Without any shared text there is no place to tell; in a page of a few words every place is near.
        right += min(off) <= MAX_MISPLACED if off else not shared and len(gold.tokens) <= MAX_MISPLACED
    return right


def _matches(gold: Outline, found: Outline) -> list[tuple[int, int]]:
    """(place in the gold, place in the extraction) of images that are the same; each counts once. Images that share
    their main URL are paired before those that share another."""
    free = dict(enumerate(found.images))
    pairs, left = [], []
    for place, keys in gold.images:
        match = next((number for number, (_, theirs) in free.items() if theirs[0] == keys[0]), None)
        if match is None:
            left.append((place, frozenset(keys)))
        else:
            pairs.append((place, free.pop(match)[0]))
    for place, any_of in left:
        match = next((number for number, (_, theirs) in free.items() if not any_of.isdisjoint(theirs)), None)
        if match is not None:
            pairs.append((place, free.pop(match)[0]))
    return pairs


def figures_of(scores: Sequence[PageScore]) -> dict[str, float]:
    """The figures of a set that its gold can tell, in percent."""
    figures = {}
    for name in ("text_f1", "placed_f1", "noimg_ok"):
        values = [value for score in scores if (value := getattr(score, name)) is not None]
        if values:
            figures[name] = 100 * sum(values) / len(values)
    hits, misses, intruders = (
        sum(getattr(score, name) for score in scores) for name in ("hits", "misses", "intruders")
    )
    if hits + misses + intruders:
        figures["seg_f1"] = 100 * f1(hits, hits + intruders, hits + misses)
    return figures
