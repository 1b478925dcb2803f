"""A proxy before a server of object stores that counts requests and does to some what networks and services do."""

from __future__ import annotations

import http.client
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

CUT_UPLOAD = "cut upload"  # the connection ends in the middle of the request's body
CUT_ANSWER = "cut answer"  # the connection ends in the middle of the answer's body
_HOP = {"connection", "transfer-encoding", "content-length", "host", "expect", "keep-alive"}


@dataclass
class Faults:
    """asked: requests by method. script: what happens to the next requests of a method: a status, CUT_UPLOAD,
    CUT_ANSWER; those after the last pass. part: only requests with this in their target count for the script.
    always: an answer's status to every request of a method."""

    address: str = ""
    asked: Counter[str] = field(default_factory=Counter)
    targets: list[str] = field(default_factory=list)
    script: dict[str, list[int | str | None]] = field(default_factory=dict)
    part: str = ""
    always: dict[str, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self, method: str, target: str) -> int | str | None:
        with self.lock:
            self.asked[method] += 1
            self.targets.append(f"{method} {target}")
            if self.part in target and (script := self.script.get(method)):
                return script.pop(0)
            return self.always.get(method)


@contextmanager
def faulty_proxy(server: str) -> Iterator[Faults]:
    """A proxy before this address. server: http://host:port"""
    faults, host = Faults(), urlsplit(server).netloc

    class Handler(_Handler):
        told, behind = faults, host

    with _Server(("127.0.0.1", 0), Handler) as proxy:
        proxy.daemon_threads = True
        faults.address = f"http://127.0.0.1:{proxy.server_address[1]}"
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield faults
        finally:
            proxy.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    def handle_error(self, *args: Any) -> None:
        """Clients hang up when they have what they want; that is no news."""


class _Handler(BaseHTTPRequestHandler):
    told: Faults
    behind: str
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        pass

    def _serve(self) -> None:
        fault = self.told.next(self.command, self.path)
        if fault == CUT_UPLOAD:
            self.rfile.read(min(10, int(self.headers.get("Content-Length", 10)) // 2))
            self._hang_up()
            return
        body = self._body()
        if isinstance(fault, int):
            status, headers, answer = fault, [], b"<Error><Code>Broken</Code></Error>"
        else:
            status, headers, answer = self._ask(body)
        self.send_response(status)
        for name, value in headers:
            # Of uploads in pieces the server tells where they go on.
            self.send_header(name, value.replace(self.behind, self.headers["Host"]))
        if self.command != "HEAD":
            self.send_header("Content-Length", str(len(answer)))
        elif not any(name.lower() == "content-length" for name, _ in headers):
            self.send_header("Content-Length", "0")
        self.end_headers()
        if fault == CUT_ANSWER:
            self.wfile.write(answer[: len(answer) // 2])
            self.wfile.flush()
            self._hang_up()
        elif self.command != "HEAD":
            self.wfile.write(answer)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = do_PATCH = _serve  # noqa: N815

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        whole = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            whole += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return whole

    def _ask(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(self.behind, timeout=30)
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
            connection.request(self.command, self.path, body or None, headers)
            answer = connection.getresponse()
            data = answer.read()
            hop = _HOP - {"content-length"} if self.command == "HEAD" else _HOP
            headers_back = [(name, value) for name, value in answer.getheaders() if name.lower() not in hop]
            return answer.status, headers_back, data
        finally:
            connection.close()
