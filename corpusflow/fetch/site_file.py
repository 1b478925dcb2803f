"""A file that says how a whole site may be used (robots.txt, tdmrep.json): asked once per origin and kept a while."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from yarl import URL

from corpusflow.errors import FetchError

KEPT_S = 24 * 3600.0  # RFC 9309, section 2.4: not longer
FAILURE_KEPT_S = 600.0
MAX_ORIGINS = 100_000
MAX_CHARACTERS = 1 << 28  # of all texts together: one who has many host names cannot fill the memory with long files
TOO_MANY_REQUESTS = "http_429"  # no answer yet, rather than "there is no such file"


@dataclass(frozen=True, slots=True)
class Told:
    """What a site's file says. fault: why that is not known, a snake_case code; empty where it is."""

    text: str = ""
    fault: str = ""
    detail: str = ""


class SiteFile:
    """One such file of every origin.

    read: gives the body at a URL, or raises FetchError. extract: gives what to keep of a body (None where the site has
    no such file), or raises ValueError where it makes no sense. clock: seconds that only grow.
    """

    def __init__(
        self,
        path: str,
        read: Callable[[str], Awaitable[bytes]],
        extract: Callable[[bytes | None], str],
        clock: Callable[[], float],
    ) -> None:
        self.path = path
        self._read = read
        self._extract = extract
        self._clock = clock
        self._kept: dict[URL, tuple[Told, float]] = {}  # the oldest first, with the time at which it is of no use
        self._characters = 0
        self._asked: dict[URL, asyncio.Task[Told]] = {}

    async def of(self, origin: URL) -> Told:
        """Those who ask at the same time wait for one answer, also when one of them gives up."""
        told, until = self._kept.get(origin, (None, 0.0))
        if told is not None and self._clock() < until:
            return told
        if origin not in self._asked:
            self._asked[origin] = asyncio.create_task(self._ask(origin))
            self._asked[origin].add_done_callback(lambda _: self._asked.pop(origin, None))
        return await asyncio.shield(self._asked[origin])

    async def _ask(self, origin: URL) -> Told:
        told = await self._answer(origin)
        self._forget(origin)
        self._kept[origin] = told, self._clock() + (FAILURE_KEPT_S if told.fault else KEPT_S)
        self._characters += len(told.text)
        while len(self._kept) > 1 and (len(self._kept) > MAX_ORIGINS or self._characters > MAX_CHARACTERS):
            self._forget(next(iter(self._kept)))
        return told

    async def _answer(self, origin: URL) -> Told:
        try:
            return Told(self._extract(await self._read(str(origin.with_path(self.path)))))
        except FetchError as error:
            if error.code.startswith("http_4") and error.code != TOO_MANY_REQUESTS:
                return Told(self._extract(None))
            return Told(fault=error.code, detail=error.detail)
        except ValueError as error:
            return Told(fault="unreadable", detail=str(error))

    def _forget(self, origin: URL) -> None:
        told, _ = self._kept.pop(origin, (Told(), 0.0))
        self._characters -= len(told.text)
