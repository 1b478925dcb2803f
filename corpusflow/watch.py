"""One line that tells how a local run goes: on a terminal it is rewritten, elsewhere printed every few seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import TextIO

from corpusflow.progress import STAGES, read_boards

TERMINAL_S, PLAIN_S = 0.5, 5.0  # seconds between two lines
IMAGE_STAGES = ("fetch", "embed")

Boards = Mapping[str, Mapping[str, int]]


class Watch:
    """Called again and again while a run goes, with the folder of its counters."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._last = time.monotonic()
        self._started: dict[str, float] = {}

    def __call__(self, folder: str) -> None:
        now = time.monotonic()
        if now - self._last < (TERMINAL_S if self._terminal else PLAIN_S):
            return
        before, self._last = self._last, now
        boards = read_boards(folder)
        stage = current_stage(boards)
        if stage is None:
            self._show("starting workers")
            return
        done = boards[stage]["items"]
        began = self._started.setdefault(stage, before)  # some time since the last look
        rate = done / (now - began)
        self._show(line(boards, stage, rate))

    def close(self) -> None:
        """Ends the line on a terminal."""
        if self._terminal:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def _show(self, text: str) -> None:
        self._stream.write(f"\r\x1b[K{text}" if self._terminal else f"{text}\n")
        self._stream.flush()


def current_stage(boards: Boards) -> str | None:
    """The first stage that has begun and lacks items; of those that have all, the last that has begun."""
    begun = [stage for stage in STAGES if boards[stage]["planned"]]
    behind = [stage for stage in begun if boards[stage]["items"] < total_items(boards, stage)]
    return behind[0] if behind else begun[-1] if begun else None


def total_items(boards: Boards, stage: str) -> int:
    """How many documents or images a stage will see, as far as it is known: for fetch an upper bound, since an image
    that several blocks show is counted once in each."""
    if stage == "fetch":
        return boards["select"]["images"]
    if stage == "embed":
        return boards["fetch"]["items"]
    before = {"extract": "load", "screen": "extract", "align": "select", "judge": "align", "shard": "judge"}
    source = before.get(stage)
    if source is None:
        return boards[stage]["items"]
    gone = ("dropped",) if source in ("select", "judge") else ("failed",) if source == "extract" else ()
    return boards[source]["items"] - sum(boards[source][name] for name in gone)


def line(boards: Boards, stage: str, rate: float) -> str:
    """Stage, items, items per second, what was dropped and failed so far, and how long this stage will still take."""
    done, total = boards[stage]["items"], total_items(boards, stage)
    unit = "images" if stage in IMAGE_STAGES else "samples" if stage == "shard" else "documents"
    parts = [stage, f"{done:,} of {total:,} {unit}" if total > done else f"{done:,} {unit}", f"{rate:,.0f}/s"]
    parts += [
        f"{name} {amount:,}" for name in ("dropped", "failed") if (amount := sum(b[name] for b in boards.values()))
    ]
    if rate and total > done:
        minutes, seconds = divmod(round((total - done) / rate), 60)
        parts.append(f"{minutes}:{seconds:02d} left")
    return " · ".join(parts)
