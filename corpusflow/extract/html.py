"""An HTML page to a Document: what is read there, texts and images in reading order."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from corpusflow.document import Document, Provenance, document_id
from corpusflow.errors import ExtractError
from corpusflow.extract.left_out import LeftOut, elements_left_out, parts_outside
from corpusflow.extract.main_content import content_path, is_read_too_little, lead_blocks
from corpusflow.extract.metadata import page_metadata
from corpusflow.extract.page_tree import MAX_BLOCKS, Hidden, TooDeepError, TooManyBlocksError, page_tree
from corpusflow.extract.page_url import base_url
from corpusflow.extract.parsed_page import MAX_TAGS, TooManyTagsError, page_bytes, parse_page
from corpusflow.extract.segments import TooManyError, read_content


@dataclass(frozen=True, slots=True)
class PageReading:
    """A Document and what of its page is not in it.

    left_out: images that stand in the content and are none, in reading order; where it was asked for, the parts of
    the page too. vectors: pictures that the page draws itself and that are not taken: how many, by kind
    (`inline_svg`, `css_background`).
    """

    document: Document
    left_out: tuple[LeftOut, ...]
    vectors: dict[str, int]


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
    lead_pictures: bool = False,
    video_posters: bool = False,
) -> Document:
    """The main content of a page as ordered segments, indices 0, 1, 2, ... over texts and images together, with a gap
    where an image was left out.

    content_type: the HTTP header, None where there is none. provenance: None stands for Provenance(source=url).
    max_depth: nested elements, <html> being the first. max_texts, max_images: segments; what comes later compares
    every text with every image. lead_pictures: whether the picture that opens an article belongs to it.
    video_posters: whether the poster of a <video> is an image of the page.
    Raises ExtractError: page_too_large, not_text (binary data), empty_body (nothing or white space only),
    nested_too_deep, too_many_tags, too_many_blocks, too_many_texts, too_many_images. A page without content
    gives a Document without segments.
    """
    return read_page(
        html,
        url,
        content_type,
        provenance=provenance,
        max_bytes=max_bytes,
        max_depth=max_depth,
        max_texts=max_texts,
        max_images=max_images,
        lead_pictures=lead_pictures,
        video_posters=video_posters,
    ).document


def read_page(
    html: bytes,
    url: str,
    content_type: str | None = None,
    *,
    provenance: Provenance | None = None,
    max_bytes: int = 10_000_000,
    max_depth: int = 2_000,
    max_texts: int = 20_000,
    max_images: int = 500,
    lead_pictures: bool = False,
    video_posters: bool = False,
    explain: bool = False,
) -> PageReading:
    """`extract_document`, and what it left out.

    explain: whether every part of the page that is left out is told, which takes longer.
    """
    try:
        root = parse_page(page_bytes(html, url, content_type, max_bytes), max_depth)
        stated = root.css_first("base[href]")
        base = base_url(stated.attributes.get("href") if stated is not None else None, url)
        metadata = page_metadata(root, base)
        root.strip_tags(["script", "style"])
        page = page_tree(root, max_depth, posters=video_posters, whole=False)
        if is_read_too_little(page):
            page = page_tree(root, max_depth, posters=video_posters)
    except TooDeepError as error:
        raise ExtractError("nested_too_deep", url, f"more than {max_depth} nested elements") from error
    except TooManyTagsError as error:
        raise ExtractError("too_many_tags", url, f"more than {MAX_TAGS}") from error
    except TooManyBlocksError as error:
        raise ExtractError("too_many_blocks", url, f"more than {MAX_BLOCKS} block elements") from error
    provenance = provenance or Provenance(source=url)
    title = metadata.title.casefold()
    path = content_path(page)
    leads = lead_blocks(path, title, lead_pictures)
    try:
        content = read_content(
            path[-1], leads, base, max_texts=max_texts, max_images=max_images, lead_pictures=lead_pictures
        )
    except TooManyError as error:
        limit = max_texts if str(error) == "too_many_texts" else max_images
        raise ExtractError(str(error), url, f"more than {limit}") from error
    document = Document(
        id=document_id(provenance.source, provenance.position, url),
        url=url,
        provenance=provenance,
        segments=content.segments,
        metadata=metadata,
    )
    parts = _parts_left_out(root, base, title, lead_pictures) if explain else ()
    return PageReading(document, (*parts, *content.left_out), content.vectors)


def _parts_left_out(root: LexborNode, base: str, title: str, lead_pictures: bool) -> Iterator[LeftOut]:
    """The parts of a page, which was read, that are not in its Document. What was not looked into before, is here."""
    hidden: list[Hidden] = []
    path = content_path(page_tree(root, sys.maxsize, hidden=hidden))
    leads = lead_blocks(path, title, lead_pictures)
    content = read_content(
        path[-1],
        leads,
        base,
        max_texts=sys.maxsize,
        max_images=sys.maxsize,
        lead_pictures=lead_pictures,
        explain=True,
    )
    yield from elements_left_out(hidden)
    yield from parts_outside(path, leads)
    yield from (part for part in content.left_out if part.segment is None)
