from __future__ import annotations

import hashlib
import io

import pytest
from PIL import Image

from corpusflow.errors import ImageError
from corpusflow.images.decode import Limits, decode, store_form, stored_size
from corpusflow.images.perceptual_hash import hamming
from corpusflow.images.stored_format import LONGEST_SIDE, StoredFormat
from tests.corpusflow.images.pictures import BLUE, encoded, opened, scene, turned, two_colours

URL = "https://site.example/picture"


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_plain_jpeg_keeps_its_pixels_and_loses_its_metadata(mode: str) -> None:
    data = encoded(two_colours(mode), "JPEG", quality=40, comment=b"north of here", exif=turned(1))
    stored, picture = store_form(data + b"a film", URL, Limits(format="jpeg", quality=1))
    assert stored == encoded(two_colours(mode), "JPEG", quality=40)
    assert (picture.width, picture.height, picture.format, picture.bytes) == (64, 32, "jpg", len(stored))


def test_the_first_of_two_pictures_in_a_jpeg_keeps_its_pixels() -> None:
    data = encoded(two_colours(), "MPO", save_all=True, append_images=[scene(1)], quality=70)
    assert store_form(data, URL, Limits())[0] == encoded(two_colours(), "JPEG", quality=70)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(encoded(two_colours(), "PNG"), id="another format"),
        pytest.param(encoded(two_colours(), "GIF", comment=b"north of here"), id="a comment"),
        pytest.param(encoded(two_colours("CMYK"), "JPEG"), id="cmyk"),
        pytest.param(encoded(two_colours(), "JPEG", exif=turned(3), comment=b"north of here"), id="turned"),
        pytest.param(encoded(two_colours(size=(4000, 20)), "JPEG"), id="large"),
        pytest.param(encoded(two_colours(), "JPEG", comment=b"north of here")[:-2], id="without an end"),
    ],
)
@pytest.mark.parametrize("form", ["jpeg", "webp", "png"])
def test_any_other_image_is_encoded_anew_without_metadata_the_same_every_time(data: bytes, form: StoredFormat) -> None:
    limits = Limits(format=form)
    stored, picture = store_form(data, URL, limits)
    assert stored == store_form(data, URL, limits)[0] != data
    assert b"north" not in stored
    with Image.open(io.BytesIO(stored)) as image:
        assert (image.format, image.mode, image.size) == (form.upper(), "RGB", (picture.width, picture.height))
        assert not image.getexif()
        assert "icc_profile" not in image.info
    assert picture.bytes == len(stored)
    assert picture.format == {"jpeg": "jpg"}.get(form, form)
    assert stored_size(stored, URL, limits) == (picture.width, picture.height)


def test_what_is_stored_as_jpeg_is_stored_the_same_again() -> None:
    stored, picture = store_form(encoded(two_colours(), "PNG"), URL, Limits())
    again, known = store_form(stored, URL, Limits())
    assert again == stored
    assert known.sha256 == known.source_sha256 == picture.sha256 != picture.source_sha256


def test_a_plain_jpeg_is_encoded_anew_in_another_format() -> None:
    data = encoded(two_colours(), "JPEG")
    stored, picture = store_form(data, URL, Limits(format="png"))
    assert opened(stored).tobytes() == decode(data, URL, Limits()).tobytes()
    assert (picture.format, picture.sha256) == ("png", hashlib.sha256(stored).hexdigest())


@pytest.mark.parametrize("form", ["jpeg", "webp"])
def test_a_lower_quality_takes_fewer_bytes(form: StoredFormat) -> None:
    data = encoded(scene(1), "PNG")
    low, high = (store_form(data, URL, Limits(format=form, quality=quality))[1].bytes for quality in (30, 95))
    assert low < high / 2


def test_the_longest_sides_that_encoders_take_are_known() -> None:
    line = encoded(Image.new("RGB", (LONGEST_SIDE["webp"], 1)), "PNG")
    for form, longest in LONGEST_SIDE.items():
        assert store_form(line, URL, Limits(max_side=longest, format=form))[1].width == LONGEST_SIDE["webp"]
    assert fault_of_store(Image.new("RGB", (LONGEST_SIDE["webp"] + 1, 1)), "webp") == "image_broken"
    assert fault_of_store(Image.new("RGB", (65_501, 1)), "jpeg") == "image_broken"


def fault_of_store(image: Image.Image, form: StoredFormat) -> str:
    with pytest.raises(ImageError) as caught:
        store_form(encoded(image, "PNG"), URL, Limits(max_side=max(image.size), format=form))
    return caught.value.code


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_the_size_before_scaling_is_that_of_the_picture_upright(form: str, orientation: int) -> None:
    data = encoded(scene(1, (300, 200)), form, exif=turned(orientation))
    _, picture = store_form(data, URL, Limits(max_side=150))
    upright = (300, 200) if orientation == 1 else (200, 300)
    assert (picture.source_width, picture.source_height) == upright
    assert (picture.width, picture.height) == (upright[0] // 2, upright[1] // 2)


def test_the_exact_hash_of_the_original_is_that_of_the_bytes_as_received() -> None:
    data = encoded(two_colours(), "JPEG", comment=b"here")
    assert store_form(data, URL, Limits())[1].source_sha256 == hashlib.sha256(data).hexdigest()


def test_perceptual_hashes_are_those_of_the_picture_upright_whatever_becomes_of_it() -> None:
    kept = store_form(encoded(scene(3, (900, 700)), "JPEG"), URL, Limits())[1]
    lying = scene(3, (900, 700)).transpose(Image.Transpose.ROTATE_90)
    for data, limits in (
        (encoded(scene(3, (900, 700)), "PNG"), Limits()),
        (encoded(scene(3, (900, 700)), "JPEG"), Limits(max_side=100)),
        (encoded(scene(3, (900, 700)), "JPEG"), Limits(format="webp", quality=50)),
        (encoded(lying, "JPEG", exif=turned(6)), Limits()),
    ):
        picture = store_form(data, URL, limits)[1]
        assert hamming(picture.phash, kept.phash) <= 6
        assert hamming(picture.dhash, kept.dhash) <= 6
    other = store_form(encoded(lying, "JPEG"), URL, Limits())[1]
    assert hamming(other.phash, kept.phash) > 10


def test_a_picture_of_one_colour_is_known() -> None:
    for form in ("JPEG", "PNG"):
        for image, single in ((Image.new("RGB", (300, 200), BLUE), True), (two_colours(size=(300, 200)), False)):
            assert store_form(encoded(image, form), URL, Limits())[1].single_colour == single


def test_the_name_of_a_picture_is_the_hash_of_what_is_stored() -> None:
    stored, picture = store_form(encoded(two_colours(), "PNG"), URL, Limits())
    assert picture.sha256 == hashlib.sha256(stored).hexdigest()
