"""One line that tells how a crawl goes: on a terminal it is rewritten, elsewhere printed every few seconds."""

from __future__ import annotations

import sys
import time
from typing import TextIO

from corpusflow.progress import read_boards
from corpusflow.watch import PLAIN_S, TERMINAL_S

BOARD = "fetch"  # the live counter that a crawl shares with the fetching of a corpus


class CrawlWatch:
    """Called again and again while a round goes, with the folder of its counters."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._last = time.monotonic()
        self._round = self._urls = 0

    def begin(self, number: int, urls: int) -> None:
        self._round = number
        self._urls += urls  # of this and of the rounds before it, as the counters are

    def __call__(self, folder: str) -> None:
        now = time.monotonic()
        if now - self._last < (TERMINAL_S if self._terminal else PLAIN_S):
            return
        self._last = now
        text = f"round {self._round} · {read_boards(folder)[BOARD]['items']:,} of {self._urls:,} URLs"
        self._stream.write(f"\r\x1b[K{text}" if self._terminal else f"{text}\n")
        self._stream.flush()

    def close(self) -> None:
        """Ends the line on a terminal."""
        if self._terminal:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
