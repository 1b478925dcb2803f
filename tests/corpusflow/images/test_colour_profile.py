from __future__ import annotations

import struct

import pytest
from PIL import Image, ImageCms

from corpusflow.images.colour_profile import in_srgb
from corpusflow.images.jpeg_segments import MAX_PROFILE_BYTES
from tests.corpusflow.images.pictures import two_colours

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def red_for_blue() -> bytes:
    """A profile like sRGB in which the first band is blue and the last red."""
    data = SRGB.replace("sRGB".encode("utf-16-be"), "swap".encode("utf-16-be"))
    assert data != SRGB
    red, blue = data.index(b"rXYZ", 128), data.index(b"bXYZ", 128)
    swapped = bytearray(data)
    swapped[red : red + 4], swapped[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(swapped)


SWAPPED = red_for_blue()


def ends(image: Image.Image) -> list[object]:
    return [image.getpixel((5, 5)), image.getpixel((60, 5))]


def test_samples_come_out_as_the_profile_means_them() -> None:
    first, last = ends(in_srgb(two_colours(), SWAPPED))
    assert isinstance(first, tuple)
    assert isinstance(last, tuple)
    assert max(first[:2]) <= 2 <= 253 <= first[2]
    assert max(last[1:]) <= 2 <= 253 <= last[0]


def test_srgb_changes_nothing() -> None:
    image = two_colours()
    assert in_srgb(image, SRGB) is image
    assert in_srgb(image, None) is image


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_other_samples_than_those_of_the_profile_are_converted_without_it(mode: str) -> None:
    image = two_colours(mode)
    assert in_srgb(image, SWAPPED).tobytes() == image.convert("RGB").tobytes()


@pytest.mark.parametrize(
    "profile",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"no profile" * 100, id="something else"),
        pytest.param(SWAPPED[:200], id="cut"),
        pytest.param(SWAPPED[:128] + struct.pack(">I", 2**31) + SWAPPED[132:], id="with a mad table"),
        pytest.param(SWAPPED[:12] + b"link" + SWAPPED[16:], id="of another class"),
        pytest.param(SWAPPED.ljust(MAX_PROFILE_BYTES + 1, b"\x00"), id="too large"),
    ],
)
def test_a_profile_that_is_not_sound_is_ignored(profile: bytes) -> None:
    image = two_colours()
    assert in_srgb(image, profile).tobytes() == image.tobytes()


def test_a_profile_at_the_limit_is_applied() -> None:
    profile = struct.pack(">I", MAX_PROFILE_BYTES) + SWAPPED.ljust(MAX_PROFILE_BYTES, b"\x00")[4:]
    assert in_srgb(two_colours(), profile).tobytes() != two_colours().tobytes()
