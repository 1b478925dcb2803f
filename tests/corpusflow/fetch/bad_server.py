"""A loopback server that answers each path with the bytes a test gives it, however wrong they are."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

Behaviour = bytes | Callable[[socket.socket], None]


def reply(
    body: bytes, *headers: str, status: str = "200 OK", content_type: str = "text/html", length: int | None = None
) -> bytes:
    """An answer as it goes over the wire. length: what Content-Length says, if it is to lie."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", *headers, "Connection: close"]
    lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def reset(connection: socket.socket) -> None:
    """Closes so that the other side is told that the connection was reset."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def endless(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    try:
        while True:
            connection.sendall(b"x" * 65536)
    except OSError:
        return


class Server:
    def __init__(self, listener: socket.socket, paths: Mapping[str, Behaviour]) -> None:
        self.paths = paths
        self.requests: list[str] = []
        self._listener = listener
        self.rules: list[str] = []  # requests for robots.txt and tdmrep.json, which come before the others
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"

    def run(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            request = b""
            while b"\r\n\r\n" not in request:
                piece = connection.recv(65536)
                if not piece:
                    return
                request += piece
            text = request.decode("latin-1")
            of_rules = any(name in text for name in ("/robots.txt", "/.well-known/tdmrep.json"))
            (self.rules if of_rules else self.requests).append(text)
            behaviour = self.paths.get(text.split(" ")[1], reply(b"", status="404 Not Found"))
            with suppress(OSError):  # the client went away, which is what some tests are about
                behaviour(connection) if callable(behaviour) else connection.sendall(behaviour)


@contextmanager
def serve(paths: Mapping[str, Behaviour]) -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(listener, paths)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            # Wakes the thread that waits for a connection.
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
