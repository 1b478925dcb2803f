from __future__ import annotations

from pathlib import Path

import pytest

from corpusflow.errors import StartError
from corpusflow.store.address import (
    content_version,
    content_versions,
    entries,
    files_below,
    files_like,
    find_files,
    is_address,
    is_file,
    is_folder,
    is_inside,
    join,
    kind_of_path,
    last_name,
    open_input,
    read_head,
    relative_name,
    whole_path,
)
from corpusflow.store.file_system import file_system

NAMES = ["in/1.warc", "in/a/2.warc", "in/a/b/3.WARC", "in/[x].warc", "in/notes.txt", "input/4.warc"]


@pytest.fixture(params=["folder", "gcs_bucket", "s3_bucket"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A place with the same files, here and in the stores."""
    place = str(tmp_path) if request.param == "folder" else str(request.getfixturevalue(request.param))
    for name in NAMES:
        put(join(place, name), name.encode())
    return place


def put(path: str, data: bytes) -> str:
    if "://" in path:
        system, inside = file_system(path)
        system.pipe_file(inside, data)
    else:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(data)
    return path


def names(found: object, root: str) -> list[str]:
    return sorted(relative_name(file.path, root) for file in found)  # type: ignore[attr-defined]


def test_a_path_is_no_address() -> None:
    assert [is_address(path) for path in ("gs://b/m.pt", "/m.pt", "~/m.pt", "m.pt")] == [True, False, False, False]


def test_a_folder_has_all_files_below_it_and_no_neighbour(root: str) -> None:
    assert names(files_below(f"{root}/in"), root) == sorted(NAMES[:5])
    assert names(files_below(f"{root}/in/"), f"{root}/in/") == sorted(name.removeprefix("in/") for name in NAMES[:5])


@pytest.mark.parametrize(
    ("pattern", "matched"),
    [
        ("in/*.warc", ["in/1.warc", "in/[x].warc"]),
        ("in/**/*.warc", ["in/1.warc", "in/[x].warc", "in/a/2.warc"]),
        ("*/[14].warc", ["in/1.warc", "input/4.warc"]),
        ("in/?/*", ["in/a/2.warc"]),
        ("in/[[]x].warc", ["in/[x].warc"]),
        ("in/*.gz", []),
    ],
)
def test_a_glob_matches_the_same_files_everywhere(root: str, pattern: str, matched: list[str]) -> None:
    assert names(files_like(f"{root}/{pattern}"), root) == matched


def test_files_and_folders_are_told_apart(root: str) -> None:
    assert is_folder(f"{root}/in")
    assert is_folder(f"{root}/in/a/")
    assert is_file(f"{root}/in/1.warc")
    assert kind_of_path(f"{root}/inp") == ""


def test_what_stands_in_a_folder_is_listed_not_deeper(root: str) -> None:
    assert entries(f"{root}/in") == ["1.warc", "[x].warc", "a", "notes.txt"]
    assert entries(f"{root}/nothing") == []


def test_a_file_is_read_whole_in_part_and_its_head_alone(root: str) -> None:
    path = put(f"{root}/in/some", b"0123456789")
    with open_input(path) as file:
        assert file.read() == b"0123456789"
        file.seek(3)
        assert file.read(2) == b"34"
    assert read_head(path, 4) == b"0123"
    assert read_head(path, 400) == b"0123456789"
    assert read_head(put(f"{root}/in/empty", b""), 4) == b""


@pytest.mark.parametrize("read", [open_input, content_version, lambda path: read_head(path, 1)])
def test_a_file_that_is_not_there_is_named(root: str, read: object) -> None:
    with pytest.raises(FileNotFoundError, match="in/gone"):
        read(f"{root}/in/gone")  # type: ignore[operator]


def test_a_version_names_the_content(root: str) -> None:
    one, same, other = (put(f"{root}/{name}", data) for name, data in (("x", b"1"), ("y", b"1"), ("z", b"2")))
    version = content_version(one)
    put(one, b"1")
    assert content_version(one) == version == content_version(same)
    assert content_version(other) != version
    put(one, b"2")
    assert content_version(one) == content_version(other)


def test_a_file_that_was_written_again_has_another_version_when_it_is_found(root: str) -> None:
    path = put(f"{root}/x", b"1")
    (before,) = find_files([path])
    put(path, b"23")
    (after,) = find_files([path])
    assert before.version != after.version
    assert (before.size, after.size) == (1, 2)


def test_of_many_files_those_are_found_that_are_there(root: str) -> None:
    found = find_files([f"{root}/{name}" for name in ("in/a/2.warc", "gone", "in", "in/1.warc")])
    assert [relative_name(file.path, root) for file in found] == ["in/a/2.warc", "in/1.warc"]


def test_versions_of_objects_are_asked_for_together(bucket: str) -> None:
    paths = [put(f"{bucket}/{number}", b"%d" % number) for number in range(40)]
    assert content_versions([*paths, "/not/there"]) == {path: content_version(path) for path in paths}


def test_a_bucket_that_does_not_exist_is_nothing(bucket: str) -> None:
    nowhere = bucket.replace("bucket", "no-bucket")
    assert kind_of_path(f"{nowhere}/a") == ""
    with pytest.raises(FileNotFoundError, match="no-bucket"):
        open_input(f"{nowhere}/a")


def test_pages_of_the_web_are_for_other_sources() -> None:
    with pytest.raises(StartError, match="kind urls or commoncrawl"):
        open_input("https://example.org/a.warc.gz")


def test_names_and_places_of_addresses() -> None:
    assert relative_name("gs://b/in/a/1.warc", "gs://b/in/") == "a/1.warc"
    assert relative_name("gs://b/1.warc", "gs://b") == "1.warc"
    assert (last_name("gs://b/run/"), last_name("gs://b"), last_name("a/run/")) == ("run", "b", "run")
    assert whole_path("s3://b/run/") == "s3://b/run"
    assert is_inside("gs://b/run/x", "gs://b/run")
    assert is_inside("gs://b/run", "gs://b/run/")
    assert not is_inside("gs://b/run2", "gs://b/run")
    assert not is_inside("/run/x", "gs://run")
