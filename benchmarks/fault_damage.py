"""What was made is damaged on disk, a write fails, or the end of a run is broken off: each in this process."""

from __future__ import annotations

import errno
import io
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.fault_runs import Made, Outcome, end, shards
from corpusflow.errors import RunError, StorageError
from corpusflow.recipe import load_recipe
from corpusflow.store.output_file import writing
from corpusflow.store.paths import LocalStore
from filters.registry import available_filters
from jobs.begin import RunOptions
from jobs.launch import run_corpus

Hurt = Callable[[Path, random.Random], object]


def _flip(file: Path, chance: random.Random) -> None:
    data = bytearray(file.read_bytes())
    if data:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    file.write_bytes(data)


def _replace(file: Path, chance: random.Random) -> None:
    """By the same file of another block, where there is one."""
    others = [other for other in sorted(file.parent.glob(f"*{''.join(file.suffixes)}")) if other != file]
    file.write_bytes(chance.choice(others).read_bytes() if others else b"other")


HURTS: dict[str, Hurt] = {
    "one bit flipped": _flip,
    "cut in the middle": lambda file, chance: file.write_bytes(file.read_bytes()[: file.stat().st_size // 2]),
    "emptied": lambda file, chance: file.write_bytes(b""),
    "another block's": _replace,
    "removed": lambda file, chance: file.unlink(),
}


def run(made: Made, output: Path) -> dict[str, Any] | None:
    registry = available_filters()
    return run_corpus(load_recipe(str(made.recipe), registry), registry, str(output), RunOptions())


def damage(made: Made, chance: random.Random) -> Iterator[Outcome]:
    """One file of each kind, of one stage at a time."""
    for name, hurt in HURTS.items():
        output = Path(shutil.copytree(made.folder / "whole", made.folder / f"hurt-{name.replace(' ', '-')}"))
        times = same = again = 0
        for folder in sorted(path for path in (output / "stages").iterdir() if path.is_dir()):
            kinds: dict[str, list[Path]] = {}
            for file in sorted(path for path in folder.iterdir() if path.is_file()):
                kinds.setdefault("".join(file.suffixes), []).append(file)
            chosen = {file: file.read_bytes() for file in map(chance.choice, kinds.values())}
            for file in chosen:
                hurt(file, chance)
            run(made, output)
            times += len(chosen)
            same += len(chosen) if shards(output) == made.shards else 0
            # A sidecar tells how long its block took, too.
            again += sum(file.exists() and file.read_bytes() in (was, *_other(file)) for file, was in chosen.items())
        yield Outcome(f"a stage's file: {name}", times, f"{again} of {times} files made again", same)


def _other(file: Path) -> list[bytes]:
    return [file.read_bytes()] if file.suffix == ".json" else []


def shard_damage(made: Made) -> Iterator[Outcome]:
    output = Path(shutil.copytree(made.folder / "whole", made.folder / "hurt-shards"))
    chance = random.Random(3)
    times = same = 0
    for hurt in HURTS.values():
        for suffix in ("tar", "parquet", "json"):
            file = chance.choice(sorted((output / "shards").glob(f"*.{suffix}")))
            hurt(file, chance)
            run(made, output)
            times += 1
            same += shards(output) == made.shards
    yield Outcome("a shard, its table or its commit damaged", times, "made again", same)
    extra = [output / "shards" / "train-000099.tar", output / "shards" / "notes.parquet"]
    for file in extra:
        file.write_bytes(b"more")
    run(made, output)
    left = sum(file.exists() for file in extra)
    yield Outcome("more files in shards/", 1, f"{left} of {len(extra)} left", shards(output) == made.shards)


@contextmanager
def failing(after: int, fault: Callable[[], Exception]) -> Iterator[list[int]]:
    """The write with this number fails; counts them. -1: none does."""
    publish, count = LocalStore.publish, [0]

    def counted(self: LocalStore, name: str, final: str = "") -> None:
        count[0] += 1
        if count[0] == after:
            raise fault()
        publish(self, name, final)

    LocalStore.publish = counted  # type: ignore[method-assign]
    try:
        yield count
    finally:
        LocalStore.publish = publish  # type: ignore[method-assign]


def interrupted_end(made: Made) -> Outcome:
    """Broken off before each of the files that the end of a run writes."""
    whole = made.folder / "whole"
    with failing(-1, RuntimeError) as count:
        run(made, Path(shutil.copytree(whole, made.folder / "counted-end")))
    same = told = 0
    for number in range(1, count[0] + 1):
        output = Path(shutil.copytree(whole, made.folder / f"end-{number}"))
        with failing(number, lambda: RunError("broken off")):
            try:
                run(made, output)
            except RunError:
                told += 1
        run(made, output)
        same += shards(output) == made.shards
        shutil.rmtree(output)
    return Outcome("the end of a run broken off before each of its writes", count[0], f"{told} told, all ended", same)


def writes_that_fail(made: Made, times: int, chance: random.Random) -> Outcome:
    """At any byte of any file: the disk is full once so many bytes were written."""
    write, left = io.FileIO.write, [0]
    from corpusflow.store import output_file

    class Full(output_file._Output):
        def write(self, data: Any, /) -> int:
            left[0] -= memoryview(data).nbytes
            with writing(self._told):
                if left[0] < 0:
                    raise OSError(errno.ENOSPC, "No space left on device")
                return write(self, data)

    whole = sum(file.stat().st_size for file in (made.folder / "whole").rglob("*") if file.is_file())
    own, same, told = output_file._Output, 0, 0
    for number in range(times):
        output = made.folder / f"full-{number}"
        left[0] = chance.randrange(whole)
        output_file._Output = Full  # type: ignore[misc]
        try:
            run(made, output)
        except (StorageError, RunError) as error:
            told += "No space left on device; make room" in str(error)
        finally:
            output_file._Output = own  # type: ignore[misc]
        same += end(made.recipe, output).returncode == 0 and shards(output) == made.shards
    return Outcome("disk full after any byte", times, f"{told} told with the file and the way out", same)
