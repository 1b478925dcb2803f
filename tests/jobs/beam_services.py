"""Beam's job service and a pool of workers as processes of their own, on loopback: the way of Flink and Spark, with no
cluster."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]
JOB_SERVICE = "apache_beam.runners.portability.local_job_service_main"
WORKER_POOL = "apache_beam.runners.worker.worker_pool_main"
PATIENCE_S = 60.0


@contextmanager
def job_service(folder: Path) -> Iterator[str]:
    """Gives the address."""
    told = folder / "port"
    with _process(JOB_SERVICE, "--port_file", str(told), "--staging_dir", str(folder / "staged"), log=folder / "jobs"):
        _wait_for(told.exists)
        yield f"127.0.0.1:{told.read_text()}"


class WorkerPool:
    """Starts workers, each a process, when a job asks for them."""

    def __init__(self, address: str, process: subprocess.Popen[bytes]) -> None:
        self.address = address
        self._process = process

    def kill(self) -> None:
        """With all its workers, as a machine that is gone."""
        os.killpg(self._process.pid, signal.SIGKILL)


@contextmanager
def worker_pool(folder: Path) -> Iterator[WorkerPool]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ("--service_port", str(port), "--container_executable", "")
    with _process(WORKER_POOL, *words, log=folder / "workers") as process:
        _wait_for(lambda: _listens(port))
        yield WorkerPool(f"127.0.0.1:{port}", process)


def portable_words(jobs: str, pool: WorkerPool) -> tuple[str, ...]:
    """The options of Beam that lead to both."""
    return (f"--job_endpoint={jobs}", "--environment_type=EXTERNAL", f"--environment_config={pool.address}")


@contextmanager
def _process(module: str, *words: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    # The pool starts workers by the name `python`, which must be ours.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
    with open(log, "wb") as told:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *words],
            env=environment,
            cwd=log.parent,
            stdout=told,
            stderr=told,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as knock:
        return knock.connect_ex(("127.0.0.1", port)) == 0


def _wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "a service of Beam does not start"
        time.sleep(0.05)
