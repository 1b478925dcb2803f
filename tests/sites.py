"""Web sites on loopback addresses for crawls: each host an address of its own, with a record of what it was asked."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from tests.http_server import listening

Headers = dict[str, str]


@dataclass(frozen=True)
class Answer:
    body: bytes = b""
    kind: str = "text/html; charset=utf-8"
    status: int = 200
    headers: Headers = field(default_factory=dict)


@dataclass
class Site:
    """url: without a slash at its end. asked: how often each path was asked for."""

    url: str
    asked: Counter[str] = field(default_factory=Counter)


@contextmanager
def serve(answer: Callable[[str], Answer | None], host: str = "127.0.0.1", delay_s: float = 0.0) -> Iterator[Site]:
    """A site. answer: of a path with its query; None is a 404. delay_s: before each answer."""

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site.asked[self.path] += 1
            time.sleep(delay_s)
            found = answer(self.path) or Answer(b"not here", status=404)
            self.send_response(found.status)
            for name, value in {"Content-Type": found.kind, **found.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(found.body)))
            self.end_headers()
            self.wfile.write(found.body)

    with listening(Answering, host) as url:
        site = Site(url)
        yield site


def links(*targets: str, text: str = "", head: str = "") -> Answer:
    """A page that leads to the targets."""
    anchors = "".join(f'<a href="{target}">to {target}</a> ' for target in targets)
    page = f"<!doctype html><html><head><title>t</title>{head}</head><body><p>{text}</p>{anchors}</body></html>"
    return Answer(page.encode())
