"""Byte ranges of files on a web server that somebody named: asked for politely, checked, continued where they broke."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass

import aiohttp

from corpusflow.errors import FetchError
from corpusflow.fetch.address_guard import check_host
from corpusflow.fetch.client import (
    ClientSettings,
    StatusError,
    TimeBudget,
    parse_url,
    told_as_fetch_errors,
)
from corpusflow.fetch.fetcher import Fetcher, shared_fetcher
from corpusflow.fetch.host_pace import HostPace
from corpusflow.fetch.retries import backoff_s, retry_after_s, worth_retrying

PIECE = 1 << 22  # bytes of a large file that are asked for at once: a second of an ordinary line
# The host asks for patience. Common Crawl says so by 403 and 503.
_BUSY = frozenset({403, 429, 503})
_CONTENT_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})")


@dataclass(frozen=True, slots=True)
class ByteRange:
    """length: bytes, more than 0."""

    url: str
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Piece:
    """data: fewer bytes than were asked for only where the file ends. total: bytes of the whole file."""

    data: bytes
    total: int


def fetch_ranges(ranges: Iterable[ByteRange], settings: ClientSettings) -> Generator[Piece | FetchError, None, None]:
    """One answer per range of one host, in their order; no more than `settings.per_host` of them are in memory.

    robots.txt is not asked and redirects are not followed: the host is a data service that the user named. All who ask
    in this process share the pace of the host, so that they are one to it, and stop together where it says so. What a
    broken connection brought is kept and the rest asked for again, `settings.retries` times. FetchErrors: those of
    `corpusflow.fetch.client.request`, `range_ignored` (the server would send the whole file), `range_wrong` (it sends
    another range), `host_busy` (403 at the last try, or it wants a longer pause than is waited for), `host_given_up`
    (not asked, since the host had nothing for those before).
    """
    fetcher = shared_fetcher(settings)
    window: deque[Future[Piece | FetchError]] = deque()
    try:
        for wanted in ranges:
            if len(window) == settings.per_host:
                yield window[0].result()
                window.popleft()
            window.append(fetcher.start(_RangeRequest(fetcher, wanted, settings).answer))
        while window:
            yield window[0].result()
            window.popleft()
    finally:
        for future in window:
            future.cancel()


def fetch_file(url: str, settings: ClientSettings, start: int = 0) -> Iterator[bytes]:
    """A file's bytes from `start` to its end, in pieces and whole. start: less than its length.

    Raises FetchError as `fetch_ranges` gives it, and `file_changed` where the pieces are not of one file.
    """
    with closing(fetch_ranges([ByteRange(url, start, PIECE)], settings)) as answers:
        first = _piece(next(answers))
    yield first.data
    rest = (
        ByteRange(url, offset, min(PIECE, first.total - offset)) for offset in range(start + PIECE, first.total, PIECE)
    )
    with closing(fetch_ranges(rest, settings)) as answers:
        for answer in answers:
            piece = _piece(answer)
            if piece.total != first.total:
                raise FetchError("file_changed", url, f"{first.total} bytes before, now {piece.total}")
            yield piece.data


def _piece(answer: Piece | FetchError) -> Piece:
    if isinstance(answer, FetchError):
        raise answer
    return answer


class _RangeRequest:
    """One range, all tries included."""

    def __init__(self, fetcher: Fetcher, wanted: ByteRange, settings: ClientSettings) -> None:
        self._fetcher = fetcher
        self._wanted = wanted
        self._settings = settings
        self._got = bytearray()
        self._asked = False

    async def answer(self, session: aiohttp.ClientSession) -> Piece | FetchError:
        try:
            pace = self._fetcher.pace(parse_url(self._wanted.url).raw_host or "")
        except FetchError as error:
            return error
        failed: FetchError | None = None
        for attempt in range(1, self._settings.retries + 2):
            self._asked = False
            try:
                total = await self._ask_in_turn(session, pace)
            except FetchError as error:
                if not self._asked:
                    failed = failed or error  # what the host answered before is what counts
                    break
                failed = error
            else:
                pace.served()
                return Piece(bytes(self._got), total)
            if not await self._wait(failed, attempt, pace):
                break
        assert failed is not None
        if isinstance(failed, StatusError) and failed.status == 403:
            # A later run may do better, which of the 403 of a page is not to be hoped.
            return FetchError("host_busy", failed.what, f"HTTP 403 {failed.detail}")
        return failed

    async def _wait(self, failed: FetchError, attempt: int, pace: HostPace) -> bool:
        """Whether to try again; then after a pause, where it is not the pace that waits."""
        busy = isinstance(failed, StatusError) and failed.status in _BUSY
        if isinstance(failed, StatusError) and busy:
            pace.busy(failed.retry_after_s)
        elif not worth_retrying(failed.code):
            pace.answered()
            return False
        if attempt > self._settings.retries:
            pace.silent(failed.code)
            return False
        if not busy:
            await asyncio.sleep(backoff_s(attempt))
        return True

    async def _ask_in_turn(self, session: aiohttp.ClientSession, pace: HostPace) -> int:
        url = self._wanted.url
        async with pace.turn(url, self._settings.pause_s):
            self._asked = True
            with told_as_fetch_errors(url):
                async with TimeBudget(self._settings.timeout_s).spend(url):
                    return await self._ask(session)

    async def _ask(self, session: aiohttp.ClientSession) -> int:
        """Adds to what came so far; returns the length of the whole file."""
        wanted = self._wanted
        url = parse_url(wanted.url)
        check_host(url.raw_host or "", self._settings.allow_loopback)
        first, last = wanted.start + len(self._got), wanted.start + wanted.length - 1
        # Offsets count the bytes as they are stored.
        headers = {"Range": f"bytes={first}-{last}", "Accept-Encoding": "identity"}
        async with session.get(url, headers=headers, allow_redirects=False) as answer:
            promised, total = _check_range(answer, wanted.url, first, last)
            end = len(self._got) + promised
            async for data in answer.content.iter_any():
                self._got += data
                if len(self._got) > end:
                    raise FetchError("range_wrong", wanted.url, f"more than the {promised} bytes that were told")
                if len(self._got) == end:
                    return total
        raise FetchError("broken_transfer", wanted.url, f"{end - len(self._got)} of {promised} bytes missing")


def _check_range(answer: aiohttp.ClientResponse, url: str, first: int, last: int) -> tuple[int, int]:
    """How many bytes come, and the length of the whole file. Raises FetchError unless it is the range asked for, or
    what the file has of it."""
    if answer.status == 200:
        raise FetchError("range_ignored", url, "the server sends the whole file, it must serve byte ranges")
    if answer.status != 206:
        wait_s = retry_after_s(answer.headers.get("Retry-After"))
        raise StatusError(answer.status, url, f"for bytes {first}-{last}", wait_s)
    told = answer.headers.get("Content-Range", "")
    match = _CONTENT_RANGE.fullmatch(told.strip())
    if match is None:
        raise FetchError("range_wrong", url, f"asked for bytes {first}-{last}, got {told[:80]!r}")
    begin, end, total = (int(number) for number in match.groups())
    if begin != first or end != min(last, total - 1):
        raise FetchError("range_wrong", url, f"asked for bytes {first}-{last}, got {told[:80]!r}")
    return end + 1 - begin, total
