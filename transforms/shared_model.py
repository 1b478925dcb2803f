"""One model per GPU: the forward pass in a process of its own, which all processes of a machine use."""

from __future__ import annotations

import functools
import hashlib
import logging
import multiprocessing
import multiprocessing.util
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from apache_beam.utils.multi_process_shared import MultiProcessShared

from corpusflow.errors import ModelError
from corpusflow.models.open_clip import OpenClip, run_gpu_models_by
from corpusflow.models.open_clip_forward import Forward

ATTEMPTS = 2  # a process that died is replaced once for each batch: more would hide what kills it


def share_gpu_models() -> None:
    """From now on this process shares the models that run on a GPU with the others of this machine: decoding,
    preprocessing and tokenizing stay in each, the forward pass alone does not. On a CPU each has a model of its own.
    """
    run_gpu_models_by(SharedForward)


class SharedForward:
    """The forward pass of a model that another process of this machine has loaded.

    The first process that asks starts that process, which ends with it; another one that still needs it then starts
    the next. Batches are run one after the other as they come: those of several processes are not merged. They travel
    through a loopback socket, pickled, whose key is Beam's and no secret: other users of the machine could write to it.
    """

    def __init__(self, spec: OpenClip) -> None:
        self._spec = spec
        # Of other code or other weights it would be another model.
        made_by = (spec, spec.name, __file__)
        self._tag = "open_clip-" + hashlib.sha256(repr(made_by).encode()).hexdigest()[:16]
        self._process: Any = None

    def preprocessing(self) -> dict[str, Any]:
        return dict(self._asked("preprocessing"))

    def images(self, pixels: np.ndarray) -> np.ndarray:
        return np.asarray(self._asked("images", pixels))

    def texts(self, tokens: np.ndarray) -> np.ndarray:
        return np.asarray(self._asked("texts", tokens))

    def _asked(self, method: str, *arrays: np.ndarray) -> Any:
        fault: Exception | None = None
        for _ in range(ATTEMPTS):
            try:
                if self._process is None:
                    self._process = self._acquire()
                return self._process.run(method, *arrays)
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

    def run(self, method: str, *arrays: np.ndarray) -> Any:
        return self._thread.submit(self._run, method, arrays).result()

    def _run(self, method: str, arrays: tuple[np.ndarray, ...]) -> Any:
        # No cached property: the proxy looks at all attributes, and would load the model in another thread.
        if self._forward is None:
            self._forward = self._spec.own_forward()
        return getattr(self._forward, method)(*arrays)


def _meeting_place() -> Path:
    """Folder of this user alone, where the shared process tells its address: who else could write there could make us
    read what they pickled. In the temporary folder, since a home may belong to several machines."""
    folder = Path(tempfile.gettempdir()) / f"corpusflow-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if status.st_uid != os.getuid() or status.st_mode & 0o77:
        raise ModelError(f"{folder} is not this user's alone; remove it, or set TMPDIR to another folder")
    return folder
