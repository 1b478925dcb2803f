from __future__ import annotations

import gzip
import zlib

import brotli
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusflow.errors import SourceError
from corpusflow.sources.http_body import decode_body

LIMIT = 1_000_000
TEXT = b"".join(b"<p>line %d of a page</p>\n" % number for number in range(3000))


def bare_deflate(data: bytes) -> bytes:
    coder = zlib.compressobj(9, zlib.DEFLATED, -15)
    return coder.compress(data) + coder.flush()


CODERS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
}


def chunked(data: bytes, size: int = 1000) -> bytes:
    pieces = [data[start : start + size] for start in range(0, len(data), size)] + [b""]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)


@pytest.mark.parametrize("coding", CODERS)
def test_each_coding_is_undone(coding: str) -> None:
    assert decode_body(CODERS[coding](TEXT), "", coding, LIMIT) == (TEXT, [])


@pytest.mark.parametrize("coding", CODERS)
def test_chunks_and_coding_are_undone_in_their_order(coding: str) -> None:
    assert decode_body(chunked(CODERS[coding](TEXT)), "Chunked", coding.upper(), LIMIT) == (TEXT, [])


def test_a_deflate_stream_without_its_wrapper_is_undone() -> None:
    assert decode_body(bare_deflate(TEXT), "", "deflate", LIMIT) == (TEXT, [])


def test_codings_are_undone_from_the_last_to_the_first() -> None:
    assert decode_body(gzip.compress(brotli.compress(TEXT)), "", "br, gzip", LIMIT) == (TEXT, [])


def test_several_gzip_members_are_one_body_and_what_follows_is_left_out() -> None:
    coded = gzip.compress(b"one ") + gzip.compress(b"two") + b"\0\0junk"
    assert decode_body(coded, "", "gzip", LIMIT) == (b"one two", [])


@pytest.mark.parametrize("coding", ["", "identity", " , "])
def test_nothing_is_undone_where_nothing_was_done(coding: str) -> None:
    assert decode_body(TEXT, "", coding, LIMIT) == (TEXT, [])


@pytest.mark.parametrize("coding", CODERS)
def test_an_empty_body_is_no_lie(coding: str) -> None:
    assert decode_body(b"", "chunked", coding, LIMIT) == (b"", [])


@pytest.mark.parametrize("coding", CODERS)
def test_a_body_that_is_neither_chunked_nor_coded_is_taken_as_it_is(coding: str) -> None:
    notes = ["transfer_encoding_false", "content_encoding_false"]
    assert decode_body(TEXT, "chunked", coding, LIMIT) == (TEXT, notes)


def test_an_unknown_coding_leaves_the_bytes_and_is_noted() -> None:
    assert decode_body(b"bytes", "", "compress", LIMIT) == (b"bytes", ["content_encoding_unknown"])


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_a_coded_body_that_breaks_off_gives_its_beginning(coding: str) -> None:
    coded = CODERS[coding](TEXT)
    body, notes = decode_body(coded[: len(coded) * 3 // 4], "", coding, LIMIT)
    assert notes == ["content_encoding_broken"]
    assert TEXT.startswith(body)
    assert len(body) > len(TEXT) // 4


def test_a_gzip_body_that_is_damaged_inside_gives_its_beginning() -> None:
    coded = bytearray(gzip.compress(TEXT))
    middle = len(coded) // 2
    coded[middle : middle + 50] = bytes(50)
    body, notes = decode_body(bytes(coded), "", "gzip", LIMIT)
    assert notes == ["content_encoding_broken"]
    assert body.startswith(TEXT[:1000])


@pytest.mark.parametrize(
    ("raw", "body", "notes"),
    [
        (b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: z\r\n\r\n", b"abcde", []),
        (b"3\nabc\n0\n\n", b"abc", []),
        (b"0\r\n\r\n", b"", []),
        (b"003 \r\nabc\r\n0\r\n", b"abc", []),
        (b"3\r\nabc\r\n", b"abc", ["transfer_encoding_broken"]),
        (b"3\r\nabc\r\nff\r\nde", b"abcde", ["transfer_encoding_broken"]),
        (b"3\r\nabc\r\n2\r\ndefgh", b"abcde", ["transfer_encoding_broken"]),
        (b"ffffffff\r\nabc", b"abc", ["transfer_encoding_broken"]),
        (b"beef\nis a word", b"is a word", ["transfer_encoding_broken"]),
        (b"2\nis a number", b"2\nis a number", ["transfer_encoding_false"]),
        (b"0\nis a number", b"0\nis a number", ["transfer_encoding_false"]),
        (b"<html>", b"<html>", ["transfer_encoding_false"]),
    ],
)
def test_chunks_are_joined_and_what_are_none_is_left(raw: bytes, body: bytes, notes: list[str]) -> None:
    assert decode_body(raw, "chunked", "", LIMIT) == (body, notes)


@pytest.mark.parametrize("coding", ["", *CODERS])
def test_a_body_of_the_limit_is_taken_and_one_byte_more_is_too_large(coding: str) -> None:
    coded = CODERS[coding](TEXT) if coding else TEXT
    assert decode_body(coded, "", coding, len(TEXT)) == (TEXT, [])
    with pytest.raises(SourceError, match="body_too_large"):
        decode_body(coded, "", coding, len(TEXT) - 1)


@pytest.mark.parametrize("coding", CODERS)
def test_a_bomb_inside_a_bomb_is_stopped(coding: str) -> None:
    bomb = CODERS[coding](CODERS[coding](bytes(20_000_000)))
    with pytest.raises(SourceError, match="body_too_large"):
        decode_body(bomb, "", f"{coding}, {coding}", LIMIT)


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["", "chunked"]), st.sampled_from(["", *CODERS, "br, gzip"]))
def test_any_bytes_give_a_body_within_the_limit(raw: bytes, transfer: str, coding: str) -> None:
    try:
        body, _ = decode_body(raw, transfer, coding, 1000)
    except SourceError:
        return
    assert len(body) <= 1000


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=2000), st.sampled_from([*CODERS]), st.integers(1, 500))
def test_whatever_was_coded_comes_back(data: bytes, coding: str, size: int) -> None:
    assert decode_body(chunked(CODERS[coding](data), size), "chunked", coding, LIMIT) == (data, [])
