"""Faces in stored pictures made unrecognisable."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence

from PIL import Image

from corpusflow.document import Document, Face, Picture
from corpusflow.images.decode import Limits, decode, encoded
from corpusflow.images.stored_format import LONGEST_SIDE, StoredFormat

BLUR_VERSION = 1  # raised when the same picture is blurred otherwise
MARGIN = 0.25  # of a box's sides, added on each: detectors leave out hair, ears and chin
CELLS = 4  # colours that are left of a box, along each side


def stored_limits(form: StoredFormat, quality: int) -> Limits:
    """For pictures that were stored: nothing is scaled down. Three times the default of pixels, since a third of what
    is allowed is allowed of a WebP."""
    return Limits(max_pixels=3 * Limits().max_pixels, max_side=LONGEST_SIDE[form], format=form, quality=quality)


def blurred(document: Document, pictures: Sequence[bytes], form: Limits) -> tuple[Document, list[bytes]]:
    """The document and the bytes of its pictures, in order, with all faces that were found blurred."""
    segments, stored = {segment.index: segment for segment in document.segments}, []
    for image, data in zip(document.images, pictures, strict=True):
        if image.faces and image.picture is not None:
            data, picture = blur_faces(data, image.picture, image.faces, form)
            segments[image.index] = dataclasses.replace(image, picture=picture)
        stored.append(data)
    return dataclasses.replace(document, segments=tuple(segments.values())), stored


def blur_faces(data: bytes, picture: Picture, faces: Sequence[Face], form: Limits) -> tuple[bytes, Picture]:
    """The bytes of a stored picture with its faces blurred, and what is known of it then.

    Of each box 4 x 4 mean colours are left, drawn as a smooth patch: what stood there is in the file no more. The
    perceptual hashes stay those of the picture before, so that it is still found among its copies.
    Raises ImageError where the picture cannot be decoded.
    """
    image = decode(data, picture.sha256, form)
    for face in faces:
        box = _pixels(face, image.size)
        patch = image.crop(box)
        colours = patch.resize((CELLS, CELLS), Image.Resampling.BOX)
        image.paste(colours.resize(patch.size, Image.Resampling.BICUBIC), box)
    stored = encoded(image, form)
    return stored, dataclasses.replace(picture, sha256=hashlib.sha256(stored).hexdigest(), bytes=len(stored))


def _pixels(face: Face, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of a face with its margin, at least one pixel of the picture."""
    left, right = _span(face.x, face.width, size[0])
    top, bottom = _span(face.y, face.height, size[1])
    return left, top, right, bottom


def _span(start: float, length: float, side: int) -> tuple[int, int]:
    first = min(max(0, int((start - MARGIN * length) * side)), side - 1)
    last = min(max(first + 1, int((start + (1 + MARGIN) * length) * side) + 1), side)
    return first, last
