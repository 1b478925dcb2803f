"""Bounded decoding: untrusted bytes to an upright RGB image, and to the form in which images are stored."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from PIL import Image, UnidentifiedImageError

from corpusflow.document import Picture
from corpusflow.errors import ImageError
from corpusflow.images.bounds import check_memory, check_structure
from corpusflow.images.format import ALLOWED_FORMATS, fault_of_unreadable
from corpusflow.images.jpeg_segments import JpegSegments
from corpusflow.images.perceptual_hash import dhash, is_one_colour, phash, small_copy
from corpusflow.images.quiet import pillow_warnings_ignored
from corpusflow.images.stored_format import EXTENSIONS, StoredFormat
from corpusflow.images.tiff_fields import orientation
from corpusflow.images.upright import LYING, scaled_size, upright_rgb

# Everything that Pillow's readers were seen to raise, or may raise, over bytes that are not what they say.
_PILLOW_RAISES = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    ArithmeticError,
    AttributeError,
    AssertionError,
    RuntimeError,
    MemoryError,
    struct.error,
    zlib.error,
)

_HASHED_SIDE = 96  # pixels of the short side at which a JPEG is decoded that is only looked at

_SAVED_AS: dict[StoredFormat, dict[str, Any]] = {
    "jpeg": {},
    # More effort makes files 2 % smaller in twice the time.
    "webp": {"method": 2},
    "png": {"compress_level": 3},
}


@dataclass(frozen=True)
class Limits:
    """Bounds on one image, and the form in which it is stored.

    max_bytes: as received. max_pixels: width x height as the header says, checked before any pixel is decoded; the
    default is Pillow's own, and Pillow refuses twice its own whatever stands here. What takes more memory to decode
    than 4 bytes a pixel is allowed fewer: a third for WebP, half for AVIF, down to 2/5 for a progressive JPEG.
    max_side: longest side in pixels of what comes out; larger images are scaled down. format, quality: of a picture
    that cannot be kept as it came; PNG takes no quality.
    """

    max_bytes: int = 50_000_000
    max_pixels: int = 89_478_485
    max_side: int = 2048
    format: StoredFormat = "jpeg"
    quality: int = 90

    def __post_init__(self) -> None:
        for name in ("max_bytes", "max_pixels", "max_side", "quality"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, it must be at least 1")
        if self.quality > 100:
            raise ValueError(f"quality is {self.quality}, it must be at most 100")


@dataclass(frozen=True, slots=True)
class _Opened:
    """An image whose header was read. width, height: at full scale, before it is turned. segments: of a JPEG."""

    image: Image.Image
    what: str
    width: int
    height: int
    segments: JpegSegments | None


def decode(data: bytes, what: str, limits: Limits) -> Image.Image:
    """The image as a viewer would show it: first frame, upright, sRGB, transparency on white, at most `max_side`.

    Colour profiles are applied where they are sound and at most 1 MB long. what: the URL or file, for the error.
    Raises ImageError and nothing else: image_empty, image_too_large (bytes), image_not_recognised,
    image_format_refused, svg_refused, image_too_many_pixels, image_too_complex, image_truncated or image_broken.
    """
    with _opened(data, what, limits) as opened:
        return _upright(opened, limits)[0]


def stored_size(data: bytes, what: str, limits: Limits) -> tuple[int, int]:
    """Width and height of a stored picture, all of which was decoded. Raises as `decode` does."""
    with _opened(data, what, limits) as opened:
        _load(opened, (1, 1), limits)
        return opened.width, opened.height


def store_form(data: bytes, what: str, limits: Limits) -> tuple[bytes, Picture]:
    """The bytes under which an image is stored, and what is known of it.

    Where the format is jpeg, a sound RGB or grey JPEG that is upright and at most `max_side` long keeps its pixels:
    its segments are copied, less all metadata but the colour profile. Anything else is what `decode` makes of it,
    encoded without metadata. Raises as `decode` does.
    """
    with _opened(data, what, limits) as opened:
        stored, image, turn = _kept(opened, limits), opened.image, 1
        width, height = opened.width, opened.height
        if stored is not None:
            _load(opened, _with_short_side(opened, _HASHED_SIDE), limits)
        else:
            image, turn = _upright(opened, limits)
            width, height = image.size
            stored = encoded(image, limits)
        small = small_copy(image)
    source_size = (opened.height, opened.width) if turn in LYING else (opened.width, opened.height)
    grey = small.convert("L")
    return stored, Picture(
        sha256=hashlib.sha256(stored).hexdigest(),
        width=width,
        height=height,
        format=EXTENSIONS[limits.format],
        bytes=len(stored),
        source_sha256=hashlib.sha256(data).hexdigest(),
        source_width=source_size[0],
        source_height=source_size[1],
        phash=phash(grey),
        dhash=dhash(grey),
        single_colour=is_one_colour(small),
        source_md5=hashlib.md5(data, usedforsecurity=False).hexdigest(),
        source_sha1=hashlib.sha1(data, usedforsecurity=False).hexdigest(),
    )


@contextmanager
def _opened(data: bytes, what: str, limits: Limits) -> Iterator[_Opened]:
    """The first frame, not yet loaded. Whatever Pillow raises, inside the block too, becomes an ImageError."""
    if not data:
        raise ImageError("image_empty", what, "0 bytes")
    if len(data) > limits.max_bytes:
        raise ImageError("image_too_large", what, f"{len(data)} bytes, limit {limits.max_bytes}")
    segments = check_structure(data, what)
    # Of a JPEG nothing but the picture: Pillow would keep its metadata in memory, and parse them.
    picture = segments.picture if segments is not None and segments.picture is not None else data
    with pillow_warnings_ignored():
        try:
            with Image.open(io.BytesIO(picture), formats=ALLOWED_FORMATS) as image:
                width, height = image.size
                if width * height > limits.max_pixels:
                    detail = f"{image.format} of {width} x {height} pixels, limit {limits.max_pixels}"
                    raise ImageError("image_too_many_pixels", what, detail)
                if image.mode in ("I", "F"):
                    raise ImageError("image_format_refused", what, "32-bit samples have no agreed white")
                yield _Opened(image, what, width, height, segments)
        except Image.DecompressionBombError as error:
            detail = f"more pixels than Pillow decodes at all, limit {limits.max_pixels}"
            raise ImageError("image_too_many_pixels", what, detail) from error
        except UnidentifiedImageError as error:
            raise ImageError(fault_of_unreadable(data), what, f"begins with {data[:12]!r}") from error
        except _PILLOW_RAISES as error:
            truncated = isinstance(error, EOFError) or "truncated" in str(error).lower()
            code = "image_truncated" if truncated else "image_broken"
            raise ImageError(code, what, f"{type(error).__name__}: {error}") from error


def _kept(opened: _Opened, limits: Limits) -> bytes | None:
    """The bytes of a plain JPEG less its metadata, None where the picture has to be encoded anew."""
    fits = limits.format == "jpeg" and max(opened.width, opened.height) <= limits.max_side
    if opened.segments is None or not fits or opened.image.mode not in ("RGB", "L") or _turn(opened) != 1:
        return None
    return opened.segments.picture


def _turn(opened: _Opened) -> int:
    """EXIF orientation, 1 to 8. What XMP says of it is not asked, as browsers do not; TIFF is turned by Pillow."""
    if opened.segments is not None and opened.segments.picture is not None:
        return orientation(opened.segments.exif)
    exif = opened.image.info.get("exif")
    return orientation(exif) if isinstance(exif, bytes) else 1


def _upright(opened: _Opened, limits: Limits) -> tuple[Image.Image, int]:
    """The picture and the EXIF orientation that it had."""
    full_size = (opened.width, opened.height)
    extent = _load(opened, scaled_size(full_size, limits.max_side), limits)
    turn = _turn(opened)
    return upright_rgb(opened.image, full_size, extent, turn, limits.max_side), turn


def _load(opened: _Opened, least: tuple[int, int], limits: Limits) -> tuple[float, float]:
    """Decodes the image, a JPEG at 1/2, 1/4 or 1/8 where no less than `least` pixels come of it: that takes a fraction
    of the time and memory, though all of the bytes are read. Returns how much of what was loaded the picture takes."""
    image = opened.image
    drafted = image.draft(None, least) if opened.segments is not None else None
    check_memory(image, opened.what, opened.width * opened.height, opened.segments, limits.max_pixels)
    image.load()
    return (drafted[1][2], drafted[1][3]) if drafted is not None else image.size


def _with_short_side(opened: _Opened, side: int) -> tuple[int, int]:
    scale = min(1.0, side / min(opened.width, opened.height))
    return int(opened.width * scale), int(opened.height * scale)


def encoded(image: Image.Image, limits: Limits) -> bytes:
    """The picture in the format and quality of the limits, without metadata."""
    buffer = io.BytesIO()
    image.save(buffer, limits.format, quality=limits.quality, **_SAVED_AS[limits.format])
    return buffer.getvalue()
