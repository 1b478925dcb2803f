"""A web on loopback that serves pictures and nothing else, fast: one process of its own, as many hosts as are wanted.

Every path `/NAME.jpg` of every host is a picture, and there is no robots.txt. Linux alone routes all of 127.0.0.0/8 to
itself, so it takes Linux.
"""

from __future__ import annotations

import asyncio
import io
import multiprocessing
import socket
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from PIL import Image

SIDES = ((640, 480), (800, 600), (1024, 768), (1280, 960), (1600, 1200))  # pixels
_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
_PORT_TRIES = 20


def host_names(count: int) -> list[str]:
    """Distinct loopback addresses, from 127.0.1.1 on."""
    return [f"127.0.{1 + number // 250}.{1 + number % 250}" for number in range(count)]


def photograph(seed: int, width: int, height: int) -> bytes:
    """A JPEG that costs what a photograph costs: soft shapes with a fine grain, 45 to 165 kB at the sizes of SIDES."""
    random = np.random.default_rng(seed)
    rough = Image.fromarray(random.integers(0, 256, (9, 12, 3), dtype=np.uint8))
    grain = random.normal(0, 9, (height // 2, width // 2)).astype(np.float32)
    grown = np.asarray(Image.fromarray(grain).resize((width, height), Image.Resampling.BILINEAR))
    soft = np.asarray(rough.resize((width, height), Image.Resampling.BICUBIC), dtype=np.float32)
    # Larger pictures of the web are compressed harder.
    quality = round(99 - 0.031 * width)
    out = io.BytesIO()
    Image.fromarray(np.clip(soft + grown[..., None], 0, 255).astype(np.uint8)).save(out, "JPEG", quality=quality)
    return out.getvalue()


def write_photographs(folder: Path, count: int) -> list[Path]:
    """The same ones on every run."""
    folder.mkdir(parents=True)
    paths = []
    for seed in range(count):
        path = folder / f"{seed:04d}.jpg"
        path.write_bytes(photograph(seed, *SIDES[seed % len(SIDES)]))
        paths.append(path)
    return paths


@contextmanager
def picture_web(
    hosts: Sequence[str], pictures: Sequence[Path], delay_s: float = 0.0, log: Path | None = None
) -> Iterator[int]:
    """Serves on one port of all hosts, in a process of its own; gives the port.

    delay_s: before each answer. log: gets a line `HOST PATH` when a picture is asked for.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, list(hosts), list(pictures), delay_s, log), daemon=True)
    process.start()
    try:
        yield int(ours.recv())
    finally:
        process.kill()
        process.join()
        ours.close()
        theirs.close()


def _serve(ready: Connection, hosts: list[str], pictures: list[Path], delay_s: float, log: Path | None) -> None:
    answers = [_answer(path.read_bytes()) for path in pictures]

    async def run() -> None:
        loop = asyncio.get_running_loop()
        with open(log or "/dev/null", "a", buffering=1, encoding="utf-8") as file:
            listeners = listening(hosts)
            for listener in listeners:
                await loop.create_server(lambda: _Visit(answers, delay_s, file if log else None), sock=listener)
            ready.send(listeners[0].getsockname()[1])
            await asyncio.Event().wait()

    asyncio.run(run())


def _answer(body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def listening(hosts: Sequence[str]) -> list[socket.socket]:
    """One listening socket for each host, all with the same port, which is free on every one."""
    for _ in range(_PORT_TRIES):
        listeners: list[socket.socket] = []
        try:
            for host in hosts:
                port = listeners[0].getsockname()[1] if listeners else 0
                listeners.append(socket.create_server((host, port), backlog=256))
            return listeners
        except OSError:
            # Another program has this port on one of the hosts.
            for listener in listeners:
                listener.close()
    raise OSError(f"no port is free on all of {len(hosts)} loopback addresses")


class _Visit(asyncio.Protocol):
    """One connection, kept for as many requests as the client likes, one after the other."""

    def __init__(self, answers: list[bytes], delay_s: float, log: TextIO | None) -> None:
        self._answers = answers
        self._delay_s = delay_s
        self._log = log
        self._received = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._host = transport.get_extra_info("sockname")[0]

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            request, _, self._received = self._received.partition(b"\r\n\r\n")
            path = request.split(b" ", 2)[1].decode()
            if path.endswith(".jpg"):
                if self._log is not None:
                    self._log.write(f"{self._host} {path}\n")
                # Not by the number in the name, lest the pictures of one host be of one size.
                answer = self._answers[zlib.crc32(f"{self._host}{path}".encode()) % len(self._answers)]
            else:
                answer = _NOT_FOUND
            asyncio.get_running_loop().call_later(self._delay_s, self._send, answer)

    def _send(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer)
