"""Many URLs at once, politely: leave is asked, hosts keep their pace, what may pass is tried again."""

from __future__ import annotations

import asyncio
import atexit
import dataclasses
import queue
import threading
import time
from collections import OrderedDict, defaultdict, deque
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar

from yarl import URL

from corpusflow.errors import ConsentError, FetchError
from corpusflow.fetch.client import (
    ClientSettings,
    Response,
    StatusError,
    TimeBudget,
    fetch,
    follow,
    open_session,
    parse_url,
    request,
)
from corpusflow.fetch.host_pace import HostPace
from corpusflow.fetch.outage import OutageWatch
from corpusflow.fetch.retries import BUSY, UNREACHABLE, backoff_s, worth_retrying
from corpusflow.fetch.site_rules import SiteRules

SMALL_BYTES = 1 << 20  # of a robots.txt; a larger one cannot be read whole, RFC 9309 asks for 500 kB at least
LOOKUPS = 32  # names looked up at once: a look-up blocks its thread, for a dead name server many seconds
HOSTS_KEPT = 100_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Transfer:
    """What came of one URL.

    number: its position in what was given. attempts: tries, with their redirects; 0 where it was not asked for.
    milliseconds: from its turn to its end, waiting between tries included.
    """

    number: int
    url: str
    answer: Response | FetchError
    attempts: int
    milliseconds: int

    @property
    def has_body(self) -> bool:
        return isinstance(self.answer, Response)

    @property
    def status(self) -> int | None:
        """The HTTP status of the last answer; None where there was none."""
        if isinstance(self.answer, StatusError):
            return self.answer.status
        return self.answer.status if isinstance(self.answer, Response) else None


class Fetcher:
    """Fetches URLs in a thread of its own; keeps connections, DNS, robots.txt and the pace of hosts while it lives.

    Several threads may fetch with one of it: then they share its limits. No more bodies than `settings.concurrency`
    are in memory, whether under way or waiting to be taken. A context manager.
    """

    def __init__(self, settings: ClientSettings) -> None:
        self._settings = settings
        self._small = dataclasses.replace(settings, max_bytes=SMALL_BYTES)
        self._paces: OrderedDict[str, HostPace] = OrderedDict()
        self._outage = OutageWatch()
        # Taken before a request, given back when there is no body, or when its taker has the body.
        self._room = asyncio.Semaphore(settings.concurrency)
        self._rules = SiteRules(self._read_small, settings.consent)
        self._opened = AsyncExitStack()
        self._loop = asyncio.new_event_loop()
        self._lookups = ThreadPoolExecutor(LOOKUPS, thread_name_prefix="lookup")
        self._loop.set_default_executor(self._lookups)
        self._thread = threading.Thread(target=self._loop.run_forever, name="fetcher", daemon=True)
        self._thread.start()
        self._session = self._wait(self._opened.enter_async_context(open_session(settings)))

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def transfers(self, urls: Sequence[str]) -> Iterator[Transfer]:
        """What came of each URL, as they end, in any order. Raises OutageError when the network looks down."""
        arrivals = _Arrivals()
        asyncio.run_coroutine_threadsafe(self._fetch_all(urls, arrivals), self._loop)
        try:
            for _ in urls:
                transfer = arrivals.take()
                self._taken(transfer)
                yield transfer
        finally:
            for left in arrivals.close():
                self._taken(left)

    def _taken(self, transfer: Transfer) -> None:
        if transfer.has_body and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._room.release)

    def close(self) -> None:
        """Ends what is under way."""
        self._wait(self._cancel_all())
        self._wait(self._opened.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        # A look-up that hangs is not waited for.
        self._lookups.shutdown(wait=False)

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _cancel_all(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _fetch_all(self, urls: Sequence[str], arrivals: _Arrivals) -> None:
        by_host: dict[str, deque[int]] = defaultdict(deque)
        for number, url in enumerate(urls):
            by_host[_host_of(url)].append(number)
        try:
            async with asyncio.TaskGroup() as group:
                for waiting in by_host.values():
                    for _ in range(min(self._settings.per_host, len(waiting))):
                        group.create_task(self._fetch_waiting(waiting, urls, arrivals))
        except* Exception as errors:
            arrivals.fail(errors.exceptions[0])
        finally:
            # For a taker that still waits: the fetcher was closed.
            arrivals.fail(asyncio.CancelledError())

    async def _fetch_waiting(self, waiting: deque[int], urls: Sequence[str], arrivals: _Arrivals) -> None:
        """Takes one URL of a host after the other."""
        while waiting and arrivals.wanted:
            number = waiting.popleft()
            transfer = await self._transfer(number, urls[number])
            if not arrivals.put(transfer) and transfer.has_body:
                self._room.release()

    async def _transfer(self, number: int, url: str) -> Transfer:
        begin = time.monotonic()
        attempts = 0
        answer: Response | FetchError
        for attempt in range(1, self._settings.retries + 2):
            visit = _Visit(self, url)
            try:
                answer = await follow(url, self._settings.max_redirects, visit.ask)
            except FetchError as error:
                if attempts and not visit.asked:
                    break  # the host is left alone now; what it answered before is what counts
                answer = error
            attempts += visit.asked
            if isinstance(answer, Response) or not visit.asked or not worth_retrying(answer.code):
                break
            if attempt <= self._settings.retries and answer.code not in BUSY:
                await asyncio.sleep(backoff_s(attempt))
        await self._note(visit.host, url, answer)
        return Transfer(number, url, answer, attempts, round(1000 * (time.monotonic() - begin)))

    async def _note(self, host: str, url: str, answer: Response | FetchError) -> None:
        """Lets the pace of the host that was asked last and the watch for outages know."""
        if isinstance(answer, Response | StatusError):
            self.pace(host).answered()
            self._outage.answered(url)
        elif answer.code in UNREACHABLE:
            self.pace(host).silent(answer.code)
            if self._outage.silent(host, answer.code):
                await self._check_network()

    async def _check_network(self) -> None:
        """Raises OutageError unless a host that answered before answers now."""
        if self._outage.last_answering:
            try:
                await fetch(self._session, str(parse_url(self._outage.last_answering).origin()), self._small)
            except FetchError as error:
                if error.code in UNREACHABLE:
                    raise self._outage.error() from error
            self._outage.forget()
            return
        raise self._outage.error()

    async def _read_small(self, url: str) -> bytes:
        """A file that tells the rules of a site. Raises FetchError."""
        for attempt in range(1, self._settings.retries + 1):
            try:
                return await self._read_once(url)
            except FetchError as error:
                if not worth_retrying(error.code):
                    raise
            await asyncio.sleep(backoff_s(attempt))
        return await self._read_once(url)

    async def _read_once(self, url: str) -> bytes:
        async with self._room:
            return (await fetch(self._session, url, self._small)).body

    def pace(self, host: str) -> HostPace:
        if host not in self._paces:
            self._paces[host] = HostPace(self._settings.per_host, self._settings.max_wait_s)
            if len(self._paces) > HOSTS_KEPT:
                self._paces.popitem(last=False)
        self._paces.move_to_end(host)
        return self._paces[host]


class _Visit:
    """One try of a URL, redirects included. asked: whether a request was made. host: the last that was to be asked."""

    def __init__(self, fetcher: Fetcher, url: str) -> None:
        self._fetcher = fetcher
        self._url = url
        self._budget = TimeBudget(fetcher._settings.timeout_s)
        self.asked = False
        self.host = ""

    async def ask(self, hop: URL) -> Response | URL:
        """The answer of a hop; then its room is kept until somebody takes the body."""
        fetcher, settings = self._fetcher, self._fetcher._settings
        self.host = hop.raw_host or ""
        pace = fetcher.pace(self.host)
        pause_s = await fetcher._rules.check(hop)
        if pause_s > settings.max_wait_s:
            detail = f"{pause_s:.0f} s between two requests are asked for, limit {settings.max_wait_s:.0f}"
            raise ConsentError("crawl_delay_too_long", self._url, detail)
        async with pace.turn(self._url, max(pause_s, settings.pause_s)):
            await fetcher._room.acquire()
            self.asked = True
            found: Response | URL | None = None
            try:
                found = await request(fetcher._session, hop, self._url, settings, self._budget)
            except StatusError as error:
                if error.code in BUSY:
                    pace.busy(backoff_s(1) if error.retry_after_s is None else error.retry_after_s)
                raise
            finally:
                if not isinstance(found, Response):
                    fetcher._room.release()
            return found


class _Arrivals:
    """What has ended, on its way from the fetcher's thread to the one that takes it."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Transfer | BaseException] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self.wanted = True

    def put(self, transfer: Transfer) -> bool:
        """False when nobody wants it any more."""
        with self._lock:
            if self.wanted:
                self._queue.put(transfer)
            return self.wanted

    def fail(self, error: BaseException) -> None:
        """Ends the waiting of the taker."""
        self._queue.put(error)

    def take(self) -> Transfer:
        found = self._queue.get()
        if isinstance(found, BaseException):
            raise found
        return found

    def close(self) -> list[Transfer]:
        """What nobody took."""
        with self._lock:
            self.wanted = False
            left = []
            while not self._queue.empty():
                found = self._queue.get()
                if isinstance(found, Transfer):
                    left.append(found)
            return left


def _host_of(url: str) -> str:
    try:
        return parse_url(url).raw_host or ""
    except FetchError:
        return ""


def fetch_one(url: str, settings: ClientSettings) -> Response:
    """One URL, the rules of its site asked. Raises FetchError."""
    with Fetcher(settings) as fetcher:
        (transfer,) = fetcher.transfers([url])
    if isinstance(transfer.answer, FetchError):
        raise transfer.answer
    return transfer.answer


_shared: dict[ClientSettings, Fetcher] = {}
_shared_lock = threading.Lock()


def shared_fetcher(settings: ClientSettings) -> Fetcher:
    """The one of this process for these settings, until `close_fetchers`."""
    with _shared_lock:
        if settings not in _shared:
            _shared[settings] = Fetcher(settings)
        return _shared[settings]


def close_fetchers() -> None:
    """Ends the shared fetchers of this process: the next run asks robots.txt anew."""
    with _shared_lock:
        while _shared:
            _shared.popitem()[1].close()


@contextmanager
def own_fetchers() -> Iterator[None]:
    """Closes, at the end of a run, the shared fetchers of this process that it used."""
    try:
        yield
    finally:
        close_fetchers()


# For the worker processes, which end with their run.
atexit.register(close_fetchers)
