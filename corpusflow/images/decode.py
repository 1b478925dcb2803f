"""Bounded decoding: untrusted bytes to an upright RGB image, and to the form in which images are stored."""

from __future__ import annotations

import hashlib
import io
import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import ExifTags, Image, UnidentifiedImageError

from corpusflow.document import Picture
from corpusflow.errors import ImageError
from corpusflow.images.format import ALLOWED_FORMATS, fault_of_unreadable

JPEG_QUALITY = 90

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

# How an image with this EXIF orientation is turned upright.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# How many times the memory of other formats their decoders take for one pixel, and so by how much fewer pixels are
# allowed: 16 bytes for WebP and 9 for AVIF, measured, against 4.
_MEMORY_SHARE = {"WEBP": 3, "AVIF": 2}

# An image is first shrunk by whole factors to no less than this many times its final size, then resampled well.
_SHRINK_GAP = 1.5
_BAND_PIXELS = 1 << 20  # converted and shrunk at once, so that no second full-size copy stands in memory


@dataclass(frozen=True)
class Limits:
    """Bounds on one image.

    max_bytes: as received. max_pixels: width x height as the header says, checked before any pixel is decoded; the
    default is Pillow's own, and Pillow refuses twice its own whatever stands here. WebP is allowed a third and AVIF
    half of it, since their decoders take more memory. max_side: longest side in pixels of what comes out; larger
    images are scaled down.
    """

    max_bytes: int = 50_000_000
    max_pixels: int = 89_478_485
    max_side: int = 2048

    def __post_init__(self) -> None:
        for name in ("max_bytes", "max_pixels", "max_side"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, it must be at least 1")


def decode(data: bytes, what: str, limits: Limits) -> Image.Image:
    """The image as a viewer would show it: first frame, upright, RGB, transparency on white, at most `max_side`.

    Colour profiles are not applied. what: the URL or file, for the error. Raises ImageError and nothing else:
    image_empty, image_too_large (bytes), image_not_recognised, image_format_refused, svg_refused,
    image_too_many_pixels, image_truncated or image_broken.
    """
    with _opened(data, what, limits) as image:
        return _upright_rgb(image, limits.max_side)


def store_form(data: bytes, what: str, limits: Limits) -> tuple[bytes, Picture]:
    """The bytes under which an image is stored, always a JPEG, and what is known of it.

    A sound RGB or grey JPEG that is upright and at most `max_side` long stays byte for byte, metadata included;
    anything else is what `decode` makes of it, encoded without metadata. Raises as `decode` does.
    """
    with _opened(data, what, limits) as image:
        if _is_plain_jpeg(image, limits.max_side):
            stored, (width, height) = data, image.size
        else:
            upright = _upright_rgb(image, limits.max_side)
            stored, (width, height) = _encoded(upright), upright.size
    return stored, Picture(hashlib.sha256(stored).hexdigest(), width, height, "jpg", len(stored))


@contextmanager
def _opened(data: bytes, what: str, limits: Limits) -> Iterator[Image.Image]:
    """The first frame with its pixels loaded. Whatever Pillow raises, inside the block too, becomes an ImageError."""
    if not data:
        raise ImageError("image_empty", what, "0 bytes")
    if len(data) > limits.max_bytes:
        raise ImageError("image_too_large", what, f"{len(data)} bytes, limit {limits.max_bytes}")
    with _pillow_warnings_ignored():
        try:
            with Image.open(io.BytesIO(data), formats=ALLOWED_FORMATS) as image:
                width, height = image.size
                max_pixels = limits.max_pixels // _MEMORY_SHARE.get(image.format or "", 1)
                if width * height > max_pixels:
                    detail = f"{image.format} of {width} x {height} pixels, limit {max_pixels}"
                    raise ImageError("image_too_many_pixels", what, detail)
                if image.mode in ("I", "F"):
                    raise ImageError("image_format_refused", what, "32-bit samples have no agreed white")
                _load(image, limits.max_side)
                yield image
        except Image.DecompressionBombError as error:
            raise ImageError("image_too_many_pixels", what, str(error)) from error
        except UnidentifiedImageError as error:
            raise ImageError(fault_of_unreadable(data), what, f"begins with {data[:12]!r}") from error
        except _PILLOW_RAISES as error:
            truncated = isinstance(error, EOFError) or "truncated" in str(error).lower()
            code = "image_truncated" if truncated else "image_broken"
            raise ImageError(code, what, f"{type(error).__name__}: {error}") from error


def _load(image: Image.Image, max_side: int) -> None:
    long = max(image.size)
    if image.format == "JPEG" and long > max_side:
        # libjpeg decodes at 1/2, 1/4 or 1/8 for a fraction of the time and memory.
        scale = _SHRINK_GAP * max_side / long
        image.draft(None, (int(image.width * scale), int(image.height * scale)))
    image.load()


def _is_plain_jpeg(image: Image.Image, max_side: int) -> bool:
    # The format is MPO where several pictures stand in one JPEG.
    plain = image.format == "JPEG" and image.mode in ("RGB", "L")
    return plain and max(image.size) <= max_side and _orientation(image) not in _TURNS


def _orientation(image: Image.Image) -> object:
    """As EXIF says, 1 to 8; None where it says nothing that can be read."""
    try:
        return image.getexif().get(ExifTags.Base.Orientation)
    except _PILLOW_RAISES:
        # A viewer shows a picture whose EXIF is corrupt as it lies.
        return None


def _upright_rgb(image: Image.Image, max_side: int) -> Image.Image:
    turn = _orientation(image)
    rgb = _shrunk_rgb(image, max_side)
    scale = max_side / max(rgb.size)
    if scale < 1:
        size = (max(1, round(rgb.width * scale)), max(1, round(rgb.height * scale)))
        rgb = rgb.resize(size, Image.Resampling.LANCZOS)
    return rgb.transpose(_TURNS[turn]) if turn in _TURNS else rgb


def _shrunk_rgb(image: Image.Image, max_side: int) -> Image.Image:
    """RGB, divided by the largest whole factor that leaves `_SHRINK_GAP` times `max_side`, band by band."""
    factor = max(1, int(max(image.size) / (_SHRINK_GAP * max_side)))
    width, height = image.size
    rgb = Image.new("RGB", (-(-width // factor), -(-height // factor)))
    rows = max(1, _BAND_PIXELS // (width * factor)) * factor
    for top in range(0, height, rows):
        band = _flat_rgb(image.crop((0, top, width, min(top + rows, height))))
        rgb.paste(band.reduce(factor), (0, top // factor))
    return rgb


def _flat_rgb(image: Image.Image) -> Image.Image:
    """RGB of any mode that `_opened` lets through, transparency on white."""
    if image.mode.startswith("I;16"):
        # Pillow would cut 16 bits at 255 and give white.
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L").convert("RGB")
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
    return image.convert("RGB")


def _encoded(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()


_quiet_lock = threading.Lock()
_quiet_depth = 0
_quiet_filters: warnings.catch_warnings[None] | None = None


@contextmanager
def _pillow_warnings_ignored() -> Iterator[None]:
    """Ignores Pillow's warnings (of large images, odd metadata, missing codecs) while any thread is inside.

    `warnings.catch_warnings` alone is not safe with threads: the one that leaves last would put back the filters that
    it found, which are those of another thread inside. So the first to enter ignores and the last to leave restores.
    """
    global _quiet_depth, _quiet_filters
    with _quiet_lock:
        _quiet_depth += 1
        if _quiet_depth == 1:
            _quiet_filters = warnings.catch_warnings()
            _quiet_filters.__enter__()
            warnings.filterwarnings("ignore", module=r"PIL\b")
    try:
        yield
    finally:
        with _quiet_lock:
            _quiet_depth -= 1
            if _quiet_depth == 0 and _quiet_filters is not None:
                _quiet_filters.__exit__(None, None, None)
                _quiet_filters = None
