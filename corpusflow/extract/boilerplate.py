"""What of a page is content and what is frame: menus, headers, footers, adverts, lists of links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from selectolax.lexbor import LexborNode

MIN_SHARE_OF_MAIN = 0.35  # of the text outside links: what holds less is not the main element
MAX_SHARE_OF_FRAME = 0.5  # of the text outside links: what holds more is no frame, whatever its class says
MAX_LINK_SHARE = 0.65  # of the characters of a block: above it the block is a list of links

# Elements of which no text is seen.
_UNSEEN = frozenset(
    "script style template x-template head title meta link svg rp rt annotation annotation-xml".split()  # noqa: SIM905
)
# Elements that stand as a box in the line; what is in them is no text of the page.
_CONTROLS = frozenset(
    "applet audio button canvas datalist embed iframe input label legend map meter object optgroup option progress "  # noqa: SIM905
    "select textarea video".split()
)
_FRAME_TAGS = frozenset(("nav", "footer", "aside", "dialog", "menu"))
_FRAME_ROLES = frozenset(
    (
        "navigation",
        "banner",
        "contentinfo",
        "complementary",
        "search",
        "dialog",
        "alertdialog",
        "menu",
        "menubar",
        "toolbar",
    )
)
_ALWAYS_CONTENT = frozenset(("html", "body", "main", "article"))
_MAIN_TAGS = frozenset(("main", "article"))
_HEADINGS = frozenset(f"h{level}" for level in range(1, 7))
# Not td: a table of data has cells that are links.
_LINK_BLOCKS = frozenset(
    ("div", "section", "ul", "ol", "dl", "table", "tbody", "tr", "p", "li", "header", "center", "form")
)

# Words of class and id. "has-sidebar" and the like are said of what stands beside the frame, not of the frame.
_FRAME_WORDS = re.compile(
    r"(?<!has-)(?<!no-)(?<!with-)(?<!without-)(?<![a-z0-9])(?:"
    r"(?:main|site|top|sub|nav|side|mobile|drop(?:down)?)?menus?|nav(?:bar|igation|i|header|footer)?|side-?bar|topbar|toolbar|"
    r"breadcrumbs?|cookies?|consent|gdpr|share|sharing|sharedaddy|addthis|social|socials|related|recommended|"
    r"recommendations?|comments?|commentlist|disqus|respond|footer|footnav|newsletter|subscribe|subscription|signup|login|"
    r"adverts?|advertisements?|advertising|ads?|sponsor|sponsored|promo|promos|promotion|pagination|pager|pagenav|"
    r"masthead|site-?header|popup|modal|skip-?link|outbrain|taboola|sr-only|screen-reader-text|visually-hidden"
    r")(?![a-z0-9])"
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_HIDING_STYLE = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)


class Element:
    """An element of the page with what was measured on it and below, frame parts left out.

    children: elements and stretches of text in document order. text: characters that are not white space; linked:
    those of them inside links. headings, images, paragraphs, blocks (lists, tables, headings, ...): how many.
    in_article: whether a main or article stands around it.
    """

    __slots__ = (
        "attributes",
        "blocks",
        "children",
        "headings",
        "images",
        "in_article",
        "linked",
        "paragraphs",
        "tag",
        "text",
    )

    def __init__(self, tag: str, attributes: dict[str, str], in_article: bool) -> None:
        self.tag = tag
        self.attributes = attributes
        self.in_article = in_article
        self.children: list[Element | str] = []
        self.text = self.linked = self.images = self.headings = self.paragraphs = self.blocks = 0

    @property
    def unlinked(self) -> int:
        return self.text - self.linked

    @property
    def elements(self) -> Iterator[Element]:
        return (child for child in self.children if isinstance(child, Element))


class TooDeepError(Exception):
    """An element stands deeper than wanted."""


_STRUCTURE = frozenset(("table", "ul", "ol", "dl", "pre", "blockquote", "figure", "article", "section", *_HEADINGS))


def content_tree(root: LexborNode, max_depth: int) -> Element:
    """The page as Elements, without what is frame or hidden whatever it holds. root itself has depth 1.

    Raises TooDeepError for an element below max_depth.
    """
    tree = Element("html", _attributes(root), in_article=False)
    path = [(tree, root.first_child)]
    while path:
        parent, node = path[-1]
        if node is None:
            path.pop()
            if path:
                _add_up(parent, path[-1][0])
            continue
        path[-1] = (parent, node.next)
        tag = node.tag
        if tag == "-text":
            text = node.text_content or ""
            parent.children.append(text)
            parent.text += len("".join(text.split()))
        elif tag in _CONTROLS:
            parent.children.append(" ")
        elif tag is not None and tag[0] not in "-!" and tag not in _UNSEEN:
            if len(path) >= max_depth:
                raise TooDeepError
            attributes = _attributes(node)
            if tag not in _ALWAYS_CONTENT and _is_hidden_or_frame(tag, attributes):
                # Empty, it still parts the texts around it.
                parent.children.append(Element(tag, {}, parent.in_article))
                continue
            child = Element(tag, attributes, parent.in_article or parent.tag in _MAIN_TAGS)
            parent.children.append(child)
            path.append((child, node.first_child))
    return tree


def main_element(tree: Element) -> Element:
    """The innermost main, article or role=main that holds most of the text outside links; the whole tree where
    there is none."""
    best = tree
    path = [tree]
    while path:
        for child in path.pop().elements:
            if child.unlinked < MIN_SHARE_OF_MAIN * best.unlinked or not child.text or _named_frame(child):
                continue
            path.append(child)
            if child.tag in _MAIN_TAGS or child.attributes.get("role", "").lower() == "main":
                best = child
    return best


def is_frame(element: Element, main: Element) -> bool:
    """Whether an element inside the main one is frame by its name, or a mere list of links."""
    if element.tag in _ALWAYS_CONTENT or element.tag == "h1" or element.tag == "pre":
        return False
    if element.unlinked > MAX_SHARE_OF_FRAME * main.unlinked:
        return False
    if element.tag == "header" and not (element.in_article and element.headings):
        return True
    return _named_frame(element) or _is_link_list(element)


def _is_link_list(element: Element) -> bool:
    if element.tag in ("li", "p") and element.images:
        return False  # a picture with a linked caption
    return element.tag in _LINK_BLOCKS and element.linked > MAX_LINK_SHARE * element.text


def _named_frame(element: Element) -> bool:
    attributes = element.attributes
    return ("class" in attributes or "id" in attributes) and names_frame(
        f"{attributes.get('class', '')} {attributes.get('id', '')}"
    )


@lru_cache(maxsize=16_384)
def names_frame(names: str) -> bool:
    """Whether class and id tokens hold a word that stands for a part of the frame."""
    return _FRAME_WORDS.search(_CAMEL.sub("-", names).lower().replace("_", "-")) is not None


def _is_hidden_or_frame(tag: str, attributes: dict[str, str]) -> bool:
    if tag in _FRAME_TAGS:
        return True
    if not attributes:
        return False
    return (
        "hidden" in attributes
        or attributes.get("aria-hidden", "").lower() == "true"
        or attributes.get("role", "").lower() in _FRAME_ROLES
        or ("style" in attributes and _HIDING_STYLE.search(attributes["style"]) is not None)
    )


def _attributes(node: LexborNode) -> dict[str, str]:
    return {name: value or "" for name, value in node.attributes.items()}


def _add_up(element: Element, parent: Element) -> None:
    """Adds what was measured on an element, which is complete, to its parent."""
    tag = element.tag
    if tag == "a":
        element.linked = element.text
    elif tag == "img":
        parent.images += 1
    elif tag == "p":
        parent.paragraphs += 1
    elif tag in _STRUCTURE:
        parent.blocks += 1
        parent.headings += tag in _HEADINGS
    parent.text += element.text
    parent.linked += element.linked
    parent.headings += element.headings
    parent.images += element.images
    parent.paragraphs += element.paragraphs
    parent.blocks += element.blocks
