"""Other extractors of a page's main content, each asked for texts and, where it gives them, images in reading order."""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from typing import Any, NamedTuple
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser

from benchmarks.extract_score import Part

Extractor = Callable[[bytes, str], list[Part]]
"""The bytes and the URL of a page to its parts. A peer that reads bytes finds the encoding in its own way."""


class Peer(NamedTuple):
    """images: whether it gives images in their places. failed: how often it raised, by the error's name."""

    name: str
    extract: Extractor
    images: bool
    failed: Counter[str]


def peers(names: Collection[str] | None = None) -> Iterator[Peer]:
    """Those that are installed, of these names or all. A page on which one fails gives no parts."""
    for name, package, make, images in _KNOWN:
        if importlib.util.find_spec(package) and (names is None or name in names):
            failed = Counter[str]()
            yield Peer(name, _forgiving(make(), failed), images, failed)


def _forgiving(extract: Extractor, failed: Counter[str]) -> Extractor:
    def attempt(html: bytes, url: str) -> list[Part]:
        try:
            return extract(html, url)
        except Exception as error:  # what others' code raises cannot be known
            failed[type(error).__name__] += 1
            return []

    return attempt


def parsing(html: bytes) -> None:
    """What any extractor over this parser pays."""
    _ = LexborHTMLParser(html).root


def parsing_and_walking(html: bytes) -> int:
    """What any extractor pays that looks at every node and its attributes from Python; returns how many it saw."""
    root = LexborHTMLParser(html).root
    seen = 0
    for node in root.traverse(include_text=True) if root is not None else ():
        seen += 1
        _ = (node.tag, node.attributes) if node.is_element_node else node.text_content
    return seen


def trafilatura(**options: bool) -> Extractor:
    from_xml = importlib.import_module("lxml.etree").fromstring
    library = importlib.import_module("trafilatura")

    def extract(html: bytes, url: str) -> list[Part]:
        xml = library.extract(
            html, url=url, output_format="xml", include_images=True, include_comments=False, **options
        )
        return parts_of_tree(from_xml(xml).find(".//main"), base_url(html, url)) if xml else []

    return extract


def readability() -> Extractor:
    document = importlib.import_module("readability").Document
    decoded = characters()
    return lambda html, url: parts_of_html(document(decoded(html)).summary(html_partial=True), base_url(html, url))


def resiliparse() -> Extractor:
    plain_text = importlib.import_module("resiliparse.extract.html2text").extract_plain_text
    decoded = characters()

    def extract(html: bytes, url: str) -> list[Part]:
        return [("text", plain_text(decoded(html), main_content=True, alt_texts=False, links=False, comments=False))]

    return extract


def characters() -> Callable[[bytes], str]:
    """How resiliparse reads bytes; for it, and for peers that take characters only."""
    library = importlib.import_module("resiliparse.parse.encoding")
    return lambda html: str(library.bytes_to_str(html, library.detect_encoding(html)))


def newspaper() -> Extractor:
    library = importlib.import_module("newspaper")

    def extract(html: bytes, url: str) -> list[Part]:
        article = library.Article(url, fetch_images=False)
        article.download(input_html=html)
        article.parse()
        return [("text", article.text)]

    return extract


def goose() -> Extractor:
    library = importlib.import_module("goose3").Goose({"enable_image_fetching": False})
    return lambda html, url: [("text", library.extract(raw_html=html).cleaned_text)]


def justext() -> Extractor:
    library = importlib.import_module("justext")

    def extract(html: bytes, url: str) -> list[Part]:
        # Without a list of stop words and without asking for any: the way it takes pages of any language.
        paragraphs = library.justext(html, frozenset(), stopwords_low=0.0, stopwords_high=0.0)
        return [("text", paragraph.text) for paragraph in paragraphs if not paragraph.is_boilerplate]

    return extract


def boilerpy() -> Extractor:
    extractor = importlib.import_module("boilerpy3.extractors").ArticleExtractor(raise_on_failure=False)
    decoded = characters()
    return lambda html, url: [("text", extractor.get_content(decoded(html)))]


_BASE = re.compile(rb"<base\s[^>]*?href\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)
_INLINE = frozenset(
    "a abbr b big cite code del em font hi i ins kbd mark q ref s small span strong sub sup tt u".split()  # noqa: SIM905
)
_LAZY = ("src", "data-src", "data-original", "data-lazy-src", "data-srcset", "srcset")


def base_url(html: bytes, url: str) -> str:
    found = _BASE.search(html)
    return joined(url, found[1].decode("utf-8", "replace")) if found else url


def joined(base: str, url: str) -> str:
    try:
        return urljoin(base, url.strip())
    except ValueError:
        return ""


def parts_of_html(html: str, base: str) -> list[Part]:
    """All that stands in the HTML that a peer gave back."""
    from_html = importlib.import_module("lxml.html").fragment_fromstring
    return parts_of_tree(from_html(html or "", create_parent=True), base)


def parts_of_tree(tree: Any, base: str) -> list[Part]:
    """Texts and images of an lxml tree in reading order; a text ends where a block or an image begins or ends."""
    parts: list[Part] = []
    characters: list[str] = []

    def flush() -> None:
        text = " ".join("".join(characters).split())
        characters.clear()
        if text:
            parts.append(("text", text))

    for event, element in importlib.import_module("lxml.etree").iterwalk(tree, ("start", "end", "comment", "pi")):
        if event == "start" and element.tag in ("img", "graphic"):
            flush()
            parts.append(("image", joined(base, _source(element))))
        elif event in ("start", "end") and element.tag not in _INLINE:
            characters.append(" ") if element.tag in ("br", "lb") else flush()
        text = element.text if event == "start" else element.tail
        characters.append(text or "")
    flush()
    return parts


def _source(image: Any) -> str:
    """The first attribute that names a picture which is not inline."""
    for name in _LAZY:
        value = (image.get(name) or "").strip()
        if value and not value.startswith("data:"):
            return str(value.split()[0]) if name.endswith("srcset") else value
    return ""


# Name, package, what makes it, whether it gives images.
_KNOWN: tuple[tuple[str, str, Callable[[], Extractor], bool], ...] = (
    ("trafilatura", "trafilatura", lambda: trafilatura(), True),
    ("trafilatura, favouring recall", "trafilatura", lambda: trafilatura(favor_recall=True), True),
    ("readability-lxml", "readability", readability, True),
    ("resiliparse", "resiliparse", resiliparse, False),
    ("newspaper4k", "newspaper", newspaper, False),
    ("goose3", "goose3", goose, False),
    ("jusText", "justext", justext, False),
    ("boilerpy3", "boilerpy3", boilerpy, False),
)
