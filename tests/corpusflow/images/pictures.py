"""Small pictures for tests."""

from __future__ import annotations

import io
import random
from typing import Any

from PIL import Image

ORIENTATION = 274
RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


def encoded(image: Image.Image, form: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def opened(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as image:
        image.load()
    return image


def two_colours(mode: str = "RGB", size: tuple[int, int] = (64, 32)) -> Image.Image:
    """The left half red, the right half blue."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (size[0] // 2, 0, *size))
    return image.convert(mode)


def scene(seed: int, size: tuple[int, int] = (400, 300)) -> Image.Image:
    """A made picture with large and small forms, another for each seed."""
    small = Image.frombytes("RGB", (8, 6), random.Random(seed).randbytes(3 * 48))
    fine = Image.effect_mandelbrot(size, (-2, -1.5, 1, 1.5), 20).convert("RGB")
    return Image.blend(small.resize(size, Image.Resampling.BICUBIC), fine, 0.2)


def turned(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return exif
