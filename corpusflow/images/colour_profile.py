"""Embedded colour profiles: pixels as they are meant, in sRGB."""

from __future__ import annotations

import io
from functools import lru_cache

from PIL import Image, ImageCms

from corpusflow.images.jpeg_segments import MAX_PROFILE_BYTES

_HEADER_BYTES = 128  # ICC.1:2022, 7.2
_SPACES = {"RGB": b"RGB ", "CMYK": b"CMYK", "L": b"GRAY"}
_CLASSES = (b"scnr", b"mntr", b"prtr", b"spac")


def in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """RGB of an image in RGB, CMYK or L whose samples mean what the profile says.

    A profile that is missing, over 1 MB, for other samples than the image has, or not sound is ignored: RGB then
    counts as sRGB, and CMYK is converted without one. sRGB itself, which most profiles are, changes nothing.
    """
    transform = _transform(profile, image.mode) if _is_usable(profile, image.mode) else None
    if transform is None:
        return image if image.mode == "RGB" else image.convert("RGB")
    return ImageCms.applyTransform(image, transform) or image.convert("RGB")


def _is_usable(profile: bytes | None, mode: str) -> bool:
    if profile is None or not _HEADER_BYTES < len(profile) <= MAX_PROFILE_BYTES:
        return False
    return profile[16:20] == _SPACES.get(mode) and profile[12:16] in _CLASSES and profile[36:40] == b"acsp"


@lru_cache(maxsize=16)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """None where nothing is to be done, or the profile is not sound. Cached: making one takes milliseconds, and a few
    profiles stand in most pictures."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if mode == "RGB" and "sRGB" in (source.profile.profile_description or ""):
            return None
        return ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
