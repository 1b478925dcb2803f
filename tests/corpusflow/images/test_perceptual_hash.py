from __future__ import annotations

import itertools

import numpy as np
import pytest
from PIL import Image, ImageDraw

from corpusflow.images.perceptual_hash import ONE_COLOUR, dhash, hamming, is_one_colour, phash, small_copy
from tests.corpusflow.images.pictures import encoded, opened, scene

SCENES = range(12)


def hashes(image: Image.Image) -> tuple[str, str]:
    grey = small_copy(image).convert("L")
    return phash(grey), dhash(grey)


def distances(one: Image.Image, other: Image.Image) -> tuple[int, int]:
    first, second = (hamming(*pair) for pair in zip(hashes(one), hashes(other), strict=True))
    return first, second


def test_hashes_are_sixteen_hex_digits() -> None:
    assert all(len(found) == 16 and int(found, 16) for found in hashes(scene(1)))


def test_the_bits_of_dhash_tell_from_the_top_left_where_it_gets_lighter() -> None:
    pixels = np.zeros((8, 9), np.uint8)
    pixels[0, 1:] = 200  # one step up in the first row
    pixels[7, 8] = 200  # one in the last place of the last row
    assert dhash(Image.fromarray(pixels)) == "8000000000000001"


def test_the_bits_of_phash_are_the_frequencies_above_the_median() -> None:
    across = np.cos(np.pi * (2 * np.arange(32) + 1) / 64)  # the lowest frequency, from left to right
    grey = np.broadcast_to(128 + 100 * across, (32, 32)).round().astype(np.uint8)
    bits = int(phash(Image.fromarray(grey)), 16)
    assert bits >> 62 == 0b11, "the constant and the lowest horizontal frequency"
    assert bits & ((1 << 56) - 1) == 0, "nothing changes from top to bottom"


@pytest.mark.parametrize("colour", [0, 127, 255])
def test_a_flat_picture_has_the_same_hashes_everywhere(colour: int) -> None:
    found = hashes(Image.new("RGB", (100, 80), (colour,) * 3))
    assert found == ("8000000000000000" if colour else "0000000000000000", "0000000000000000")


@pytest.mark.parametrize("seed", SCENES)
def test_a_picture_scaled_or_compressed_is_close_to_itself(seed: int) -> None:
    original = scene(seed, (800, 600))
    for other in (
        original.resize((200, 150), Image.Resampling.BICUBIC),
        original.resize((1301, 977), Image.Resampling.BICUBIC),
        original.resize((500, 300), Image.Resampling.BICUBIC),
        opened(encoded(original, "JPEG", quality=30)),
        opened(encoded(original.resize((320, 240)), "WEBP", quality=40)),
    ):
        assert max(distances(original, other)) <= 6


def test_different_pictures_are_far_apart() -> None:
    pairs = [distances(scene(a), scene(b)) for a, b in itertools.combinations(SCENES, 2)]
    assert min(first for first, _ in pairs) > 10
    assert np.mean([first for first, _ in pairs]) > 20


def test_hamming_counts_bits() -> None:
    assert hamming("00000000000000ff", "000000000000000f") == 4
    assert hamming("ffffffffffffffff", "0000000000000000") == 64


@pytest.mark.parametrize("span", [0, ONE_COLOUR, ONE_COLOUR + 1])
@pytest.mark.parametrize("band", range(3))
def test_one_colour_is_what_spans_no_more_levels_than_allowed_in_any_band(span: int, band: int) -> None:
    image = Image.new("RGB", (64, 64), (100, 100, 100))
    colour = [100, 100, 100]
    colour[band] += span
    image.paste(tuple(colour), (0, 0, 32, 64))
    assert is_one_colour(small_copy(image)) == (span <= ONE_COLOUR)


def test_noise_of_compression_is_one_colour_and_a_line_of_text_is_not() -> None:
    image = Image.new("RGB", (1024, 768), (200, 60, 90))
    assert is_one_colour(small_copy(opened(encoded(image, "JPEG", quality=30))))
    assert is_one_colour(small_copy(image.convert("L")))
    ImageDraw.Draw(image).text((300, 300), "Not found", fill="white")
    assert not is_one_colour(small_copy(image))
