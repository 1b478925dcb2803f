from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from corpusflow.images.pdq import pdq
from corpusflow.images.perceptual_hash import hamming


def scene(width: int, height: int) -> Image.Image:
    """Discs and bars without any symmetry, the same at every size."""
    image = Image.new("RGB", (width, height), (40, 90, 160))
    draw = ImageDraw.Draw(image)
    for number in range(12):
        x, y = (number * 37 + 11) % 100 / 100 * width, (number * 53 + 7) % 100 / 100 * height
        across, down = (number % 5 + 2) / 30 * width, (number % 3 + 2) / 30 * height
        colour = (number * 91 % 256, number * 57 % 256, number * 23 % 256)
        shape = draw.ellipse if number % 2 else draw.rectangle
        shape((x - across, y - down, x + across, y + down), fill=colour)
    return image


EXPECTED = {
    (640, 480): ("31ec270de1b43278e413307f1e0780071e7c8d870e7bcfb2e2f8f0f0f7801fdc", 100),
    (301, 203): ("31ec6f0de1bc3278c413907f1e0780471efc8d830e7bcfb2e27870f0f78017dc", 100),
    (50, 64): ("f1f84f28e1b43a78e413306f1e0788871e6c29830e7b4ff2e2f8f3f0e1801fdc", 100),
    (1500, 130): ("306c650de1b43259c433106f1e0780c71efcc9c30e7bcfb2e2f8f1f0f7801fdc", 100),
}


def test_the_bits_and_the_quality_are_those_of_pdqhash() -> None:
    # Of pdqhash 0.2.8, bindings to the C++ that Meta published.
    for size, expected in EXPECTED.items():
        assert pdq(scene(*size)) == expected


def test_copies_are_near_and_other_pictures_are_not() -> None:
    digits, quality = pdq(scene(640, 480))
    assert quality >= 50
    assert hamming(digits, pdq(scene(640, 480).resize((320, 240)))[0]) <= 31
    assert 90 <= hamming(digits, pdq(scene(640, 480).transpose(Image.Transpose.FLIP_LEFT_RIGHT))[0]) <= 166


@pytest.mark.parametrize("colour", ["white", "black", "red"])
def test_a_picture_of_one_colour_has_no_quality(colour: str) -> None:
    digits, quality = pdq(Image.new("RGB", (100, 80), colour))
    assert (len(digits), quality) == (64, 0)


def test_a_picture_of_less_than_five_pixels_a_side_has_no_quality() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)
    assert pdq(Image.fromarray(noise[:4])) == ("0" * 64, 0)
    assert pdq(Image.fromarray(noise[:5]))[1] == 100
