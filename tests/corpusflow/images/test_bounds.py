from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from corpusflow.errors import ImageError
from corpusflow.images.bounds import MAX_COMMENT_BYTES, MAX_METADATA, MAX_SCANS, check_structure
from tests.corpusflow.images.pictures import encoded, scene

URL = "https://site.example/picture"
SMALL = scene(1, (32, 24))


def is_too_complex(data: bytes) -> bool:
    try:
        check_structure(data, URL)
    except ImageError as error:
        return (error.code, error.what) == ("image_too_complex", URL)
    return False


def test_as_many_scans_as_allowed_are_read_and_one_more_is_refused() -> None:
    data = encoded(SMALL, "JPEG", progressive=True)
    last = data[data.rindex(b"\xff\xda") : -2]
    scans = data.count(b"\xff\xda")
    for extra, refused in ((MAX_SCANS - scans, False), (MAX_SCANS - scans + 1, True)):
        for end in (data[-2:], b""):  # a file without an end is refused all the same
            assert is_too_complex(data[:-2] + last * extra + end) == refused


def test_as_many_segments_of_a_jpeg_as_allowed_are_read_and_one_more_is_refused() -> None:
    data = encoded(SMALL, "JPEG")
    for extra, refused in ((MAX_METADATA - 1, False), (MAX_METADATA, True)):
        assert is_too_complex(data[:2] + b"\xff\xfe\x00\x02" * extra + data[2:]) == refused


def test_a_broken_jpeg_may_have_one_exif_segment() -> None:
    exif = b"\xff\xe1\x00\x08Exif\x00\x00"
    data = encoded(SMALL, "JPEG")
    for count, refused in ((1, False), (2, True)):
        assert is_too_complex(data[:2] + exif * count + data[2:-2]) == refused
        assert not is_too_complex(data[:2] + exif * count + data[2:])


def test_as_many_chunks_of_a_png_as_allowed_are_read_and_one_more_is_refused() -> None:
    data = encoded(SMALL, "PNG")
    chunk = struct.pack(">I", 0) + b"abCd" + struct.pack(">I", zlib.crc32(b"abCd"))
    pixels = struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    for extra, refused in ((MAX_METADATA - 2, False), (MAX_METADATA - 1, True)):
        assert is_too_complex(data[:33] + chunk * extra + pixels * 3 + data[33:]) == refused


def test_comments_of_a_gif_may_have_so_many_bytes_and_one_more_is_refused() -> None:
    data = encoded(SMALL.convert("P"), "GIF")
    place = 13 + (3 << (data[10] & 7) + 1)
    whole, rest = divmod(MAX_COMMENT_BYTES - 3, 256)
    block = b"\xff" + b"a" * 255
    for last, refused in ((rest - 1, False), (rest, True)):
        comment = b"!\xfe" + block * whole + bytes((last,)) + b"a" * last + b"\x00"
        assert is_too_complex(data[:place] + comment + data[place:]) == refused


def test_a_tiff_whose_fields_name_the_file_again_and_again_is_refused() -> None:
    field = struct.pack("<HHII", 0x10F, 7, 10_000, 8)
    for count, refused in ((1, False), (2, True)):
        assert is_too_complex(b"II*\x00" + struct.pack("<IH", 8, count) + field * count + bytes(10_000)) == refused


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"II*\x00", b"<html>"])
def test_what_is_hardly_a_file_is_left_to_the_reader(data: bytes) -> None:
    assert not is_too_complex(data)


MEASURE = """
import resource, sys
from corpusflow.images.decode import Limits, store_form
data = open(sys.argv[1], "rb").read()
store_form(open(sys.argv[2], "rb").read(), "", Limits())
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
picture = store_form(data, "", Limits(max_pixels=int(sys.argv[3]), max_side=int(sys.argv[4])))[1]
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
MAX_PIXELS = 20_000_000
WORK_MB = 64  # beside the picture: bands, the reduced picture, the encoder's output


def grown_mb(data: bytes, folder: Path, max_side: int) -> float:
    """By how much a fresh process grows at its peak over what it needs for a small picture."""
    (folder / "large").write_bytes(data)
    (folder / "small").write_bytes(encoded(SMALL, "JPEG"))
    arguments = [str(folder / "large"), str(folder / "small"), str(MAX_PIXELS), str(max_side)]
    command = [sys.executable, "-c", MEASURE, *arguments]
    done = subprocess.run(command, capture_output=True, check=True, timeout=120, cwd=Path(__file__).parents[3])
    return int(done.stdout) / 1024


@pytest.mark.parametrize(
    ("form", "mode", "share", "options"),
    [
        pytest.param("JPEG", "RGB", 1, {}, id="jpeg"),
        pytest.param("JPEG", "RGB", 2.5, {"progressive": True, "subsampling": 0}, id="progressive jpeg 4:4:4"),
        pytest.param("JPEG", "RGB", 1.75, {"progressive": True, "subsampling": 2}, id="progressive jpeg 4:2:0"),
        pytest.param("JPEG", "CMYK", 3, {"progressive": True, "subsampling": 0}, id="progressive cmyk"),
        pytest.param("PNG", "RGB", 1, {"compress_level": 1}, id="png"),
        pytest.param("PNG", "RGBA", 1, {"compress_level": 1}, id="png with alpha"),
        pytest.param("PNG", "I;16", 1, {"compress_level": 1}, id="png of 16 bits"),
        pytest.param("GIF", "L", 1, {"save_all": True}, id="animated gif"),
        pytest.param("WEBP", "RGB", 4, {"save_all": True, "method": 0}, id="animated webp"),
        pytest.param("AVIF", "RGB", 3, {"speed": 10, "subsampling": "4:4:4"}, id="avif"),
        pytest.param("TIFF", "RGB", 3, {"compression": "tiff_deflate", "strip_size": 1 << 30}, id="tiff of one strip"),
    ],
)
def test_a_picture_at_its_limit_takes_no_more_memory_than_the_limit_stands_for(
    tmp_path: Path, form: str, mode: str, share: float, options: dict[str, Any]
) -> None:
    side = int((MAX_PIXELS / share) ** 0.5)
    grey = Image.radial_gradient("L").resize((side, side))
    image = Image.merge(mode, [grey] * len(mode)) if mode in ("RGB", "RGBA", "CMYK") else grey.convert(mode)
    if options.get("save_all"):
        options = options | {"append_images": [image.rotate(90)] * 3}
    data = encoded(image, form, **options)
    # A JPEG that is not kept is decoded at full scale only where little is taken off it.
    max_side = side * 3 // 4 if form == "JPEG" else 1000
    assert grown_mb(data, tmp_path, max_side) < 4 * MAX_PIXELS / 2**20 + WORK_MB
