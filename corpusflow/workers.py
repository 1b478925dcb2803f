"""The worker processes of a local run: which there are, what each works on, and which died.

All of it are small files in the folder of the run's live counters. `PID.worker` is there from the start of a worker
process until it ends well, so that one without its process is a death. `PID-NUMBER.at` names a block as long as a
thread of the process works on it.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path

from corpusflow.store.set_aside import BlockAtWork

WORKER, AT_WORK, SUSPECTS = ".worker", ".at", "suspects"
_numbers = itertools.count()


def ended_well(folder: str) -> None:
    """Called by a worker process at its end."""
    Path(folder, f"{os.getpid()}{WORKER}").unlink(missing_ok=True)


@contextlib.contextmanager
def working_on(folder: str | None, block: BlockAtWork) -> Iterator[None]:
    """Tells what this thread is at; folder: None where nobody asks. What stops the run is no reason to suspect it."""
    if folder is None:
        yield
        return
    path = Path(folder, f"{os.getpid()}-{next(_numbers)}{AT_WORK}")
    new = path.with_suffix(".new")
    new.write_text(json.dumps(block))
    new.rename(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def at_work(folder: str) -> dict[int, list[BlockAtWork]]:
    """What each process is at, or was when it died, by its id."""
    found: dict[int, list[BlockAtWork]] = {}
    for path in sorted(Path(folder).glob(f"*{AT_WORK}")):
        with contextlib.suppress(FileNotFoundError):  # it is done meanwhile
            block = BlockAtWork(*json.loads(path.read_bytes()))
            found.setdefault(int(path.stem.partition("-")[0]), []).append(block)
    return found


def workers(folder: str) -> list[int]:
    """The worker processes that began and did not end well."""
    return sorted(int(path.stem) for path in Path(folder).glob(f"*{WORKER}"))


def dead_workers(folder: str) -> list[int]:
    """Those of them that are gone."""
    return [process for process in workers(folder) if not _is_alive(process)]


def stop_workers(folder: str) -> None:
    """Kills the worker processes of a run that is to end now."""
    for process in workers(folder):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def name_suspects(folder: str, blocks: Iterable[BlockAtWork]) -> None:
    """Tells the workers to come which blocks were being worked on when one died: where several are worked on at once,
    these are not, so that another death tells which one it was."""
    Path(folder, SUSPECTS).write_text(json.dumps(sorted(blocks)))


def read_suspects(folder: str) -> frozenset[BlockAtWork]:
    path = Path(folder, SUSPECTS)
    return frozenset(BlockAtWork(*entry) for entry in json.loads(path.read_bytes())) if path.exists() else frozenset()


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
