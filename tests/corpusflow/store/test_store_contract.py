"""What every store promises, local or remote."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from corpusflow.store.paths import LocalStore, Store, open_store
from corpusflow.store.remote import RemoteStore

ODD = ["a b", "ü/ö ä", "x#1", "y?z=1", "50%25", "*", "[q]", "a..b", "~t"]


@pytest.fixture(params=["local", "gcs_bucket", "s3_bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "local":
        return open_store(str(tmp_path / "store"))
    return open_store(f"{request.getfixturevalue(request.param)}/some/folder")


def test_each_address_has_its_store(store: Store) -> None:
    assert isinstance(store, LocalStore if store.renames else RemoteStore)


def test_what_was_written_is_read(store: Store) -> None:
    store.write("a/b.json", b"one")
    assert (store.read("a/b.json"), store.size("a/b.json"), store.exists("a/b.json")) == (b"one", 3, True)


def test_what_is_not_there_is_missed(store: Store) -> None:
    assert not store.exists("a/b")
    assert list(store.names("a")) == []
    for look in (store.read, store.size, lambda name: store.open(name).close()):
        with pytest.raises(FileNotFoundError):
            look("a/b")


def test_a_folder_is_no_file(store: Store) -> None:
    store.write("a/b/c", b"1")
    assert list(store.names("a")) == []
    with pytest.raises(OSError, match=r"a.b"):
        store.read("a/b")


def test_another_process_sees_what_was_written_over(store: Store) -> None:
    other: Store = pickle.loads(pickle.dumps(store))
    store.write("a/b", b"one")
    assert (other.read("a/b"), list(other.names("a"))) == (b"one", ["a/b"])
    store.write("a/b", b"longer")
    store.write("a/c", b"")
    assert (other.read("a/b"), other.size("a/b"), other.size("a/c")) == (b"longer", 6, 0)
    assert list(other.names("a")) == ["a/b", "a/c"]
    with other.open("a/b") as file:
        assert file.read() == b"longer"
    store.remove("a/b")
    assert (other.exists("a/b"), list(other.names("a"))) == (False, ["a/c"])


def test_a_file_is_there_once_it_is_published(store: Store) -> None:
    with store.create("a/b") as file:
        file.write(b"whole")
        assert not store.exists("a/b")
    assert (store.exists("a/b"), list(store.names("a"))) == (False, [])
    store.publish("a/b")
    assert store.read("a/b") == b"whole"


def test_a_file_may_get_another_name(store: Store) -> None:
    with store.create("a/b") as file:
        file.write(b"whole")
    store.publish("a/b", "a/c")
    assert (list(store.names("a")), store.read("a/c")) == (["a/c"], b"whole")


def test_a_discarded_file_leaves_nothing(store: Store) -> None:
    store.write("a/b", b"old")
    with store.create("a/b") as file:
        file.write(b"new")
    store.discard("a/b")
    store.discard("a/never")
    assert (store.read("a/b"), list(store.names("a"))) == (b"old", ["a/b"])


def test_removing_what_is_not_there_is_no_fault(store: Store) -> None:
    store.remove("a/b")


def test_names_are_those_of_one_folder_in_order(store: Store) -> None:
    for name in ("f/b", "f/a", "f/deeper/c", "fg/d", "e", "f.x"):
        store.write(name, b"1")
    assert list(store.names("f")) == ["f/a", "f/b"]
    assert list(store.names("")) == ["e", "f.x"]


@pytest.mark.parametrize("name", ODD)
def test_odd_names_are_names(store: Store, name: str) -> None:
    store.write(f"f/{name}", name.encode())
    with store.create(f"f/{name}.2") as file:
        file.write(b"2")
    store.publish(f"f/{name}.2")
    assert store.read(f"f/{name}") == name.encode()
    assert store.size(f"f/{name}.2") == 1
    folder, _, _ = f"f/{name}".rpartition("/")
    assert list(store.names(folder)) == [f"f/{name}", f"f/{name}.2"]
    store.remove(f"f/{name}")
    assert list(store.names(folder)) == [f"f/{name}.2"]


def test_a_large_file_is_read_in_order_and_by_ranges(store: Store) -> None:
    data = bytes(range(251)) * (20 * 2**20 // 251)
    with store.create("big") as file:
        file.write(data)
    store.publish("big")
    assert store.size("big") == len(data)
    with store.open("big") as file:
        assert file.read(10) == data[:10]
        assert file.seek(15_000_000) == 15_000_000
        assert file.read(5_000_000) == data[15_000_000:20_000_000]
        assert (file.seek(-7, 2), file.read()) == (len(data) - 7, data[-7:])
        assert file.seek(3) == 3
        assert b"".join(iter(lambda: file.read(3_000_000), b"")) == data[3:]
