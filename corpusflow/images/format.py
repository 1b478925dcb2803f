"""Which image formats are read, and what bytes are that are none of them."""

from __future__ import annotations

ALLOWED_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")

# First bytes of formats that stand on pages or are named like pictures, but are not read: rare on the web, or with
# decoders that are not worth their risk.
_REFUSED_STARTS = (
    b"\x00\x00\x01\x00",  # ICO
    b"\x00\x00\x02\x00",  # CUR
    b"8BPS",  # PSD
    b"%PDF",
    b"%!PS",
    b"\xc5\xd0\xd3\xc6",  # EPS with a preview
    b"\x00\x00\x00\x0cjP  ",  # JPEG 2000
    b"\xff\x4f\xff\x51",  # JPEG 2000 codestream
    b"\x00\x00\x00\x0cJXL ",  # JPEG XL
    b"\xff\x0a",  # JPEG XL codestream
    b"II\xbc\x01",  # JPEG XR
    b"DDS ",
    b"qoif",
)
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")

_ALLOWED_STARTS = (b"\xff\xd8\xff", b"\x89PNG", b"GIF87a", b"GIF89a", b"BM", b"II*\x00", b"MM\x00*")


def fault_of_unreadable(data: bytes) -> str:
    """Code of the fault of bytes that no reader of an allowed format takes: `svg_refused`, `image_format_refused`
    for a picture in another format, `image_broken` for one of an allowed format whose header cannot be read, else
    `image_not_recognised`."""
    if _is_svg(data):
        return "svg_refused"
    if data.startswith(_REFUSED_STARTS) or (data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS):
        return "image_format_refused"
    if data.startswith(_ALLOWED_STARTS) or data[8:12] == b"WEBP" or data[4:12] == b"ftypavif":
        return "image_broken"
    return "image_not_recognised"


def _is_svg(data: bytes) -> bool:
    head = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    # A page may hold an inline <svg>; only a file that is XML from its start is one.
    return head.startswith((b"<svg", b"<?xml", b"<!doctype svg", b"<!--")) and b"<svg" in head and b"<html" not in head
