"""A document made small enough to stand among others in a report."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Mapping

from corpusflow.decision import LedgerRow
from corpusflow.document import Segment, TextSegment
from corpusflow.errors import ImageError
from corpusflow.images.decode import Limits, decode
from corpusflow.inspect.printable import cut
from corpusflow.inspect.view import Part, SampleView

MAX_PARTS = 40
MAX_PICTURES = 6
MAX_SIDE = 480  # pixels
MAX_TEXT = 1500  # characters of one segment
MAX_FACT = 1000  # characters of a URL, a title, an alt text
QUALITY = 80


def reduced(view: SampleView) -> SampleView:
    """The first parts and pictures, pictures as small JPEGs, texts cut: some 100 kB as HTML."""
    parts = tuple(_short(part) for part in view.parts[:MAX_PARTS])
    members = [part.member for part in parts if part.member][:MAX_PICTURES]
    return dataclasses.replace(
        view,
        title=cut(view.title, MAX_FACT),
        facts={name: cut(value, MAX_FACT) for name, value in view.facts.items()},
        parts=parts,
        pictures=_small_pictures(view.pictures, members),
        hidden=view.hidden + len(view.parts) - len(parts),
    )


def _small_pictures(pictures: Mapping[str, bytes], members: list[str]) -> dict[str, bytes]:
    small = {}
    for member in members:
        try:
            image = decode(pictures[member], member, Limits(max_side=MAX_SIDE))
        except (ImageError, KeyError):
            # A damaged shard: `verify` tells of it, the report shows the place without a picture.
            continue
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=QUALITY)
        small[member] = buffer.getvalue()
    return small


def _short(part: Part) -> Part:
    segment: Segment = part.segment
    if isinstance(segment, TextSegment):
        segment = dataclasses.replace(segment, text=cut(segment.text, MAX_TEXT))
    else:
        alt, caption, url = (cut(text, MAX_FACT) for text in (segment.alt, segment.caption, segment.url))
        segment = dataclasses.replace(segment, alt=alt, caption=caption, url=url, candidates=())
    return dataclasses.replace(part, segment=segment, row=part.row and reduced_row(part.row))


def reduced_row(row: LedgerRow) -> LedgerRow:
    """The row with what pages and servers wrote cut short."""
    return dataclasses.replace(row, message=cut(row.message, MAX_FACT), what=cut(row.what, MAX_FACT))
