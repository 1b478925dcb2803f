"""One line that tells how a local run goes: on a terminal it is rewritten, elsewhere printed every few seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import TextIO

from corpusflow.progress import Boards, read_boards
from corpusflow.workers import at_work, workers

TERMINAL_S, PLAIN_S = 0.5, 5.0  # seconds between two lines
STARTING_S = 30.0  # the same where nothing can be counted yet, but on a terminal
# What must be done before the rest is estimated: models are loaded first, and the first blocks tell little.
KNOWN_SHARE, KNOWN_BLOCKS = 0.05, 3

# Stages that run together, block by block; a group begins when the one before it is through.
GROUPS = (
    ("load",),
    ("extract", "clean", "measure", "screen"),
    ("select",),
    ("fetch", "pdq", "faces", "embed"),
    ("draw",),
    ("negatives",),
    ("align", "judge"),
    ("shard",),
)

OPTIONAL = {"measure", "pdq", "faces", "draw", "negatives"}  # only where the recipe asks for them


class Watch:
    """Called again and again while a run goes, with the folder of its counters."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._begun = self._last = time.monotonic()
        self._waited: float | None = None  # when it was last said that workers start
        self._started: dict[str, float] = {}
        self._folder = ""

    def __call__(self, folder: str) -> None:
        if folder != self._folder:
            # The first, or a worker died and the run was taken up again: it counts anew.
            self._folder, self._started = folder, {}
        if self._is_due():
            busy, processes = at_work(folder), workers(folder)
            # Short stages are worked on by the launcher alone, while the workers wait.
            working = sum(process in busy for process in processes)
            self._tell(read_boards(folder), f"{working} of {len(processes)} workers" if working else "")

    def of_job(self, boards: Boards) -> None:
        """The same of a job of another engine, with its counters by stage."""
        if self._is_due():
            self._tell(boards)

    def _is_due(self) -> bool:
        return time.monotonic() - self._last >= (TERMINAL_S if self._terminal else PLAIN_S)

    def _tell(self, boards: Boards, who: str = "") -> None:
        now = time.monotonic()
        before, self._last = self._last, now
        group = current_group(boards)
        if group is None:
            self._tell_start(now)
            return
        began = self._started.setdefault(group[0], before)  # some time since the last look
        told = line(boards, group, boards[group[-1]]["items"] / (now - began))
        self._show(f"{told} · {who}" if who else told)

    def _tell_start(self, now: float) -> None:
        first = self._waited is None
        if self._terminal or self._waited is None or now - self._waited >= STARTING_S:
            self._waited = now
            self._show("starting workers" if first else f"starting workers for {now - self._begun:.0f} s")

    def close(self) -> None:
        """Ends the line on a terminal."""
        if self._terminal:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def _show(self, text: str) -> None:
        self._stream.write(f"\r\x1b[K{text}" if self._terminal else f"{text}\n")
        self._stream.flush()


def current_group(boards: Boards) -> tuple[str, ...] | None:
    """The stages that run now: the last group that has begun. None before the first."""
    begun = [group for group in GROUPS if boards[group[0]]["planned"]]
    return begun[-1] if begun else None


def total_items(boards: Boards, stage: str) -> int:
    """How many documents, images or samples will enter the first stage of a group, as far as it is known: for fetch
    an upper bound, since an image that several blocks show is counted once in each; 0 for load."""
    match stage:
        case "extract":
            return boards["load"]["items"]
        case "select":
            return boards["screen"]["items"] - boards["screen"]["dropped"]
        case "fetch":
            return boards["select"]["images"]
        case "draw" | "align":
            return boards["select"]["items"] - boards["select"]["dropped"]
        case "shard":
            return boards["judge"]["items"] - boards["judge"]["dropped"]
        case _:
            return 0


def line(boards: Boards, group: Sequence[str], rate: float) -> str:
    """Stages, items, items per second, what was dropped and failed so far, and how long these stages will still take.

    An item is done when the group's last stage is. A stage that is ahead of it has its own count, which tells where
    the time goes: `fetch 131, embed · 2 of 131 images` while a model is loaded.
    """
    done, total = boards[group[-1]]["items"], total_items(boards, group[0])
    unit = {"fetch": "images", "negatives": "negatives", "shard": "samples"}.get(group[0], "documents")
    parts = [
        ", ".join(
            f"{stage} {boards[stage]['items']:,}" if boards[stage]["items"] > done else stage
            for stage in group
            if stage not in OPTIONAL or boards[stage]["planned"]
        ),
        f"{done:,} of {total:,} {unit}" if total > done else f"{done:,} {unit}",
    ]
    if done:
        parts.append(f"{rate:,.0f}/s" if rate >= 1 else f"{rate:.2g}/s")
    lost = {name: sum(board[name] for board in boards.values()) for name in ("dropped", "failed")}
    parts += [f"{name} {amount:,}" for name, amount in lost.items() if amount]
    made = boards[group[-1]]["done"]
    blocks = made + boards[group[-1]]["reused"]
    # Blocks that an earlier run made are through at once, and then models are loaded: their rate tells nothing.
    if rate and made and total > done and (done >= KNOWN_SHARE * total or blocks >= KNOWN_BLOCKS):
        minutes, seconds = divmod(round((total - done) / rate), 60)
        parts.append(f"{minutes}:{seconds:02d} left")
    return " · ".join(parts)
