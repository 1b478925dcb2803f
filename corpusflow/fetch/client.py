"""One request over HTTP with bounds: of time, bytes, redirects, connections, and of the addresses that it goes to."""

from __future__ import annotations

import asyncio
import errno
import re
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import aiohttp
from yarl import URL

from corpusflow import __version__
from corpusflow.consent.rules import EVERYTHING_COUNTS, ConsentRules
from corpusflow.errors import FetchError, SourceError
from corpusflow.fetch.address_guard import AddressRefusedError, GuardedResolver, check_host
from corpusflow.fetch.retries import retry_after_s
from corpusflow.sources.http_body import decode_body

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PIECE = 1 << 16
_NO_WAY = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN)
_WHITE_SPACE = re.compile(r"\s")
_DNS_CACHE_S = 600


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """How the web is asked.

    contact: URL or mail address that the User-Agent header shows. timeout_s: for a URL with all its redirects, from
    the first connection to the last byte; waiting for a turn is not counted. read_timeout_s: without a byte, before the
    first one and between two. max_bytes: of the body, as sent and decoded alike. concurrency, per_host: requests in
    flight at once. pause_s: between the starts of two requests to one host. retries: tries after the first where that
    may help. max_wait_s: the longest pause that a host can ask for (Retry-After, Crawl-delay) and be waited for.
    hosts: (name, address) that go before DNS. consent: which refusals of a site count.
    """

    user_agent: str = f"corpusflow/{__version__}"
    contact: str = ""
    timeout_s: float = 30.0
    connect_timeout_s: float = 10.0
    read_timeout_s: float = 10.0
    max_bytes: int = 20_000_000
    max_redirects: int = 5
    per_host: int = 2
    concurrency: int = 64
    pause_s: float = 0.0
    retries: int = 0
    max_wait_s: float = 60.0
    allow_loopback: bool = False
    hosts: tuple[tuple[str, str], ...] = ()
    consent: ConsentRules = EVERYTHING_COUNTS


class StatusError(FetchError):
    """An answer with another status than 200. retry_after_s: what its Retry-After header asks for, None without."""

    def __init__(self, status: int, url: str, detail: str, retry_after_s: float | None = None) -> None:
        super().__init__(f"http_{status}", url, detail)
        self.status = status
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Response:
    """An answer with status 200. headers: in their order, as sent. body: decoded."""

    url: str
    final_url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def content_type(self) -> str | None:
        return next((value for key, value in self.headers if key.lower() == "content-type"), None)


def request_headers(settings: ClientSettings) -> dict[str, str]:
    """What every request says, besides the host."""
    agent = f"{settings.user_agent} (+{settings.contact})" if settings.contact else settings.user_agent
    return {"User-Agent": agent, "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}


@asynccontextmanager
async def open_session(settings: ClientSettings) -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(
        resolver=GuardedResolver(settings.allow_loopback, dict(settings.hosts)),
        limit=settings.concurrency,
        use_dns_cache=True,
        ttl_dns_cache=_DNS_CACHE_S,
    )
    timeout = aiohttp.ClientTimeout(
        total=None, sock_connect=settings.connect_timeout_s, sock_read=settings.read_timeout_s
    )
    async with aiohttp.ClientSession(
        connector=connector,
        headers=request_headers(settings),
        timeout=timeout,
        cookie_jar=aiohttp.DummyCookieJar(),
        # Decoded by ourselves, since aiohttp's own decompression knows no bound.
        auto_decompress=False,
    ) as session:
        yield session


class TimeBudget:
    """Seconds that are left for a URL with all its redirects; only what is spent in `spend` counts."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds
        self._whole = seconds

    @asynccontextmanager
    async def spend(self, url: str) -> AsyncIterator[None]:
        """Raises FetchError `timeout` when they are used up."""
        begin = time.monotonic()
        try:
            async with asyncio.timeout(max(self._left, 0.0)):
                yield
        except aiohttp.ConnectionTimeoutError as error:
            raise FetchError("connect_timeout", url, str(error)) from error
        except TimeoutError as error:
            raise FetchError("timeout", url, str(error) or f"no whole answer within {self._whole} s") from error
        finally:
            self._left -= time.monotonic() - begin


async def fetch(session: aiohttp.ClientSession, url: str, settings: ClientSettings) -> Response:
    """The answer to a GET, redirects followed; nobody is asked for leave. Raises FetchError as `request` does."""
    budget = TimeBudget(settings.timeout_s)
    return await follow(url, settings.max_redirects, lambda hop: request(session, hop, url, settings, budget))


async def follow(url: str, max_redirects: int, ask: Callable[[URL], Awaitable[Response | URL]]) -> Response:
    """The answer at the end of a chain of redirects.

    ask: gives the answer of a hop, or the next one. Raises FetchError: bad_url, too_many_redirects, and what `ask`
    raises.
    """
    hop = parse_url(url)
    for _ in range(max_redirects + 1):
        found = await ask(hop)
        if isinstance(found, Response):
            return found
        hop = found
    raise FetchError("too_many_redirects", url, f"more than {max_redirects}, the last to {hop}")


async def request(
    session: aiohttp.ClientSession, hop: URL, url: str, settings: ClientSettings, budget: TimeBudget
) -> Response | URL:
    """One GET: the answer, or the URL that it redirects to.

    url: what was asked for first, for answers and errors. Raises FetchError: bad_url, address_refused, dns_failed,
    connect_failed, tls_failed, timeout, too_large, broken_transfer (connection lost, or a body that is not whole);
    StatusError http_<status> (any but 200).
    """
    with told_as_fetch_errors(url):
        async with budget.spend(url):
            check_host(hop.raw_host or "", settings.allow_loopback)
            async with session.get(hop, allow_redirects=False) as answer:
                return await _answer(answer, hop, url, settings.max_bytes)


@contextmanager
def told_as_fetch_errors(url: str) -> Iterator[None]:
    """What the HTTP library raises, as a FetchError with its code."""
    try:
        yield
    except aiohttp.ClientError as error:
        raise FetchError(_code(error), url, f"{type(error).__name__}: {error}") from error
    except AddressRefusedError as error:
        raise FetchError("address_refused", url, str(error)) from error
    except UnicodeError as error:  # a host name that is none: an empty label, or one that is too long
        raise FetchError("bad_url", url, str(error)) from error


async def _answer(answer: aiohttp.ClientResponse, hop: URL, url: str, max_bytes: int) -> Response | URL:
    location = answer.headers.get("Location")
    if answer.status in _REDIRECTS and location:
        return _join(hop, location)
    if answer.status != 200:
        detail = f"{_plain(answer.reason or '')} from {hop}".strip()
        raise StatusError(answer.status, url, detail, retry_after_s(answer.headers.get("Retry-After")))
    body = await _read(answer, url, max_bytes)
    encoding = ", ".join(answer.headers.getall("Content-Encoding", []))
    if encoding:
        # In a thread: a body of many bytes and layers takes its time, and others are under way.
        body = await asyncio.to_thread(_decode, body, encoding, url, max_bytes)
    headers = tuple((_plain(key), _plain(value)) for key, value in answer.headers.items())
    return Response(url, str(hop), answer.status, headers, body)


def parse_url(url: str) -> URL:
    """An http or https URL with a host, less fragment, user and password. Raises FetchError `bad_url`."""
    try:
        parsed = URL(url)
        port = parsed.port
    except ValueError as error:
        raise FetchError("bad_url", url, str(error)) from error
    if parsed.scheme not in ("http", "https") or not parsed.raw_host or not port:
        raise FetchError("bad_url", url, "not an http or https URL with a host")
    if _WHITE_SPACE.search(url):
        raise FetchError("bad_url", url, "white space in it")
    return parsed.with_fragment(None).with_user(None)


def _plain(text: str) -> str:
    """Text of a header: aiohttp gives bytes that are no UTF-8 as lone surrogates, which no file can hold."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _join(hop: URL, location: str) -> URL:
    try:
        return parse_url(str(hop.join(URL(location.strip()))))
    except ValueError as error:
        raise FetchError("bad_url", location, f"redirect from {hop}: {error}") from error


async def _read(answer: aiohttp.ClientResponse, url: str, max_bytes: int) -> bytes:
    if answer.content_length is not None and answer.content_length > max_bytes:
        raise FetchError("too_large", url, f"{answer.content_length} bytes announced, limit {max_bytes}")
    raw = bytearray()
    async for piece in answer.content.iter_chunked(_PIECE):
        raw += piece
        if len(raw) > max_bytes:
            raise FetchError("too_large", url, f"more than {max_bytes} bytes")
    return bytes(raw)


def _decode(raw: bytes, encoding: str, url: str, max_bytes: int) -> bytes:
    try:
        body, notes = decode_body(raw, "", encoding, max_bytes)
    except SourceError as error:
        raise FetchError("too_large", url, f"decoded {error.detail}") from error
    if "content_encoding_broken" in notes:
        raise FetchError("broken_transfer", url, f"the body breaks off inside its {encoding} encoding")
    return body


def _code(error: aiohttp.ClientError) -> str:
    match error:
        case aiohttp.ClientConnectorDNSError() if isinstance(error.os_error, AddressRefusedError):
            return "address_refused"
        case aiohttp.ClientConnectorDNSError():
            return "dns_unavailable" if error.os_error.errno == socket.EAI_AGAIN else "dns_failed"
        case aiohttp.ClientSSLError() | aiohttp.ServerFingerprintMismatch():
            return "tls_failed"
        case aiohttp.ClientConnectorError():
            return "network_unreachable" if error.os_error.errno in _NO_WAY else "connect_failed"
        case aiohttp.InvalidURL():
            return "bad_url"
        case _:
            return "broken_transfer"
