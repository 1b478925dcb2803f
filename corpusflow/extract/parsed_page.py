"""The characters of a page and its parsed tree, with bounds on what hostile pages can cost."""

from __future__ import annotations

import re
from itertools import islice

from selectolax.lexbor import LexborHTMLParser, LexborNode

from corpusflow.errors import ExtractError
from corpusflow.extract.encoding import decode_html
from corpusflow.extract.page_tree import TooDeepError

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
HARMLESS_TAGS = 2_000  # a page with fewer makes at most MAX_REOPENED elements, whatever they are
_FORMATTING = re.compile(r"<(/?)(?:b|big|code|em|font|i|s|small|strike|strong|tt|u)(?=[\s/>])", re.IGNORECASE)
_TEMPLATE_TAG = re.compile(r"<(/?)template(?=[\s/>])", re.IGNORECASE)
# An element's attribute is compared with all before it; a <select> goes through all
# options before at each; what they say is not read.
MAX_ATTRIBUTES = 2_000
LONG_TAG = 40_000  # characters without a "<": only there, or in a very large page, can be as many attributes
LARGE_PAGE = 300_000  # characters
_ATTRIBUTE = r"""[\s/]++[^\s>/=]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"']++))?+"""
_LADEN_TAG = re.compile(
    rf"""(<[a-zA-Z][^\s>/]*+(?:{_ATTRIBUTE}){{{MAX_ATTRIBUTES}}})(?:[^"'>]++|"[^"]*+"|'[^']*+')*+"""
)
_OPTION_TAG = re.compile(r"</?opt(?:ion|group)(?=[\s/>])[^>]*+>?", re.IGNORECASE)
_ROOT_TAG = re.compile(r"<(?:html|body)(?=[\s/>])", re.IGNORECASE)


def page_text(html: bytes, url: str, content_type: str | None, max_bytes: int) -> str:
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
    if len(text) > LARGE_PAGE or _has_long_tag(text):
        text = _LADEN_TAG.sub(r"\1", text)
    if tags > TAGS_AT_ONCE:
        text = _OPTION_TAG.sub(" ", text)
        # What is inside a <template> is not in the tree, where its depth could be seen.
        text = _TEMPLATE_TAG.sub(r"<\1x-template", text)
    step = max(TAGS_AT_ONCE, tags // MAX_PROBES)
    for tag in islice(re.finditer("<", text), step, None, step):
        if _open_depth(_root(text[: tag.start()])) > max_depth:
            raise TooDeepError
    return _root(text)


def _has_long_tag(text: str) -> bool:
    step = LONG_TAG // 2
    return any(text.find("<", start, start + step) < 0 for start in range(0, len(text) - step, step))


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
