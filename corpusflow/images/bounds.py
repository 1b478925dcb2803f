"""What is refused before a picture is decoded: structures that no picture needs, and more memory than it may take."""

from __future__ import annotations

from PIL import Image

from corpusflow.errors import ImageError
from corpusflow.images.jpeg_segments import JpegSegments, jpeg_segments
from corpusflow.images.tiff_fields import is_sane_tiff

MAX_SCANS = 100  # of a JPEG; encoders write some 10, and a decoder goes over the whole picture for each
MAX_METADATA = 10_000  # segments of a JPEG, chunks of a PNG; each is an object in memory
MAX_COMMENT_BYTES = 1 << 20  # of a GIF before its first frame; they are put together in quadratic time

# Bytes a pixel that decoders of these formats take at their peak, measured, of TIFF where all is one strip of 16-bit
# CMYK. That of others is what Pillow holds.
_PEAK_BYTES = {"WEBP": 16, "AVIF": 12, "TIFF": 12}
_HELD_BYTES = 4


def check_structure(data: bytes, what: str) -> JpegSegments | None:
    """The segments of a JPEG, None of anything else. Raises ImageError (image_too_complex)."""
    if data.startswith(b"\xff\xd8\xff"):
        segments = jpeg_segments(data)
        _check(segments.scans, MAX_SCANS, "scans", what)
        _check(segments.metadata, MAX_METADATA, "metadata segments", what)
        if segments.picture is None:
            # Pillow joins them and reads each of their fields into memory.
            _check(data.count(b"Exif\x00\x00"), 1, "EXIF segments of a broken file", what)
        return segments
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        _check(_png_chunks(data), MAX_METADATA, "chunks beside the pixels", what)
    elif data.startswith((b"GIF87a", b"GIF89a")):
        _check(_gif_comment_bytes(data), MAX_COMMENT_BYTES, "bytes of comments", what)
    elif not is_sane_tiff(data):
        raise ImageError("image_too_complex", what, "fields larger than the file")
    return None


def check_memory(
    image: Image.Image, what: str, full_pixels: int, segments: JpegSegments | None, max_pixels: int
) -> None:
    """Raises ImageError (image_too_many_pixels) where an image, at the scale that it is set to, takes more memory than
    `max_pixels` at 4 bytes each. full_pixels: at full scale."""
    taken = float(image.width * image.height * _PEAK_BYTES.get(image.format or "", _HELD_BYTES))
    if segments is not None:
        taken += 2 * segments.coefficients * full_pixels
    if taken > _HELD_BYTES * max_pixels:
        detail = f"{image.format} of {full_pixels} pixels takes {taken:.0f} bytes, limit {_HELD_BYTES * max_pixels}"
        raise ImageError("image_too_many_pixels", what, detail)


def _check(found: int, limit: int, name: str, what: str) -> None:
    if found > limit:
        raise ImageError("image_too_complex", what, f"{found} {name}, limit {limit}")


def _png_chunks(data: bytes) -> int:
    """Number of chunks that hold no pixels, as far as it matters."""
    position, chunks = 8, 0
    while chunks <= MAX_METADATA and position + 8 <= len(data):
        chunks += data[position + 4 : position + 8] not in (b"IDAT", b"fdAT")
        position += 12 + int.from_bytes(data[position : position + 4], "big")
    return chunks


def _gif_comment_bytes(data: bytes) -> int:
    """Bytes of comments before the first frame, as far as it matters."""
    position, taken = 13 + (3 << (data[10] & 7) + 1 if len(data) > 10 and data[10] & 0x80 else 0), 0
    while taken <= MAX_COMMENT_BYTES and data[position : position + 1] == b"!":
        start, position = position, position + 2
        while position < len(data) and data[position]:
            position += 1 + data[position]
        position += 1
        taken += position - start
    return taken
