"""A disk that is full or read-only, an output that cannot be, and sources that change under a run."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.fault_runs import TIMEOUT_S, Made, Outcome, end, last_line, shards, start
from tests.web import captures, write_warc

SMALL_KB = (60, 150, 300)


@contextmanager
def mounted(folder: Path, size_kb: int) -> Iterator[bool]:
    """A small file system of its own; False where it may not be mounted."""
    folder.mkdir(parents=True, exist_ok=True)
    words = ["mount", "-t", "tmpfs", "-o", f"size={size_kb}k", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(words, capture_output=True, check=False).returncode:
        yield False
        return
    try:
        yield True
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _remount(folder: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(folder)], check=True)


def disk_full(made: Made) -> Iterator[Outcome]:
    """The same command goes on when there is room."""
    for workers in ("1", "2"):
        fault, said, same, tried = f"disk full, {workers} workers", "", 0, 0
        for size in SMALL_KB:
            place = made.folder / f"full-{workers}-{size}"
            with mounted(place, size) as there:
                if not there:
                    continue
                tried += 1
                stopped = end(made.recipe, place / "out", "--workers", workers)
                left = list(place.rglob(".tmp-*"))
                plain = stopped.returncode == 1 and "No space left on device; make room" in stopped.stderr
                said = f"exit {stopped.returncode}, {'told' if plain else last_line(stopped.stderr)}"
                said += f", {len(left)} temporary files left"
                _remount(place, "size=40m")
                again = end(made.recipe, place / "out", "--workers", workers)
                same += shards(place / "out") == made.shards
                said += "" if again.returncode == 0 else f"; then {last_line(again.stderr)}"
        yield Outcome(fault, tried, f"{said}; went on with room" if tried else "not tried: no right to mount", same)


def read_only(made: Made) -> Outcome:
    """The place of the output is read-only, then is not."""
    place = made.folder / "read-only"
    with mounted(place, 40_000) as there:
        if not there:
            return Outcome("output read-only", 0, "not tried: no right to mount", 0)
        _remount(place, "ro")
        stopped = end(made.recipe, place / "out")
        _remount(place, "rw")
        end(made.recipe, place / "out")
        happened = f"exit {stopped.returncode}: {last_line(stopped.stderr).replace(str(made.folder), '...')}"
        return Outcome("output read-only", 1, happened, shards(place / "out") == made.shards)


def other_outputs(made: Made) -> Iterator[Outcome]:
    below = made.folder / "file" / "out"
    below.parent.write_text("x")
    for fault, output in (("output's parent is a file", below), ("output's parent missing", made.folder / "a" / "b")):
        ended = end(made.recipe, output)
        said = last_line(ended.stderr).replace(str(made.folder), "...") if ended.returncode else "made"
        same = shards(output) == made.shards if ended.returncode == 0 else not output.exists()
        yield Outcome(fault, 1, f"exit {ended.returncode}: {said}", same)


def source_changes(made: Made) -> Iterator[Outcome]:
    """The archive changes when the first pages are extracted; the next run makes what the new archive holds."""
    whole = made.archive.read_bytes()
    other = write_warc(made.folder / "other" / "a.warc.gz", captures(range(3, 27))).read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    changes: dict[str, Callable[[Path], object]] = {
        "same length, other bytes": lambda path: path.write_bytes(flipped),
        "cut short": lambda path: path.write_bytes(whole[: len(whole) // 2]),
        "longer": lambda path: path.write_bytes(whole + whole[:2000]),
        "replaced": lambda path: path.write_bytes(other),
        "removed and put back": lambda path: path.rename(path.with_name("away")),
    }
    for number, (name, change) in enumerate(changes.items()):
        yield _changed(made, f"changed-{number}", name, change)


def _changed(made: Made, folder: str, name: str, change: Callable[[Path], object]) -> Outcome:
    place = made.folder / folder
    place.mkdir()
    archive = Path(shutil.copy2(made.archive, place / "a.warc.gz"))
    recipe = place / "recipe.yaml"
    recipe.write_text(made.recipe.read_text().replace(str(made.archive), str(archive)))
    with start(recipe, place / "out") as process:
        while process.poll() is None and not list(place.glob("out/stages/extract-*/*.json")):
            time.sleep(0.005)
        change(archive)
        code = process.wait(TIMEOUT_S)
    finished = bool(shards(place / "out"))
    if (place / "away").exists():
        (place / "away").rename(archive)
    again = end(recipe, place / "out")
    clean = end(recipe, place / "clean")
    same = shards(place / "out") == shards(place / "clean") and again.returncode == clean.returncode
    happened = "told as finished" if finished else f"stopped with exit {code}"
    return Outcome(f"source {name} during the run", 1, f"{happened}; the next run made it as it is", same)
