from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from corpusflow.errors import FetchError
from corpusflow.fetch import ranges as module
from corpusflow.fetch import retries
from corpusflow.fetch.client import ClientSettings
from corpusflow.fetch.ranges import ByteRange, Piece, fetch_file, fetch_ranges
from tests.range_server import Fault, Ranges, cut_body, other_range, serve_ranges, status, whole_file

DATA = bytes(range(100))
SETTINGS = ClientSettings(contact="mailto:us@site.example", allow_loopback=True, timeout_s=5, retries=2)


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "FIRST_WAIT_S", 0.001)


def ask(server: Ranges, *places: tuple[int, int], settings: ClientSettings = SETTINGS) -> list[Piece | FetchError]:
    wanted = [ByteRange(f"{server.url}file", start, length) for start, length in places]
    with closing(fetch_ranges(wanted, settings)) as answers:
        return list(answers)


def code(answer: Piece | FetchError) -> str:
    assert isinstance(answer, FetchError), answer
    return answer.code


def with_faults(*faults: Fault) -> tuple[Piece | FetchError, list[tuple[int, int]]]:
    """What a range of bytes 10 to 29 gives, and the ranges that were asked for."""
    with serve_ranges({"file": DATA}) as server:
        server.faults["file"] = list(faults)
        (answer,) = ask(server, (10, 20))
    return answer, [(first, last) for _, first, last in server.asked]


def test_ranges_come_in_their_order_and_the_server_is_told_who_asks() -> None:
    with serve_ranges({"file": DATA}) as server:
        answers = ask(server, (50, 10), (0, 1), (99, 1), (98, 2))
    assert answers == [Piece(DATA[50:60], 100), Piece(DATA[:1], 100), Piece(DATA[99:], 100), Piece(DATA[98:], 100)]
    assert len(server.agents) == 1
    assert "mailto:us@site.example" in server.agents.pop()
    assert {name for name, *_ in server.asked} == {"file"}, "robots.txt of a data service is not asked"


def test_a_range_over_the_end_of_the_file_is_what_there_is_and_one_behind_it_a_failure() -> None:
    with serve_ranges({"file": DATA}) as server:
        over, behind = ask(server, (90, 20), (100, 1))
    assert over == Piece(DATA[90:], 100)
    assert code(behind) == "http_416"


def test_a_server_that_ignores_ranges_is_refused_without_reading_the_file() -> None:
    answer, asked = with_faults(whole_file)
    assert code(answer) == "range_ignored"
    assert asked == [(10, 29)]


@pytest.mark.parametrize("told", ["", "bytes 11-30/100", "bytes 10-28/100", "bytes 10-30/100", "bytes 10-29/*", "x"])
def test_a_server_that_tells_of_another_range_is_not_believed(told: str) -> None:
    answer, asked = with_faults(other_range(told))
    assert code(answer) == "range_wrong"
    assert asked == [(10, 29)]


def test_a_broken_transfer_goes_on_where_it_broke() -> None:
    answer, asked = with_faults(cut_body, cut_body)
    assert answer == Piece(DATA[10:30], 100)
    assert asked == [(10, 29), (20, 29), (25, 29)]


def test_a_transfer_that_breaks_at_all_tries_is_a_failure() -> None:
    answer, asked = with_faults(cut_body, cut_body, cut_body)
    assert code(answer) == "broken_transfer"
    assert len(asked) == 3


@pytest.mark.parametrize("number", [403, 429, 503])
def test_a_busy_server_is_asked_again(number: int) -> None:
    answer, asked = with_faults(status(number, Retry_After="0"), status(number))
    assert answer == Piece(DATA[10:30], 100)
    assert asked == [(10, 29)] * 3


@pytest.mark.parametrize(("number", "expected"), [(503, "http_503"), (403, "host_busy")])
def test_a_server_that_stays_busy_is_a_failure_that_may_pass(number: int, expected: str) -> None:
    answer, asked = with_faults(*[status(number)] * 3)
    assert code(answer) == expected
    assert retries.may_pass(expected)
    assert len(asked) == 3


@pytest.mark.parametrize(("wait", "asked"), [("61", 1), ("1000000", 1)])
def test_a_server_that_wants_a_longer_pause_than_is_waited_for_is_left_alone(wait: str, asked: int) -> None:
    with serve_ranges({"file": DATA}) as server:
        server.faults["file"] = [status(503, Retry_After=wait)] * 2
        answers = ask(
            server, (0, 1), (1, 1), (2, 1), settings=ClientSettings(allow_loopback=True, per_host=1, retries=2)
        )
    assert [code(answer) for answer in answers] == ["http_503", "host_busy", "host_busy"]
    assert len(server.asked) == asked


@pytest.mark.parametrize("number", [301, 404, 410])
def test_what_another_try_would_not_change_is_not_tried_again(number: int) -> None:
    answer, asked = with_faults(status(number, Location="/other"))
    assert code(answer) == f"http_{number}"
    assert asked == [(10, 29)]


def test_a_dead_server_is_not_asked_for_the_whole_list() -> None:
    with serve_ranges({}) as server:
        url = server.url
    answers = ask(Ranges(url), *[(number, 1) for number in range(20)])
    codes = [code(answer) for answer in answers]
    assert set(codes) == {"connect_failed", "host_given_up"}
    assert codes[-1] == "host_given_up"
    assert codes.count("connect_failed") <= 6


def test_all_who_ask_are_one_to_the_server() -> None:
    flying: list[int] = [0, 0]  # now, and at most
    lock = threading.Lock()

    def slow(*_: object) -> bool:
        with lock:
            flying[0] += 1
            flying[1] = max(flying)
        time.sleep(0.02)
        with lock:
            flying[0] -= 1
        return False

    polite = dataclasses.replace(SETTINGS, per_host=1)
    with serve_ranges({"file": DATA}) as server, ThreadPoolExecutor(4) as threads:
        server.faults["file"] = [slow] * 8
        answers = list(threads.map(lambda n: ask(server, (n, 1), (n + 50, 1), settings=polite), range(4)))
    assert answers == [[Piece(DATA[n : n + 1], 100), Piece(DATA[n + 50 : n + 51], 100)] for n in range(4)]
    assert flying == [0, 1]


def test_a_server_that_wants_to_be_left_alone_by_one_is_left_alone_by_the_others() -> None:
    with serve_ranges({"file": DATA}) as server:
        server.faults["file"] = [status(403, Retry_After="1000")]
        assert code(ask(server, (0, 1))[0]) == "host_busy"
        assert code(ask(server, (1, 1))[0]) == "host_busy"
    assert len(server.asked) == 1


def test_who_stops_asking_takes_back_what_is_not_asked_yet() -> None:
    with serve_ranges({"file": DATA}) as server:
        answers = fetch_ranges([ByteRange(f"{server.url}file", n, 1) for n in range(9)], SETTINGS)
        assert next(answers) == Piece(DATA[:1], 100)
        answers.close()
        (other,) = ask(server, (50, 1))
    assert other == Piece(DATA[50:51], 100)
    assert len(server.asked) <= 1 + SETTINGS.per_host


def test_loopback_is_refused_where_it_is_not_allowed() -> None:
    with serve_ranges({"file": DATA}) as server:
        (answer,) = ask(server, (0, 1), settings=ClientSettings())
    assert code(answer) == "address_refused"
    assert not server.asked


def read(server: Ranges, start: int = 0) -> list[bytes]:
    return list(fetch_file(f"{server.url}file", SETTINGS, start))


def lengths(pieces: Iterable[bytes]) -> list[int]:
    return [len(piece) for piece in pieces]


@pytest.mark.parametrize(("size", "pieces"), [(29, [29]), (30, [30]), (31, [30, 1]), (100, [30, 30, 30, 10])])
def test_a_file_comes_in_pieces_and_whole(monkeypatch: pytest.MonkeyPatch, size: int, pieces: list[int]) -> None:
    monkeypatch.setattr(module, "PIECE", 30)
    with serve_ranges({"file": DATA[:size]}) as server:
        came = read(server)
    assert b"".join(came) == DATA[:size]
    assert lengths(came) == pieces


def test_a_file_goes_on_from_where_it_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PIECE", 30)
    with serve_ranges({"file": DATA}) as server:
        server.faults["file"] = [cut_body]
        assert b"".join(read(server, 45)) == DATA[45:]
    assert {(first, last) for _, first, last in server.asked} == {(45, 74), (60, 74), (75, 99)}


def test_a_file_that_changes_under_way_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PIECE", 30)
    files = {"file": DATA}

    def grow(*_: object) -> bool:
        files["file"] = DATA * 2
        return False

    with serve_ranges(files) as server:
        server.faults["file"] = [lambda *_: False, grow, lambda *_: False, lambda *_: False]
        with pytest.raises(FetchError, match="file_changed"):
            read(server)
