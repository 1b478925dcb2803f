from __future__ import annotations

import gzip
import socket
import threading
import time
import zlib
from collections.abc import Mapping
from dataclasses import replace

import pytest
from aiohttp.resolver import ThreadedResolver

from corpusflow import __version__
from corpusflow.errors import FetchError
from corpusflow.fetch.client import ClientSettings, Response
from corpusflow.fetch.fetcher import Fetcher

from .bad_server import Behaviour, Server, endless, reply, reset, serve

LOOPBACK = ClientSettings(allow_loopback=True, timeout_s=5, contact="mailto:someone@example.org")


def fetch_one(url: str, settings: ClientSettings = LOOPBACK) -> Response | FetchError:
    with Fetcher(settings) as fetcher:
        (transfer,) = fetcher.transfers([url])
    return transfer.answer


def ask(paths: Mapping[str, Behaviour], **settings: float) -> Response | FetchError:
    """The answer for /page of a server with these paths."""
    with serve(paths) as server:
        return fetch_one(f"{server.url}/page", changed(**settings))


def changed(**settings: float) -> ClientSettings:
    return replace(LOOPBACK, **settings)  # type: ignore[arg-type]


def code(answer: Response | FetchError) -> str:
    assert isinstance(answer, FetchError), answer
    return answer.code


def body(answer: Response | FetchError) -> bytes:
    assert isinstance(answer, Response), answer
    return answer.body


def test_an_answer_carries_body_headers_and_status() -> None:
    with serve({"/page": reply(b"<p>hello", "X-Twice: 1", "X-Twice: 2")}) as server:
        answer = fetch_one(f"{server.url}/page#part")
    assert isinstance(answer, Response)
    assert (answer.body, answer.status, answer.content_type) == (b"<p>hello", 200, "text/html")
    assert answer.url == f"{server.url}/page#part"
    assert answer.final_url == f"{server.url}/page"
    assert [value for key, value in answer.headers if key == "X-Twice"] == ["1", "2"]


def test_the_client_says_who_it_is_and_what_it_understands() -> None:
    with serve({"/page": reply(b"")}) as server:
        fetch_one(f"{server.url}/page")
    assert f"User-Agent: corpusflow/{__version__} (+mailto:someone@example.org)\r\n" in server.requests[0]
    assert "Accept-Encoding: gzip, deflate\r\n" in server.requests[0]


def test_user_and_password_in_a_url_are_not_sent() -> None:
    with serve({"/page": reply(b"")}) as server:
        fetch_one(f"{server.url}/page".replace("//", "//me:secret@"))
    assert "Authorization" not in server.requests[0]


@pytest.mark.parametrize(
    ("encoding", "coded"), [("gzip", gzip.compress(b"text" * 99, mtime=0)), ("deflate", zlib.compress(b"text" * 99))]
)
def test_a_compressed_body_is_decoded(encoding: str, coded: bytes) -> None:
    assert body(ask({"/page": reply(coded, f"Content-Encoding: {encoding}")})) == b"text" * 99


def test_a_body_that_is_not_compressed_as_it_says_is_taken_as_it_is() -> None:
    assert body(ask({"/page": reply(b"<p>plain", "Content-Encoding: gzip")})) == b"<p>plain"


def test_a_body_of_the_limit_is_taken_and_one_byte_more_is_too_large() -> None:
    assert len(body(ask({"/page": reply(b"x" * 100)}, max_bytes=100))) == 100
    assert code(ask({"/page": reply(b"x" * 101)}, max_bytes=100)) == "too_large"


def test_a_body_announced_as_too_large_is_not_waited_for() -> None:
    assert code(ask({"/page": reply(b"", length=10**12)})) == "too_large"


def test_a_body_without_end_is_cut_off() -> None:
    assert code(ask({"/page": endless}, max_bytes=1_000_000)) == "too_large"


def test_a_gzip_bomb_is_not_inflated() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    assert code(ask({"/page": reply(bomb, "Content-Encoding: gzip")}, max_bytes=1_000_000)) == "too_large"


def test_a_body_shorter_than_announced_is_broken() -> None:
    assert code(ask({"/page": reply(b"half", length=8)})) == "broken_transfer"


def test_a_compressed_body_that_breaks_off_is_broken() -> None:
    cut = gzip.compress(bytes(range(256)) * 9)[:-20]
    assert code(ask({"/page": reply(cut, "Content-Encoding: gzip")})) == "broken_transfer"


@pytest.mark.parametrize("answer", [reset, b"", b"\0\1\2 no HTTP\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"y" * 99999])
def test_what_is_no_whole_answer_is_broken(answer: Behaviour) -> None:
    assert code(ask({"/page": answer})) == "broken_transfer"


def test_a_server_that_says_nothing_times_out() -> None:
    done = threading.Event()
    answer = ask({"/page": lambda connection: done.wait(5) and None}, timeout_s=0.1)
    done.set()
    assert code(answer) == "timeout"


def test_a_server_that_drips_times_out() -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(500):
            connection.sendall(b"x")
            time.sleep(0.01)

    assert code(ask({"/page": drip}, timeout_s=0.2)) == "timeout"


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified", "403 Forbidden", "500 Oops", "302 Nowhere"])
def test_any_status_but_200_is_a_failure_that_names_it(status: str) -> None:
    assert code(ask({"/page": reply(b"", status=status)})) == f"http_{status[:3]}"


def test_redirects_are_followed_up_to_the_limit() -> None:
    def hop(target: str) -> bytes:
        return reply(b"", f"Location: {target}", status="302 Found")

    paths = {"/page": hop("/two"), "/two": hop("three#part"), "/three": reply(b"here")}
    with serve(paths) as server:
        answer = fetch_one(f"{server.url}/page", changed(max_redirects=2))
        assert isinstance(answer, Response)
        assert (answer.body, answer.final_url) == (b"here", f"{server.url}/three")
        assert code(fetch_one(f"{server.url}/page", changed(max_redirects=1))) == "too_many_redirects"


def test_a_redirect_loop_ends() -> None:
    loop = reply(b"", "Location: /page", status="301 Moved")
    assert code(ask({"/page": loop})) == "too_many_redirects"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("http://10.0.0.1/", "address_refused"),
        ("http://169.254.169.254/latest/meta-data/", "address_refused"),
        ("http://[::ffff:192.168.0.1]/", "address_refused"),
        ("http://2130706433/", "address_refused"),
        ("ftp://example.org/", "bad_url"),
        ("file:///etc/passwd", "bad_url"),
        ("http://[oops", "bad_url"),
    ],
)
def test_a_redirect_to_where_nobody_may_go_is_refused(target: str, expected: str) -> None:
    assert code(ask({"/page": reply(b"", f"Location: {target}", status="302 Found")})) == expected


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "127.1", "0x7f.0.0.1", "localhost"])
def test_without_leave_no_loopback_server_is_reached(host: str) -> None:
    with serve({"/page": reply(b"secret")}) as server:
        url = f"{server.url}/page".replace("127.0.0.1", host)
        assert code(fetch_one(url, ClientSettings())) == "address_refused"
        assert server.requests == []


def test_a_name_that_resolves_to_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, "192.168.1.1")
    assert code(fetch_one("http://harmless.example/")) == "address_refused"


def test_a_name_without_address_fails_by_its_own_code(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, None)
    assert code(fetch_one("http://nowhere.example/")) == "dns_failed"


def resolve_to(monkeypatch: pytest.MonkeyPatch, address: str | None) -> None:
    async def resolve(self: object, host: str, port: int = 0, family: int = 0) -> list[dict[str, object]]:
        if address is None:
            raise OSError("no address")
        return [{"hostname": host, "host": address, "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0}]

    monkeypatch.setattr(ThreadedResolver, "resolve", resolve)


def test_a_port_where_nobody_listens_fails_to_connect() -> None:
    with serve({}) as server:
        url = server.url
    assert code(fetch_one(url)) == "connect_failed"


def test_a_server_that_speaks_no_tls_fails_by_its_own_code() -> None:
    with serve({}) as server:
        server_url = server.url.replace("http:", "https:")
        with socket.create_server(("127.0.0.1", 0)) as listener:
            threading.Thread(target=answer_plainly, args=(listener,), daemon=True).start()
            port = listener.getsockname()[1]
            assert code(fetch_one(server_url.rpartition(":")[0] + f":{port}/")) == "tls_failed"


def answer_plainly(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(1)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


@pytest.mark.parametrize(
    "url",
    ["", "example.org", "//example.org/", "ftp://example.org/", "http://", "http:///x", "http://example.org:99999/",
     "http://[::1", "http://exa mple.org/", "http://example.org/a b", "javascript:alert(1)"],
)  # fmt: skip
def test_what_is_no_web_address_is_a_bad_url(url: str) -> None:
    assert code(fetch_one(url)) == "bad_url"


def test_every_url_gets_its_own_answer_whatever_finishes_first() -> None:
    def slowly(connection: socket.socket) -> None:
        time.sleep(0.2)
        connection.sendall(reply(b"0"))

    paths: dict[str, Behaviour] = {"/0": slowly} | {f"/{number}": reply(b"%d" % number) for number in range(1, 7)}
    with serve(paths) as server:
        answers = fetch_many(server, 8, changed(concurrency=3, per_host=3))
    assert [number for number, _ in answers] == list(range(8))
    assert [body(answer) for _, answer in answers[:7]] == [b"%d" % number for number in range(7)]
    assert code(answers[7][1]) == "http_404"


@pytest.mark.parametrize(("concurrency", "per_host", "most"), [(8, 2, 2), (3, 8, 3), (1, 8, 1)])
def test_no_more_are_in_flight_than_allowed(concurrency: int, per_host: int, most: int) -> None:
    lock, at_once, seen = threading.Lock(), [0], [0]

    def slowly(connection: socket.socket) -> None:
        with lock:
            at_once[0] += 1
            seen[0] = max(seen[0], at_once[0])
        time.sleep(0.05)
        with lock:
            # Before the answer: whoever has that may ask for the next one before this thread goes on.
            at_once[0] -= 1
        connection.sendall(reply(b""))

    with serve({f"/{number}": slowly for number in range(10)}) as server:
        fetch_many(server, 10, changed(concurrency=concurrency, per_host=per_host))
    assert seen == [most]


def test_no_more_bodies_are_in_memory_than_may_be_in_flight() -> None:
    with (
        serve({f"/{number}": reply(b"x") for number in range(20)}) as server,
        Fetcher(changed(concurrency=4)) as fetcher,
    ):
        transfers = fetcher.transfers([f"{server.url}/{number}" for number in range(20)])
        next(transfers)
        time.sleep(0.3)
        # Four bodies that nobody has taken yet, and the one that was.
        assert len(server.requests) <= 5
        assert len(list(transfers)) == 19


def test_waiting_for_a_turn_is_not_counted_as_time_of_the_url() -> None:
    def slowly(connection: socket.socket) -> None:
        time.sleep(0.2)
        connection.sendall(reply(b"done"))

    with serve({f"/{number}": slowly for number in range(5)}) as server:
        answers = fetch_many(server, 5, changed(per_host=1, timeout_s=0.7))
    assert [body(answer) for _, answer in answers] == [b"done"] * 5


def test_no_urls_give_no_answers() -> None:
    with Fetcher(LOOPBACK) as fetcher:
        assert list(fetcher.transfers([])) == []


def test_a_fetcher_whose_answers_are_not_taken_serves_the_next_all_the_same() -> None:
    with serve({"/0": reply(b"x")}) as server, Fetcher(changed(concurrency=2)) as fetcher:
        for _ in range(5):
            abandoned = fetcher.transfers([f"{server.url}/0"] * 5)
            next(abandoned)
            abandoned.close()
        assert [transfer.status for transfer in fetcher.transfers([f"{server.url}/0"] * 5)] == [200] * 5


def fetch_many(server: Server, count: int, settings: ClientSettings) -> list[tuple[int, Response | FetchError]]:
    urls = [f"{server.url}/{number}" for number in range(count)]
    with Fetcher(settings) as fetcher:
        return sorted((transfer.number, transfer.answer) for transfer in fetcher.transfers(urls))


@pytest.mark.parametrize("host", ["www..site.example", ".site.example", f"{'a' * 64}.example"])
def test_a_host_name_that_is_none_is_a_bad_url(host: str) -> None:
    assert code(fetch_one(f"http://{host}/a.jpg")) == "bad_url"


def test_a_redirect_to_a_host_name_that_is_none_is_a_bad_url() -> None:
    with serve({"/0": reply(b"", "Location: http://www..site.example/", status="302 Found")}) as server:
        ((_, answer),) = fetch_many(server, 1, LOOPBACK)
    assert code(answer) == "bad_url"


def test_headers_that_are_no_utf_8_become_text() -> None:
    odd = (
        b"HTTP/1.1 200 OK\r\nContent-Disposition: caf\xe9.html\r\nContent-Type: text/\xe9\r\nContent-Length: 1\r\n\r\nx"
    )
    refused = b"HTTP/1.1 404 Non trouv\xe9\r\nContent-Length: 0\r\n\r\n"
    with serve({"/0": odd, "/1": refused}) as server:
        (_, answer), (_, refusal) = fetch_many(server, 2, LOOPBACK)
    assert isinstance(answer, Response)
    assert dict(answer.headers)["Content-Disposition"] == "caf\ufffd.html"
    assert isinstance(refusal, FetchError)
    refusal.detail.encode()
