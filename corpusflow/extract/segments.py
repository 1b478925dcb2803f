"""The main content as segments: texts with their roles and images, in reading order."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import NamedTuple

from corpusflow.document import ImageSegment, Role, Segment, TextSegment
from corpusflow.extract.clean_text import LINE_BREAK, clean_code, clean_lines, clean_text
from corpusflow.extract.content_image import Fault, fault_of
from corpusflow.extract.frame_names import is_caption_name
from corpusflow.extract.image_source import image_segment, joined_twins, poster_segment, same_picture
from corpusflow.extract.left_out import EXCERPT, LeftOut, image_left_out, part_left_out
from corpusflow.extract.main_content import fault_of_part
from corpusflow.extract.page_tree import HEADINGS, MIN_RUNNING, Block, Mark, Vector

MAX_ROW = 1_000  # characters; a longer table row is layout, not data
MAX_ROW_WITH_IMAGES = 100  # characters; likewise where it holds images
MIN_REPEATED = 40  # characters; shorter captions may be the same by chance
MAX_ANNOUNCEMENT = 60  # characters
MAX_SMILEY = 8  # characters; an emoji may be several

LEFT_OUT_PER_IMAGE = 10  # a page with more icons than this times the images it may have is not read to its end

_LISTS = frozenset(("ul", "ol", "dl", "dir"))
_VERBATIM = frozenset(("pre", "listing", "xmp", "plaintext"))
_STRUCTURE = frozenset(("table", "ul", "ol", "dl", "pre", "blockquote", "figure", "article", "section", *HEADINGS))
_ROLES: dict[str, Role] = {
    "blockquote": "quote",
    "caption": "caption",
    "dd": "list_item",
    "dt": "list_item",
    "figcaption": "caption",
    "li": "list_item",
    **dict.fromkeys(_VERBATIM, "code"),
    **dict.fromkeys(HEADINGS, "heading"),
}
_PARTED_BY_BREAKS = frozenset(("paragraph", "quote", "list_item"))
_NO_URL = Fault("image_has_no_web_address", None, None)
_INTEGER = re.compile(r"-?[0-9]{1,9}")
_CELL_END = "\x1f"  # clean_text would remove it, so no text of a page can bring one


class TooManyError(Exception):
    """More segments than wanted. The argument: `too_many_texts` or `too_many_images`."""


class Content(NamedTuple):
    """What was read. segments: indices have gaps where an image was left out. vectors: how many pictures the page
    draws itself, by kind."""

    segments: tuple[Segment, ...]
    left_out: tuple[LeftOut, ...]
    vectors: dict[str, int]


def read_content(
    main: Block,
    leads: Sequence[Block],
    base: str,
    *,
    max_texts: int,
    max_images: int,
    lead_pictures: bool = False,
    explain: bool = False,
) -> Content:
    """Texts and images of the leading blocks and of the main one, less what is frame.

    base: the URL against which images' URLs are resolved. lead_pictures: as in `fault_of_part`. explain: whether
    parts that are left out are told too; images always are. Raises TooManyError.
    """
    reader = _Reader(main, base, max_texts, max_images, lead_pictures, explain)
    for lead in leads:
        reader.read_block(lead)
    reader.read_block(main)
    content = reader.content()
    if sum(isinstance(segment, ImageSegment) for segment in content.segments) > max_images:
        raise TooManyError("too_many_images")
    return content


class _Place(NamedTuple):
    """What the blocks around a text make of it: role and level of its segment."""

    role: Role = "paragraph"
    level: int = 0
    lists: int = 0  # depth of lists


@dataclasses.dataclass(slots=True)
class _Figure:
    """block: around it, or its caption where that stands behind the picture alone. start: place of its first segment.
    Its caption is written when the block ends, wherever in it the caption stands."""

    block: Block
    start: int
    captions: list[str] = dataclasses.field(default_factory=list)


class _Reader:
    """Collects characters until a block ends, then writes them as a segment."""

    def __init__(
        self, main: Block, base: str, max_texts: int, max_images: int, lead_pictures: bool, explain: bool
    ) -> None:
        self._main = main
        self._base = base
        self._max_texts = max_texts
        self._pictures_left = LEFT_OUT_PER_IMAGE * max_images
        self._lead_pictures = lead_pictures
        self._explain = explain
        self._segments: list[Segment] = []
        self._left_out: list[LeftOut] = []
        self._vectors: dict[str, int] = {}
        self._characters: list[str] = []
        self._images = 0
        self._pictures: dict[int, dict[str, str]] = {}  # attributes of the images in figures, by place
        self._early: dict[int, list[tuple[ImageSegment, Fault]]] = {}  # left out before the segment at the place
        # Images of a row, written before it where its first text stands behind them, else behind it; with attributes,
        # and with what _silent and _edge are for them.
        self._waiting: list[tuple[ImageSegment, dict[str, str], bool, bool]] = []
        self._waiting_first = False
        self._figures: list[_Figure] = []
        self._numbers: list[int | None] = []  # of the lists around: what their next item is counted as
        self._number: int | None = None  # of the item whose text comes next
        self._captions: set[str] = set()
        self._announcing: set[int] = set()  # places of texts behind which a part was left out
        self._begun = False  # whether running text was read
        # Of the last image: whether a block began or ended since, and whether it stood in a <noscript>.
        self._edge = self._silent = False

    def read_block(self, block: Block) -> None:
        path = [(block, self._enter(block, _Place()), iter(block.children))]
        while path:
            parent, place, children = path[-1]
            child = next(children, None)
            if child is None:
                path.pop()
                self._leave(parent, place)
            elif type(child) is str:
                self._characters.append(child)
            elif type(child) is Block:
                fault = fault_of_part(child, self._main, self._begun, self._lead_pictures)
                if fault is None:
                    path.append((child, self._enter(child, place), iter(child.children)))
                else:
                    self._edge_of(child, place)
                    self._leave_out(child, fault)
            elif type(child) is Mark:
                self._show(child, place)
            else:
                assert type(child) is Vector
                self._vectors[child.kind] = self._vectors.get(child.kind, 0) + 1
                self._characters.append(" ")

    def content(self) -> Content:
        if len(self._segments) - self._images > self._max_texts:
            raise TooManyError("too_many_texts")
        gone = {place for place in self._announcing if self._announces_nothing(place)}
        segments: list[Segment] = []
        index = 0
        for place, segment in enumerate([*self._segments, None]):
            for image, fault in self._early.get(place, ()):
                self._left_out.append(image_left_out(dataclasses.replace(image, index=index), *fault))
                index += 1
            if segment is None or place in gone:
                continue
            if segment.index != index:
                segment = dataclasses.replace(segment, index=index)
            index += 1
            # Only now is the caption known, and a logo that has one is shown for its own sake.
            img = self._pictures.get(place)
            if isinstance(segment, ImageSegment) and img is not None and (late := fault_of(segment, img)):
                self._left_out.append(image_left_out(segment, *late))
            else:
                segments.append(segment)
        return Content(tuple(segments), tuple(self._left_out), self._vectors)

    def _enter(self, block: Block, place: _Place) -> _Place:
        """Begins a block; returns the place of what is inside."""
        self._edge_of(block, place)
        if not self._begun and block.own - block.own_linked > MIN_RUNNING and block.tag not in HEADINGS:
            self._begun = True
        tag = block.tag
        if tag in _LISTS:
            self._numbers.append(_first_number(block))
        elif tag == "li" and self._numbers:
            self._number = self._count(block)
        if tag == "figure" or (block.images and _is_figure(block)):
            self._figures.append(_Figure(block, len(self._segments)))
        if tag in _LISTS:
            return _Place(place.role, place.level, place.lists + 1)
        if tag == "tr":
            return _Place("table_row", 0, place.lists) if _is_data_row(block) else place
        role = _ROLES.get(tag)
        if role is None and block.names and is_caption_name(block.names):
            role = self._role_of_caption(block)
        if role is None or place.role in ("table_row", "code"):
            return place
        if role == "heading":
            return _Place(role, int(tag[1]), place.lists)
        return _Place(role, max(1, place.lists) if role == "list_item" else 0, place.lists)

    def _append_waiting(self) -> None:
        for image, img, silent, edge in self._waiting:
            self._edge = edge
            self._append_image(image, img, silent)
        self._waiting.clear()

    def _role_of_caption(self, block: Block) -> Role | None:
        if not self._figures:
            last = self._segments[-1] if self._segments else None
            if not isinstance(last, ImageSegment) or last.caption:
                return None
            self._figures.append(_Figure(block, len(self._segments) - 1))
        return "caption"

    def _leave(self, block: Block, place: _Place) -> None:
        """Ends a block. place: what `_enter` returned."""
        if block.tag == "tr" and place.role == "table_row":
            if self._waiting_first:
                self._append_waiting()
            self._flush(place)
            self._append_waiting()
        else:
            self._edge_of(block, place, ends=True)
        if block.tag in _LISTS:
            self._numbers.pop()
        elif block.tag == "li":
            self._number = None
        while self._figures and self._figures[-1].block is block:
            self._caption(self._figures.pop())

    def _count(self, item: Block) -> int | None:
        """The number of an item of the innermost list."""
        number = self._numbers[-1]
        if number is not None:
            number = _integer(item.attributes.get("value"), number)
            self._numbers[-1] = number + 1
        return number

    def _edge_of(self, block: Block, place: _Place, ends: bool = False) -> None:
        """Keeps apart what stands before and behind the edge of a block."""
        self._edge = True
        if place.role == "table_row":
            self._characters.append(_CELL_END if ends and block.tag in ("td", "th") else " ")
        elif place.role == "code" and block.tag not in _VERBATIM:
            if self._characters and not self._characters[-1].endswith(("\n", LINE_BREAK)):
                self._characters.append(LINE_BREAK)
        elif self._characters:
            self._flush(place)

    def _leave_out(self, part: Block, fault: tuple[str, float | None, float | None]) -> None:
        if (part.text or part.skipped) and not part.own and self._segments:
            self._announcing.add(len(self._segments) - 1)
        if self._explain and (part.text or part.images):
            self._left_out.append(part_left_out(part, *fault))

    def _announces_nothing(self, place: int) -> bool:
        """Whether a heading, or a line like "Read more:", stands over nothing but what was left out."""
        text = self._segments[place]
        if not isinstance(text, TextSegment) or (text.role == "heading" and text.level == 1):
            return False
        if text.role != "heading" and not (len(text.text) < MAX_ANNOUNCEMENT and text.text.endswith(":")):
            return False
        following = self._segments[place + 1] if place + 1 < len(self._segments) else None
        return following is None or (
            isinstance(following, TextSegment)
            and following.role == "heading"
            and (text.role != "heading" or following.level <= text.level)
        )

    def _show(self, mark: Mark, place: _Place) -> None:
        """Writes a picture."""
        self._pictures_left -= 1
        if self._pictures_left < 0:
            raise TooManyError("too_many_images")
        img, sources = _picture_parts(mark)
        if mark.node.tag == "video":
            image = poster_segment(0, img, self._base)
        else:
            image = image_segment(0, img, sources, self._base)
        before = self._early.get(len(self._segments))
        if mark.silent and before and before[-1][1] is _NO_URL:
            before.pop()  # what stands in <noscript> is the picture itself
        if image is None:
            shown = ImageSegment(0, img.get("src", "")[:EXCERPT], clean_text(img.get("alt", "")))
            self._early.setdefault(len(self._segments), []).append((shown, _NO_URL))
            return
        if not self._figures and (fault := fault_of(image, img)):
            # Left out at once, so that it does not part the text around it.
            self._early.setdefault(len(self._segments), []).append((image, fault))
            self._characters.append(_smiley(image.alt))
        elif place.role == "table_row":
            if not self._waiting:
                self._waiting_first = not "".join(self._characters).strip(f"{_CELL_END} \n\t")
            self._waiting.append((image, img, mark.silent, self._edge))
            self._edge = False
        else:
            self._flush(place)
            self._append_image(image, img, mark.silent)

    def _append_image(self, image: ImageSegment, img: dict[str, str], silent: bool) -> None:
        last = self._segments[-1] if self._segments else None
        fallback = silent or self._silent
        if isinstance(last, ImageSegment) and same_picture(last, image, fallback) and (fallback or not self._edge):
            self._segments[-1] = joined_twins(image, last) if silent else joined_twins(last, image)
        else:
            self._images += 1
            if self._figures:
                self._pictures[len(self._segments)] = img
            self._segments.append(image)
        self._edge, self._silent = False, silent

    def _flush(self, place: _Place) -> None:
        characters = "".join(self._characters)
        self._characters.clear()
        if not characters or characters.isspace():
            return
        if len(self._segments) - self._images > self._max_texts:
            raise TooManyError("too_many_texts")
        if place.role == "table_row":
            self._append_row(characters)
            return
        for text in _paragraphs(characters, place.role):
            if place.role == "caption" and self._figures:
                self._figures[-1].captions.append(text)
            else:
                number = self._number if place.role == "list_item" else None
                if number is not None:
                    self._number = None  # said once, by the first text of the item
                self._segments.append(TextSegment(len(self._segments), text, place.role, place.level, number))

    def _append_row(self, characters: str) -> None:
        cells = tuple(map(clean_text, characters.removesuffix(_CELL_END).split(_CELL_END)))
        text = " | ".join(filter(None, cells))
        if text:
            self._segments.append(TextSegment(len(self._segments), text, "table_row", 0, None, cells))

    def _caption(self, figure: _Figure) -> None:
        caption = " ".join(figure.captions)
        if not caption:
            return
        for place, segment in enumerate(self._segments[figure.start :], figure.start):
            if isinstance(segment, ImageSegment) and not segment.caption:
                self._segments[place] = dataclasses.replace(segment, caption=caption)
        if len(caption) >= MIN_REPEATED and caption in self._captions:
            return  # galleries give one caption for each of their views
        self._captions.add(caption)
        self._segments.append(TextSegment(len(self._segments), caption, "caption"))


def _smiley(alt: str) -> str:
    """What an emoji or a smiley says, which stands in the text as a picture; else a blank."""
    return alt if 0 < len(alt) <= MAX_SMILEY and not any(map(str.isalnum, alt)) else " "


def _first_number(items: Block) -> int | None:
    """What the first item of a list is counted as, None where items are not numbered."""
    return _integer(items.attributes.get("start"), 1) if items.tag == "ol" else None


def _integer(text: str | None, otherwise: int) -> int:
    return int(text) if text and _INTEGER.fullmatch(text.strip()) else otherwise


def _is_figure(block: Block) -> bool:
    """Whether a block is made of pictures and one caption."""
    captions = [child for child in block.blocks if child.text and child.names and is_caption_name(child.names)]
    return len(captions) == 1 and captions[0].text == block.text


def _paragraphs(characters: str, role: Role) -> list[str]:
    if role == "code":
        texts = [clean_code(characters)]
    elif role in _PARTED_BY_BREAKS and LINE_BREAK in characters:
        texts = clean_lines(characters)
    else:
        texts = [clean_text(characters)]
    return [text for text in texts if text]


def _is_data_row(row: Block) -> bool:
    """Whether the cells hold plain values. Old pages use tables for layout: their cells hold whole articles."""
    cells = [cell for cell in row.blocks if cell.tag in ("td", "th")]
    if len(cells) < 2 or row.text > (MAX_ROW_WITH_IMAGES if row.images else MAX_ROW):
        return False
    for cell in cells:
        paragraphs = 0
        path = list(cell.blocks)
        while path:
            block = path.pop()
            if block.tag in _STRUCTURE:
                return False
            paragraphs += block.tag == "p"
            path.extend(block.blocks)
        if paragraphs > 1:
            return False
    return True


def _picture_parts(mark: Mark) -> tuple[dict[str, str], list[dict[str, str]]]:
    """The attributes of the first <img> of a <picture> (or of the <img> itself) and of its <source>s."""
    node = mark.node
    if node.tag != "picture":
        return _attributes(node.attributes), []
    image: dict[str, str] = {}
    sources: list[dict[str, str]] = []
    for part in node.traverse():
        if part.tag == "source":
            sources.append(_attributes(part.attributes))
        elif part.tag in ("img", "amp-img") and not image:
            image = _attributes(part.attributes)
    return image, sources


def _attributes(attributes: dict[str, str | None]) -> dict[str, str]:
    return {name: value or "" for name, value in attributes.items()}
