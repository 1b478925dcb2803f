"""The body of an HTTP message from the bytes that went over the wire: chunks and compression undone, within a limit.

Headers of archived messages often lie (crawlers store the decoded body below the headers of the coded one), so a
body that is not what they say is taken as it is and the lie is noted.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable, Generator, Iterator

import brotli
from fastwarc.stream_io import ZstdReader

from corpusflow.errors import SourceError

_CHUNK_LINE = re.compile(rb"[ \t]*([0-9a-fA-F]{1,16})[ \t]*(?:;[^\r\n]*)?\r?\n")
MAX_CODINGS = 3  # more is no encoding but a bomb: each layer is small and takes its time
_PIECE = 1 << 16  # bytes that a decoder may give at once
_BITE = 1 << 9  # bytes that a decoder is fed at once

Pieces = Iterator[bytes]


class _NotSoEncodedError(Exception):
    """The body does not begin as its encoding must."""


class _BrokenInsideError(Exception):
    """The body begins as it must and breaks later."""


def decode_body(raw: bytes, transfer_encoding: str, content_encoding: str, max_bytes: int) -> tuple[bytes, list[str]]:
    """The decoded body, and notes: `transfer_encoding_false`, `content_encoding_false` (the bytes are not what the
    header says and were taken as they are), `transfer_encoding_broken`, `content_encoding_broken` (what could be
    decoded before the break), `content_encoding_unknown` (bytes as they are; so are those with more than MAX_CODINGS).

    Raises SourceError `body_too_large` as soon as any step gives more than max_bytes.
    """
    body, notes = raw, list[str]()
    if body and "chunked" in transfer_encoding.lower():
        body = _undo(_dechunk, body, "transfer_encoding", max_bytes, notes)
    codings = [part.strip().lower() for part in content_encoding.split(",")]
    codings = [coding for coding in codings if coding not in ("", "identity", "none", "utf-8")]
    if len(codings) > MAX_CODINGS:
        notes.append("content_encoding_unknown")
        codings = []
    for coding in reversed(codings):
        if not body:
            break
        decoder = _DECODERS.get(coding)
        if decoder is None:
            notes.append("content_encoding_unknown")
            break
        body = _undo(decoder, body, "content_encoding", max_bytes, notes)
    if len(body) > max_bytes:
        raise _too_large(max_bytes)
    return body, notes


def _undo(decoder: Callable[[bytes], Pieces], body: bytes, header: str, max_bytes: int, notes: list[str]) -> bytes:
    decoded = bytearray()
    try:
        for piece in decoder(body):
            decoded += piece
            if len(decoded) > max_bytes:
                raise _too_large(max_bytes)
    except _NotSoEncodedError:
        notes.append(f"{header}_false")
        return body
    except _BrokenInsideError:
        notes.append(f"{header}_broken")
    return bytes(decoded)


def _too_large(max_bytes: int) -> SourceError:
    return SourceError("body_too_large", "body", f"more than {max_bytes} bytes")


def _dechunk(body: bytes) -> Pieces:
    position = 0
    while line := _CHUNK_LINE.match(body, position):
        size, start = int(line[1], 16), line.end()
        end = start + size
        if size == 0 and (position or not body[end:].strip()):
            return
        after = body[end : end + 2]
        closed = end <= len(body) and (after in (b"", b"\r\n") or after[:1] == b"\n")
        if position == 0 and end <= len(body) and not closed:
            # The text of a page that happens to begin with a hexadecimal word.
            raise _NotSoEncodedError
        yield body[start:end]
        if not closed:
            raise _BrokenInsideError
        position = end + (2 if after == b"\r\n" else 1)
    raise _NotSoEncodedError if position == 0 else _BrokenInsideError


def _gunzip(body: bytes) -> Pieces:
    """All gzip members one after another; what follows the last of them is left out."""
    if body[:2] != b"\x1f\x8b":
        raise _NotSoEncodedError
    position = 0
    while body[position : position + 2] == b"\x1f\x8b":
        decoder = zlib.decompressobj(31)
        position = yield from _inflate(decoder, body, position)


def _undeflate(body: bytes) -> Pieces:
    """`deflate` is a zlib stream by the standard and a bare deflate stream in the practice of some servers."""
    if body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0:
        yield from _inflate(zlib.decompressobj(15), body)
        return
    given = False
    try:
        for piece in _inflate(zlib.decompressobj(-15), body):
            given = given or bool(piece)
            yield piece
    except _BrokenInsideError:
        # Any bytes may begin like a bare stream, so one that breaks at once never was one.
        raise _BrokenInsideError if given else _NotSoEncodedError from None


def _inflate(decoder: zlib._Decompress, body: bytes, begin: int = 0) -> Generator[bytes, None, int]:
    """Decodes from `begin` on and returns where the stream ended.

    Fed in small bites: what one call has decoded before it meets an error is lost.
    """
    try:
        for start in range(begin, len(body), _BITE):
            yield decoder.decompress(body[start : start + _BITE], _PIECE)
            while decoder.unconsumed_tail and not decoder.eof:
                yield decoder.decompress(decoder.unconsumed_tail, _PIECE)
            if decoder.eof:
                return min(start + _BITE, len(body)) - len(decoder.unused_data)
    except zlib.error as error:
        raise _BrokenInsideError from error
    raise _BrokenInsideError


def _unbrotli(body: bytes) -> Pieces:
    decoder, given = brotli.Decompressor(), False
    try:
        for start in range(0, len(body), _BITE):
            bite = body[start : start + _BITE]
            while piece := decoder.process(bite, output_buffer_limit=_PIECE):
                given, bite = True, b""
                yield piece
            if decoder.is_finished():
                return
    except brotli.error as error:
        raise (_BrokenInsideError if given else _NotSoEncodedError) from error
    raise _BrokenInsideError


def _unzstd(body: bytes) -> Pieces:
    if body[:4] != b"\x28\xb5\x2f\xfd":
        raise _NotSoEncodedError
    reader = ZstdReader(io.BytesIO(body))
    try:
        while piece := reader.read(_PIECE):
            yield piece
    except OSError as error:
        raise _BrokenInsideError from error


_DECODERS: dict[str, Callable[[bytes], Pieces]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _undeflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
