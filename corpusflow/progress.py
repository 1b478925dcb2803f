"""Live counts of a local run: each worker process writes its own small file, the command line sums them.

Beam tells nothing of a local run before its end. Counts may include work that a retried bundle did twice; what a run
reports at its end comes from the commits.
"""

from __future__ import annotations

import functools
import mmap
import os
import struct
import threading
from collections.abc import Mapping
from pathlib import Path

from corpusflow.peak_memory import peak_memory

STAGES = (
    "load",
    "extract",
    "clean",
    "measure",
    "screen",
    "select",
    "fetch",
    "pdq",
    "faces",
    "embed",
    "draw",
    "negatives",
    "align",
    "judge",
    "shard",
)
# Pictures in blocks that a run made itself: an embedding was made, or there was one from before.
PICTURES = ("embedded", "known")
COUNTERS = ("planned", "done", "reused", "items", "images", "dropped", "failed", "set_aside", "given_up", *PICTURES)
Boards = Mapping[str, dict[str, int]]  # counters by stage

_SLOT = struct.Struct("<q")
_PEAK = _SLOT.size * len(STAGES) * len(COUNTERS)  # offset of the peak of memory
_BYTES = _PEAK + _SLOT.size


class Board:
    """The counters of this process. One writer a file; a lock for the process's own threads."""

    def __init__(self, folder: str) -> None:
        path = os.path.join(folder, f"{os.getpid()}.counts")
        with open(path, "w+b") as file:
            file.truncate(_BYTES)
            self._map = mmap.mmap(file.fileno(), _BYTES)
        self._lock = threading.Lock()

    def add(self, stage: str, counter: str, amount: int = 1) -> None:
        offset = _SLOT.size * (STAGES.index(stage) * len(COUNTERS) + COUNTERS.index(counter))
        with self._lock:
            _SLOT.pack_into(self._map, offset, _SLOT.unpack_from(self._map, offset)[0] + amount)

    def note_memory(self) -> None:
        """Notes how much memory the process has held at most."""
        _SLOT.pack_into(self._map, _PEAK, peak_memory())


@functools.cache
def board(folder: str) -> Board:
    """The one board of this process for a folder."""
    return Board(folder)


def read_boards(folder: str) -> Boards:
    """Counters by stage, summed over all processes that wrote into the folder."""
    totals = [0] * (len(STAGES) * len(COUNTERS))
    for path in sorted(Path(folder).glob("*.counts")):
        data = path.read_bytes()
        if len(data) == _BYTES:
            values = _SLOT.iter_unpack(data[:_PEAK])
            totals = [total + value for total, (value,) in zip(totals, values, strict=True)]
    rows = [totals[start : start + len(COUNTERS)] for start in range(0, len(totals), len(COUNTERS))]
    return {stage: dict(zip(COUNTERS, row, strict=True)) for stage, row in zip(STAGES, rows, strict=True)}


def peaks(folder: str) -> dict[int, int]:
    """The most memory that each process held so far, in bytes, by its id."""
    boards = {int(path.stem): path.read_bytes() for path in Path(folder).glob("*.counts")}
    return {process: _SLOT.unpack_from(data, _PEAK)[0] for process, data in boards.items() if len(data) == _BYTES}
