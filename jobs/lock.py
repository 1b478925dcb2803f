"""One run at a time in a run directory."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from corpusflow.errors import StartError
from corpusflow.store.paths import Store
from corpusflow.store.run_files import LOCK


@contextmanager
def locked(store: Store) -> Iterator[None]:
    """Holds the directory's lock, which ends with the process, however that ends. Raises StartError when another
    run has it."""
    path = store.path(LOCK)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip()
            raise StartError(f"{store.path('')}: another run works here (process {holder}); wait for it") from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
