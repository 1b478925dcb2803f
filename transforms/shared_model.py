"""One model per GPU: the forward pass in a process of its own, which all processes of a machine use."""

from __future__ import annotations

import functools
import hashlib
import logging
import multiprocessing
import multiprocessing.util
import os
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from apache_beam.utils.multi_process_shared import MultiProcessShared

from corpusflow.errors import ModelError
from corpusflow.models.open_clip import OpenClip, run_gpu_models_by
from corpusflow.models.open_clip_forward import Forward
from transforms.shared_arrays import Address, Form, SharedMemory, opened

log = logging.getLogger(__name__)

T = TypeVar("T")

ATTEMPTS = 2  # a process that died is replaced once for each batch: more would hide what kills it


def share_gpu_models() -> None:
    """From now on this process shares the models that run on a GPU with the others of this machine: decoding,
    preprocessing and tokenizing stay in each, the forward pass alone does not. On a CPU each has a model of its own.
    """
    run_gpu_models_by(SharedForward)


class SharedForward:
    """The forward pass of a model that another process of this machine has loaded.

    The first process that asks starts that process, which ends with it; another one that still needs it then starts
    the next. Batches are run one after the other as they come: those of several processes are not merged. Calls travel
    through a loopback socket, pickled, whose key is Beam's and no secret: other users of the machine could write to it.
    Arrays lie in memory that both processes see.

    Without a GPU and with a forward pass that does nothing, on two cores busy with other work, the median time of a
    call with 8 images of 224 pixels was 1.7 ms, with 64 images 35 ms (through the socket 76 and 363 ms).
    """

    def __init__(self, spec: OpenClip) -> None:
        self._spec = spec
        # Of other code or other weights it would be another model.
        made_by = (spec, spec.name, __file__)
        self._tag = "open_clip-" + hashlib.sha256(repr(made_by).encode()).hexdigest()[:16]
        self._process: Any = None
        self._memory: SharedMemory | None = SharedMemory.new()
        self._lock = threading.Lock()  # the memory holds one array

    def preprocessing(self) -> dict[str, Any]:
        return self._asked(lambda process: dict(process.preprocessing()))

    def images(self, pixels: np.ndarray) -> np.ndarray:
        return self._asked(functools.partial(self._embedded, "images", pixels))

    def texts(self, tokens: np.ndarray) -> np.ndarray:
        return self._asked(functools.partial(self._embedded, "texts", tokens))

    def _embedded(self, method: str, batch: np.ndarray, process: Any) -> np.ndarray:
        if self._memory is None:
            return np.asarray(process.embed(method, batch))
        form = process.embed_there(method, self._memory.address, self._memory.put(batch))
        return self._memory.view(form).copy()

    def _asked(self, ask: Callable[[Any], T]) -> T:
        fault: Exception | None = None
        with self._lock:
            for _ in range(ATTEMPTS):
                try:
                    if self._process is None:
                        self._process = self._acquire()
                    return ask(self._process)
                except (EOFError, ConnectionError) as error:
                    self._process, fault = None, error
        raise ModelError(
            f"the process that runs {self._spec.name} for all processes of this machine died {ATTEMPTS} times, perhaps "
            "for want of memory; a smaller batch_size needs less"
        ) from fault

    def _acquire(self) -> Any:
        constructor = functools.partial(_ModelProcess, self._spec)
        options = {"path": str(_meeting_place()), "always_proxy": True, "spawn_process": True}
        before = multiprocessing.active_children()
        try:
            acquired = MultiProcessShared(constructor, self._tag, **options).acquire()
        except RuntimeError as error:
            raise ModelError(f"the process that is to run {self._spec.name} cannot be started: {error}") from error
        for started in multiprocessing.active_children():
            if started not in before:
                # Beam ends it by atexit, which children of multiprocessing leave out: they would wait for it forever.
                multiprocessing.util.Finalize(started, started.terminate, exitpriority=1)
        if self._memory is not None and not acquired.sees(self._memory.address):
            log.warning("%s cannot see memory of this process: batches go through a socket, slowly", self._spec.name)
            self._memory = None
        return acquired


class _ModelProcess:
    """What the shared process holds. The model is loaded by the first batch, so that its ModelError reaches those who
    ask; what Beam's constructor raises would arrive as text."""

    def __init__(self, spec: OpenClip) -> None:
        # Beam has it say how it serves, and that its parent died when that has only ended.
        logging.getLogger().setLevel(logging.ERROR)
        self._spec = spec
        self._forward: Forward | None = None
        # Every connection has its thread, but the number of threads that torch takes holds for one alone.
        self._thread = ThreadPoolExecutor(max_workers=1)

    def sees(self, address: Address) -> bool:
        try:
            with opened(address):
                return True
        except OSError:
            return False

    def preprocessing(self) -> dict[str, Any]:
        return self._thread.submit(lambda: self._loaded().preprocessing()).result()

    def embed(self, method: str, batch: np.ndarray) -> np.ndarray:
        return self._thread.submit(lambda: np.asarray(getattr(self._loaded(), method)(batch))).result()

    def embed_there(self, method: str, address: Address, form: Form) -> Form:
        """Embeds the batch that lies there, and puts the rows in its place: those of 8 images wait 40 ms in a socket
        until the number of their bytes, sent before them, is acknowledged."""
        with opened(address) as memory:
            return memory.put(self.embed(method, memory.view(form)))

    def _loaded(self) -> Forward:
        # No cached property: the proxy looks at all attributes, and would load the model in another thread.
        if self._forward is None:
            self._forward = self._spec.own_forward()
        return self._forward


def _meeting_place() -> Path:
    """Folder of this user alone, where the shared process tells its address: who else could write there could make us
    read what they pickled. In the temporary folder, since a home may belong to several machines."""
    folder = Path(tempfile.gettempdir()) / f"corpusflow-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if status.st_uid != os.getuid() or status.st_mode & 0o77:
        raise ModelError(f"{folder} is not this user's alone; remove it, or set TMPDIR to another folder")
    return folder
