"""A page in UTF-8 and its parsed tree, with bounds on what hostile pages can cost."""

from __future__ import annotations

import re
from itertools import islice

import numpy as np
from selectolax.lexbor import LexborHTMLParser, LexborNode

from corpusflow.errors import ExtractError
from corpusflow.extract.encoding import utf8_html
from corpusflow.extract.page_tree import TooDeepError

TAG = ord("<")
MAX_CONTROL_SHARE = 0.05  # of the first characters; random bytes have 0.1, text has none
CONTROL_SAMPLE = 4096  # bytes

_BINARY_MAGIC = re.compile(
    rb"\x89PNG|\xff\xd8\xff|GIF8[79]a|%PDF-|PK[\x03\x05\x07][\x04\x06\x08]|\x1f\x8b|BZh[1-9]|\xfd7zXZ\x00|7z\xbc\xaf|"
    rb"Rar!\x1a|\x28\xb5\x2f\xfd|RIFF....WEBP|OggS|wOF[F2]|\x7fELF|....ftyp",
    re.DOTALL,
)
# ISO-2022 text holds escape characters (\x1b); the others never stand in text.
_CONTROLS = bytes((*range(0x09), *range(0x0E, 0x1B), *range(0x1C, 0x20)))

# The parser's time grows with tags times depth, so the depth must be known before all of a large page is parsed.
TAGS_AT_ONCE = 10_000
MAX_PROBES = 16
MAX_TAGS = 250_000  # of a page, end tags too; the largest real ones have some 100,000
# A formatting element that is left open is opened again in every later block, unless three like it are open: 500 <b>
# with an attribute of their own and 2,000 <p> make a million elements. Above this many (formatting elements with
# attributes times tags) they are read as <span>, which is not opened again.
MAX_REOPENED = 1_000_000
# Attributes of a repeated <html> or <body> are added to the first, each compared with all before it.
MAX_ROOT_TAGS = 16
HARMLESS_TAGS = 2_000  # a page with fewer makes at most MAX_REOPENED elements, whatever they are
_FORMATTING = re.compile(rb"<(/?)(?:b|big|code|em|font|i|s|small|strike|strong|tt|u)(?=[\s/>])", re.IGNORECASE)
# Letter by letter, since to look away from case takes twice the time.
_WITH_ATTRIBUTES = re.compile(
    rb"<(?:[bB](?:[iI][gG])?|[cC][oO][dD][eE]|[eE][mM]|[fF][oO][nN][tT]|[iI]|[sS](?:[mM][aA][lL][lL]|"
    rb"[tT][rR][iI][kK][eE]|[tT][rR][oO][nN][gG])?|[tT][tT]|[uU])[\s/]"
)
_TEMPLATE_TAG = re.compile(rb"<(/?)template(?=[\s/>])", re.IGNORECASE)
# An element's attribute is compared with all before it. A <select> goes through all options before at each; what they
# say is not read.
MAX_ATTRIBUTES = 2_000
LONG_TAG = 40_000  # bytes without a "<", in which as many attributes may stand
LARGE_PAGE = 500_000  # bytes, in which too many attributes may stand that hide a "<" in their values
_ATTRIBUTE = rb"""[\s/]++[^\s>/=]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"']++))?+"""
_LADEN_TAG = re.compile(
    rb"""(<[a-zA-Z][^\s>/]*+(?:%b){%d})(?:[^"'>]++|"[^"]*+"|'[^']*+')*+""" % (_ATTRIBUTE, MAX_ATTRIBUTES)
)
_OPTION_TAG = re.compile(rb"</?opt(?:ion|group)(?=[\s/>])[^>]*+>?", re.IGNORECASE)
_ROOT_TAG = re.compile(rb"<(?:html|body)(?=[\s/>])", re.IGNORECASE)


class TooManyTagsError(Exception):
    """The page has more than MAX_TAGS tags."""


def page_bytes(html: bytes, url: str, content_type: str | None, max_bytes: int) -> bytes:
    """The page in UTF-8. Raises ExtractError: page_too_large, not_text, empty_body."""
    if len(html) > max_bytes:
        raise ExtractError("page_too_large", url, f"{len(html)} bytes, limit {max_bytes}")
    if _BINARY_MAGIC.match(html):
        raise ExtractError("not_text", url, f"begins with {html[:8]!r}")
    page = utf8_html(html, content_type)
    if not page or page.isspace():
        raise ExtractError("empty_body", url, f"{len(html)} bytes")
    sample = page[:CONTROL_SAMPLE]
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    if controls > MAX_CONTROL_SHARE * len(sample):
        raise ExtractError("not_text", url, f"{controls} control characters in the first {len(sample)}")
    return page


def parse_page(page: bytes, max_depth: int) -> LexborNode:
    """The root of the parsed page, which is in UTF-8. Raises TooManyTagsError, and TooDeepError early where parsing all
    of it would take too long."""
    tags = int(np.count_nonzero(np.frombuffer(page, np.uint8) == TAG))  # page.count takes four times as long
    if tags > MAX_TAGS:
        raise TooManyTagsError
    if tags > HARMLESS_TAGS:
        page = _disarm(page, tags)
    if tags > TAGS_AT_ONCE or len(page) > LARGE_PAGE or _has_laden_tag(page):
        page = _LADEN_TAG.sub(rb"\1", page)
    if tags > TAGS_AT_ONCE:
        page = _with_one_root(_OPTION_TAG.sub(b" ", page))
        # What is inside a <template> is not in the tree, where its depth could be seen.
        page = _TEMPLATE_TAG.sub(rb"<\1x-template", page)
        step = max(TAGS_AT_ONCE, tags // MAX_PROBES)
        for tag in islice(re.finditer(b"<", page), step, None, step):
            if _open_depth(_root(page[: tag.start()])) > max_depth:
                raise TooDeepError
    return _root(page)


def _has_laden_tag(page: bytes) -> bool:
    """Whether a tag that is longer than LONG_TAG has too many attributes."""
    step = LONG_TAG // 2
    gaps = (start for start in range(0, len(page) - step, step) if page.find(b"<", start, start + step) < 0)
    return any((tag := page.rfind(b"<", 0, gap)) >= 0 and _LADEN_TAG.match(page, tag) for gap in gaps)


def _disarm(page: bytes, tags: int) -> bytes:
    """The page less what makes its tree far larger than the page; no text is lost by it."""
    if len(_WITH_ATTRIBUTES.findall(page)) * tags > MAX_REOPENED:
        page = _FORMATTING.sub(rb"<\1span", page)
    return page


def _with_one_root(page: bytes) -> bytes:
    """The page with no more than MAX_ROOT_TAGS <html> and <body>; later ones become <span>."""
    roots = [root.end() for root in islice(_ROOT_TAG.finditer(page), MAX_ROOT_TAGS + 1)]
    if len(roots) > MAX_ROOT_TAGS:
        page = page[: roots[-1]] + _ROOT_TAG.sub(b"<span", page[roots[-1] :])
    return page


def _root(page: bytes) -> LexborNode:
    root = LexborHTMLParser(page).root
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
