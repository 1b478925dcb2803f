"""A plain HTTP client with bounds: of time, bytes, redirects, connections, and of the addresses that it goes to."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from weakref import WeakValueDictionary

import aiohttp
from yarl import URL

from corpusflow import __version__
from corpusflow.errors import FetchError, SourceError
from corpusflow.fetch.address_guard import AddressRefusedError, GuardedResolver, check_host
from corpusflow.fetch.robots import Robots
from corpusflow.sources.http_body import decode_body

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PIECE = 1 << 16
ROBOTS_BYTES = 1 << 20  # a larger robots.txt cannot be read whole; RFC 9309 asks for 500 kB at least


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """timeout_s: for a URL with all its redirects, from the first connection to the last byte; waiting for a turn is
    not counted. max_bytes: of the body, as sent and decoded alike. concurrency, per_host: URLs in flight at once.
    contact: URL or mail address that the User-Agent header shows.
    """

    user_agent: str = f"corpusflow/{__version__}"
    contact: str = ""
    timeout_s: float = 30.0
    connect_timeout_s: float = 10.0
    max_bytes: int = 20_000_000
    max_redirects: int = 5
    per_host: int = 2
    concurrency: int = 64
    allow_loopback: bool = False


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


@asynccontextmanager
async def open_session(settings: ClientSettings) -> AsyncIterator[aiohttp.ClientSession]:
    agent = f"{settings.user_agent} (+{settings.contact})" if settings.contact else settings.user_agent
    connector = aiohttp.TCPConnector(
        resolver=GuardedResolver(settings.allow_loopback), limit=settings.concurrency, use_dns_cache=True
    )
    async with aiohttp.ClientSession(
        connector=connector,
        headers={"User-Agent": agent, "Accept-Encoding": "gzip, deflate"},
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=settings.connect_timeout_s),
        cookie_jar=aiohttp.DummyCookieJar(),
        # Decoded by ourselves, since aiohttp's own decompression knows no bound.
        auto_decompress=False,
    ) as session:
        yield session


async def fetch(
    session: aiohttp.ClientSession, url: str, settings: ClientSettings, robots: Robots | None = None
) -> Response:
    """The answer to a GET, redirects followed.

    robots: asked before every hop; None where nobody is to be asked. Raises ConsentError, and FetchError: bad_url,
    address_refused, dns_failed, connect_failed, tls_failed, timeout, too_large, too_many_redirects, broken_transfer
    (connection lost, or a body that is not whole), http_<status> (any but 200).
    """
    try:
        async with asyncio.timeout(settings.timeout_s):
            return await _follow(session, url, settings, robots)
    except TimeoutError as error:
        raise FetchError("timeout", url, str(error) or f"no whole answer within {settings.timeout_s} s") from error
    except aiohttp.ClientError as error:
        raise FetchError(_code(error), url, f"{type(error).__name__}: {error}") from error
    except AddressRefusedError as error:
        raise FetchError("address_refused", url, str(error)) from error
    except UnicodeError as error:  # a host name that is none: an empty label, or one that is too long
        raise FetchError("bad_url", url, str(error)) from error


async def fetch_all(urls: Iterable[str], settings: ClientSettings) -> AsyncIterator[Response | FetchError]:
    """An answer or an error for every URL, in their order, whatever finished first.

    A window of `settings.concurrency` URLs slides over them, so there are never more bodies in memory than that.
    """
    turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
    window: deque[asyncio.Task[Response | FetchError]] = deque()
    async with open_session(settings) as session:
        asking = dataclasses.replace(settings, max_bytes=ROBOTS_BYTES)
        robots = Robots(lambda url: _robots_file(session, url, asking))
        try:
            for url in urls:
                if len(window) == settings.concurrency:
                    yield await window.popleft()
                window.append(asyncio.create_task(_fetch_in_turn(session, url, settings, turns, robots)))
            while window:
                yield await window.popleft()
        finally:
            for task in window:
                task.cancel()
            await asyncio.gather(*window, return_exceptions=True)


def fetch_in_order(
    urls: Iterable[str], settings: ClientSettings, receive: Callable[[int, Response | FetchError], None]
) -> None:
    """`fetch_all` for code that is not asynchronous: calls `receive` with each URL's number and answer, in order."""

    async def run() -> None:
        number = 0
        async with aclosing(fetch_all(urls, settings)) as answers:  # type: ignore[type-var]
            async for answer in answers:
                receive(number, answer)
                number += 1

    asyncio.run(run())


async def _fetch_in_turn(
    session: aiohttp.ClientSession,
    url: str,
    settings: ClientSettings,
    turns: WeakValueDictionary[str, asyncio.Semaphore],
    robots: Robots,
) -> Response | FetchError:
    try:
        host = parse_url(url).raw_host or ""
        turn = turns.setdefault(host, asyncio.Semaphore(settings.per_host))
        async with turn:
            return await fetch(session, url, settings, robots)
    except FetchError as error:
        return error


def parse_url(url: str) -> URL:
    """An http or https URL with a host, less fragment, user and password. Raises FetchError `bad_url`."""
    try:
        parsed = URL(url)
        port = parsed.port
    except ValueError as error:
        raise FetchError("bad_url", url, str(error)) from error
    if parsed.scheme not in ("http", "https") or not parsed.raw_host or not port:
        raise FetchError("bad_url", url, "not an http or https URL with a host")
    if any(character.isspace() for character in url):
        raise FetchError("bad_url", url, "white space in it")
    return parsed.with_fragment(None).with_user(None)


async def _robots_file(session: aiohttp.ClientSession, url: str, settings: ClientSettings) -> bytes:
    return (await fetch(session, url, settings)).body


async def _follow(
    session: aiohttp.ClientSession, url: str, settings: ClientSettings, robots: Robots | None
) -> Response:
    hop = parse_url(url)
    for _ in range(settings.max_redirects + 1):
        check_host(hop.raw_host or "", settings.allow_loopback)
        if robots is not None:
            await robots.check(hop)
        async with session.get(hop, allow_redirects=False) as answer:
            location = answer.headers.get("Location")
            if answer.status in _REDIRECTS and location:
                hop = _join(hop, location)
                continue
            if answer.status != 200:
                raise FetchError(f"http_{answer.status}", url, f"{_plain(answer.reason or '')} from {hop}".strip())
            body = _decode(await _read(answer, url, settings.max_bytes), answer, url, settings.max_bytes)
            headers = tuple((_plain(key), _plain(value)) for key, value in answer.headers.items())
            return Response(url, str(hop), answer.status, headers, body)
    raise FetchError("too_many_redirects", url, f"more than {settings.max_redirects}, the last to {hop}")


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


def _decode(raw: bytes, answer: aiohttp.ClientResponse, url: str, max_bytes: int) -> bytes:
    encoding = ", ".join(answer.headers.getall("Content-Encoding", []))
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
            return "dns_failed"
        case aiohttp.ClientSSLError() | aiohttp.ServerFingerprintMismatch():
            return "tls_failed"
        case aiohttp.ClientConnectorError():
            return "connect_failed"
        case aiohttp.InvalidURL():
            return "bad_url"
        case _:
            return "broken_transfer"
