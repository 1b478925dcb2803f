from __future__ import annotations

import dataclasses
import hashlib
import io

import numpy as np
import pytest
from PIL import Image

from corpusflow.document import Face, Picture
from corpusflow.images.decode import Limits, store_form
from corpusflow.images.face_blur import blur_faces, blurred, stored_limits
from corpusflow.images.stored_format import StoredFormat
from tests.documents import document, image

FACE = Face(0.25, 0.25, 0.5, 0.5, 0.9)


def stored(form: StoredFormat = "png", seed: int = 0, width: int = 160, height: int = 80) -> tuple[bytes, Picture]:
    """Noise, as it is stored."""
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).save(out, "PNG")
    return store_form(out.getvalue(), "noise", Limits(format=form))


def pixels(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as opened:
        return np.asarray(opened.convert("RGB")).astype(int)


def test_a_face_and_its_margin_are_smooth_and_the_rest_stays_as_it_was() -> None:
    data, picture = stored()
    after, before = pixels(blur_faces(data, picture, [FACE], stored_limits("png", 90))[0]), pixels(data)
    changed = (after != before).any(axis=2)
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    assert (rows[0], rows[-1], columns[0], columns[-1]) == (10, 70, 20, 140)
    inside = after[10:71, 20:141]
    assert np.abs(np.diff(inside, axis=1)).max() < 10 < np.abs(np.diff(before, axis=1)).mean()


def test_what_stood_in_the_box_cannot_be_had_back() -> None:
    """Pictures that differ within the cells but have the same mean colours become the same."""
    fine, coarse = Image.new("RGB", (64, 64), "white"), Image.new("RGB", (64, 64), "white")
    board = np.indices((64, 64)).sum(axis=0) % 2 * 254
    fine.paste(Image.fromarray(np.stack([board] * 3, axis=2).astype(np.uint8)))
    coarse.paste((127, 127, 127), (0, 0, 64, 64))
    made = []
    for picture in (fine, coarse):
        out = io.BytesIO()
        picture.save(out, "PNG")
        data, known = store_form(out.getvalue(), "x", Limits(format="png"))
        made.append(pixels(blur_faces(data, known, [Face(0, 0, 1, 1, 0.9)], stored_limits("png", 90))[0]))
    assert (made[0] == made[1]).all()


@pytest.mark.parametrize("form", ["jpeg", "webp", "png"])
def test_the_picture_keeps_its_format_and_size_and_is_told_by_its_new_digest(form: StoredFormat) -> None:
    data, picture = stored(form)
    after, known = blur_faces(data, picture, [FACE], stored_limits(form, 90))
    assert after != data
    assert (known.sha256, known.bytes) == (hashlib.sha256(after).hexdigest(), len(after))
    assert known == dataclasses.replace(picture, sha256=known.sha256, bytes=known.bytes)
    with Image.open(io.BytesIO(after)) as opened:
        assert (opened.format, opened.size) == (form.upper(), (160, 80))
    assert blur_faces(data, picture, [FACE], stored_limits(form, 90)) == (after, known)


@pytest.mark.parametrize("face", [Face(0.9, 0.9, 0.1, 0.1, 1), Face(0, 0, 0.01, 0.01, 1), Face(1, 1, 0, 0, 1)])
def test_a_face_at_the_edge_is_blurred_within_the_picture(face: Face) -> None:
    data, picture = stored()
    assert pixels(blur_faces(data, picture, [face], stored_limits("png", 90))[0]).shape == (80, 160, 3)


def test_only_pictures_with_faces_are_encoded_anew() -> None:
    (one, first), (two, second) = stored("jpeg"), stored("jpeg", seed=1)
    shown = [
        dataclasses.replace(image(160, 80), picture=first, faces=()),
        dataclasses.replace(image(160, 80), picture=second, faces=(FACE,)),
    ]
    doc = document("text", *shown)
    after, data = blurred(doc, [one, two], stored_limits("jpeg", 90))
    assert data[0] == one
    assert data[1] != two
    assert [known.picture for known in after.images] == [first, blur_faces(two, second, [FACE], Limits())[1]]
    assert after.images[1].faces == (FACE,)
    assert after.texts == doc.texts
