"""The temporary folder of a local run: live counters, and notes of its processes. It goes with its run, however that
ends: what a killed run left is removed by the next."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "corpusflow-run-"
OWNER = "owner"  # locked as long as the run lives


@contextmanager
def progress_folder() -> Iterator[str]:
    """A new folder, removed at the end."""
    sweep()
    with (
        tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as folder,
        open(Path(folder, OWNER), "w", encoding="ascii") as owner,
    ):
        fcntl.flock(owner, fcntl.LOCK_EX)
        yield folder


def sweep() -> None:
    """Removes the folders whose runs are dead. Process ids would not do: containers may share a temporary folder."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            with open(folder / OWNER, "rb") as owner:
                fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue  # its run lives, has hardly begun, or is another user's
