"""Many URLs at once, politely: leave is asked, hosts keep their pace, what may pass is tried again."""

from __future__ import annotations

import asyncio
import atexit
import dataclasses
import logging
import queue
import threading
import time
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar

import aiohttp
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
from corpusflow.fetch.daemon_threads import DaemonThreads
from corpusflow.fetch.host_pace import HostPace
from corpusflow.fetch.outage import OutageWatch
from corpusflow.fetch.retries import BUSY, NO_NETWORK, UNREACHABLE, backoff_s, worth_retrying
from corpusflow.fetch.site_rules import SiteRules

SMALL_BYTES = 1 << 20  # of a robots.txt; a larger one cannot be read whole, RFC 9309 asks for 500 kB at least
LOOKUPS = 32  # names looked up at once: a look-up blocks its thread, for a dead name server many seconds
HOSTS_KEPT = 100_000
# Of URLs that nobody was asked for: whether the network is up cannot be seen by them.
_SAYS_NOTHING = frozenset({"address_refused", "bad_url", "host_busy", "host_given_up", "opted_out_by_list"})

log = logging.getLogger(__name__)

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
        self._checking = asyncio.Lock()
        # Taken before a request, given back when there is no body, or when its taker has the body.
        self._room = asyncio.Semaphore(settings.concurrency)
        self._rules = SiteRules(self._read_small, settings.consent)
        self._opened = AsyncExitStack()
        self._loop = asyncio.new_event_loop()
        self._loop.set_default_executor(DaemonThreads(LOOKUPS))
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

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def start(self, work: Callable[[aiohttp.ClientSession], Coroutine[Any, Any, T]]) -> Future[T]:
        """Begins work in the fetcher's thread, where alone its connections and `pace` may be used."""
        return asyncio.run_coroutine_threadsafe(work(self._session), self._loop)

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
        visit, answer, attempts = await self._try_again(lambda: _Visit(self, url, self._settings))
        await self._note(visit, answer)
        return Transfer(number, url, answer, attempts, round(1000 * (time.monotonic() - begin)))

    async def _try_again(self, visit_of: Callable[[], _Visit]) -> tuple[_Visit, Response | FetchError, int]:
        """The try that counts, its answer, and how many were made. The room of a Response is still taken."""
        visit = visit_of()
        answer, attempts = await visit.answer(), int(visit.asked)
        while self._another_helps(visit, answer, attempts):
            if not isinstance(answer, Response) and answer.code not in BUSY:
                await asyncio.sleep(backoff_s(attempts))
            another = visit_of()
            found = await another.answer()
            if not another.asked:
                break  # the host is left alone now; what it answered before is what counts
            visit, answer, attempts = another, found, attempts + 1
        return visit, answer, attempts

    def _another_helps(self, visit: _Visit, answer: Response | FetchError, attempts: int) -> bool:
        failed = isinstance(answer, FetchError) and worth_retrying(answer.code)
        return failed and visit.asked and attempts <= self._settings.retries

    async def _note(self, visit: _Visit, answer: Response | FetchError) -> None:
        """Lets the pace of the host that was asked last and the watch for outages know."""
        if isinstance(answer, Response | StatusError):
            self.pace(visit.host).answered()
            self._outage.answered(visit.url)
            return
        code = (answer.fault if isinstance(answer, ConsentError) else "") or answer.code
        if code in UNREACHABLE:
            self.pace(visit.host).silent(code)
        if code in NO_NETWORK:
            self._outage.silent(visit.host, code)
            if self._outage.suspected:
                await self._check_network()
        elif code not in _SAYS_NOTHING:
            self._outage.network_is_up()

    async def _check_network(self) -> None:
        """Raises OutageError unless a host that answered before answers now."""
        async with self._checking:
            if not self._outage.suspected:
                return  # another one has found out meanwhile
            if not self._outage.last_answering:
                raise self._outage.error()
            try:
                rules = parse_url(self._outage.last_answering).with_path("/robots.txt")
                await fetch(self._session, str(rules), self._small)
            except FetchError as error:
                if error.code in UNREACHABLE:
                    raise self._outage.error() from error
            self._outage.network_is_up()

    async def _read_small(self, url: str) -> bytes:
        """A file that tells the rules of a site; for it nobody is asked for leave. Raises FetchError."""
        _, answer, _ = await self._try_again(lambda: _Visit(self, url, self._small, asks_leave=False))
        if isinstance(answer, FetchError):
            raise answer
        self._room.release()
        return answer.body

    def pace(self, host: str) -> HostPace:
        if host not in self._paces:
            self._paces[host] = HostPace(self._settings.per_host, self._settings.max_wait_s)
            if len(self._paces) > HOSTS_KEPT:
                self._paces.popitem(last=False)
        self._paces.move_to_end(host)
        return self._paces[host]


class _Visit:
    """One try of a URL, redirects included. asked: whether a request was made. host: the last that was to be asked."""

    def __init__(self, fetcher: Fetcher, url: str, settings: ClientSettings, asks_leave: bool = True) -> None:
        self.url = url
        self.asked = False
        self.host = ""
        self._fetcher = fetcher
        self._settings = settings
        self._asks_leave = asks_leave
        self._budget = TimeBudget(settings.timeout_s)

    async def answer(self) -> Response | FetchError:
        """The room of a Response is kept until somebody takes its body."""
        try:
            return await follow(self.url, self._settings.max_redirects, self._ask)
        except FetchError as error:
            return error
        except Exception as error:
            # Whatever a server can make us stumble over must not end the work for all others.
            log.exception("a defect of the program, met at %s", self.url)
            return FetchError("broken_transfer", self.url, f"{type(error).__name__}: {error}")

    async def _ask(self, hop: URL) -> Response | URL:
        self.host = hop.raw_host or ""
        pause_s = await self._leave(hop)
        pace, room = self._fetcher.pace(self.host), self._fetcher._room
        async with pace.seat(self.url):
            await room.acquire()
            while not pace.begin(pause_s):
                # Waiting for room took so long that another one began. Who waits for a host takes no room.
                room.release()
                await pace.ready(self.url)
                await room.acquire()
            return await self._request(hop, pace)

    async def _leave(self, hop: URL) -> float:
        """Seconds between two requests. Raises ConsentError, and FetchError where the site cannot be reached."""
        if not self._asks_leave:
            return self._settings.pause_s
        pause_s = await self._fetcher._rules.check(hop)
        if pause_s > self._settings.max_wait_s:
            detail = f"{pause_s:.0f} s between two requests are asked for, limit {self._settings.max_wait_s:.0f}"
            raise ConsentError("crawl_delay_too_long", self.url, detail)
        return max(pause_s, self._settings.pause_s)

    async def _request(self, hop: URL, pace: HostPace) -> Response | URL:
        self.asked = True
        found: Response | URL | None = None
        try:
            found = await request(self._fetcher._session, hop, self.url, self._settings, self._budget)
            pace.served()
            return found
        except StatusError as error:
            if error.code in BUSY:
                pace.busy(error.retry_after_s)
            else:
                pace.served()
            raise
        finally:
            if not isinstance(found, Response):
                self._fetcher._room.release()


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
