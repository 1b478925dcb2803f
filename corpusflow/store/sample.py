"""A kept document in its final form: `KEY.json` and its pictures `KEY.0.jpg`, `KEY.1.webp`, ... as tar members."""

from __future__ import annotations

import dataclasses
import json
import tarfile
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from corpusflow.align.assignment import assign
from corpusflow.document import Document, ImageSegment, Score, TextSegment
from corpusflow.images.content_keys import USES

BLOCK = tarfile.BLOCKSIZE
END = bytes(tarfile.RECORDSIZE)  # closes a tar; every tar of ours is ranges of members and this


def member(name: str, data: bytes) -> bytes:
    """One file of a tar: header, data and padding, the same bytes on every machine and day. name: ASCII, under 100."""
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime, info.uname, info.gname = len(data), 0o444, 0, "corpusflow", "corpusflow"
    return info.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict") + data + bytes(-len(data) % BLOCK)


def sample_members(document: Document, pictures: Sequence[bytes], matrix: Sequence[Sequence[float]]) -> bytes:
    """The tar members of a sample, json first.

    pictures: the bytes of each of the document's images, in order. matrix: similarity of each text with each image,
    empty where nobody measured.
    """
    names = [image_member(document, number) for number in range(len(pictures))]
    text = json.dumps(sample_json(document, names, matrix), ensure_ascii=False, separators=(",", ":"))
    members = [member(f"{document.id}.json", text.encode())]
    members += [member(name, data) for name, data in zip(names, pictures, strict=True)]
    return b"".join(members)


def image_member(document: Document, number: int) -> str:
    """The member's name of the number-th image of a document. Extensions are lower case: readers group by them."""
    picture = document.images[number].picture
    if picture is None:
        raise ValueError(f"document {document.id}: image {number} has no picture")
    return f"{document.id}.{number}.{picture.format}"


def sample_json(document: Document, names: Sequence[str], matrix: Sequence[Sequence[float]]) -> dict[str, Any]:
    """The sample's json. Every key is always there with the same type, since loaders infer a schema from a few."""
    members = dict(zip((image.index for image in document.images), names, strict=True))
    places = {segment.index: place for place, segment in enumerate(document.texts)}
    languages = {score.segment: score for score in document.scores if score.measure == "language"}
    positions = list(enumerate(document.segments))
    assigned = _assigned(document, matrix)
    return {
        "sample_id": document.id,
        "url": document.url,
        "texts": [segment.text if isinstance(segment, TextSegment) else None for segment in document.segments],
        "images": [members.get(segment.index) for segment in document.segments],
        "text_info": [
            {
                "pos": position,
                "index": segment.index,
                "role": segment.role,
                "level": segment.level,
                "number": segment.number,
                **_language(languages.get(segment.index)),
            }
            for position, segment in positions
            if isinstance(segment, TextSegment)
        ],
        "image_info": [
            _image_info(document, position, segment, members[segment.index], places) | assigned[segment.index]
            for position, segment in positions
            if isinstance(segment, ImageSegment)
        ],
        "similarity": [[round(value, 4) for value in row] for row in matrix],
        "metadata": {
            "title": document.metadata.title,
            **_language(languages.get(None)),
            "declared_lang": document.metadata.language,
            "canonical_url": document.metadata.canonical_url,
            "published": document.metadata.published,
            "licenses": list(document.metadata.licenses),
            "robots": list(document.metadata.robots),
            "tdm_reservation": document.metadata.tdm_reservation,
            "tdm_policy": document.metadata.tdm_policy,
            "source": document.provenance.source,
            "position": document.provenance.position,
            "fetched_at": document.provenance.fetched_at,
            "scores": [
                {"name": score.name, "value": score.value, "label": score.label}
                for score in document.scores
                if score.segment is None
            ],
            "scorers": sorted({score.name for score in document.scores}),
        },
    }


def _assigned(document: Document, matrix: Sequence[Sequence[float]]) -> dict[int, dict[str, int | float | None]]:
    """By an image's index the text that it is assigned to. Made of what is left, and not from the score that filters
    read: a text that was dropped takes no image."""
    rows = assign(np.array(matrix)) if matrix else [None] * len(document.images)
    found = {}
    for column, (image, row) in enumerate(zip(document.images, rows, strict=True)):
        value = None if row is None else round(matrix[row][column], 4)
        found[image.index] = {"assigned_text_index": row, "assigned_sim": value}
    return found


def _language(score: Score | None) -> dict[str, str | float | None]:
    return {"lang": score.label if score else "", "lang_score": round(score.value, 4) if score else None}


def _image_info(
    document: Document, position: int, image: ImageSegment, name: str, places: Mapping[int, int]
) -> dict[str, Any]:
    """places: of the texts that are left, by their index."""
    picture = image.picture
    if picture is None:
        raise ValueError(f"document {document.id}: image {image.index} has no picture")
    safety, pdq = document.score("nsfw", image.index), document.score("pdq", image.index)
    best = document.score("best_similarity", image.index)
    return {
        "pos": position,
        "index": image.index,
        "member": name,
        "url": image.url,
        "width": picture.width,
        "height": picture.height,
        "alt": image.alt,
        "caption": image.caption,
        "sha256": picture.sha256,
        "source_sha256": picture.source_sha256,
        "source_width": picture.source_width,
        "source_height": picture.source_height,
        "phash": picture.phash,
        "dhash": picture.dhash,
        "single_colour": picture.single_colour,
        "source_md5": picture.source_md5,
        "source_sha1": picture.source_sha1,
        **{measure: _whole(document.score(measure, image.index)) for measure in USES.values()},
        "pdq": pdq.label if pdq else None,
        "pdq_quality": _whole(pdq),
        "nsfw": round(safety.value, 4) if safety else None,
        "faces": None if image.faces is None else [list(dataclasses.astuple(face)) for face in image.faces],
        # Among the texts that are left; null when the best one was dropped after it was measured.
        "matched_text_index": places.get(int(best.label)) if best else None,
        "matched_sim": round(best.value, 4) if best else None,
    }


def _whole(score: Score | None) -> int | None:
    return int(score.value) if score else None
