"""The page as blocks with what was measured on them, built in one walk over the parser's nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from corpusflow.extract.clean_text import LINE_BREAK
from corpusflow.extract.frame_names import (
    ASIDE,
    CARD,
    COMMENTS,
    FRAME,
    GALLERY,
    MINOR,
    PART,
    is_anchor_name,
    is_hidden_name,
    kind_named,
)

MIN_RUNNING = 25  # characters outside links from which a block's own text counts as running text
NO_ALPHABET = "\u0e00"  # from here on, Thai to Korean, a character says what two letters say
MIN_LINES = 100  # characters outside links of shorter blocks side by side, from which they count: verses, dialogue
MAX_NAMES = 300  # characters of class names and of an id that are read
MAX_MARK = 2  # characters of the mark beside a heading
MAX_CARD = 700  # characters; a longer block is no teaser
MAX_BLOCKS = 50_000  # of a page; the largest real ones, books and lists of a whole country, have some 20,000
MIN_CARDS = 3  # teasers in a row
# Of the characters of the page: what is frame by its name and holds less is not looked into. What holds more may be the
# content all the same.
MAX_FRAME_SHARE = 0.25

# Where the link leads in which a text stands.
INSIDE, AWAY = 1, 2

Attributes = dict[str, str | None]

HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption "  # noqa: SIM905
    "figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr li listing main menu nav ol p plaintext pre section "
    "summary table tbody td tfoot th thead tr ul xmp".split()
)
# What names cannot make frame.
NEVER_FRAME = frozenset(("html", "body", "main", "article", "pre", *HEADINGS))

# Elements of which no text is seen.
_UNSEEN = frozenset(
    "script style template x-template head title meta link rp rt annotation annotation-xml".split()  # noqa: SIM905
)
# Elements that stand as a box in the line; what is in them is no text of the page.
_CONTROLS = frozenset(
    "applet audio button canvas datalist embed iframe input label legend map meter object optgroup option progress "  # noqa: SIM905
    "select svg textarea video".split()
)
_SKIPPED = _UNSEEN | _CONTROLS
# Where the text of a control is text of the page: an ingredient to tick off, a question that opens.
_LABELS = frozenset(
    [("label", "li"), *((tag, around) for tag in ("button", "label") for around in ("p", "dt", "summary", *HEADINGS))]
)
_SKIPPED_KINDS = frozenset((COMMENTS, FRAME))
_PICTURES = frozenset(("img", "amp-img", "picture"))
_FRAME_TAGS = frozenset(("nav", "footer", "dialog", "menu"))
_KIND_OF_TAG = {"aside": ASIDE, "form": MINOR}
_FRAME_ROLES = frozenset(
    "navigation banner contentinfo complementary search dialog alertdialog menu menubar toolbar".split()  # noqa: SIM905
)
_SHOWN_ALWAYS = frozenset(("html", "body", "main", "article"))
# Elements that nobody names or hides; looking at their attributes would cost time for nothing.
_PLAIN = frozenset(
    "b strong em i u br tr td th tbody thead tfoot sup sub code small font wbr hr colgroup col center".split()  # noqa: SIM905
)
# Short ones say something all the same: ingredients, cells of a table.
_ITEMS = frozenset(("li", "td", "dd", "dt"))
_LINES = frozenset(("p", "div"))
_CARD_TAGS = frozenset(("li", "div", "article", "section", "td", "tr", "dd"))
_HIDING = frozenset(("hidden", "aria-hidden", "role", "style"))
_NO_LETTER = re.compile(r"[\W_]+")
_HIDING_STYLE = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_NONE: Attributes = {}


class TooDeepError(Exception):
    """An element stands deeper than wanted."""


class TooManyBlocksError(Exception):
    """The page has more than MAX_BLOCKS block elements."""


class Mark(NamedTuple):
    """A picture where it stands in the text.

    node: <img>, <amp-img>, <picture> or <video>. silent: inside <noscript>, where it stands for a lazy one.
    """

    node: LexborNode
    silent: bool


class Vector(NamedTuple):
    """A picture that is drawn by the page itself: `inline_svg` or `css_background`. It is counted, not taken."""

    kind: str


class Block:
    """A block element of the page; inline elements are dissolved into it.

    children: blocks, stretches of text (LINE_BREAK for <br>), pictures, in document order. names: class names and
    ids. kind: what frame_names makes of them. own, own_linked: characters of the texts among the children, and
    those of them inside links. text, linked: the same with the blocks below. running: characters of running
    text outside links, here and below, less what is frame; all_running: with it. lines: characters of the
    blocks inside that are too short to be running text. images: how many, here and below; pictures: less what
    is frame. headings, linked_headings: below, and those of them that are links. skipped: characters of a part
    that is frame by its name and was not looked into; nothing else was measured there.
    """

    __slots__ = (
        "all_running",
        "attributes",
        "children",
        "headings",
        "images",
        "kind",
        "lines",
        "linked",
        "linked_headings",
        "names",
        "own",
        "own_linked",
        "pictures",
        "running",
        "skipped",
        "tag",
        "text",
    )

    def __init__(self, tag: str, attributes: Attributes, names: str = "", kind: int = PART) -> None:
        self.tag = tag
        self.attributes = attributes
        self.names = names
        self.kind = kind
        self.children: list[Block | Mark | Vector | str] = []
        self.own = self.own_linked = self.text = self.linked = 0
        self.running = self.all_running = self.lines = self.skipped = 0
        self.images = self.pictures = self.headings = self.linked_headings = 0

    @property
    def unlinked(self) -> int:
        return self.text - self.linked

    @property
    def blocks(self) -> Iterator[Block]:
        return (child for child in self.children if type(child) is Block)

    @property
    def own_running(self) -> int:
        """Characters of running text of the block's own."""
        plain = self.own - self.own_linked
        if self.tag in HEADINGS:
            return 0
        return plain if plain >= MIN_RUNNING or (self.tag in _ITEMS and not self.own_linked) else 0


class Hidden(NamedTuple):
    """An element that was not looked into: `navigation` by its tag or role, or `hidden`."""

    node: LexborNode
    reason: str


def page_tree(
    root: LexborNode,
    max_depth: int,
    *,
    posters: bool = False,
    whole: bool = True,
    hidden: list[Hidden] | None = None,
) -> Block:
    """The page as blocks, without what is hidden or frame whatever it holds. One long loop, since a call for every node
    takes time.

    whole: whether small parts that are frame by their name are looked into, too. Where they are not, root must hold no
    scripts. posters: whether a <video> with a poster counts as a picture. hidden: takes what was not looked into.
    Raises TooDeepError for an element below max_depth, root itself having depth 1, and TooManyBlocksError.
    """
    blocks = 0
    page = block = Block("html", root.attributes)
    small = 0 if whole else MAX_FRAME_SHARE * len(root.text())
    linked, silent = 0, False
    # What goes on when the element that is entered ends: its next node, and the block, link or noscript around it.
    path: list[tuple[LexborNode | None, Block, int, bool]] = []
    node = root.first_child
    while True:
        while node is None:
            if not path:
                return page
            inner = block
            node, block, linked, silent = path.pop()
            if inner is not block:
                _add_up(inner, block)
        tag, following = node.tag, node.next
        if tag == "-text":
            if not silent:
                text = node.text_content or ""
                stripped = text.strip()
                length = len(stripped)
                if length:
                    if stripped >= NO_ALPHABET:
                        length *= 2
                    block.children.append(text)
                    block.own += length
                    if linked == AWAY or (linked and block.tag not in HEADINGS):
                        block.own_linked += length  # a heading that leads to itself heads what follows
                elif block.tag == "pre" or (block.children and type(block.children[-1]) is not Block):
                    # Elsewhere white space only parts blocks in the source.
                    block.children.append(text)
        elif tag is None or (tag in _SKIPPED and (tag, block.tag) not in _LABELS) or tag[0] in "-!":
            if tag in _CONTROLS:
                _stand_in(node, tag, block, silent, posters)
        elif tag == "br":
            block.children.append(LINE_BREAK)
        elif tag in _PICTURES:
            block.children.append(Mark(node, silent))
            block.images += 1
            block.pictures += 1
        else:
            attributes = _NONE if tag in _PLAIN else node.attributes
            is_block = tag in BLOCKS
            if attributes and (("class" in attributes and not is_block) or not _HIDING.isdisjoint(attributes)):
                reason = _unseen(tag, attributes, node)
            else:
                reason = "navigation" if tag in _FRAME_TAGS else ""
            if reason:
                if hidden is not None:
                    hidden.append(Hidden(node, reason))
                if is_block:
                    # Empty, it still parts the texts around it.
                    block.children.append(Block(tag, _NONE))
            else:
                if len(path) + 2 > max_depth:
                    raise TooDeepError
                if is_block:
                    blocks += 1
                    if blocks > MAX_BLOCKS:
                        raise TooManyBlocksError
                    child = _block(tag, attributes, node)
                    block.children.append(child)
                    if small and child.kind in _SKIPPED_KINDS and (length := len(node.text())) < small:
                        child.skipped = length
                        node = following
                        continue
                    path.append((following, block, linked, silent))
                    block = child
                    node = node.first_child
                    continue
                path.append((following, block, linked, silent))
                if tag == "a":
                    linked = INSIDE if (attributes.get("href") or "#").startswith("#") else AWAY
                elif tag == "noscript":
                    silent = True
                node = node.first_child
                continue
        node = following


def _is_heading_in_id(place: str, node: LexborNode) -> bool:
    """Whether an id is the heading with which the block begins: it says what the text is about."""
    first = node.first_child
    while first is not None and first.tag in ("-text", "a", "span"):
        first = first.next
    if first is None or first.tag not in HEADINGS:
        return False
    return _NO_LETTER.sub("", place).casefold() in _NO_LETTER.sub("", first.text()).casefold()


def _block(tag: str, attributes: Attributes, node: LexborNode) -> Block:
    least = _KIND_OF_TAG.get(tag, PART)
    if not attributes:
        return Block(tag, attributes, "", least)
    names, place = (attributes.get("class") or "")[:MAX_NAMES], attributes.get("id")
    kind = kind_named(names) if names and tag not in NEVER_FRAME else PART
    if place:
        place = place[:MAX_NAMES]
        if tag not in NEVER_FRAME and (named := kind_named(place)) > kind and not _is_heading_in_id(place, node):
            kind = named
        names = f"{names} {place}"
    block = Block(tag, attributes, names, kind if kind > least else least)
    style = attributes.get("style")
    if style and "url(" in style and "background" in style:
        block.children.append(Vector("css_background"))
    return block


def _stand_in(node: LexborNode, tag: str, block: Block, silent: bool, posters: bool) -> None:
    """What is left of an element that stands as a box in the line."""
    if tag == "svg":
        block.children.append(Vector("inline_svg"))
    elif tag == "video" and posters and node.attributes.get("poster"):
        block.children.append(Mark(node, silent))
        block.images += 1
        block.pictures += 1
    else:
        block.children.append(" ")


def _unseen(tag: str, attributes: Attributes, node: LexborNode) -> str:
    """Why an element is not looked into, empty where it is."""
    if tag in _SHOWN_ALWAYS:
        return ""
    if tag in _FRAME_TAGS:
        return "navigation"
    if not _HIDING.isdisjoint(attributes) and (reason := _hidden(attributes)):
        return reason
    names = attributes.get("class")
    if not names or tag in BLOCKS:
        return ""
    names = names[:MAX_NAMES]
    is_mark = tag == "a" and is_anchor_name(names) and len(node.text().strip()) <= MAX_MARK
    return "hidden" if is_mark or is_hidden_name(names) else ""


def _hidden(attributes: Attributes) -> str:
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return "hidden"
    role = attributes.get("role")
    if role and role.lower() in _FRAME_ROLES:
        return "navigation"
    style = attributes.get("style")
    return "hidden" if style and _HIDING_STYLE.search(style) else ""


def _add_up(block: Block, parent: Block) -> None:
    """Adds what was measured on a block, which is complete, to the one around it."""
    if block.lines >= MIN_LINES:
        block.running += block.lines
        block.all_running += block.lines
    if block.own:
        own = block.own_running
        if own:
            block.running += own
            block.all_running += own
        elif not block.own_linked and block.tag in _LINES:
            parent.lines += block.own
        block.text += block.own
        block.linked += block.own_linked
    if block.images:
        if block.kind == ASIDE and not block.linked:
            block.kind = PART  # pictures without a link lead nowhere else
        parent.images += block.images
    if block.linked_headings >= MIN_CARDS:
        _mark_cards(block)
    if block.tag == "article":
        _mark(block, [child for child in block.blocks if child.tag == "article" and _is_other_post(child, block)])
    if block.tag in HEADINGS:
        parent.headings += 1
        parent.linked_headings += block.own > 0 and block.own_linked > 0.7 * block.own
    elif block.headings:
        parent.headings += block.headings
        parent.linked_headings += block.linked_headings
    if block.text:
        parent.text += block.text
        parent.linked += block.linked
        parent.all_running += block.all_running
    if block.kind <= GALLERY:
        parent.pictures += block.pictures
        if block.kind < GALLERY:
            parent.running += block.running


def _mark_cards(block: Block) -> None:
    """Marks the blocks of one build, each with a heading that is a link: teasers of other pages."""
    rows: dict[tuple[str, str], list[Block]] = {}
    for child in block.blocks:
        if 0 < child.linked_headings <= 2 and child.tag in _CARD_TAGS and _may_be_card(child):
            rows.setdefault((child.tag, child.names.partition(" ")[0]), []).append(child)
    for cards in rows.values():
        _mark(block, cards)


def _is_other_post(block: Block, around: Block) -> bool:
    """Whether an article inside an article is another one: it is made as that is, or has a linked heading."""
    if block.kind >= COMMENTS:
        return False
    alike = block.names != "" and block.names.partition(" ")[0] == around.names.partition(" ")[0]
    return alike or (block.linked_headings > 0 and block.text < MAX_CARD)


def _may_be_card(block: Block) -> bool:
    return block.text < MAX_CARD and block.kind < COMMENTS


def _mark(block: Block, cards: list[Block]) -> None:
    if len(cards) >= MIN_CARDS:
        for card in cards:
            if card.kind < GALLERY:
                block.running -= card.running
                block.pictures -= card.pictures
            card.kind = CARD
