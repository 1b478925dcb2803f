"""Writes WARC 1.1 (https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/).

By hand and not with warcio, which cannot write header values with some characters beyond ASCII that servers send, and
names records by chance: here equal exchanges give equal bytes.
"""

from __future__ import annotations

import base64
import hashlib
import uuid
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from corpusflow import __version__

Headers = Sequence[tuple[str, str]]

_REVISIT = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
_HTTP = "application/http; msgtype="
# The body is stored decoded, so these would be wrong. The coding is told under another name.
_CODING_HEADERS = frozenset({"content-encoding", "transfer-encoding", "content-length"})
_ORIGINAL = "X-Crawler-"  # before their names


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer. date: ISO 8601 in UTC. body: decoded."""

    url: str
    date: str
    request_headers: Headers
    status: int
    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class Original:
    """The record that holds the payload of a revisit."""

    url: str
    date: str


class WarcOutput:
    """An archive that is being written, each record a gzip member of its own.

    name: of the archive. operator: who made it, as sites were told. Both go into its first record, `warcinfo`. Methods
    return where the response or resource stands: offset and length in bytes.
    """

    def __init__(self, out: BinaryIO, name: str, date: str, operator: str) -> None:
        self._out = out
        self._info_id = _record_id("warcinfo", name, date)
        info = {
            "software": f"corpusflow/{__version__}",
            "format": "WARC File Format 1.1",
            "operator": operator,
            "robots": "classic",
        }
        fields = "".join(f"{key}: {value}\r\n" for key, value in info.items()).encode()
        head = [("WARC-Filename", name), ("Content-Type", "application/warc-fields")]
        self._write("warcinfo", self._info_id, date, head, fields)

    def response(self, exchange: Exchange) -> tuple[int, int]:
        """The records `response` and `request`."""
        head = _answer_head(exchange)
        extra = [("WARC-Payload-Digest", payload_digest(exchange.body)), ("Content-Type", f"{_HTTP}response")]
        return self._pair("response", exchange, extra, head + exchange.body)

    def revisit(self, exchange: Exchange, original: Original) -> tuple[int, int]:
        """The records `revisit`, which holds the headers alone, and `request`."""
        extra = [
            ("WARC-Payload-Digest", payload_digest(exchange.body)),
            ("WARC-Profile", _REVISIT),
            ("WARC-Refers-To-Target-URI", original.url),
            ("WARC-Refers-To-Date", original.date),
            ("Content-Type", f"{_HTTP}response"),
        ]
        return self._pair("revisit", exchange, extra, _answer_head(exchange))

    def resource(self, url: str, date: str, mime: str, body: bytes) -> tuple[int, int]:
        """A body under a URL that it was not sent from, such as one that was redirected."""
        digest = payload_digest(body)
        head = [("WARC-Target-URI", url), ("WARC-Payload-Digest", digest), ("Content-Type", mime)]
        return self._write("resource", _record_id("resource", url, date), date, head, body)

    def _pair(self, kind: str, exchange: Exchange, extra: Headers, block: bytes) -> tuple[int, int]:
        uri = ("WARC-Target-URI", exchange.url)
        answer_id = _record_id(kind, exchange.url, exchange.date)
        place = self._write(kind, answer_id, exchange.date, [uri, *extra], block)
        request_id = _record_id("request", exchange.url, exchange.date)
        fields = [uri, ("WARC-Concurrent-To", answer_id), ("Content-Type", f"{_HTTP}request")]
        self._write("request", request_id, exchange.date, fields, _request(exchange))
        return place

    def _write(self, kind: str, record_id: str, date: str, fields: Headers, block: bytes) -> tuple[int, int]:
        head = [("WARC-Type", kind), ("WARC-Record-ID", record_id), ("WARC-Date", date), *fields]
        if kind != "warcinfo":
            head.append(("WARC-Warcinfo-ID", self._info_id))
        head += [("WARC-Block-Digest", payload_digest(block)), ("Content-Length", str(len(block)))]
        offset = self._out.tell()
        packer = zlib.compressobj(6, zlib.DEFLATED, 31)
        for piece in (_lines("WARC/1.1", head), block, b"\r\n\r\n"):
            self._out.write(packer.compress(piece))
        self._out.write(packer.flush())
        return offset, self._out.tell() - offset


def payload_digest(data: bytes) -> str:
    """As other tools write it: SHA-1 in base 32."""
    return "sha1:" + base64.b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()


def _record_id(*named: str) -> str:
    return f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, ' '.join(named))}>"


def _answer_head(exchange: Exchange) -> bytes:
    headers = [
        (_ORIGINAL + name if name.lower() in _CODING_HEADERS else name, value) for name, value in exchange.headers
    ]
    headers.append(("Content-Length", str(len(exchange.body))))
    return _lines(f"HTTP/1.1 {exchange.status} {'OK' if exchange.status == 200 else ''}".rstrip(), headers)


def _request(exchange: Exchange) -> bytes:
    host, slash, rest = exchange.url.partition("://")[2].partition("/")
    return _lines(f"GET {slash or '/'}{rest} HTTP/1.1", [("Host", host), *exchange.request_headers])


def _lines(first: str, headers: Headers) -> bytes:
    fields = (f"{_one_line(name)}: {_one_line(value)}\r\n" for name, value in headers)
    return f"{first}\r\n{''.join(fields)}\r\n".encode()


def _one_line(text: str) -> str:
    return " ".join(text.split())
