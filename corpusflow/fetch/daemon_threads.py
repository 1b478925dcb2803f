"""Threads for calls that may hang: the end of the process does not wait for them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class DaemonThreads(ThreadPoolExecutor):
    """A thread for each call, so many at once. The interpreter waits at its end for the threads of any other pool,
    whatever its shutdown was told; event loops take nothing but a ThreadPoolExecutor."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self._free = threading.BoundedSemaphore(most)

    def submit(self, call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        threading.Thread(target=self._run, args=(future, partial(call, *args, **kwargs)), daemon=True).start()
        return future

    def _run(self, future: Future[Any], call: Callable[[], Any]) -> None:
        with self._free:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = call()
            except BaseException as error:  # whoever waits for the future gets it
                future.set_exception(error)
            else:
                future.set_result(result)
