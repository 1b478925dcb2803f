"""A web on loopback in which most hosts misbehave, each in its own way and at its own address; a few are healthy.

Every host says what must come of its URLs. Linux alone has all of 127.0.0.0/8, so it takes Linux.
"""

from __future__ import annotations

import gzip
import itertools
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from corpusflow.consent.rules import EVERYTHING_COUNTS, refusal_of_headers
from corpusflow.errors import FetchError, ImageError
from corpusflow.fetch.client import ClientSettings
from corpusflow.fetch.fetcher import Fetcher, Transfer
from corpusflow.images.decode import Limits, store_form
from tests.corpusflow.fetch.bad_server import endless, reply, reset
from tests.web import jpeg

Answer = Callable[[socket.socket], None]
"""Answers a request that was read from the connection; the connection is closed afterwards."""

PICTURE = jpeg(1)
MAX_BYTES = 1_000_000  # the limit that `endless` and `gzip bomb` go over
TIMEOUT_S = 3.0  # the limit that `never answers` and its like go over

# Requests for a URL, those for the rules of its site left out: more is not asked of a host that cannot be reached.
NEVER = range(1)
ONCE = range(1, 2)
TWICE = range(2, 3)
SEVERAL = range(2, 10)
SOME = range(1, 10)


@dataclass(frozen=True)
class Host:
    """answer: makes what answers a picture's URL, anew for each URL. wanted: `ok`, or the code of the error; two where
    it depends on how the bytes arrive. attempts: how many requests that may take, those for its rules left out.
    rules: what answers /robots.txt and /.well-known/tdmrep.json; usually they are not found. pictures: how many URLs it
    has.
    """

    name: str
    does: str
    answer: Callable[[], Answer]
    wanted: str
    attempts: range
    rules: Mapping[str, Answer] = field(default_factory=dict)
    pictures: int = 1
    scheme: str = "http"
    tls: bool = False


def hosts() -> list[Host]:
    return [*_healthy(), *_slow(), *_broken(), *_elsewhere(), *_busy(), *_refusing(), *_no_http()]


def _healthy() -> Iterator[Host]:
    for number in range(1, 6):
        yield Host(f"healthy {number}", "answers", says(reply(PICTURE)), "ok", ONCE, pictures=8)


def _slow() -> Iterator[Host]:
    yield Host("slow", "the body trickles, and ends in time", lambda: trickle(0.5), "ok", ONCE)
    yield Host("too slow", "the body trickles, and does not end in time", lambda: trickle(60.0), "timeout", SOME)
    yield Host("stalled", "nothing after the first byte", says(_head(100) + b"\xff", hold=True), "timeout", SOME)
    yield Host("never answers", "reads the request and says nothing", says(b"", hold=True), "timeout", SOME)
    yield Host("endless head", "headers without end", lambda: endless_head, "broken_transfer", SOME)
    yield Host("endless body", "a body without end", lambda: endless, "too_large", ONCE)


def _broken() -> Iterator[Host]:
    half = len(PICTURE) // 2
    bomb = reply(gzip.compress(bytes(100 * MAX_BYTES)), "Content-Encoding: gzip", content_type="image/jpeg")
    chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"zz\r\nnot a chunk\r\n"
    shorter = reply(PICTURE, length=half)
    either = "broken_transfer or image_truncated"
    yield Host("length too short", "tells half its length", says(shorter), either, SOME)
    longer = reply(PICTURE, length=2 * len(PICTURE))
    yield Host("length too long", "tells twice its length", says(longer), "broken_transfer", SEVERAL)
    yield Host("reset", "resets in the middle", lambda: reset, "broken_transfer", SEVERAL)
    yield Host("gzip bomb", "100 times the limit, compressed", says(bomb), "too_large", ONCE)
    yield Host("chunked garbage", "a chunk that is none", says(chunks), "broken_transfer", SOME)
    yield Host("no HTTP", "answers in another protocol", says(b"220 mail.example ready\r\n"), "broken_transfer", SOME)
    yield Host(
        "page as picture", "HTML named .jpg", says(reply(b"<!doctype html><p>Hello")), "image_not_recognised", ONCE
    )


def _elsewhere() -> Iterator[Host]:
    yield Host("redirect loop", "redirects to itself", says(_redirect("/0.jpg")), "too_many_redirects", SOME)
    for name, target, code in (
        ("private address", "http://10.0.0.1/0.jpg", "address_refused"),
        ("metadata address", "http://169.254.169.254/latest/meta-data/", "address_refused"),
        ("metadata in decimal", "http://2852039166/latest/meta-data/", "address_refused"),
        ("private in IPv6", "http://[::ffff:192.168.0.1]/0.jpg", "address_refused"),
        ("a file", "file:///etc/passwd", "bad_url"),
    ):
        yield Host(f"to {name}", f"redirects to {target}", says(_redirect(target)), code, SOME)
    yield Host("to nowhere", "redirects to a name that is none", says(_redirect(NOWHERE)), "dns_failed", SOME)


def _busy() -> Iterator[Host]:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=3), usegmt=True)
    for name, wait in (("seconds", "1"), ("date", soon)):
        first = reply(b"", f"Retry-After: {wait}", status="429 Too Many Requests")
        yield Host(f"429, {name}", "good after Retry-After", lambda first=first: turns(first), "ok", TWICE)
    ages = reply(b"", "Retry-After: 99999999", status="429 Too Many Requests")
    yield Host("429, ages", "Retry-After three years", says(ages), "http_429", ONCE)
    busy = reply(b"", status="503 Service Unavailable")
    yield Host("503", "good at the second time", lambda: turns(busy), "ok", TWICE)
    yield Host("500", "always an error", says(reply(b"", status="500 Internal Error")), "http_500", SEVERAL)
    yield Host("404", "has no such picture", says(reply(b"", status="404 Not Found")), "http_404", ONCE)


def _refusing() -> Iterator[Host]:
    good, error = says(reply(PICTURE)), says(reply(b"", status="500 Internal Error"))
    hangs = says(b"", hold=True)
    disallow = says(reply(b"User-agent: *\nDisallow: /\n"))
    reserved = says(reply(b'[{"location": "/", "tdm-reservation": 1}]'))
    for name, does, path, rule, code in (
        ("robots 500", "robots.txt is an error", ROBOTS, error, "robots_unreadable"),
        ("robots hangs", "robots.txt never comes", ROBOTS, hangs, "robots_unreadable"),
        ("robots no", "robots.txt disallows", ROBOTS, disallow, "robots_disallowed"),
        ("TDM 500", "tdmrep.json is an error", TDM, error, "tdm_unreadable"),
        ("TDM reserved", "tdmrep.json reserves", TDM, reserved, "tdm_reserved"),
    ):
        yield Host(name, does, good, code, NEVER, rules={path: rule()})
    for header, code in (("X-Robots-Tag: noai", "opted_out_by_robots_tag"), ("TDM-Reservation: 1", "tdm_reserved")):
        yield Host(header.partition(":")[0], f"answers with {header}", says(reply(PICTURE, header)), code, ONCE)


def _no_http() -> Iterator[Host]:
    plain = says(reply(b"", status="400 Bad Request"))
    yield Host("no TLS", "https, and the port speaks plain HTTP", plain, "tls_failed", NEVER, scheme="https")
    self_signed = says(reply(PICTURE))
    yield Host("self-signed", "a certificate of its own", self_signed, "tls_failed", NEVER, scheme="https", tls=True)


ROBOTS, TDM = "/robots.txt", "/.well-known/tdmrep.json"
NOWHERE = "http://no-such-host.invalid/0.jpg"
"""The one URL of a host that does not exist (RFC 2606 keeps the name free)."""


def says(data: bytes, hold: bool = False) -> Callable[[], Answer]:
    """hold: and then nothing, until the client goes away."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(data)
        while hold and connection.recv(1024):
            pass

    return lambda: answer


def turns(first: bytes) -> Answer:
    """First this, the picture ever after."""
    answers = itertools.chain([first], itertools.repeat(reply(PICTURE)))
    return lambda connection: connection.sendall(next(answers))


def trickle(seconds: float) -> Answer:
    """The picture in 20 pieces, which take so long together."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(_head(len(PICTURE)))
        size = len(PICTURE) // 19
        for start in range(0, len(PICTURE), size):
            connection.sendall(PICTURE[start : start + size])
            time.sleep(seconds / 20)

    return answer


def endless_head(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in itertools.count():
        connection.sendall(b"X-%d: more\r\n" % number)


def _head(length: int) -> bytes:
    return reply(b"", content_type="image/jpeg", length=length)


def _redirect(target: str) -> bytes:
    return reply(b"", f"Location: {target}", status="302 Found")


@contextmanager
def bad_web(folder: Path) -> Iterator[dict[str, Host]]:
    """The hosts by each of their URLs. folder: takes the certificate."""
    with ExitStack() as stack:
        urls = {}
        for number, host in enumerate(hosts(), start=2):
            listener = stack.enter_context(socket.create_server((f"127.0.0.{number}", 0)))
            server = _Server(listener, host, self_signed(folder) if host.tls else None)
            stack.callback(server.stop)
            address, port = listener.getsockname()
            for picture in range(host.pictures):
                urls[f"{host.scheme}://{address}:{port}/{picture}.jpg"] = host
        with socket.create_server(("127.0.0.1", 0)) as closed:
            refusing = f"http://127.0.0.1:{closed.getsockname()[1]}/0.jpg"
        urls[refusing] = Host("nobody", "no server at its port", says(b""), "connect_failed", NEVER)
        urls[NOWHERE] = Host("no name", "a name that no DNS knows", says(b""), "dns_failed", NEVER)
        yield urls


class _Server:
    """Answers one request on each connection, in a thread of its own."""

    def __init__(self, listener: socket.socket, host: Host, tls: ssl.SSLContext | None) -> None:
        self._listener = listener
        self._host = host
        self._tls = tls
        missing = says(reply(b"", status="404 Not Found"))()
        self._answers: dict[str, Answer] = {ROBOTS: missing, TDM: missing, **host.rules}
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        # Wakes the thread that waits for a connection.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:  # the client may go away at any time
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with connection:
                path = self._path(connection)
                answer = self._answers.setdefault(path, self._host.answer())
                answer(connection)

    def _path(self, connection: socket.socket) -> str:
        request = connection.recv(65536)
        if request.startswith(b"\x16"):  # a TLS handshake on a plain port
            return ""
        while b"\r\n\r\n" not in request and (piece := connection.recv(65536)):
            request += piece
        return request.split(b" ")[1].decode() if request else ""


def self_signed(folder: Path) -> ssl.SSLContext:
    """A server's TLS with a certificate for its address that nobody vouches for."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    dated = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    certificate = dated.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "self_signed.pem"
    file.write_bytes(secret + certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def fetch_all(urls: Sequence[str]) -> Iterator[Transfer]:
    """What came of each URL, with limits that are as small as those of the hosts' misdeeds."""
    settings = ClientSettings(
        contact="mailto:us@site.example",
        timeout_s=TIMEOUT_S,
        connect_timeout_s=TIMEOUT_S,
        read_timeout_s=TIMEOUT_S * 2 / 3,
        max_bytes=MAX_BYTES,
        concurrency=100,
        retries=1,
        allow_loopback=True,
    )
    with Fetcher(settings) as fetcher:
        yield from fetcher.transfers(urls)


def outcome_of(transfer: Transfer) -> str:
    """`ok`, or the code of what went wrong with the transfer or with the picture that it brought."""
    if isinstance(transfer.answer, FetchError):
        return transfer.answer.code
    refusal = refusal_of_headers(transfer.answer.headers, EVERYTHING_COUNTS)
    if refusal is not None:
        return refusal.reason
    try:
        store_form(transfer.answer.body, transfer.url, Limits())
    except ImageError as error:
        return error.code
    return "ok"
