"""One run at a time in a run directory."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from corpusflow.errors import StartError
from corpusflow.store.output_file import writing
from corpusflow.store.paths import LocalStore, Store
from corpusflow.store.run_files import LOCK
from jobs.lease import Lease, held, release_job


class Lock:
    """What `locked` gives."""

    def __init__(self, lease: Lease | None) -> None:
        self._lease = lease

    def leave_to(self, job: str) -> None:
        """Called once a job has been submitted that goes on when this process has ended: the directory stays locked
        until the job's last step, or whoever learns that it failed, calls `release(store, job)`. Another run is refused
        until then, with the job's name. job: how people find it.

        In a local directory the lock ends with this process all the same.
        """
        if self._lease is not None:
            self._lease.leave_to(job)


@contextmanager
def locked(store: Store) -> Iterator[Lock]:
    """Holds the directory's lock. In a local directory it ends with the process, however that ends; on an object store
    it is a lease: see `jobs.lease`.

    Raises StartError when another run has it, and RunError, inside, when another one took it over.
    """
    if isinstance(store, LocalStore):
        with _flocked(store):
            yield Lock(None)
        return
    lease = _lease(store)
    try:
        yield Lock(lease)
        lease.check()
    except KeyboardInterrupt:
        lease.check()
        raise
    finally:
        lease.release()


def release(store: Store, job: str) -> None:
    """Ends the holding that was left to a job; nothing where it has none. May be called again and by any process."""
    if not isinstance(store, LocalStore):
        release_job(store, job)


def holding_job(store: Store) -> str | None:
    """The job to which the lock was left, None where no job has it. A launcher that can ask how the job is may
    `release` it when that has ended."""
    found = None if isinstance(store, LocalStore) else held(store)
    return found.holder if found is not None and found.job else None


def _lease(store: Store) -> Lease:
    try:
        return Lease(store, f"process {os.getpid()} on {socket.gethostname()}")
    except FileNotFoundError as error:
        raise StartError(f"{store.path('')}: there is no such bucket; make it first") from error
    except OSError as error:
        raise StartError(f"{store.path('')} cannot be used: {error}") from error


@contextmanager
def _flocked(store: LocalStore) -> Iterator[None]:
    path = store.path(LOCK)
    try:
        with writing(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            opened = open(path, "a+", encoding="ascii")  # noqa: SIM115
    except FileNotFoundError as error:  # as below /proc
        raise StartError(f"{store.path('')} cannot be made: {error.strerror}; give another --output") from error
    with opened as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip()
            raise StartError(f"{store.path('')}: another run works here (process {holder}); wait for it") from error
        except OSError as error:
            raise StartError(
                f"{store.path('')}: its file system locks no files ({error.strerror}), so two runs could work here at "
                "once; give an --output on a disk of this machine, or on gs:// or s3://"
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
