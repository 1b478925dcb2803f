"""The pace of one host: how many requests at once, how long between two, and when it is left alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from corpusflow.errors import FetchError
from corpusflow.fetch.retries import backoff_s

GIVE_UP_AFTER = 5  # URLs in a row that nobody answered for
LEFT_ALONE_S = 600.0  # how long such a host is not asked


class HostPace:
    """per_host: requests in flight. max_wait_s: a host that wants more patience is not waited for."""

    def __init__(self, per_host: int, max_wait_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seats = asyncio.Semaphore(per_host)
        self._max_wait_s = max_wait_s
        self._clock = clock
        self._next = 0.0
        self._silent = 0
        self._busy = 0
        self._closed_until = 0.0
        self._closed_by = ("", "")

    @asynccontextmanager
    async def turn(self, url: str, pause_s: float) -> AsyncIterator[None]:
        """A request, after all that were there before it and at least pause_s after the last one began. Raises
        FetchError as `ready` does."""
        async with self.seat(url):
            while not self.begin(pause_s):
                await self.ready(url)
            yield

    @asynccontextmanager
    async def seat(self, url: str) -> AsyncIterator[None]:
        """One of the requests that may be in flight, not begun yet. Raises FetchError as `ready` does."""
        async with self._seats:
            await self.ready(url)
            yield

    async def ready(self, url: str) -> None:
        """Waits until the host may be asked again. Raises FetchError `host_given_up` or `host_busy` while it is left
        alone."""
        while True:
            now = self._clock()
            if now < self._closed_until:
                raise FetchError(self._closed_by[0], url, self._closed_by[1])
            if now >= self._next:
                return
            await asyncio.sleep(self._next - now)

    def begin(self, pause_s: float) -> bool:
        """A request begins now, and no other before pause_s have gone by; False where it is too early for this one."""
        now = self._clock()
        if now < max(self._next, self._closed_until):
            return False
        self._next = now + pause_s
        return True

    def answered(self) -> None:
        self._silent = 0

    def served(self) -> None:
        """It answered, and did not ask for patience."""
        self._silent = self._busy = 0

    def silent(self, why: str) -> None:
        """Nobody answered for a URL, all its tries included."""
        self._silent += 1
        if self._silent >= GIVE_UP_AFTER:
            detail = f"not asked, since the host did not answer {self._silent} times in a row, the last: {why}"
            self._close(LEFT_ALONE_S, "host_given_up", detail)

    def busy(self, wait_s: float | None) -> None:
        """The host asked for patience: nobody asks it for so long; None where it did not say how long, then longer each
        time. More than max_wait_s: its URLs fail meanwhile."""
        self._busy += 1
        if wait_s is None:
            wait_s = min(backoff_s(self._busy), self._max_wait_s)
        if wait_s > self._max_wait_s:
            self._close(wait_s, "host_busy", f"not asked, since the host wants to be left alone for {wait_s:.0f} s")
        else:
            self._next = max(self._next, self._clock() + wait_s)

    def _close(self, seconds: float, code: str, detail: str) -> None:
        self._closed_until, self._closed_by = self._clock() + seconds, (code, detail)
