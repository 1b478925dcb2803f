"""What a store does when connections break, when its service is busy, and when it says no."""

from __future__ import annotations

import pytest

from corpusflow.errors import StorageError
from corpusflow.store.address import read_head
from corpusflow.store.paths import open_store
from tests.faulty_proxy import CUT_ANSWER, CUT_UPLOAD, Faults

PASSING = [[503, 429], [CUT_ANSWER], [500, CUT_ANSWER]]
BIG = bytes(range(250)) * (6 * 2**20 // 250)  # over 5 MB gcsfs uploads in pieces


@pytest.mark.parametrize("script", PASSING)
def test_reading_goes_on_after_a_fault_that_passes(faulty: tuple[str, Faults], script: list[int | str]) -> None:
    address, faults = faulty
    store = open_store(f"{address}/run")
    store.write("a", b"x" * 1000)
    faults.script["GET"] = list(script)
    assert store.read("a") == b"x" * 1000
    assert faults.script["GET"] == []
    faults.script["GET"] = list(script)
    assert list(store.names("")) == ["a"]
    faults.script["GET"] = [None, *script]
    with store.open("a") as file:
        assert file.read() == b"x" * 1000


@pytest.mark.parametrize("script", [*PASSING, [CUT_UPLOAD]])
def test_an_upload_that_breaks_is_made_again_and_whole(faulty: tuple[str, Faults], script: list[int | str]) -> None:
    address, faults = faulty
    store = open_store(f"{address}/run")
    with store.create("big") as file:
        file.write(BIG)
    faults.script |= {"POST": list(script), "PUT": list(script)}
    store.publish("big")
    assert [] in faults.script.values()
    faults.script.clear()
    assert store.read("big") == BIG


@pytest.mark.parametrize("fault", [503, CUT_UPLOAD, CUT_ANSWER])
def test_who_was_first_is_told_so_although_the_answer_was_lost(faulty: tuple[str, Faults], fault: int | str) -> None:
    address, faults = faulty
    store = open_store(f"{address}/run")
    faults.script |= {"POST": [fault], "PUT": [fault]}
    assert store.write_new("lock", b"mine")
    faults.script.clear()
    assert not store.write_new("lock", b"another's")
    assert store.read("lock") == b"mine"


def test_what_is_forbidden_is_told_once_with_the_address(faulty: tuple[str, Faults]) -> None:
    address, faults = faulty
    store = open_store(f"{address}/run")
    faults.always |= {"POST": 403, "PUT": 403, "GET": 403, "HEAD": 403}
    with pytest.raises(StorageError) as written:
        store.write("a", b"1")
    assert str(written.value).count(f"{address}/run/a") == 1
    with pytest.raises(OSError, match="bucket"):
        store.read("a")
    with pytest.raises(OSError, match="bucket"):
        store.exists("a")
    with pytest.raises(OSError, match=r"^(?!.*://.*://).*://bucket"):
        read_head(f"{address}/run/a", 1)
    assert sum(faults.asked.values()) < 12, "a no is not asked for again and again"
