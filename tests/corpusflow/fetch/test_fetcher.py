from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from aiohttp.resolver import ThreadedResolver

from corpusflow.errors import ConsentError, FetchError
from corpusflow.fetch import client, outage
from corpusflow.fetch import fetcher as module
from corpusflow.fetch.client import ClientSettings
from corpusflow.fetch.fetcher import Fetcher, Transfer, close_fetchers, shared_fetcher
from corpusflow.fetch.outage import OutageError

from .bad_server import Behaviour, Server, reply, reset, serve

SETTINGS = ClientSettings(allow_loopback=True, timeout_s=5, retries=2)
BUSY = reply(b"", "Retry-After: 0", status="429 Too Many Requests")


@pytest.fixture(autouse=True)
def _quick_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "backoff_s", lambda attempt: 0.01)


def in_turn(*answers: Behaviour) -> Behaviour:
    """Another answer at every request, the last one for ever."""
    left = list(answers)

    def answer(connection: socket.socket) -> None:
        now = left.pop(0) if len(left) > 1 else left[0]
        if callable(now):
            now(connection)
        else:
            connection.sendall(now)

    return answer


def ask(server: Server, path: str, settings: ClientSettings = SETTINGS) -> Transfer:
    with Fetcher(settings) as fetcher:
        (transfer,) = fetcher.transfers([server.url + path])
    return transfer


@pytest.mark.parametrize("fault", [reset, b"", reply(b"", status="500 Oops"), reply(b"", status="503 Later"), BUSY])
def test_what_may_pass_is_tried_again(fault: Behaviour) -> None:
    with serve({"/a": in_turn(fault, fault, reply(b"here"))}) as server:
        transfer = ask(server, "/a")
    assert transfer.status == 200
    # The HTTP library itself asks once more where a connection was closed without an answer.
    assert transfer.attempts == 3 or (fault == b"" and transfer.attempts == 2)


def test_tries_have_an_end() -> None:
    with serve({"/a": reply(b"", status="500 Oops")}) as server:
        transfer = ask(server, "/a")
    assert (transfer.status, transfer.attempts) == (500, 3)
    assert isinstance(transfer.answer, FetchError)
    assert transfer.answer.code == "http_500"


@pytest.mark.parametrize("status", ["404 Not Found", "403 Forbidden", "410 Gone"])
def test_what_will_not_pass_is_asked_for_once(status: str) -> None:
    with serve({"/a": reply(b"", status=status)}) as server:
        assert ask(server, "/a").attempts == 1


def test_a_host_that_wants_long_patience_is_asked_no_more() -> None:
    answer = reply(b"", "Retry-After: 7200", status="429 Too Many Requests")
    with serve({f"/{number}": answer for number in range(9)}) as server, Fetcher(SETTINGS) as fetcher:
        transfers = list(fetcher.transfers([f"{server.url}/{number}" for number in range(9)]))
        asked = server.requests
    codes = Counter(transfer.answer.code for transfer in transfers if isinstance(transfer.answer, FetchError))
    assert len(asked) <= SETTINGS.per_host
    assert codes == {"http_429": len(asked), "host_busy": 9 - len(asked)}
    assert {transfer.attempts for transfer in transfers} == {0, 1}


def test_retry_after_of_a_few_seconds_is_waited_for_by_all_urls_of_the_host() -> None:
    answers = in_turn(reply(b"", "Retry-After: 1", status="503 Later"), reply(b"ok"))
    with serve({"/a": answers, "/b": reply(b"ok")}) as server, Fetcher(replace(SETTINGS, per_host=1)) as fetcher:
        transfers = list(fetcher.transfers([f"{server.url}/a", f"{server.url}/b"]))
    assert [transfer.status for transfer in transfers] == [200, 200]
    assert min(transfer.milliseconds for transfer in transfers if transfer.attempts == 2) >= 1000


def test_one_host_that_hangs_holds_up_no_other() -> None:
    done = threading.Event()
    stuck: dict[str, Behaviour] = {f"/{number}": lambda connection: done.wait(10) and None for number in range(8)}
    with serve(stuck) as hanging, serve({f"/{number}": reply(b"ok") for number in range(50)}) as healthy:
        urls = [f"{hanging.url.replace('127.0.0.1', 'localhost')}/{number}" for number in range(8)]
        urls += [f"{healthy.url}/{number}" for number in range(50)]
        with Fetcher(replace(SETTINGS, timeout_s=2, retries=0, concurrency=4)) as fetcher:
            order = list(fetcher.transfers(urls))
        done.set()
    first = order[:50]
    assert [transfer.status for transfer in first] == [200] * 50, "the healthy host is through before the first timeout"
    codes = Counter(transfer.answer.code for transfer in order[50:] if isinstance(transfer.answer, FetchError))
    assert codes["timeout"] >= 5
    assert codes["timeout"] + codes["host_given_up"] == 8


def test_a_host_that_redirects_to_dead_ones_is_not_given_up() -> None:
    port = closed_port()
    paths: dict[str, Behaviour] = {
        f"/{number}": reply(b"", f"Location: http://127.0.5.{number}:{port}/", status="302 Found")
        for number in range(1, 9)
    }
    with serve({**paths, "/ok": reply(b"ok")}) as server, Fetcher(replace(SETTINGS, retries=0)) as fetcher:
        list(fetcher.transfers([server.url + path for path in paths]))
        (transfer,) = fetcher.transfers([f"{server.url}/ok"])
    assert transfer.status == 200


def test_rules_of_a_site_are_asked_once_however_many_threads_fetch() -> None:
    with serve({f"/{number}": reply(b"ok") for number in range(30)}) as server:
        fetcher = shared_fetcher(SETTINGS)
        urls = [[f"{server.url}/{number}" for number in range(start, 30, 3)] for start in range(3)]
        threads = [threading.Thread(target=lambda part=part: list(fetcher.transfers(part))) for part in urls]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        paths = Counter(request.split(" ")[1] for request in server.requests)
    assert shared_fetcher(SETTINGS) is fetcher
    rules = Counter(request.split(" ")[1] for request in server.rules)
    assert paths == {f"/{number}": 1 for number in range(30)}
    assert rules == {"/robots.txt": 1, "/.well-known/tdmrep.json": 1}


def test_closing_ends_those_who_wait() -> None:
    done = threading.Event()
    with serve({"/a": lambda connection: done.wait(10) and None}) as server:
        transfers = shared_fetcher(SETTINGS).transfers([f"{server.url}/a"])
        errors: list[BaseException] = []

        def take() -> None:
            try:
                next(transfers)
            except BaseException as error:
                errors.append(error)

        thread = threading.Thread(target=take)
        thread.start()
        while not any("/a" in request for request in server.requests):
            pass
        close_fetchers()
        thread.join(10)
        done.set()
    assert len(errors) == 1


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def names(count: int) -> list[str]:
    return [f"http://host{number}.example/x" for number in range(count)]


@pytest.fixture
def no_dns(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network without a name server; and an outage after few hosts."""

    async def resolve(self: ThreadedResolver, host: str, port: int = 0, family: int = 0) -> object:
        if host == "127.0.0.1":
            return await original(self, host, port, socket.AddressFamily(family))
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    original = ThreadedResolver.resolve

    monkeypatch.setattr(ThreadedResolver, "resolve", resolve)
    monkeypatch.setattr(outage, "HOSTS", 20)


@pytest.mark.usefixtures("no_dns")
def test_a_dead_network_stops_the_fetching_with_its_cause() -> None:
    got = []
    with (
        Fetcher(replace(SETTINGS, retries=0, concurrency=4)) as fetcher,
        pytest.raises(OutageError, match=r"network seems to be down.*dns_unavailable.*--retry-failed"),
    ):
        got.extend(fetcher.transfers(names(400)))
    assert len(got) < 100, "the list is not burnt"


@pytest.mark.usefixtures("no_dns")
def test_silent_hosts_are_no_outage_while_another_answers() -> None:
    with serve({"/ok": reply(b"ok")}) as server, Fetcher(replace(SETTINGS, retries=0)) as fetcher:
        list(fetcher.transfers([f"{server.url}/ok"]))
        transfers = list(fetcher.transfers(names(100)))
        probes = len(server.rules) - 2
    codes = Counter(transfer.answer.code for transfer in transfers if isinstance(transfer.answer, FetchError))
    assert codes == {"dns_unavailable": 100}
    assert 1 <= probes <= 5, "one that answered is asked once for every so many hosts"


@pytest.mark.usefixtures("no_dns")
def test_fewer_silent_hosts_than_the_limit_are_no_outage() -> None:
    with Fetcher(replace(SETTINGS, retries=0)) as fetcher:
        assert len(list(fetcher.transfers(names(19) * 3))) == 57


@pytest.mark.usefixtures("no_dns")
def test_a_host_that_answers_is_a_sign_of_life_whatever_it_says() -> None:
    closed = {"/robots.txt": reply(b"User-agent: *\nDisallow: /\n")}
    known = tuple((f"closed{number}.example", "127.0.0.1") for number in range(4))
    with serve(closed) as server, Fetcher(replace(SETTINGS, retries=0, concurrency=1, hosts=known)) as fetcher:
        port = server.url.rpartition(":")[2]
        for number, (name, _) in enumerate(known):
            (refused,) = fetcher.transfers([f"http://{name}:{port}/a"])
            assert isinstance(refused.answer, ConsentError)
            assert len(list(fetcher.transfers(names(100)[number * 19 : number * 19 + 19]))) == 19


def test_hosts_that_refuse_or_do_not_exist_are_no_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outage, "HOSTS", 20)
    port = closed_port()
    urls = [f"http://127.0.1.{number}:{port}/x" for number in range(1, 101)]
    with Fetcher(replace(SETTINGS, retries=0)) as fetcher:
        transfers = list(fetcher.transfers(urls))
    codes = Counter(transfer.answer.code for transfer in transfers if isinstance(transfer.answer, FetchError))
    assert codes == {"connect_failed": 100}


def test_a_host_that_hangs_while_its_rules_are_asked_is_silent_for_the_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    async def resolve(self: object, host: str, port: int = 0, family: int = 0) -> None:
        await asyncio.sleep(9)

    monkeypatch.setattr(ThreadedResolver, "resolve", resolve)
    monkeypatch.setattr(outage, "HOSTS", 20)
    with (
        Fetcher(replace(SETTINGS, retries=0, timeout_s=0.2)) as fetcher,
        pytest.raises(OutageError, match=r"timeout 2\d"),
    ):
        list(fetcher.transfers(names(200)))


def test_a_defect_met_at_one_url_ends_the_work_for_no_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def break_at_one(answer: object, hop: object, *args: object) -> object:
        if str(hop).endswith("/1"):
            raise RuntimeError("a defect")
        return original(answer, hop, *args)  # type: ignore[arg-type]

    original = client._answer
    monkeypatch.setattr(client, "_answer", break_at_one)
    with serve({f"/{number}": reply(b"ok") for number in range(3)}) as server, Fetcher(SETTINGS) as fetcher:
        transfers = sorted(fetcher.transfers([f"{server.url}/{number}" for number in range(3)]), key=number_of)
    assert [transfer.status for transfer in transfers] == [200, None, 200]
    assert "a defect of the program" in caplog.text


def number_of(transfer: Transfer) -> int:
    return transfer.number


def test_requests_to_a_host_keep_their_pause_while_others_take_all_the_room() -> None:
    starts: list[float] = []

    def note(connection: socket.socket) -> None:
        starts.append(time.monotonic())
        connection.sendall(reply(b"ok"))

    def slowly(connection: socket.socket) -> None:
        time.sleep(0.1)
        connection.sendall(reply(b"ok"))

    with serve({f"/{number}": note for number in range(5)}) as watched, serve({"/s": slowly}) as slow:
        urls = [f"{watched.url}/{number}" for number in range(5)]
        others = tuple((f"slow{number}.example", "127.0.0.1") for number in range(20))
        urls += [f"http://{name}:{slow.url.rpartition(':')[2]}/s" for name, _ in others]
        with Fetcher(replace(SETTINGS, concurrency=2, per_host=2, pause_s=0.2, hosts=others)) as fetcher:
            assert len(list(fetcher.transfers(urls))) == len(urls)
    assert all(later - sooner > 0.19 for sooner, later in pairwise(sorted(starts)))


def test_the_rules_of_a_site_are_asked_for_politely() -> None:
    later = in_turn(reply(b"", "Retry-After: 1", status="503 Later"), reply(b"", status="404 None"))
    times: list[float] = []

    def robots(connection: socket.socket) -> None:
        times.append(time.monotonic())
        assert callable(later)
        later(connection)

    with serve({"/robots.txt": robots, "/a": reply(b"ok")}) as server:
        assert ask(server, "/a").status == 200
    assert len(times) == 2
    assert times[1] - times[0] >= 1


def test_a_name_can_be_given_an_address() -> None:
    with serve({"/a": reply(b"ok")}) as server:
        port = server.url.rpartition(":")[2]
        settings = replace(SETTINGS, hosts=(("pictures.example", "127.0.0.1"),))
        with Fetcher(settings) as fetcher:
            (transfer,) = fetcher.transfers([f"http://pictures.example:{port}/a"])
        with Fetcher(replace(settings, allow_loopback=False, retries=0)) as fetcher:
            (refused,) = fetcher.transfers([f"http://pictures.example:{port}/a"])
    assert transfer.status == 200
    assert isinstance(refused.answer, FetchError)
    assert refused.answer.code == "address_refused", "the guard judges it as any other"
