from __future__ import annotations

from pathlib import Path

import pytest

from corpusflow.errors import StartError
from corpusflow.safety.list_file import list_file


def lines(found: list[str]) -> list[str]:
    if "wrong" in found:
        raise ValueError(f"{found.index('wrong') + 1}: wrong")
    return found


def test_a_file_and_the_two_files_of_a_folder_are_read(tmp_path: Path) -> None:
    (tmp_path / "domains").write_text("a.example\n")
    assert list_file(str(tmp_path)).parsed(lines) == ["a.example"]
    (tmp_path / "urls").write_text("b.example/x")
    assert list_file(str(tmp_path)).parsed(lines) == ["a.example", "", "b.example/x"]
    assert list_file(str(tmp_path / "urls")).parsed(lines) == ["b.example/x"]


def test_a_list_that_was_changed_stops_the_run(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_text("a")
    found = list_file(str(path))
    path.write_text("b")
    assert list_file(str(path)) != found
    with pytest.raises(StartError, match="was changed"):
        found.parsed(lines)


def test_what_cannot_be_read_is_told_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="none: the list cannot be read: No such file"):
        list_file(str(tmp_path / "none"))
    with pytest.raises(ValueError, match="has no file domains or urls"):
        list_file(str(tmp_path))
    (tmp_path / "list").write_bytes(b"a\n\xff")
    with pytest.raises(ValueError, match=r"list:2: the list is not UTF-8"):
        list_file(str(tmp_path / "list")).parsed(lines)
    (tmp_path / "list").write_text("a\nwrong")
    with pytest.raises(ValueError, match=r"list:2: wrong"):
        list_file(str(tmp_path / "list")).parsed(lines)
