"""What a command costs with all of its processes: seconds, processor seconds, peak memory. Linux: it reads /proc."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

LOOK_S = 0.1  # seconds between two looks: what a process uses after the last one is not told
_TICKS = os.sysconf("SC_CLK_TCK")
_MB = 1024 * 1024


@dataclass
class Process:
    """cpu_s: user and system. peak_mb: most memory that was resident. read_mb, written_mb: from and to the disk."""

    pid: int
    cpu_s: float = 0.0
    peak_mb: float = 0.0
    read_mb: float = 0.0
    written_mb: float = 0.0


@dataclass
class Cost:
    """first: the process that was started. others: its descendants, at any time."""

    seconds: float
    first: Process
    others: list[Process] = field(default_factory=list)

    @property
    def cpu_s(self) -> float:
        return sum(process.cpu_s for process in (self.first, *self.others))

    @property
    def disk_mb(self) -> float:
        return sum(process.read_mb + process.written_mb for process in (self.first, *self.others))


def cost_of(command: Sequence[str], log: Path) -> Cost:
    """Runs a command, whose output goes to the end of a file. Raises SystemExit where it fails."""
    start = time.perf_counter()
    with open(log, "ab") as out, subprocess.Popen(command, stdout=out, stderr=out) as started:
        known = {started.pid: Process(started.pid)}
        ended = threading.Event()
        watcher = threading.Thread(target=_watch, args=(known, ended))
        watcher.start()
        started.wait()
        seconds = time.perf_counter() - start
        ended.set()
        watcher.join()
    if started.returncode:
        raise SystemExit(f"exit code {started.returncode}, see {log}: {' '.join(command)}")
    return Cost(seconds, known.pop(started.pid), [known[pid] for pid in sorted(known)])


def _watch(known: dict[int, Process], ended: threading.Event) -> None:
    while not ended.wait(LOOK_S):
        for pid, parent in _parents():
            if parent in known and pid not in known:
                known[pid] = Process(pid)
        for process in known.values():
            _look(process)


def _parents() -> list[tuple[int, int]]:
    """(process, its parent), the older ones first."""
    found = []
    for pid in sorted(int(name) for name in os.listdir("/proc") if name.isdecimal()):
        try:
            found.append((pid, int(_fields(pid)[1])))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def _fields(pid: int) -> list[str]:
    """Of /proc/PID/stat, from the state on: the name before it may hold anything."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _look(process: Process) -> None:
    """What the process used so far; as it was where it has ended."""
    folder = Path(f"/proc/{process.pid}")
    try:
        stat = _fields(process.pid)
        status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
        moved = dict(line.split(": ", 1) for line in (folder / "io").read_text().splitlines())
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return
    process.cpu_s = max(process.cpu_s, (int(stat[11]) + int(stat[12])) / _TICKS)
    if "VmHWM" in status:  # not of one that has ended
        process.peak_mb = max(process.peak_mb, int(status["VmHWM"].split()[0]) / 1024)
    process.read_mb = max(process.read_mb, int(moved["read_bytes"]) / _MB)
    process.written_mb = max(process.written_mb, int(moved["write_bytes"]) / _MB)
