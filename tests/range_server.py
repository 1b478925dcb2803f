"""A loopback server of files in byte ranges, as Common Crawl serves them, that misbehaves where a test wants it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import unquote

from tests.http_server import listening

# Gets the handler and what its answer would be (start, end, whole file); returns whether it answered itself.
Fault = Callable[["RangeHandler", int, int, bytes], bool]


@dataclass
class Ranges:
    """What a server was asked for: (path, first byte, last byte). faults: by path, for one request each, in order."""

    url: str
    asked: list[tuple[str, int, int]] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    faults: dict[str, list[Fault]] = field(default_factory=dict)


class RangeHandler(BaseHTTPRequestHandler):
    root: Path | Mapping[str, bytes]
    log: Ranges

    def do_GET(self) -> None:
        name = unquote(self.path).lstrip("/")
        match = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        first, last = (int(number) for number in match.groups()) if match else (0, -1)
        self.log.asked.append((name, first, last))
        self.log.agents.add(self.headers.get("User-Agent", ""))
        data = self._data(name)
        if data is None:
            self.reply(404, b"")
            return
        faults = self.log.faults.get(name, [])
        if faults and faults.pop(0)(self, first, last, data):
            return
        if first >= len(data):
            self.reply(416, b"", f"bytes */{len(data)}")
            return
        last = min(last, len(data) - 1)
        self.reply(206, data[first : last + 1], f"bytes {first}-{last}/{len(data)}")

    def reply(
        self, status: int, body: bytes, content_range: str = "", length: int | None = None, **headers: str
    ) -> None:
        self.send_response(status)
        if content_range:
            self.send_header("Content-Range", content_range)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def _data(self, name: str) -> bytes | None:
        if isinstance(self.root, Path):
            path = self.root / name
            return path.read_bytes() if path.is_file() else None
        return self.root.get(name)


def status(code: int, **headers: str) -> Fault:
    """Another status instead of the range."""

    def fault(handler: RangeHandler, first: int, last: int, data: bytes) -> bool:
        handler.reply(code, b"", **headers)
        return True

    return fault


def whole_file(handler: RangeHandler, first: int, last: int, data: bytes) -> bool:
    """The server knows nothing of ranges."""
    handler.reply(200, data)
    return True


def cut_body(handler: RangeHandler, first: int, last: int, data: bytes) -> bool:
    """The connection breaks after half of what was told."""
    end = min(last, len(data) - 1)
    body = data[first : end + 1]
    handler.reply(206, body[: len(body) // 2], f"bytes {first}-{end}/{len(data)}", length=len(body))
    return True


def other_range(told: str) -> Fault:
    """Bytes that are not those asked for. told: Content-Range, empty for none."""

    def fault(handler: RangeHandler, first: int, last: int, data: bytes) -> bool:
        handler.reply(206, data[: last + 1 - first], told)
        return True

    return fault


@contextmanager
def serve_ranges(root: Path | Mapping[str, bytes]) -> Iterator[Ranges]:
    """root: a folder, or the files by name."""
    log = Ranges("")
    handler = type("Serving", (RangeHandler,), {"root": root, "log": log})
    with listening(handler) as url:
        log.url = f"{url}/"
        yield log
