from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from corpusflow.images.jpeg_segments import MAX_PROFILE_BYTES, MAX_SEGMENTS, jpeg_segments
from tests.corpusflow.images.pictures import encoded, opened, scene, two_colours

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
SECRET = b"49.6 north, 6.1 east"
EXIF = b"Exif\x00\x00" + SECRET


def segment(code: int, body: bytes) -> bytes:
    return bytes((0xFF, code)) + struct.pack(">H", len(body) + 2) + body


def with_segments(data: bytes, *segments: bytes) -> bytes:
    """The JPEG with these behind its first marker."""
    return data[:2] + b"".join(segments) + data[2:]


@pytest.mark.parametrize(
    "extra",
    [
        pytest.param(segment(0xE1, EXIF), id="exif"),
        pytest.param(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00" + SECRET), id="xmp"),
        pytest.param(segment(0xED, b"Photoshop 3.0\x008BIM" + SECRET), id="iptc"),
        pytest.param(segment(0xE2, b"MPF\x00" + SECRET), id="mpf"),
        pytest.param(segment(0xE0, b"JFXX\x00\x10" + SECRET), id="thumbnail"),
        pytest.param(segment(0xE0, b"JFIF\x00" + SECRET[:5]), id="short jfif"),
        pytest.param(segment(0xEE, b"Ducky" + SECRET), id="not adobe"),
        pytest.param(segment(0xEC, SECRET), id="another application"),
        pytest.param(segment(0xFE, SECRET), id="comment"),
        pytest.param(segment(0xFE, SECRET) * 3 + b"\xff\xff\xff", id="comments and fill bytes"),
    ],
)
def test_what_stands_beside_the_picture_goes_and_every_pixel_stays(extra: bytes) -> None:
    plain = encoded(scene(1), "JPEG")
    told = with_segments(plain, extra)
    assert SECRET[:5] in told
    assert jpeg_segments(told).picture == jpeg_segments(plain).picture == plain


def test_a_comment_between_two_scans_goes_too() -> None:
    plain = encoded(scene(1), "JPEG", progressive=True)
    place = plain.rindex(b"\xff\xda")
    assert jpeg_segments(plain[:place] + segment(0xFE, SECRET) + plain[place:]).picture == plain


@pytest.mark.parametrize("trailer", [b"\x00\x00\x00\x18ftypmp42" + SECRET, b"\xff\xd8\xff\xe1" + SECRET, b"\x00"])
def test_whatever_follows_the_end_goes(trailer: bytes) -> None:
    plain = encoded(scene(1), "JPEG")
    assert jpeg_segments(plain + trailer).picture == plain


def test_a_thumbnail_in_the_first_segment_goes_and_the_segment_stays() -> None:
    plain = encoded(scene(1), "JPEG")
    body = plain[6:20]
    told = plain[:2] + segment(0xE0, body[:12] + b"\x01\x02" + b"face!!") + plain[20:]
    assert jpeg_segments(told).picture == plain


def test_what_the_colours_need_stays() -> None:
    cmyk = encoded(two_colours("CMYK"), "JPEG", icc_profile=SRGB)
    picture = jpeg_segments(with_segments(cmyk, segment(0xE1, EXIF))).picture
    assert picture is not None
    assert opened(picture).tobytes() == opened(cmyk).tobytes()
    assert opened(picture).info["icc_profile"] == SRGB
    assert "adobe" in opened(picture).info


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}, {"restart_marker_rows": 1}])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_all_kinds_of_jpeg_keep_their_pixels(options: dict[str, int], mode: str) -> None:
    data = encoded(scene(2).convert(mode), "JPEG", comment=SECRET, **options)
    picture = jpeg_segments(data).picture
    assert picture is not None
    assert SECRET not in picture
    assert opened(picture).tobytes() == opened(data).tobytes()


def test_a_profile_over_the_limit_goes_and_one_at_it_stays() -> None:
    plain = encoded(two_colours(), "JPEG")
    name = b"ICC_PROFILE\x00\x01\x20".ljust(50, b"p") + b"acsp"
    count, rest = divmod(MAX_PROFILE_BYTES, 60_000)
    at = [segment(0xE2, name.ljust(size, b"p")) for size in [60_000] * count + [rest]]
    whole, cut = (jpeg_segments(with_segments(plain, *at, *more)) for more in ([], [segment(0xE2, name)]))
    assert len(whole.picture or b"") > MAX_PROFILE_BYTES
    assert cut.picture == plain


def test_what_only_says_that_it_is_a_profile_goes() -> None:
    plain = encoded(two_colours(), "JPEG")
    false = segment(0xE2, b"ICC_PROFILE\x00\x01\x01" + bytes(128) + SECRET)
    assert jpeg_segments(with_segments(plain, false)).picture == plain


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(with_segments(encoded(two_colours(), "JPEG"), b"\xff\xe1\xff\xff"), id="longer than the file"),
        pytest.param(with_segments(encoded(two_colours(), "JPEG"), b"\xff\xe1\x00\x00"), id="length of nothing"),
        pytest.param(with_segments(encoded(two_colours(), "JPEG"), b"\xff\xe1\x00\x01"), id="length of half"),
        pytest.param(with_segments(encoded(two_colours(), "JPEG"), b"junk"), id="junk between segments"),
        pytest.param(with_segments(encoded(two_colours(), "JPEG"), b"\xff\xd8"), id="two beginnings"),
        pytest.param(encoded(two_colours(), "JPEG")[:-2], id="no end"),
        pytest.param(b"\xff\xd8\xff\xd9", id="no scan"),
        pytest.param(b"\xff\xd8\xff\xe1", id="ends in a marker"),
        pytest.param(b"\xff\xd8\xff", id="nothing"),
    ],
)
def test_a_file_that_cannot_be_followed_gives_no_picture_and_counts_for_the_worst(data: bytes) -> None:
    segments = jpeg_segments(data)
    assert (segments.picture, segments.coefficients) == (None, 4.0)


def test_as_many_segments_as_allowed_are_followed_and_one_more_is_not() -> None:
    plain = encoded(two_colours(), "JPEG")
    own = 9  # of this picture: JFIF, 2 quantization, frame, 4 Huffman, scan
    for extra, followed in ((MAX_SEGMENTS - own - 1, True), (MAX_SEGMENTS - own, False)):
        segments = jpeg_segments(with_segments(plain, segment(0xFE, b"") * extra))
        assert (segments.picture is not None, segments.metadata) == (followed, extra + 1)


@pytest.mark.parametrize(
    ("mode", "options", "coefficients"),
    [
        ("RGB", {}, 0),
        ("L", {"progressive": True}, 1),
        ("RGB", {"progressive": True, "subsampling": 0}, 3),
        ("RGB", {"progressive": True, "subsampling": 1}, 2),
        ("RGB", {"progressive": True, "subsampling": 2}, 1.5),
        ("CMYK", {"progressive": True, "subsampling": 0}, 4),
    ],
)
def test_coefficients_are_those_that_a_decoder_holds_of_the_whole_picture(
    mode: str, options: dict[str, int], coefficients: float
) -> None:
    segments = jpeg_segments(encoded(two_colours(mode), "JPEG", **options))
    assert segments.coefficients == coefficients
    assert (segments.scans > 1) == bool(options)


def test_components_in_scans_of_their_own_are_held_too() -> None:
    data = bytearray(encoded(two_colours(), "JPEG", subsampling=0))
    scan = data.index(b"\xff\xda")
    data[scan + 4] = 1  # components of the first scan
    assert jpeg_segments(bytes(data)).coefficients == 3


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_whatever_the_bytes_the_picture_found_is_no_longer_than_the_file(data: st.DataObject) -> None:
    damaged = bytearray(encoded(Image.new("RGB", (16, 16)), "JPEG", comment=SECRET))
    for _ in range(data.draw(st.integers(1, 8))):
        damaged[data.draw(st.integers(2, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    picture = jpeg_segments(bytes(damaged)).picture
    assert picture is None or len(picture) <= len(damaged)
