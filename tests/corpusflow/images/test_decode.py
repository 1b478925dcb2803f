from __future__ import annotations

import json
import resource
import struct
import threading
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from corpusflow.errors import ImageError
from corpusflow.images import upright as upright_module
from corpusflow.images.decode import Limits, decode, store_form, stored_size
from corpusflow.images.format import ALLOWED_FORMATS
from tests.corpusflow.images.pictures import BLUE, RED, WHITE, encoded, turned, two_colours
from tests.corpusflow.images.test_colour_profile import SWAPPED

ODD_IMAGES = Path(__file__).parents[3] / ".." / "shared" / "data" / "images"
URL = "https://site.example/picture"


def fault(data: bytes, limits: Limits | None = None) -> str:
    """The code under which all functions refuse these bytes."""
    codes = set()
    functions: list[Callable[..., object]] = [decode, store_form, stored_size]
    for function in functions:
        with pytest.raises(ImageError) as caught:
            function(data, URL, limits or Limits())
        assert caught.value.what == URL
        codes.add(caught.value.code)
    assert len(codes) == 1
    return codes.pop()


def is_like(pixel: object, colour: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(is_ - should) <= 12 for is_, should in zip(pixel, colour, strict=True))


# --- what comes out


@pytest.mark.parametrize("form", ALLOWED_FORMATS)
def test_every_allowed_format_is_read(form: str) -> None:
    image = decode(encoded(two_colours(), form), URL, Limits())
    assert (image.mode, image.size) == ("RGB", (64, 32))
    assert is_like(image.getpixel((10, 10)), RED)
    assert is_like(image.getpixel((50, 10)), BLUE)


def test_an_image_is_scaled_down_to_the_longest_side_and_never_up() -> None:
    sizes = [
        decode(encoded(two_colours(size=size), "PNG"), URL, Limits(max_side=100)).size
        for size in [(100, 50), (101, 50), (400, 200), (30, 900), (1000, 1)]
    ]
    assert sizes == [(100, 50), (100, 50), (100, 50), (3, 100), (100, 1)]


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_scaling_down_keeps_what_is_on_the_picture(form: str) -> None:
    image = decode(encoded(two_colours(size=(3001, 2003)), form), URL, Limits(max_side=100))
    assert image.size == (100, 67)
    assert is_like(image.getpixel((10, 60)), RED)
    assert is_like(image.getpixel((90, 60)), BLUE)


def test_a_large_image_is_the_same_whether_it_is_worked_on_in_one_band_or_in_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = encoded(Image.effect_mandelbrot((300, 203), (-2, -1.5, 1, 1.5), 100).convert("LA"), "PNG")
    whole = decode(data, URL, Limits(max_side=50))
    monkeypatch.setattr(upright_module, "_BAND_PIXELS", 1)
    assert decode(data, URL, Limits(max_side=50)).tobytes() == whole.tobytes()


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_nothing_moves_where_the_size_is_no_multiple_of_the_scale(form: str) -> None:
    image = Image.new("RGB", (1009, 64), RED)
    image.paste(BLUE, (960, 0, 1009, 64))
    small = decode(encoded(image, form, **({"subsampling": 0} if form == "JPEG" else {})), URL, Limits(max_side=126))
    share = sum(small.getpixel((x, 4))[2] for x in range(126)) / 255 / 126  # type: ignore[index]
    assert share == pytest.approx(49 / 1009, abs=0.001)


@pytest.mark.parametrize(
    ("orientation", "size", "red_at"),
    [
        (1, (64, 32), (5, 16)),
        (2, (64, 32), (60, 16)),
        (3, (64, 32), (60, 16)),
        (4, (64, 32), (5, 16)),
        (5, (32, 64), (16, 5)),
        (6, (32, 64), (16, 5)),
        (7, (32, 64), (16, 60)),
        (8, (32, 64), (16, 60)),
    ],
)
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_every_exif_orientation_is_turned_upright(
    form: str, orientation: int, size: tuple[int, int], red_at: tuple[int, int]
) -> None:
    data = encoded(two_colours(), form, exif=turned(orientation))
    image = decode(data, URL, Limits())
    assert image.size == size
    assert is_like(image.getpixel(red_at), RED)
    _, picture = store_form(data, URL, Limits())
    assert (picture.width, picture.height) == size


def test_a_jpeg_with_corrupt_exif_is_shown_as_it_lies() -> None:
    exif = b"Exif\x00\x00II*\x00\xff\xff\xff\x7f"
    data = encoded(two_colours(), "JPEG", exif=exif)
    assert decode(data, URL, Limits()).size == (64, 32)
    assert store_form(data, URL, Limits())[0] == encoded(two_colours(), "JPEG")


def test_of_several_exif_segments_the_first_tells_the_orientation() -> None:
    data = encoded(two_colours(), "JPEG", exif=turned(6))
    second = encoded(two_colours(), "JPEG", exif=turned(1))[20:]
    assert decode(data[: data.index(b"\xff\xdb")] + second, URL, Limits()).size == (32, 64)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_every_mode_of_png_becomes_rgb(mode: str) -> None:
    image = decode(encoded(two_colours(mode), "PNG"), URL, Limits())
    assert (image.mode, image.size) == ("RGB", (64, 32))
    assert image.tobytes() == two_colours(mode).convert("RGB").tobytes()


@pytest.mark.parametrize("form", ["PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("max_side", [2048, 32])
def test_a_colour_profile_is_applied(form: str, max_side: int) -> None:
    image = decode(encoded(two_colours(), form, icc_profile=SWAPPED), URL, Limits(max_side=max_side))
    assert is_like(image.getpixel((3, 10)), BLUE)
    assert is_like(image.getpixel((28 if max_side == 32 else 60, 10)), RED)


@pytest.mark.parametrize("value", [0, 128, 255])
def test_sixteen_bits_of_grey_become_eight(value: int) -> None:
    for form in ("PNG", "TIFF"):
        image = decode(encoded(Image.new("I;16", (8, 8), value * 256 + 7), form), URL, Limits())
        assert image.getpixel((0, 0)) == (value, value, value)


def test_thirty_two_bits_of_grey_are_refused_since_white_is_unknown() -> None:
    assert fault(encoded(Image.new("F", (8, 8), 0.5), "TIFF")) == "image_format_refused"


def test_cmyk_becomes_rgb() -> None:
    assert is_like(decode(encoded(two_colours("CMYK"), "JPEG"), URL, Limits()).getpixel((10, 10)), RED)


@pytest.mark.parametrize("form", ["PNG", "WEBP", "AVIF"])
def test_what_is_transparent_becomes_white(form: str) -> None:
    image = two_colours("RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 32, 32))
    flat = decode(encoded(image, form), URL, Limits())
    assert is_like(flat.getpixel((10, 10)), WHITE)
    assert is_like(flat.getpixel((50, 10)), BLUE)


def test_a_transparent_colour_of_a_palette_becomes_white() -> None:
    palette = two_colours("P")
    red = palette.getpixel((0, 0))
    for form in ("PNG", "GIF"):
        flat = decode(encoded(palette, form, transparency=red), URL, Limits())
        assert is_like(flat.getpixel((10, 10)), WHITE)
        assert is_like(flat.getpixel((50, 10)), BLUE)


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG", "AVIF", "TIFF"])
def test_the_first_frame_of_an_animation_is_taken(form: str) -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in (RED, BLUE)]
    data = encoded(frames[0], form, save_all=True, append_images=frames[1:])
    assert is_like(decode(data, URL, Limits()).getpixel((8, 8)), RED)


# --- what is refused


def test_nothing_is_empty() -> None:
    assert fault(b"") == "image_empty"


def test_bytes_at_the_limit_are_read_and_one_more_is_refused() -> None:
    data = encoded(two_colours(), "JPEG")
    assert decode(data, URL, Limits(max_bytes=len(data))).size == (64, 32)
    assert fault(data, Limits(max_bytes=len(data) - 1)) == "image_too_large"


def test_pixels_at_the_limit_are_read_and_one_more_is_refused() -> None:
    data = encoded(two_colours(), "PNG")
    assert decode(data, URL, Limits(max_pixels=64 * 32)).size == (64, 32)
    assert fault(data, Limits(max_pixels=64 * 32 - 1)) == "image_too_many_pixels"


@pytest.mark.parametrize(("form", "share"), [("WEBP", 4), ("AVIF", 3), ("TIFF", 3)])
def test_formats_whose_decoders_take_more_memory_have_a_lower_limit(form: str, share: int) -> None:
    data = encoded(two_colours(), form)
    assert decode(data, URL, Limits(max_pixels=64 * 32 * share)).size == (64, 32)
    assert fault(data, Limits(max_pixels=64 * 32 * share - 1)) == "image_too_many_pixels"


@pytest.mark.parametrize(
    ("options", "bytes_a_pixel"),
    [({"subsampling": 0}, 4 + 6), ({"subsampling": 2}, 4 + 3), ({"subsampling": 0, "mode": "CMYK"}, 4 + 8)],
)
def test_a_progressive_jpeg_has_a_lower_limit_by_what_its_coefficients_take(
    options: dict[str, Any], bytes_a_pixel: int
) -> None:
    data = encoded(two_colours(options.pop("mode", "RGB")), "JPEG", progressive=True, **options)
    enough = -(-64 * 32 * bytes_a_pixel // 4)
    assert decode(data, URL, Limits(max_pixels=enough)).size == (64, 32)
    with pytest.raises(ImageError, match="image_too_many_pixels"):
        decode(data, URL, Limits(max_pixels=enough - 1))


def header_only_png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [9_460, 12_000, 60_000])
def test_a_bomb_is_refused_by_its_header_without_a_warning(side: int) -> None:
    assert fault(header_only_png(side, side)) == "image_too_many_pixels"


def test_pillows_own_lower_limit_does_not_warn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1500)
    assert decode(encoded(two_colours(), "PNG"), URL, Limits()).size == (64, 32)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<html><body>Not found</body></html>", "image_not_recognised"),
        (b"<!-- no picture --><html><svg></svg></html>", "image_not_recognised"),
        (b"\x00", "image_not_recognised"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "svg_refused"),
        (b"\xef\xbb\xbf \n<?xml version='1.0'?><!DOCTYPE svg><SVG/>", "svg_refused"),
        (b"\x00\x00\x01\x00\x01\x00", "image_format_refused"),
        (b"\x00\x00\x00\x18ftypheic", "image_format_refused"),
        (b"%PDF-1.7", "image_format_refused"),
        (b"\x89PNG\r\n\x1a\n", "image_broken"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image_broken"),
        (b"\x00\x00\x00\x1cftypavif", "image_broken"),
        (encoded(two_colours(), "PPM"), "image_not_recognised"),
        (encoded(two_colours(), "ICO"), "image_format_refused"),
    ],
)
def test_what_is_no_image_is_told_apart_from_what_is_not_wanted(data: bytes, code: str) -> None:
    assert fault(data) == code


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "BMP"])
def test_an_image_that_ends_too_soon_is_truncated(form: str) -> None:
    data = encoded(Image.effect_noise((64, 64), 50).convert("RGB"), form)
    assert fault(data[: len(data) // 2]) == "image_truncated"


def test_an_image_with_a_wrong_checksum_is_broken() -> None:
    data = bytearray(encoded(two_colours(), "PNG"))
    data[data.index(b"IDAT") + 6] ^= 0xFF
    assert fault(bytes(data)) == "image_broken"


@pytest.mark.parametrize("name", ["max_bytes", "max_pixels", "max_side", "quality"])
def test_limits_below_one_are_refused(name: str) -> None:
    Limits(**{name: 1})
    with pytest.raises(ValueError, match=f"{name} is 0"):
        Limits(**{name: 0})


def test_a_quality_over_a_hundred_is_refused() -> None:
    Limits(quality=100)
    with pytest.raises(ValueError, match="quality is 101"):
        Limits(quality=101)


# --- whatever the bytes

VALID = {
    form: encoded(Image.effect_mandelbrot((40, 30), (-2, -1.5, 1, 1.5), 9).convert("RGB"), form)
    for form in ALLOWED_FORMATS
}


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_damaged_images_are_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(ALLOWED_FORMATS))
    damaged = bytearray(VALID[form])
    for _ in range(data.draw(st.integers(1, 8))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    damaged = damaged[: data.draw(st.integers(0, len(damaged)) | st.just(len(damaged)))]
    try:
        _, picture = store_form(bytes(damaged), URL, Limits(max_pixels=1_000_000))
    except ImageError:
        return
    assert picture.format == "jpg"


def test_filters_of_warnings_are_as_before_after_threads_decoded_at_once() -> None:
    before = list(warnings.filters)
    data = encoded(two_colours(size=(400, 300)), "PNG")
    faults: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(20):
                decode(data, URL, Limits())
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert list(warnings.filters) == before


@pytest.mark.skipif(not ODD_IMAGES.is_dir(), reason="the collection of odd images is not beside the checkout")
def test_odd_images_are_read_or_refused_within_bounds() -> None:
    files = sorted(path for path in ODD_IMAGES.rglob("*") if path.is_file())
    assert len(files) > 500
    expected = {row["file"]: row for row in json.loads((ODD_IMAGES / "manifest.json").read_text())}
    wrong = []
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for path in files:
        name = path.relative_to(ODD_IMAGES).as_posix()
        row = expected.get(name, {})
        try:
            _, picture = store_form(path.read_bytes(), name, Limits())
        except ImageError as error:
            ordinary = row.get("format") in ("JPEG", "PNG", "GIF", "WEBP") and row.get("decodes")
            if ordinary and error.code != "image_too_many_pixels":
                wrong.append(f"{name}: {error}")
            continue
        size = {row.get("width"), row.get("height")}
        if "format" in row and max(size) <= Limits().max_side and {picture.width, picture.height} != size:
            wrong.append(f"{name}: {picture.width} x {picture.height}")
    assert wrong == []
    grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown_mb < 512
