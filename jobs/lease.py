"""A lock on an object store: an object that tells who has it, and a counter in it that the holder raises.

No clock of one machine is compared with another's. Who finds the object watches the counter: if it moves, the holder
lives; if it stands still for BEATS beats, the holder is gone and the lock is taken over. A holder that was only cut off
for so long finds another in the object at its next beat, and stops: within a beat two may believe to hold it, and what
they commit meanwhile is whole all the same (`corpusflow.store.attempts`).
"""

from __future__ import annotations

import _thread
import json
import logging
import threading
import time
import uuid
from dataclasses import asdict, dataclass
from typing import Any

from corpusflow.errors import RunError, StartError, StorageError
from corpusflow.store.paths import Store
from corpusflow.store.run_files import LOCK

BEAT_S = 10.0  # seconds between two beats
BEATS = 3  # beats without a move, after which a holder is taken for gone

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Held:
    """What the lock's object says. token: of one holding. beat: raised while the holder lives. job: whether the holder
    is a job that runs without a launcher: it does not beat, and ends the holding itself."""

    holder: str
    token: str
    beat: int = 0
    job: bool = False

    def to_bytes(self) -> bytes:
        return json.dumps(asdict(self), sort_keys=True).encode()


def held(store: Store) -> Held | None:
    """Who has the lock; None where nobody has. An object that makes no sense is held by one that does not beat."""
    try:
        data: Any = json.loads(store.read(LOCK))
        return Held(**data)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        return Held("something else", "")


class Lease:
    """The lock, held until `release`. holder: for people. Raises StartError where another has it, which takes BEATS
    beats to find out at most, and StorageError where it cannot be written."""

    def __init__(self, store: Store, holder: str) -> None:
        self._store = store
        self._held = Held(holder, uuid.uuid4().hex)
        self._in_main = threading.current_thread() is threading.main_thread()
        self._end = threading.Event()
        self.lost_to: str | None = None
        self._take()
        self._thread = threading.Thread(target=self._beat, name="run.lock", daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Raises RunError where another took the lock over meanwhile."""
        if self.lost_to is not None:
            raise RunError(
                f"{self._store.path(LOCK)}: {self.lost_to} took this run for gone and works here now; what is "
                "committed stays"
            )

    def leave_to(self, job: str) -> None:
        """Hands the lock to a job, which ends it by `release_job`; nobody takes it over from one."""
        self._stop()
        self.check()
        self._store.write(LOCK, Held(job, self._held.token, job=True).to_bytes())

    def release(self) -> None:
        self._stop()
        now = held(self._store)
        if now is not None and now.token == self._held.token and not now.job:
            self._store.remove(LOCK)

    def _stop(self) -> None:
        self._end.set()
        self._thread.join()

    def _take(self) -> None:
        while not self._store.write_new(LOCK, self._held.to_bytes()):
            found = held(self._store)
            if found is None:
                continue
            if found.job:
                raise StartError(
                    f"{self._store.path('')}: {found.holder} works here; wait for it. If it has failed or was "
                    f"cancelled, remove {self._store.path(LOCK)}"
                )
            self._watch(found)
            if held(self._store) == found:
                log.warning("%s: %s is gone; this run takes over", self._store.path(LOCK), found.holder)
                self._store.remove(LOCK)

    def _watch(self, found: Held) -> None:
        """Returns once the holder is taken for gone, or has ended. Raises StartError once it is seen to live."""
        log.info("%s: %s held the lock last; waiting to see whether it lives", self._store.path(LOCK), found.holder)
        start = time.monotonic()
        while time.monotonic() - start < BEATS * BEAT_S:
            time.sleep(BEAT_S / 4)
            now = held(self._store)
            if now is None:
                return
            if now != found:
                raise StartError(f"{self._store.path('')}: another run works here ({now.holder}); wait for it")

    def _beat(self) -> None:
        while not self._end.wait(BEAT_S):
            try:
                now = held(self._store)
                if now is None or now.token != self._held.token:
                    self._lose(now)
                    return
                self._held = Held(now.holder, now.token, now.beat + 1)
                self._store.write(LOCK, self._held.to_bytes())
            except (OSError, StorageError) as error:
                # If it lasts, others take over; this one finds them once it is back.
                log.warning("%s cannot be renewed: %s", self._store.path(LOCK), error)

    def _lose(self, now: Held | None) -> None:
        self.lost_to = now.holder if now else "nobody any more: somebody removed it. Perhaps another run"
        if self._in_main:
            _thread.interrupt_main()


def release_job(store: Store, job: str) -> None:
    """Ends the holding of a job, at its end; nothing where it has none."""
    now = held(store)
    if now is not None and now.job and now.holder == job:
        store.remove(LOCK)
