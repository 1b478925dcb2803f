"""TIFF fields, which EXIF is made of too: the orientation of a picture, and whether a file is worth opening.

Layout and types: TIFF 6.0, section 2. Pillow reads every field of a directory into memory as often as it is named, so
a few kilobytes of directory that name the whole file a thousand times would fill any machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

MAX_NUMBERS = 100_000  # in one field; an image of 89 million pixels in strips of 8 kB has some 40,000

_ORIENTATION = 0x0112
_DIRECTORIES = (0x8769, 0x8825, 0xA005)  # fields that point at more of them: EXIF, GPS, interoperability
_TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_BYTE_STRINGS = (1, 2, 6, 7)
_ORDERS: dict[bytes, Literal["little", "big"]] = {b"II*\x00": "little", b"MM\x00*": "big"}


def orientation(exif: bytes) -> int:
    """1 to 8 as the first directory says, 1 where it says nothing: a viewer shows the picture as it lies."""
    body = exif.removeprefix(b"Exif\x00\x00")
    for tag, kind, count, value in _fields(body, body[4:8]):
        if tag == _ORIENTATION and kind == 3 and count == 1:
            turn = int.from_bytes(value[:2], _ORDERS[body[:4]])
            return turn if 1 <= turn <= 8 else 1
    return 1


def is_sane_tiff(data: bytes) -> bool:
    """Whether the fields of the first directory, and of those that it points at, take no more bytes than the file has,
    and none has too many numbers."""
    taken = 0
    starts = [data[4:8]]
    # Each points at others once; Pillow goes no deeper either.
    for depth in range(2):
        found: list[bytes] = []
        for start in starts:
            for tag, kind, count, value in _fields(data, start):
                taken += count * _TYPE_BYTES.get(kind, 1)
                if taken > len(data) or (count > MAX_NUMBERS and kind not in _BYTE_STRINGS):
                    return False
                if tag in _DIRECTORIES and depth == 0:
                    found.append(value)
        starts = found
    return True


def _fields(data: bytes, at: bytes) -> Iterator[tuple[int, int, int, bytes]]:
    """(tag, type, count, the four bytes of the value or its offset) of each field of a directory.

    at: its offset, as the file writes it."""
    order = _ORDERS.get(data[:4])
    if order is None:
        return
    start = int.from_bytes(at, order)
    entries = int.from_bytes(data[start : start + 2], order)
    for position in range(start + 2, start + 2 + 12 * entries, 12):
        field = data[position : position + 12]
        if len(field) < 12:
            return
        yield (
            int.from_bytes(field[:2], order),
            int.from_bytes(field[2:4], order),
            int.from_bytes(field[4:8], order),
            field[8:],
        )
