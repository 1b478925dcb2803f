"""The words of a source: the parts it is cut into, the records in them, and the bytes of a record."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal, NamedTuple

PartKind = Literal["warc", "html", "urls", "captures", "archive"]
RecordKind = Literal["page", "resource"]


class Capture(NamedTuple):
    """Where an index says that a page stands: the archive's path below the base, offset and length of its member."""

    url: str
    archive: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Part:
    """The unit of load: an archive file, a slice of a folder's files, of a list of URLs or of an index of captures, or
    an archive on the web.

    source: unique in a corpus; the file's path relative to the source's root, with a colon and a key of its
    URLs for a part of a list; for a slice of a folder its first file. paths: where the bytes are, in order; of an
    archive on the web its URL. base_url, root: html only; the URL that stands for the folder `root`; for captures the
    one of the two below which the archives are. urls: urls only; (line, text) of every line that is not empty and not
    a comment. captures, name: captures only; by archive and offset, and what goes before the archives' names.
    lane: urls only; parts that share hosts are in one lane, and one worker takes it. version: changes when the input
    does.
    """

    kind: PartKind
    source: str
    paths: tuple[str, ...]
    version: str
    base_url: str = ""
    root: str = ""
    urls: tuple[tuple[int, str], ...] = ()
    captures: tuple[Capture, ...] = ()
    name: str = ""
    lane: str = ""

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Part:
        """The inverse of `to_json`, also after the tuples have become lists."""
        urls = tuple((line, url) for line, url in data["urls"])
        captures = tuple(Capture(*capture) for capture in data["captures"])
        return cls(**{**data, "paths": tuple(data["paths"]), "urls": urls, "captures": captures})


@dataclass(frozen=True, slots=True)
class Record:
    """One thing inside a part that the pipeline may read: a page, or a resource (an image) that pages show.

    source, position: identity. position is the byte offset in the archive (plus the ordinal of the record where
    several share one compressed member), 0 for a plain file, for a list of URLs made of what the line says.
    path, offset, length: where the bytes are; offset is -1 for a plain file, length (stored bytes) -1 if unknown.
    mime: type without parameters, lower case. fetched_at: ISO 8601, empty if unknown.
    """

    kind: RecordKind
    url: str
    source: str
    position: int
    path: str
    offset: int
    length: int
    mime: str
    fetched_at: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something in a part that is neither page nor image, for the counts. reason: `not_html`, `record_request`, ..."""

    reason: str


# Response headers that say who may use the body.
CONSENT_HEADERS = ("x-robots-tag", "tdm-reservation", "tdm-policy")


@dataclass(frozen=True, slots=True)
class Payload:
    """The bytes of a record, decoded.

    notes: codes of the lies of its headers that were survived. consent_headers: (name in lower case, value) of the
    CONSENT_HEADERS that came with it; none where a source keeps no headers.
    """

    url: str
    body: bytes
    content_type: str | None
    notes: tuple[str, ...] = ()
    consent_headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class OutputFile:
    """A file that is made only if it is needed.

    create: called at most once, gives the file to write to; whoever calls it closes the file, publishing is up to
    the giver. path: where the file will be found afterwards.
    """

    create: Callable[[], BinaryIO]
    path: str
