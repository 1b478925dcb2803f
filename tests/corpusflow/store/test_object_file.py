from __future__ import annotations

import io
import random

import pytest

from corpusflow.store.object_file import FIRST, MOST, ObjectFile

DATA = random.Random(1).randbytes(40_000_000)


class Requests:
    """What was asked for, by start and end."""

    def __init__(self, data: bytes = DATA) -> None:
        self.data = data
        self.asked: list[tuple[int, int]] = []

    def __call__(self, start: int, end: int) -> bytes:
        self.asked.append((start, end))
        return self.data[start:end]

    def file(self) -> io.BufferedReader:
        return io.BufferedReader(ObjectFile("a.warc.gz", len(self.data), self), 1 << 16)


def test_reading_in_order_asks_for_more_each_time_up_to_a_limit() -> None:
    requests = Requests()
    file = requests.file()
    while piece := file.read(10_000):
        assert piece == DATA[file.tell() - len(piece) : file.tell()]
    sizes = [end - start for start, end in requests.asked]
    assert sizes[:4] == [FIRST, 4 * FIRST, 16 * FIRST, MOST]
    assert max(sizes) == MOST
    assert sum(sizes) == len(DATA)


def test_a_jump_asks_for_little() -> None:
    requests = Requests()
    file = requests.file()
    for start in (30_000_000, 10_000_000, 20_000_000):
        file.seek(start)
        assert file.read(1000) == DATA[start : start + 1000]
    assert [end - start for start, end in requests.asked] == [FIRST, FIRST, FIRST]


def test_small_gaps_count_as_reading_in_order() -> None:
    requests = Requests()
    file = requests.file()
    for start in range(0, 20_000_000, 30_000):
        file.seek(start)
        assert file.read(20_000) == DATA[start : start + 20_000]
    assert len(requests.asked) < 8


def test_looking_back_a_little_asks_for_nothing() -> None:
    requests = Requests()
    file = requests.file()
    file.read(FIRST + 100_000)
    asked = len(requests.asked)
    file.seek(FIRST - 10)
    assert file.read(20) == DATA[FIRST - 10 : FIRST + 10]
    assert len(requests.asked) == asked


def test_a_read_larger_than_a_request_comes_whole() -> None:
    requests = Requests()
    assert requests.file().read(30_000_000) == DATA[:30_000_000]


@pytest.mark.parametrize("start", [99, 100, 101])
def test_at_its_end_there_is_no_byte_and_no_request(start: int) -> None:
    requests = Requests(b"x" * 100)
    file = requests.file()
    assert file.seek(0, io.SEEK_END) == 100
    file.seek(start)
    assert file.read(5) == b"x" * max(0, 100 - start)
    assert len(requests.asked) == (start < 100)


def test_no_byte_stands_before_the_first() -> None:
    with pytest.raises(OSError, match=r"a\.warc\.gz: no byte stands at -1"):
        ObjectFile("a.warc.gz", 3, Requests(b"abc")).seek(-1)


def test_an_object_that_became_shorter_is_told() -> None:
    file = io.BufferedReader(ObjectFile("a.warc.gz", 10, Requests(b"abc")))
    with pytest.raises(OSError, match=r"a\.warc\.gz: 3 of 10 bytes came; it has changed"):
        file.read(1)
