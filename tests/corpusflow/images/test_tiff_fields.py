from __future__ import annotations

import struct

import pytest
from PIL import Image

from corpusflow.images.tiff_fields import MAX_NUMBERS, is_sane_tiff, orientation
from tests.corpusflow.images.pictures import encoded, turned

Field = tuple[int, int, int, int]  # tag, type, count, value or offset


def tiff(*fields: Field, order: str = "<", room: int = 0) -> bytes:
    head = b"II*\x00" if order == "<" else b"MM\x00*"
    body = b"".join(struct.pack(f"{order}HHII", *field) for field in fields)
    return head + struct.pack(f"{order}IH", 8, len(fields)) + body + bytes(room)


@pytest.mark.parametrize("prefix", [b"", b"Exif\x00\x00"])
@pytest.mark.parametrize("turn", range(1, 9))
def test_the_orientation_is_read_in_both_byte_orders(turn: int, prefix: bytes) -> None:
    assert orientation(prefix + tiff((0x10F, 2, 4, 0), (0x112, 3, 1, turn))) == turn
    assert orientation(prefix + tiff((0x112, 3, 1, turn << 16), order=">")) == turn
    assert orientation(turned(turn).tobytes()) == turn


@pytest.mark.parametrize(
    "exif",
    [
        b"",
        b"II*\x00",
        b"II*\x00\xff\xff\xff\x7f",
        b"no TIFF at all",
        tiff(),
        tiff((0x112, 3, 1, 0)),
        tiff((0x112, 3, 1, 9)),
        tiff((0x112, 2, 1, 3)),
        tiff((0x112, 3, 2, 3)),
        tiff((0x112, 3, 1, 3))[:-5],
    ],
)
def test_what_does_not_say_it_lies_as_it_is(exif: bytes) -> None:
    assert orientation(exif) == 1


def test_fields_may_take_as_many_bytes_as_the_file_has_and_not_one_more() -> None:
    fields = [(0x10F, 7, 50, 8), (0x110, 7, 50, 8)]
    size = len(tiff(*fields))
    assert is_sane_tiff(tiff(*fields, room=100 - size))
    assert not is_sane_tiff(tiff(*fields, room=99 - size))


def test_the_directories_that_the_first_names_count_too() -> None:
    inner = struct.pack("<HHHII", 1, 0x10F, 7, 10_000, 0)
    for tag, sane in ((0x8769, False), (0x10E, True)):
        assert is_sane_tiff(tiff((tag, 4, 1, 22), room=0) + inner) == sane


def test_a_field_may_have_only_so_many_numbers() -> None:
    assert is_sane_tiff(tiff((0x111, 4, MAX_NUMBERS, 8), room=1_000_000))
    assert not is_sane_tiff(tiff((0x111, 4, MAX_NUMBERS + 1, 8), room=1_000_000))
    assert is_sane_tiff(tiff((0x111, 7, MAX_NUMBERS + 1, 8), room=1_000_000))


def test_an_ordinary_file_and_what_is_none_are_sane() -> None:
    assert is_sane_tiff(encoded(Image.effect_noise((300, 200), 50), "TIFF"))
    assert is_sane_tiff(encoded(Image.new("RGB", (8, 8)), "PNG"))
