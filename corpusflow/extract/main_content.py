"""Which block of the page holds the main content, which texts before it lead into it, and what inside it is frame."""

from __future__ import annotations

from collections.abc import Sequence

from corpusflow.extract.clean_text import clean_text
from corpusflow.extract.frame_names import (
    ASIDE,
    CARD,
    COMMENTS,
    FRAME,
    GALLERY,
    INTRO,
    MINOR,
    PART,
    is_caption_name,
    is_no_lead_name,
    is_opening_name,
)
from corpusflow.extract.page_tree import HEADINGS, NEVER_FRAME, Block

# Where no other source is named, the figures were chosen on pages with known content and hold over wide ranges.
MIN_SHARE = 0.75  # of the running text of a block: what is entered holds at least so much of it
MIN_SECTION = 0.05  # of the running text of its largest section: smaller ones of the same build do not count
MIN_CONTENT = 150  # characters of running text: with less a page has comments or pictures for its content
MAX_REST = 0.25  # of what is frame by its name: with less running text beside it, it is the content
MAX_MINOR_SHARE = 0.1  # of the running text: dates, authors and the like are small
MAX_MINOR = 600  # characters, likewise
MAX_LINK_SHARE = 0.65  # of the characters of a block: above it the block is a list of links
WHOLE_MAIN = 1_500  # characters; in a <main> with less running text the pictures count as content too
MAX_OPENING = 400  # characters of the caption of a picture that opens an article
MIN_LEAD, MAX_LEAD = 50, 1_000  # characters
MAX_LEAD_LINK_SHARE = 0.3
LEVELS_TO_HEADLINE = 12  # blocks around the main content
LEVELS_WITHOUT_HEADLINE = 2
MIN_TITLE = 10  # characters; shorter headings may be in the title by chance

_NOT_ENTERED = frozenset(
    ("ul", "ol", "dl", "p", "pre", "blockquote", "figure", "figcaption", "li", "dt", "dd", *HEADINGS)
)
_TABLE_PARTS = frozenset(("table", "thead", "tbody", "tfoot", "tr"))
_NO_LEAD_TAGS = frozenset(("figure", "figcaption", "table", "ul", "ol", "dl"))
# Not li, nor td: a list of the content and a table of data hold some that are links.
_LINK_BLOCKS = frozenset(("div", "section", "ul", "ol", "dl", "table", "p", "header", "center"))


def is_read_too_little(page: Block) -> bool:
    """Whether the parts that were not looked into may hold the content."""
    return page.all_running < MIN_CONTENT


def content_path(page: Block) -> list[Block]:
    """The blocks from the page down to the one that holds its main content."""
    if page.running < MIN_CONTENT and page.all_running > 5 * page.running:
        _take_replies(page)
    _trust_what_is_most(page)
    path = [page]
    in_main = False
    while (inner := _inner(path[-1], in_main)) is not None:
        path.append(inner)
        in_main = in_main or inner.tag == "main"
    while path[-1].tag in _TABLE_PARTS:
        path.pop()  # a table of data stays whole; the cell of a layout table was entered
    return path


def _take_replies(block: Block) -> None:
    """A thread, reviews, a page of news: where a page has nothing else, its comments or teasers are the content."""
    path = [(block, block.blocks)]
    while path:
        parent, children = path[-1]
        child = next(children, None)
        if child is None:
            path.pop()
            _measure_again(parent)
        else:
            if child.kind in (COMMENTS, CARD):
                child.kind = PART
            path.append((child, child.blocks))


def _trust_what_is_most(page: Block) -> None:
    """What is frame by its name but holds nearly all running text of the page is none: <div class=sidebar-left>."""
    path = [page]
    trusted = False
    while path[-1].all_running:
        parent = path[-1]
        most = _heaviest(parent)
        if most is None or 2 * most.all_running < page.all_running:
            break
        if most.kind >= GALLERY:
            if parent.running > MAX_REST * most.all_running:
                break
            most.kind = PART
            trusted = True
        path.append(most)
    if trusted:
        for block in reversed(path):
            _measure_again(block)


def _heaviest(block: Block) -> Block | None:
    heaviest, weight = None, -1
    for child in block.children:
        if type(child) is Block and child.all_running > weight:
            heaviest, weight = child, child.all_running
    return heaviest


def _measure_again(block: Block) -> None:
    block.running = block.own_running + sum(child.running for child in block.blocks if child.kind < GALLERY)


def _inner(block: Block, in_main: bool) -> Block | None:
    """The block inside that holds the main content, None where it is this one."""
    inner, running = None, 0
    for child in block.children:
        if type(child) is Block and child.running > running and child.kind < GALLERY and child.tag not in _NOT_ENTERED:
            inner, running = child, child.running
    if inner is None or running < MIN_SHARE * block.running:
        return None
    if not any(child.all_running for child in inner.blocks):
        return None  # a paragraph
    small = in_main and inner.running < WHOLE_MAIN
    if small and block.pictures > inner.pictures:
        return None
    return None if inner.names and _has_sections_beside(inner, block, small) else inner


def _has_sections_beside(inner: Block, block: Block, small: bool) -> bool:
    """Whether blocks of the same build, each with a heading, stand beside: the other sections of a chapter.

    small: whether they count however little running text they hold.
    """
    name = inner.names.partition(" ")[0]
    sections = [
        child
        for child in block.blocks
        if child is not inner
        and child.tag == inner.tag
        and child.kind < GALLERY
        and child.headings > child.linked_headings
        and child.names.partition(" ")[0] == name
    ]
    if small and any(section.unlinked > section.linked for section in sections):
        return True
    alike = (section.running for section in sections if section.names == inner.names)
    return sum(alike) > MIN_SECTION * inner.running


def lead_blocks(path: Sequence[Block], title: str, pictures: bool) -> list[Block]:
    """Blocks with running text between the headline and the main content: standfirst, teaser, abstract.

    path: from `content_path`. title: of the page, casefolded; a heading that repeats it is the headline. pictures:
    whether a <figure> leads into the text, too.
    """
    before: list[tuple[Block, bool]] = []
    near: list[tuple[Block, bool]] = []
    for level, (inner, outer) in enumerate(zip(path[:0:-1], path[-2::-1], strict=False)):
        if level == LEVELS_TO_HEADLINE:
            break
        before = _texts_before(inner, outer, pictures) + before
        headline = max((place for place, (block, _) in enumerate(before) if _is_headline(block, title)), default=None)
        if headline is not None:
            return [block for block, leads in before[headline + 1 :] if leads]
        if level < LEVELS_WITHOUT_HEADLINE:
            near = before
    last = max((place for place, (block, _) in enumerate(near) if block.tag in HEADINGS), default=-1)
    return [block for block, leads in near[last + 1 :] if leads]


def _texts_before(inner: Block, outer: Block, pictures: bool) -> list[tuple[Block, bool]]:
    """The headings and blocks with text of their own that stand in a block before another one, and whether they can
    lead into it."""
    found: list[tuple[Block, bool]] = []
    before: list[Block] = []
    for child in outer.blocks:
        if child is inner:
            break
        if child.kind <= GALLERY:
            before.append(child)
    path = [(block, True) for block in reversed(before)]
    while path:
        block, leads = path.pop()
        if pictures and block.tag == "figure" and block.pictures:
            found.append((block, leads))
            continue
        leads = leads and _may_lead(block)
        if block.own or block.tag in HEADINGS:
            found.append((block, leads and _reads_as_lead(block)))
        path.extend((child, leads) for child in reversed(list(block.blocks)) if child.kind <= INTRO)
    return found


def _may_lead(block: Block) -> bool:
    return (
        block.kind != MINOR
        and block.tag not in _NO_LEAD_TAGS
        and not (block.names and (is_caption_name(block.names) or is_no_lead_name(block.names)))
    )


def _reads_as_lead(block: Block) -> bool:
    plain = block.own - block.own_linked
    return MIN_LEAD <= plain <= MAX_LEAD and block.own_linked <= MAX_LEAD_LINK_SHARE * block.own and block.tag != "td"


def _is_headline(block: Block, title: str) -> bool:
    if block.tag == "h1":
        return True
    if block.tag not in HEADINGS or not title:
        return False
    text = clean_text(text_of(block)).casefold()
    return len(text) >= MIN_TITLE and (text in title or title in text)


def text_of(block: Block) -> str:
    """All text of a block, uncleaned."""
    texts: list[str] = []
    path: list[object] = [block]
    while path:
        part = path.pop()
        if type(part) is str:
            texts.append(part)
        elif type(part) is Block:
            texts.append(" ")
            path.extend(reversed(part.children))
    return "".join(texts)


def fault_of_part(
    part: Block, main: Block, begun: bool, lead_pictures: bool
) -> tuple[str, float | None, float | None] | None:
    """Why a block inside the main one is frame: (reason, measured, limit). None where it is content.

    begun: whether running text stands before it; what teases other pages there leads into the text before.
    lead_pictures: whether the picture that opens an article belongs to it.
    """
    kind = part.kind
    if (part.tag in NEVER_FRAME and kind != CARD) or part.tag == "figcaption":
        return None
    if not (begun or lead_pictures) and _is_opening_picture(part):
        return "opening_picture", None, None
    if part.names and kind <= GALLERY and is_caption_name(part.names):
        return None
    if kind == GALLERY:
        return None if part.images or main.running <= MIN_CONTENT else (_REASONS[kind], None, None)
    if kind > GALLERY:
        # What holds nearly all of the text is the content, whatever its name says.
        is_most = part.all_running and main.running <= MAX_REST * part.all_running
        return None if is_most else (_REASONS[kind], None, None)
    if kind in (INTRO, MINOR) and (kind == MINOR or begun):
        most = min(round(MAX_MINOR_SHARE * main.running), MAX_MINOR)
        if part.running <= most:
            return _REASONS[kind], part.running, most
    if not main.running:
        return None  # a page of links
    if part.tag == "header" and not part.headings and not part.images:
        return "page_header", None, None
    if part.tag == "p" and part.images:
        return None  # a picture with a linked caption
    if part.tag in _LINK_BLOCKS and part.linked > MAX_LINK_SHARE * part.text and not _has_header_cells(part):
        return "list_of_links", round(part.linked / part.text, 3), MAX_LINK_SHARE
    return None


def _is_opening_picture(part: Block) -> bool:
    return bool(
        part.pictures
        and part.tag != "figure"
        and part.running <= MAX_OPENING
        and part.names
        and is_opening_name(part.names)
    )


def _has_header_cells(part: Block) -> bool:
    """Whether it is a table of data, of which some cells are links."""
    path = [part] if part.tag == "table" else []
    while path:
        block = path.pop()
        if block.tag == "th":
            return True
        path.extend(child for child in block.blocks if child.tag in _TABLE_PARTS or child.tag == "th")
    return False


_REASONS = {
    INTRO: "teaser",
    MINOR: "page_data",
    GALLERY: "gallery_without_pictures",
    COMMENTS: "comments",
    ASIDE: "aside",
    FRAME: "frame_by_name",
    CARD: "teaser",
}
