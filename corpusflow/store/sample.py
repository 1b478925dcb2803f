"""A kept document in its final form: `KEY.json` and its pictures `KEY.0.jpg`, `KEY.1.webp`, ... as tar members."""

from __future__ import annotations

import dataclasses
import json
import tarfile
from collections.abc import Sequence
from typing import Any

import numpy as np

from corpusflow.align.assignment import assign
from corpusflow.document import Document, ImageSegment, Score, TextSegment
from corpusflow.images.content_keys import USES
from corpusflow.store.unit_matrix import UnitMatrix

BLOCK = tarfile.BLOCKSIZE
END = bytes(tarfile.RECORDSIZE)  # closes a tar; every tar of ours is ranges of members and this


def member(name: str, data: bytes) -> bytes:
    """One file of a tar: header, data and padding, the same bytes on every machine and day. name: ASCII, under 100."""
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime, info.uname, info.gname = len(data), 0o444, 0, "corpusflow", "corpusflow"
    return info.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict") + data + bytes(-len(data) % BLOCK)


def sample_members(document: Document, pictures: Sequence[bytes], compared: UnitMatrix) -> bytes:
    """The tar members of a sample, json first.

    pictures: the bytes of each of the document's images, in order. compared: its text units with its images.
    """
    names = [image_member(document, number) for number in range(len(pictures))]
    text = json.dumps(sample_json(document, names, compared), ensure_ascii=False, separators=(",", ":"))
    members = [member(f"{document.id}.json", text.encode())]
    members += [member(name, data) for name, data in zip(names, pictures, strict=True)]
    return b"".join(members)


def image_member(document: Document, number: int) -> str:
    """The member's name of the number-th image of a document. Extensions are lower case: readers group by them."""
    picture = document.images[number].picture
    if picture is None:
        raise ValueError(f"document {document.id}: image {number} has no picture")
    return f"{document.id}.{number}.{picture.format}"


def sample_json(document: Document, names: Sequence[str], compared: UnitMatrix) -> dict[str, Any]:
    """The sample's json. Every key is always there with the same type, since loaders infer a schema from a few."""
    members = dict(zip((image.index for image in document.images), names, strict=True))
    places = {segment.index: place for place, segment in enumerate(document.texts)}
    languages = {score.segment: score for score in document.scores if score.measure == "language"}
    image_ranks = {score.segment: round(score.value, 4) for score in document.scores if score.measure == "image_rank"}
    positions = list(enumerate(document.segments))
    units = [[places[first], places[last], start, end] for first, last, start, end in compared.units]
    placed = _placed(document, compared, units)
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
                "image_rank": image_ranks.get(segment.index),
            }
            for position, segment in positions
            if isinstance(segment, TextSegment)
        ],
        "image_info": [
            _image_info(document, position, segment, members[segment.index]) | placed[segment.index]
            for position, segment in positions
            if isinstance(segment, ImageSegment)
        ],
        "similarity": [[round(value, 4) for value in row] for row in compared.values],
        "units": units,
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


def _placed(
    document: Document, compared: UnitMatrix, units: Sequence[Sequence[int]]
) -> dict[int, dict[str, int | float | None]]:
    """By an image's index the unit most like it and the one that it is assigned to. Assigned anew among what is left,
    and not as the score that filters read: a unit that was dropped takes no image."""
    count = len(document.images)
    rows = assign(np.array(compared.values)) if compared.values else [None] * count
    found = {}
    for column, (image, matched, row) in enumerate(
        zip(document.images, compared.best or [None] * count, rows, strict=True)
    ):
        best = document.score("best_similarity", image.index)
        found[image.index] = {
            # Null when the best one was dropped after it was measured.
            "matched_text_index": None if matched is None else units[matched][0],
            "matched_unit": matched,
            "matched_sim": round(best.value, 4) if best else None,
            "assigned_text_index": None if row is None else units[row][0],
            "assigned_unit": row,
            "assigned_sim": None if row is None else round(compared.values[row][column], 4),
        }
    return found


def _language(score: Score | None) -> dict[str, str | float | None]:
    return {"lang": score.label if score else "", "lang_score": round(score.value, 4) if score else None}


def _image_info(document: Document, position: int, image: ImageSegment, name: str) -> dict[str, Any]:
    picture = image.picture
    if picture is None:
        raise ValueError(f"document {document.id}: image {image.index} has no picture")
    safety, pdq = document.score("nsfw", image.index), document.score("pdq", image.index)
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
        "nsfw": _rounded(safety),
        "faces": None if image.faces is None else [list(dataclasses.astuple(face)) for face in image.faces],
        "text_rank": _rounded(document.score("text_rank", image.index)),
        "copy_similarity": _rounded(document.score("copy_similarity", image.index)),
    }


def _rounded(score: Score | None) -> float | None:
    return round(score.value, 4) if score else None


def _whole(score: Score | None) -> int | None:
    return int(score.value) if score else None
