"""An HTML page to a Document: what is read there, texts and images in reading order."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from corpusflow.document import Document, ImageSegment, Provenance, Role, Segment, TextSegment, document_id
from corpusflow.errors import ExtractError
from corpusflow.extract.boilerplate import Element, TooDeepError, content_tree, is_frame, main_element
from corpusflow.extract.clean_text import LINE_BREAK, clean_code, clean_lines, clean_text
from corpusflow.extract.encoding import decode_html
from corpusflow.extract.image_source import absolute_url, image_segment, joined_twins, same_picture

MAX_CONTROL_SHARE = 0.05  # of the first characters; random bytes have 0.1, text has none
CONTROL_SAMPLE = 4096  # characters

_BINARY_MAGIC = re.compile(
    rb"\x89PNG|\xff\xd8\xff|GIF8[79]a|%PDF-|PK[\x03\x05\x07][\x04\x06\x08]|\x1f\x8b|BZh[1-9]|\xfd7zXZ\x00|7z\xbc\xaf|"
    rb"Rar!\x1a|\x28\xb5\x2f\xfd|RIFF....WEBP|OggS|wOF[F2]|\x7fELF|....ftyp",
    re.DOTALL,
)
# ISO-2022 text holds escape characters (\x1b); the others never stand in text.
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")

# The parser's time grows with tags times depth, so the depth must be known before all of a large page is parsed.
TAGS_AT_ONCE = 10_000
MAX_PROBES = 20
# A formatting element that is left open is opened again in every later block: 500 <b> and 2,000 <p> make a million
# elements. Above this many (formatting elements times tags) they are read as <span>, which is not opened again.
MAX_REOPENED = 1_000_000
# Attributes of a repeated <html> or <body> are added to the first, each compared with all before it.
MAX_ROOT_TAGS = 16
HARMLESS_TAGS = 1_000  # a page with fewer is neither slow nor large, whatever they are
_FORMATTING = re.compile(r"<(/?)(?:b|big|code|em|font|i|s|small|strike|strong|tt|u)(?=[\s/>])", re.IGNORECASE)
_TEMPLATE_TAG = re.compile(r"<(/?)template(?=[\s/>])", re.IGNORECASE)
_ROOT_TAG = re.compile(r"<(?:html|body)(?=[\s/>])", re.IGNORECASE)

_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption "  # noqa: SIM905
    "figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr li listing main menu nav ol p plaintext pre section "
    "summary table tbody td tfoot th thead tr ul xmp".split()
)
_LISTS = frozenset(("ul", "ol", "dl", "dir"))
_VERBATIM = frozenset(("pre", "listing", "xmp", "plaintext"))
_ROLES: dict[str, Role] = {
    "blockquote": "quote",
    "caption": "caption",
    "dd": "list_item",
    "dt": "list_item",
    "figcaption": "caption",
    "li": "list_item",
    **dict.fromkeys(_VERBATIM, "code"),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "heading"),
}
_PARTED_BY_BREAKS = frozenset(("paragraph", "quote", "list_item"))
_CELL_END = "\x1f"  # clean_text would remove it, so no text of a page can bring one

MAX_ROW = 1_000  # characters; a longer table row is layout, not data

_PRIMARY_SUBTAG = re.compile(r"\s*([A-Za-z]{2,3})(?:[-_]|\s*$)")


def extract_document(
    html: bytes,
    url: str,
    content_type: str | None = None,
    *,
    provenance: Provenance | None = None,
    max_bytes: int = 10_000_000,
    max_depth: int = 2_000,
    max_texts: int = 20_000,
    max_images: int = 500,
) -> Document:
    """The main content of a page as ordered segments, indices 0, 1, 2, ... over texts and images together.

    content_type: the HTTP header, None where there is none. provenance: None stands for Provenance(source=url).
    max_depth: nested elements, <html> being the first. max_texts, max_images: segments; what comes later compares
    every text with every image.
    Raises ExtractError: page_too_large, not_text (binary data), empty_body (nothing or white space only),
    nested_too_deep, too_many_texts, too_many_images. A page without content gives a Document without segments.
    """
    text = _page_text(html, url, content_type, max_bytes)
    try:
        root = parse_page(text, max_depth)
        tree = content_tree(root, max_depth)
    except TooDeepError as error:
        raise ExtractError("nested_too_deep", url, f"more than {max_depth} nested elements") from error
    provenance = provenance or Provenance(source=url)
    title, base = root.css_first("head title"), root.css_first("base[href]")
    return Document(
        id=document_id(provenance.source, provenance.position, url),
        url=url,
        provenance=provenance,
        segments=tuple(_bounded(read_segments(main_element(tree), _base_url(base, url)), url, max_texts, max_images)),
        title=clean_text(title.text()) if title is not None else "",
        language=_declared_language(tree),
    )


def _bounded(segments: Iterable[Segment], url: str, max_texts: int, max_images: int) -> Iterator[Segment]:
    texts = images = 0
    for segment in segments:
        if isinstance(segment, ImageSegment):
            images += 1
        else:
            texts += 1
        if texts > max_texts:
            raise ExtractError("too_many_texts", url, f"more than {max_texts}")
        if images > max_images:
            raise ExtractError("too_many_images", url, f"more than {max_images}")
        yield segment


def read_segments(main: Element, base: str) -> list[Segment]:
    """Texts and images of an element in reading order, less the parts of the page's frame. base: the URL against
    which images' URLs are resolved."""
    reader = _Reader(base)
    place = reader.enter(main, _Place())
    path = [(main, place, iter(main.children))]
    while path:
        element, place, children = path[-1]
        child = next(children, None)
        if child is None:
            path.pop()
            reader.leave(element, place)
        elif isinstance(child, str):
            reader.read(child, place)
        elif is_frame(child, main):
            reader.part(child, place)
        elif child.tag in ("img", "amp-img", "picture"):
            reader.show(child, place)
        elif child.tag == "br":
            reader.read(LINE_BREAK, place)
        else:
            path.append((child, reader.enter(child, place), iter(child.children)))
    return reader.segments


class _Place(NamedTuple):
    """What the elements around a text make of it: role and level of its segment."""

    role: Role = "paragraph"
    level: int = 0
    lists: int = 0  # depth of lists
    silent: bool = False  # inside <noscript>: its images stand for lazy ones, its text only asks for JavaScript


class _Reader:
    """Collects characters until a block ends, then writes them as a segment."""

    def __init__(self, base: str) -> None:
        self.segments: list[Segment] = []
        self._base = base
        self._characters: list[str] = []
        self._figures: list[_Figure] = []
        # Of the last image: whether a block began or ended since, and whether it stood in a <noscript>.
        self._edge = self._silent = False

    def enter(self, element: Element, place: _Place) -> _Place:
        """Begins an element; returns the place of what is inside."""
        self.part(element, place)
        tag = element.tag
        if tag == "figure":
            self._figures.append(_Figure(len(self.segments)))
        elif tag == "noscript":
            return place._replace(silent=True)
        elif tag in _LISTS:
            return place._replace(lists=place.lists + 1)
        elif tag == "tr":
            return place._replace(role="table_row", level=0) if _is_data_row(element) else place
        role = _ROLES.get(tag)
        if role is None or place.role == "table_row":
            return place
        if role == "heading":
            return place._replace(role=role, level=int(tag[1]))
        return place._replace(role=role, level=max(1, place.lists) if role == "list_item" else 0)

    def leave(self, element: Element, place: _Place) -> None:
        """Ends an element. place: what `enter` returned."""
        if element.tag == "tr" and place.role == "table_row":
            self._flush(place)
        else:
            self.part(element, place)
        if element.tag == "figure":
            self._caption(self._figures.pop())

    def part(self, element: Element, place: _Place) -> None:
        """Keeps apart what stands before and behind the edge of an element."""
        if element.tag not in _BLOCKS:
            return
        self._edge = True
        if place.role == "table_row":
            self._characters.append(_CELL_END if element.tag in ("td", "th") else " ")
        elif place.role == "code" and element.tag not in _VERBATIM:
            if self._characters and not self._characters[-1].endswith(("\n", LINE_BREAK)):
                self._characters.append(LINE_BREAK)
        else:
            self._flush(place)

    def read(self, text: str, place: _Place) -> None:
        if not place.silent:
            self._characters.append(text)

    def show(self, element: Element, place: _Place) -> None:
        """Writes the picture of an <img> or <picture>."""
        img, sources = _picture_parts(element)
        image = image_segment(0, img, sources, self._base)
        if image is None:
            return
        self._flush(place)
        # Only now is the index known: the text before the image has taken its own.
        image = dataclasses.replace(image, index=len(self.segments))
        last = self.segments[-1] if self.segments else None
        fallback = place.silent or self._silent
        if isinstance(last, ImageSegment) and same_picture(last, image, fallback) and (fallback or not self._edge):
            self.segments[-1] = joined_twins(last, image) if not place.silent else joined_twins(image, last)
        else:
            self.segments.append(image)
        self._edge, self._silent = False, place.silent

    def _flush(self, place: _Place) -> None:
        characters = "".join(self._characters)
        self._characters.clear()
        if not characters or characters.isspace():
            return
        for text in _paragraphs(characters, place.role):
            if place.role == "caption" and self._figures:
                self._figures[-1].captions.append(text)
            else:
                self.segments.append(TextSegment(len(self.segments), text, place.role, place.level))

    def _caption(self, figure: _Figure) -> None:
        caption = " ".join(figure.captions)
        if not caption:
            return
        for place, segment in enumerate(self.segments[figure.start :], figure.start):
            if isinstance(segment, ImageSegment) and not segment.caption:
                self.segments[place] = dataclasses.replace(segment, caption=caption)
        self.segments.append(TextSegment(len(self.segments), caption, "caption"))


@dataclasses.dataclass(slots=True)
class _Figure:
    """start: index of its first segment. Its caption is written when it ends, wherever in it the caption stands."""

    start: int
    captions: list[str] = dataclasses.field(default_factory=list)


def _paragraphs(characters: str, role: Role) -> list[str]:
    if role == "code":
        texts = [clean_code(characters)]
    elif role == "table_row":
        cells = (clean_text(cell) for cell in characters.split(_CELL_END))
        texts = [" | ".join(cell for cell in cells if cell)]
    elif role in _PARTED_BY_BREAKS:
        texts = clean_lines(characters)
    else:
        texts = [clean_text(characters)]
    return [text for text in texts if text]


def _is_data_row(row: Element) -> bool:
    """Whether the cells hold plain values. Old pages use tables for layout: their cells hold whole articles."""
    cells = [cell for cell in row.elements if cell.tag in ("td", "th")]
    return len(cells) > 1 and row.blocks == 0 and row.text <= MAX_ROW and all(cell.paragraphs <= 1 for cell in cells)


def _picture_parts(element: Element) -> tuple[dict[str, str], list[dict[str, str]]]:
    """The attributes of the first <img> of a <picture> (or of the <img> itself) and of its <source>s."""
    images: list[dict[str, str]] = []
    sources: list[dict[str, str]] = []
    path = [element]
    while path:
        part = path.pop()
        if part.tag in ("img", "amp-img"):
            images.append(part.attributes)
        elif part.tag == "source":
            sources.append(part.attributes)
        path.extend(reversed(list(part.elements)))
    return (images[0] if images else {}), sources


def _page_text(html: bytes, url: str, content_type: str | None, max_bytes: int) -> str:
    if len(html) > max_bytes:
        raise ExtractError("page_too_large", url, f"{len(html)} bytes, limit {max_bytes}")
    if _BINARY_MAGIC.match(html):
        raise ExtractError("not_text", url, f"begins with {html[:8]!r}")
    text = decode_html(html, content_type)
    if not text.strip():
        raise ExtractError("empty_body", url, f"{len(html)} bytes")
    sample = text[:CONTROL_SAMPLE]
    controls = len(_CONTROL.findall(sample))
    if controls > MAX_CONTROL_SHARE * len(sample):
        raise ExtractError("not_text", url, f"{controls} control characters in the first {len(sample)}")
    return text


def parse_page(text: str, max_depth: int) -> LexborNode:
    """The root of the parsed page. Raises TooDeepError early where parsing all of the page would take too long."""
    tags = text.count("<")
    if tags > HARMLESS_TAGS:
        text = _disarm(text, tags)
    if tags > TAGS_AT_ONCE:
        # What is inside a <template> is not in the tree, where its depth could be seen.
        text = _TEMPLATE_TAG.sub(r"<\1x-template", text)
    step = max(TAGS_AT_ONCE, tags // MAX_PROBES)
    for tag in islice(re.finditer("<", text), step, None, step):
        if _open_depth(_root(text[: tag.start()])) > max_depth:
            raise TooDeepError
    return _root(text)


def _disarm(text: str, tags: int) -> str:
    """The page less what makes its tree far larger than the page; no text and no image is lost by it."""
    if len(_FORMATTING.findall(text)) * tags > MAX_REOPENED:
        text = _FORMATTING.sub(r"<\1span", text)
    roots = [root.end() for root in islice(_ROOT_TAG.finditer(text), MAX_ROOT_TAGS + 1)]
    if len(roots) > MAX_ROOT_TAGS:
        text = text[: roots[-1]] + _ROOT_TAG.sub("<span", text[roots[-1] :])
    return text


def _root(text: str) -> LexborNode:
    root = LexborHTMLParser(text).root
    assert root is not None  # the parser makes <html> for any text
    return root


def _open_depth(root: LexborNode) -> int:
    """Depth of the elements that are open at the end of a page that was cut."""
    deepest = 0
    path: list[tuple[LexborNode | None, int]] = [(root, 1)]
    while path:
        node, depth = path.pop()
        if node is None or node.tag in ("-text", "-comment"):
            continue
        deepest = max(deepest, depth)
        last = node.last_child
        path.append((last, depth + 1))
        if last is not None and last.tag == "table":
            # What stands in a table where no cell is goes before the table, though it is what is open.
            path.append((last.prev, depth + 1))
    return deepest


def _base_url(base: LexborNode | None, url: str) -> str:
    return url if base is None else absolute_url(url, base.attributes.get("href") or "") or url


def _declared_language(tree: Element) -> str:
    found = _PRIMARY_SUBTAG.match(tree.attributes.get("lang") or tree.attributes.get("xml:lang") or "")
    return found[1].lower() if found else ""
